import ZooKit

/// Why no picture could be made of a code or for a class. The words are in `InversionError+Message.swift`.
public enum InversionError: Error, Sendable, Hashable {
  /// All numbers of the code are zero, so that nothing is to be found.
  case zeroCode(layer: String)
  /// The code has a number that is not finite.
  case codeNotFinite(layer: String)
  /// What is to be made likelier, or nearer, does not change with the picture that the search begins with.
  case noGradient(of: String)
  /// A number stopped being finite on the way.
  case notFinite(of: String, iteration: Int)
  /// An option beyond what it can be.
  case option(Option, expected: String)

  /// Of `PictureSearchOptions`.
  public enum Option: String, Sendable, Hashable {
    case iterations, rate, jitter, alphaNorm, totalVariation, totalVariationExponent, tolerance
  }
}

extension InversionError: ZooFailure {
  /// What kind of failure it is.
  public var category: FailureCategory {
    switch self {
    case .option: .usage
    case .zeroCode, .codeNotFinite, .noGradient, .notFinite: .badData
    }
  }
}
