/// A file of MNIST's IDX format: unsigned bytes in one or more dimensions, compressed with gzip or not.
///
/// Format: two zero bytes, the element type (0x08: unsigned byte), the rank, the dimensions as big-endian 32-bit numbers,
/// the elements in row-major order (Y. LeCun, C. Cortes, C. Burges: the MNIST database).
public struct IDXFile: Sendable {
  /// The extents, outermost first: `[images, rows, columns]` for pictures, `[images]` for labels.
  public let dimensions: [Int]
  /// The bytes of all elements, row-major.
  public let elements: [UInt8]

  /// The largest file, decompressed, that is read.
  public static let maximumByteCount = 1 << 30

  /// - Parameters:
  ///   - bytes: the whole file, decompressed.
  ///   - path: named in errors.
  /// - Throws: `DataSetError` when the bytes are not a whole IDX file of unsigned bytes.
  public init(bytes: [UInt8], path: String) throws(DataSetError) {
    let bytes =
      GzipFile.isGzip(bytes)
      ? try GzipFile.decompress(bytes, limit: Self.maximumByteCount, path: path) : bytes
    guard bytes.count >= 4, bytes[0] == 0, bytes[1] == 0, bytes[2] == 8, (1...4).contains(bytes[3]) else {
      throw .notIDX(path: path)
    }
    let rank = Int(bytes[3])
    let header = 4 + 4 * rank
    guard bytes.count >= header else { throw .truncated(path: path, expected: header, found: bytes.count) }
    var dimensions: [Int] = []
    var count = 1
    for axis in 0..<rank {
      let dimension = bytes[(4 + 4 * axis)..<(8 + 4 * axis)].reduce(0) { $0 << 8 | Int($1) }
      dimensions.append(dimension)
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      guard !overflow, product <= Self.maximumByteCount else {
        throw .tooLarge(path: path, limit: Self.maximumByteCount)
      }
      count = product
    }
    guard bytes.count == header + count else {
      throw .truncated(path: path, expected: header + count, found: bytes.count)
    }
    self.dimensions = dimensions
    elements = Array(bytes[header...])
  }
}
