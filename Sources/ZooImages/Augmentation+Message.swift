extension AugmentationError: CustomStringConvertible {
  /// The message for a person: what is wrong, with the range that is allowed.
  public var description: String {
    switch self {
    case .outOfRange(let field, let found, let allowed):
      "\(field.rawValue) is \(found); give a number from \(allowed.lowerBound) to \(allowed.upperBound)"
    case .cropScale(let scale):
      "a crop of \(scale.lowerBound) to \(scale.upperBound) of the area; give shares above 0 and at most 1"
    case .cropRatio(let ratio):
      "a crop whose width is \(ratio.lowerBound) to \(ratio.upperBound) of its height; give positive numbers"
    case .shift(let shift, let allowed):
      "a shift by \(shift) pixels; give a whole number from \(allowed.lowerBound) to \(allowed.upperBound)"
    }
  }
}
