import ZooTensor

/// Codes one below the other: what a layer of a network answers to each picture, as float32 numbers.
///
/// Rows are asked for a few at a time, on several threads at once, and once or twice in each step of a fit, so that they may
/// stay in a mapped file.
public protocol CodeRows: Sendable {
  /// The number of rows.
  var count: Int { get }
  /// The numbers in each row.
  var width: Int { get }

  /// Calls `body` with the numbers of some rows, `rows.count × width`, one row after the other.
  ///
  /// - Throws: whatever keeps the rows from being read.
  func withRows(_ rows: Range<Int>, _ body: (UnsafeBufferPointer<Float>) -> Void) throws
}

/// The rows of a tensor `[rows, width]`, or `[rows, channels, height, width]` with each row flattened.
public struct TensorRows: CodeRows {
  /// Of the rows.
  public let count: Int
  /// How many numbers a row has.
  public let width: Int
  private let tensor: Tensor

  /// - Throws: `TransferError.codesShape` when the tensor has fewer than two dimensions or no elements,
  ///   `.codesType` when its elements are not float32.
  public init(_ tensor: Tensor) throws(TransferError) {
    guard tensor.elementType == .float32 else { throw .codesType(found: tensor.elementType) }
    guard tensor.shape.rank >= 2, tensor.shape.elementCount > 0 else { throw .codesShape(found: tensor.shape) }
    count = tensor.shape[0]
    width = tensor.shape.elementCount / count
    self.tensor = tensor
  }

  /// Calls `body` with rows one behind the other, valid until it returns; `rows` must be within `count`.
  public func withRows(_ rows: Range<Int>, _ body: (UnsafeBufferPointer<Float>) -> Void) {
    tensor.withFloats { body(UnsafeBufferPointer(rebasing: $0[rows.lowerBound * width..<rows.upperBound * width])) }
  }
}

/// The rows of several matrices of the same width, one matrix below the other.
public struct JoinedRows: CodeRows {
  /// Of all matrices together.
  public let count: Int
  /// How many numbers a row has.
  public let width: Int
  private let parts: [any CodeRows]
  /// The number of the first row of each part.
  private let starts: [Int]

  /// - Throws: `TransferError.widthsDiffer`, or `.noCodes` when there is no part.
  public init(_ parts: [any CodeRows]) throws(TransferError) {
    guard let first = parts.first else { throw .noCodes }
    for (index, part) in parts.enumerated() where part.width != first.width {
      throw .widthsDiffer(part: index, expected: first.width, found: part.width)
    }
    var count = 0
    starts = parts.map { part in
      defer { count += part.count }
      return count
    }
    self.count = count
    self.parts = parts
    width = first.width
  }

  /// As `CodeRows` says; throws what reading one of the matrices throws.
  public func withRows(_ rows: Range<Int>, _ body: (UnsafeBufferPointer<Float>) -> Void) throws {
    let touched = zip(starts, parts).filter { start, part in
      start < rows.upperBound && start + part.count > rows.lowerBound
    }
    if touched.count == 1 {
      let (start, part) = touched[0]
      return try part.withRows(rows.lowerBound - start..<rows.upperBound - start, body)
    }
    var joined: [Float] = []
    joined.reserveCapacity(rows.count * width)
    for (start, part) in touched {
      let own = max(rows.lowerBound, start) - start..<min(rows.upperBound, start + part.count) - start
      try part.withRows(own) { joined.append(contentsOf: $0) }
    }
    joined.withUnsafeBufferPointer { body($0) }
  }
}
