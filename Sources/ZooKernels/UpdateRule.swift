/// How an optimiser moves weights `w` by their gradient `g`, with PyTorch's formulas.
public enum UpdateRule: Hashable, Sendable {
  /// `v ← momentum · v + g`, `w ← w − rate · v`, or by `g + momentum · v` with Nesterov's momentum (Sutskever et al., 2013).
  /// Weight decay adds `decay · w` to the gradient before.
  case gradientDescent(momentum: Double, isNesterov: Bool)
  /// `m ← β₁ m + (1 − β₁) g`, `v ← β₂ v + (1 − β₂) g²`, `w ← w − rate · m̂ / (√v̂ + epsilon)` with `m̂ = m / (1 − β₁ᵗ)` and
  /// `v̂ = v / (1 − β₂ᵗ)` in step `t` (Kingma & Ba, 2014). Weight decay adds `decay · w` to the gradient; decoupled, weights
  /// are multiplied with `1 − rate · decay` (AdamW; Loshchilov & Hutter, 2017).
  case adam(firstMomentum: Double, secondMomentum: Double, epsilon: Double, isDecoupled: Bool)

  /// How many numbers are kept for each weight from step to step, all zero at first: in order the velocity; `m` and `v`.
  public var stateCount: Int {
    switch self {
    case .gradientDescent(let momentum, _): momentum == 0 ? 0 : 1
    case .adam: 2
    }
  }
}

/// What changes from one step of an optimiser to the next, read while the step runs.
///
/// Whoever sets it while loops run answers for the order.
public final class UpdateStep: @unchecked Sendable {
  /// As the schedule has it for this step.
  public var learningRate: Double
  /// What gradients are multiplied with before anything else: below 1 where they are clipped.
  public var gradientScale: Double
  /// Counted from 1.
  public var number: Int

  /// - Parameters:
  ///   - learningRate: what the step is multiplied with.
  ///   - gradientScale: what each gradient is multiplied with first, as clipping asks.
  ///   - number: the number of the step from 1, which Adam corrects its averages by.
  public init(learningRate: Double = 0, gradientScale: Double = 1, number: Int = 1) {
    self.learningRate = learningRate
    self.gradientScale = gradientScale
    self.number = number
  }
}

/// Weights that an optimiser moves, with what belongs to them, all in one order.
public struct UpdatedNumbers: Sendable {
  /// Changed in place.
  public let weights: FloatBuffer
  /// Of the loss, with respect to `weights`.
  public let gradients: FloatBuffer
  /// As many as `UpdateRule.stateCount` says.
  public let state: [FloatBuffer]
  /// What the learning rate is multiplied with.
  public let rateFactor: Double
  /// Of these numbers; 0 for biases and norms unless a recipe says otherwise.
  public let weightDecay: Double

  /// - Precondition: all buffers have the same count.
  public init(
    weights: FloatBuffer, gradients: FloatBuffer, state: [FloatBuffer], rateFactor: Double = 1, weightDecay: Double = 0
  ) {
    for buffer in [gradients] + state {
      precondition(buffer.count == weights.count, "\(buffer.count) floats for \(weights.count) weights")
    }
    self.weights = weights
    self.gradients = gradients
    self.state = state
    self.rateFactor = rateFactor
    self.weightDecay = weightDecay
  }
}
