/// Reads files that may be compressed with gzip (RFC 1952), as MNIST's are.
enum GzipFile {
  static func isGzip(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: [0x1F, 0x8B])
  }

  /// Decompresses one gzip member.
  ///
  /// - Throws: `DataSetError.damagedGzip`, or `.tooLarge` when the result would exceed `limit` bytes.
  static func decompress(_ bytes: [UInt8], limit: Int, path: String) throws(DataSetError) -> [UInt8] {
    let result = Inflation(bytes[...], wrapper: .gzip, limit: limit)
    switch result.end {
    case .complete: return result.bytes
    case .limit: throw .tooLarge(path: path, limit: limit)
    case .cutShort, .damaged: throw .damagedGzip(path: path)
    }
  }
}
