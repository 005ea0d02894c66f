extension GeometryError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory { .badData }
}

extension GeometryError: CustomStringConvertible {
  /// The message for a person, with the numbers that do not fit.
  public var description: String {
    let sides = "1 to \(ConvolutionGeometry.maximumSide)"
    switch self {
    case .inputOutOfRange(let extent):
      return "the input map is \(extent); each side must be \(sides)"
    case .extentOutOfRange(let attribute, let extent):
      let range = 1...ConvolutionGeometry.maximumSide
      return range.contains(extent.height) && range.contains(extent.width)
        ? "\(attribute) \(extent) puts the last window beyond the input; use a smaller \(attribute) or floor rounding"
        : "\(attribute) \(extent) is not possible; use \(sides) for each side"
    case .paddingOutOfRange(let padding):
      return "padding \(padding) is not possible; use 0 to \(ConvolutionGeometry.maximumSide) for each side"
    case .paddingNotBelowKernel(let padding, let kernel):
      return "padding \(padding) is not possible with a pooling window of \(kernel): it must be smaller, or a window "
        + "would see nothing but padding"
    case .kernelLargerThanInput(let kernel, let paddedInput):
      return
        "kernel \(kernel) is larger than the padded input \(paddedInput); use a smaller kernel, more padding, or a "
        + "larger input"
    case .countOutOfRange(let attribute, let count):
      return "\(count) \(attribute) are not possible; use 1 to \(ConvolutionGeometry.maximumChannels)"
    case .channelsNotDivisible(let attribute, let channels, let groups):
      return
        "\(channels) \(attribute) cannot be split into \(groups) equal groups; use a number of groups that divides "
        + "\(channels)"
    }
  }
}
