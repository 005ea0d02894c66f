/// How a picture is searched for.
public struct PictureSearchOptions: Hashable, Sendable {
  /// What is changed from step to step: frequencies, or pixels.
  public var parameterization: PictureParameterization
  /// How many steps are made at most.
  public var iterations: Int
  /// The step of Adam (Kingma and Ba, 2015) at first; it falls to zero along a cosine.
  public var rate: Double
  /// How many pixels the picture is moved at random in each direction before the network sees it.
  public var jitter: Int
  /// The weight of the mean of |x|⁶, where x is −1 for the level 0 and 1 for the level 255.
  public var alphaNorm: Double
  /// The weight of the mean of (squared difference from the right neighbour plus that from the lower one)^(β/2).
  public var totalVariation: Double
  /// β
  public var totalVariationExponent = 2.0
  /// Of the first picture.
  public var seed: UInt64 = 0

  package init(
    parameterization: PictureParameterization, iterations: Int, rate: Double, jitter: Int, alphaNorm: Double,
    totalVariation: Double
  ) {
    self.parameterization = parameterization
    self.iterations = iterations
    self.rate = rate
    self.jitter = jitter
    self.alphaNorm = alphaNorm
    self.totalVariation = totalVariation
  }

  /// - Throws: `InversionError.option`.
  func validate(side: Int) throws(InversionError) {
    guard (1...1_000_000).contains(iterations) else { throw .option(.iterations, expected: "from 1 to 1,000,000") }
    guard rate > 0, rate.isFinite else { throw .option(.rate, expected: "a number above zero") }
    guard (0...side).contains(jitter) else {
      throw .option(.jitter, expected: "from 0 to \(side) pixels, the input's shorter side")
    }
    guard alphaNorm >= 0, alphaNorm.isFinite else { throw .option(.alphaNorm, expected: "zero or more") }
    guard totalVariation >= 0, totalVariation.isFinite else { throw .option(.totalVariation, expected: "zero or more") }
    guard totalVariationExponent >= 1, totalVariationExponent <= 8 else {
      throw .option(.totalVariationExponent, expected: "from 1 to 8")
    }
  }
}

/// A step of a search for a picture.
public struct PictureSearchStep: Hashable, Sendable {
  /// From 1.
  public let iteration: Int
  /// What is made small, with the terms that any picture has to meet.
  public let loss: Double
  /// The relative code error, or the score, of the picture that the network saw.
  public let measure: Double
}

/// Why a search came to its end.
public enum PictureSearchEnd: String, Hashable, Sendable {
  /// All iterations are done.
  case iterations
  /// The code error is as small as was asked for.
  case reached
  /// The loss has stopped falling.
  case stalled
  /// It was not to go on.
  case interrupted
}
