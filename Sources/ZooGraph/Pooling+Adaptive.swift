import ZooTensor

extension Pooling {
  /// The pooling window that does at this input what adaptive pooling to the given output does, if there is one.
  ///
  /// Adaptive pooling covers, for output row `i` of `n`, the input rows `⌊i · h / n⌋ ..< ⌈(i + 1) · h / n⌉`. That is a
  /// fixed window exactly when all of these have one length and one distance, which must be at least 1; `nil` otherwise.
  public init?(adaptive output: Extent, input: Extent) {
    guard let rows = Self.regularWindow(input: input.height, output: output.height),
      let columns = Self.regularWindow(input: input.width, output: output.width)
    else { return nil }
    self.init(
      kernel: Extent(height: rows.length, width: columns.length),
      stride: Extent(height: rows.distance, width: columns.distance))
  }

  private static func regularWindow(input: Int, output: Int) -> (length: Int, distance: Int)? {
    guard input >= 1, (1...input).contains(output) else { return nil }
    func start(_ index: Int) -> Int { index * input / output }
    func end(_ index: Int) -> Int { ((index + 1) * input + output - 1) / output }
    let length = end(0)
    let distance = output == 1 ? 1 : start(1)
    let isRegular = (0..<output).allSatisfy { start($0) == $0 * distance && end($0) - start($0) == length }
    return isRegular ? (length, distance) : nil
  }
}
