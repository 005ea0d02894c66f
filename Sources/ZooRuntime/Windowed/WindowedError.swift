import ZooTensor

/// Why the changes of an input cannot be computed. The words are in `WindowedError+Message.swift`.
public enum WindowedError: Error, Hashable, Sendable {
  /// The rectangle is empty, or does not lie within the input.
  case region(MapRegion, input: Extent)
  /// The numbers have another shape than the rectangle.
  case values(MapRegion, expected: Shape, found: Shape)
  /// A number is a NaN or an infinity, at this index of each dimension.
  case notFinite(MapRegion, index: [Int], value: RuntimeError.NonFinite)
  /// So many changed inputs at a time cannot be computed.
  case batch(Int, expected: ClosedRange<Int>)
  /// The values of the clean input, and of one changed input at a time, do not fit in what memory they may take.
  case memory(byteCount: Int, limit: Int)
}
