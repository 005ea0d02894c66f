import ZooTensor

/// A matrix of float32 numbers that grows row by row in an `.npy` file, and that another process can go on with.
///
/// The number of rows is in the header only when the matrix is complete; until then the file is none for NumPy, which says so.
package final class NumPyRowFile {
  package let width: Int
  private let file: AppendedFile

  /// Room for any shape of two dimensions, with the elements at a multiple of 64.
  private static let headerLength = 128

  /// Opens the file, or makes it.
  ///
  /// - Throws: `WeightsError`.
  package init(_ path: String, width: Int) throws(WeightsError) {
    self.width = width
    do throws(WeightsProblem) {
      file = try AppendedFile(path)
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  private var rowByteCount: Int { width * MemoryLayout<Float>.stride }

  /// The rows that are in the file whole.
  package var count: Int { max(0, file.size - Self.headerLength) / rowByteCount }

  /// Drops all rows but the first `rows`.
  package func truncate(to rows: Int) throws(WeightsError) {
    try named { () throws(WeightsProblem) in try file.truncate(to: Self.headerLength + rows * rowByteCount) }
  }

  /// Adds rows at the end.
  package func append(_ rows: UnsafeRawBufferPointer) throws(WeightsError) {
    precondition(rows.count % rowByteCount == 0, "\(rows.count) bytes for rows of \(rowByteCount)")
    try named { () throws(WeightsProblem) in try file.append(rows) }
  }

  /// Returns when the rows are on the disk.
  package func flush() throws(WeightsError) {
    try named { () throws(WeightsProblem) in try file.flush() }
  }

  /// Writes the header, with which the array is complete, and returns when all is on the disk.
  package func seal() throws(WeightsError) {
    let header = NumPyHeader(shape: [count, width], elementType: .float32).encoded(length: Self.headerLength)
    try named { () throws(WeightsProblem) in
      try file.rewrite(header, at: 0)
      try file.flush()
    }
  }

  /// Gives the file its name, whatever has that now.
  package func commit(as path: String) throws(WeightsError) {
    try named { () throws(WeightsProblem) in try file.commit(as: path) }
  }

  private func named(_ body: () throws(WeightsProblem) -> Void) throws(WeightsError) {
    do throws(WeightsProblem) {
      try body()
    } catch {
      throw WeightsError(path: file.path, error)
    }
  }
}

extension NumPyHeader {
  /// The header with blanks before its end, so that it has that many bytes.
  ///
  /// - Precondition: it has not more.
  fileprivate func encoded(length: Int) -> [UInt8] {
    var bytes = encoded()
    precondition(bytes.count <= length, "a header of \(bytes.count) bytes in \(length)")
    bytes.insert(contentsOf: [UInt8](repeating: 0x20, count: length - bytes.count), at: bytes.count - 1)
    let text = length - 10
    bytes[8] = UInt8(text & 0xFF)
    bytes[9] = UInt8(text >> 8)
    return bytes
  }
}
