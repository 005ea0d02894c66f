extension WindowedError: CustomStringConvertible {
  /// The message for a person, with the rectangle and the input that do not fit.
  public var description: String {
    switch self {
    case .region(let region, let input):
      "the rectangle (\(region)) is not within the input, which has rows 0 to \(input.height - 1) and columns 0 to "
        + "\(input.width - 1)"
    case .values(let region, let expected, let found):
      "the rectangle (\(region)) takes numbers of the shape \(expected), got \(found)"
    case .notFinite(let region, let index, let value):
      "the rectangle (\(region)): the number at \(index) is \(value), so no answer would mean anything"
    case .batch(let found, let expected):
      "cannot compute \(found) changed inputs at a time; choose \(expected.lowerBound) to \(expected.upperBound)"
    case .memory(let byteCount, let limit):
      "keeping the values of the input and computing one change of it takes \(mebibytes(byteCount)) MiB; "
        + "\(mebibytes(limit)) MiB may be used; use a smaller input or allow more memory"
    }
  }
}

private func mebibytes(_ bytes: Int) -> Int { bytes / (1 << 20) + (bytes % (1 << 20) == 0 ? 0 : 1) }
