import ZooTensor

/// A search for a learning rate: the rate rises by a constant factor from step to step, and the loss tells where it falls and
/// where it does not any more (Smith, 2015; fastai's `lr_find`).
///
/// The same trainer gives the same curve, bit for bit. `Trainer.searchLearningRate` makes one.
public struct LearningRateSearch: Hashable, Sendable {
  /// A step of the search.
  public struct Point: Hashable, Sendable {
    /// The learning rate of the step.
    public let rate: Double
    /// The mean loss over the pictures of the step, before it; no number where the search ended with one that is none.
    public let loss: Double
    /// The exponential average of all losses up to this one, corrected for its beginning.
    public let smoothed: Double

    /// - Parameters:
    ///   - rate: the learning rate of the step.
    ///   - loss: of the step.
    ///   - smoothed: the moving average of losses up to it.
    public init(rate: Double, loss: Double, smoothed: Double) {
      self.rate = rate
      self.loss = loss
      self.smoothed = smoothed
    }
  }

  /// Why there are no more points.
  public enum End: String, Hashable, Sendable {
    case complete
    /// The average was more than four times the least one.
    case diverged
    /// The loss or the gradient was no number any more.
    case notFinite = "not a number"
    case interrupted
  }

  /// In the order of the steps.
  public let points: [Point]
  /// Why the search ended.
  public let end: End

  /// A search by its steps, and why it ended.
  public init(points: [Point], end: End) {
    self.points = points
    self.end = end
  }

  /// How much of the average stays with each step.
  static let smoothing = 0.9
  /// The search ends when the average is so many times the least one.
  static let divergence = 4.0
  /// The rates of the first and of the last step.
  public static let standardRates = 1e-7...10.0
  /// How many steps a search has where nothing else is said.
  public static let standardIterations = 100

  /// The rate of a step: rates are the same factor apart.
  public static func rate(
    of step: Int, iterations: Int = standardIterations, rates: ClosedRange<Double> = standardRates
  ) -> Double {
    guard step > 0, iterations > 1 else { return rates.lowerBound }
    let share = Double(step) / Double(iterations - 1)
    return rates.lowerBound * PortableMath.power(rates.upperBound / rates.lowerBound, share)
  }
}

/// Collects the losses of a search, and says when it is over.
struct LearningRateCurve {
  private(set) var points: [LearningRateSearch.Point] = []
  private var average = 0.0
  private var weight = 1.0
  private var least = Double.infinity

  /// - Returns: how the search ends with this point; `nil` where it goes on.
  mutating func append(rate: Double, loss: Double) -> LearningRateSearch.End? {
    let smoothing = LearningRateSearch.smoothing
    average = smoothing * average + (1 - smoothing) * loss
    weight *= smoothing
    let smoothed = average / (1 - weight)
    points.append(LearningRateSearch.Point(rate: rate, loss: loss, smoothed: smoothed))
    guard smoothed.isFinite else { return .notFinite }
    least = min(least, smoothed)
    return smoothed > LearningRateSearch.divergence * least ? .diverged : nil
  }
}
