extension InversionError: CustomStringConvertible {
  /// The message for a person, with what was asked for and what is possible.
  public var description: String {
    switch self {
    case .zeroCode(let layer):
      "every number of the code of '\(layer)' is zero for this picture, which tells nothing about it; "
        + "choose an earlier layer or another picture"
    case .codeNotFinite(let layer):
      "the code of '\(layer)' has numbers that are not finite, which no picture can be compared with; "
        + "check the weights and the input"
    case .noGradient(let name):
      "\(name) does not change with the picture that the search begins with: its gradient is zero everywhere; "
        + "try another seed, or a layer before the rectifier"
    case .notFinite(let name, let iteration):
      "\(name) or its gradient is no longer finite at iteration \(iteration); check the weights"
    case .option(let option, let expected):
      "\(option.words) should be \(expected)"
    }
  }
}

extension InversionError.Option {
  fileprivate var words: String {
    switch self {
    case .iterations: "the number of iterations"
    case .rate: "the step of an iteration"
    case .jitter: "the jitter"
    case .alphaNorm: "the weight of the 6-norm"
    case .totalVariation: "the weight of the total variation"
    case .totalVariationExponent: "the exponent of the total variation"
    case .tolerance: "the code error at which the search ends"
    }
  }
}
