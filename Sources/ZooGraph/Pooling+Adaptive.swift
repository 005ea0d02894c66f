import ZooTensor

extension Pooling {
  /// The pooling window that does at this input what adaptive pooling to the given output does, if there is one.
  ///
  /// Adaptive pooling covers, for output row `i` of `n`, the input rows `⌊i · h / n⌋ ..< ⌈(i + 1) · h / n⌉`. With
  /// `h = d · n + r` these have one length and one distance exactly when `r` is 0 or 1: `d + r` and `d`. The result is
  /// `nil` otherwise, and when the output is larger than the input.
  public init?(adaptive output: Extent, input: Extent) {
    guard let rows = Self.regularWindow(input: input.height, output: output.height),
      let columns = Self.regularWindow(input: input.width, output: output.width)
    else { return nil }
    self.init(
      kernel: Extent(height: rows.length, width: columns.length),
      stride: Extent(height: rows.distance, width: columns.distance))
  }

  private static func regularWindow(input: Int, output: Int) -> (length: Int, distance: Int)? {
    guard input >= 1, (1...input).contains(output), input % output <= 1 else { return nil }
    let distance = input / output
    return (distance + input % output, output == 1 ? 1 : distance)
  }
}
