import CZlib

/// Reads files that may be compressed with gzip (RFC 1952), as MNIST's are.
enum GzipFile {
  static func isGzip(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: [0x1F, 0x8B])
  }

  /// Decompresses one gzip member.
  ///
  /// - Throws: `DataSetError.damagedGzip`, or `.tooLarge` when the result would exceed `limit` bytes.
  static func decompress(_ bytes: [UInt8], limit: Int, path: String) throws(DataSetError) -> [UInt8] {
    var stream = z_stream()
    guard zoo_inflate_init_gzip(&stream) == Z_OK else { throw .damagedGzip(path: path) }
    defer { inflateEnd(&stream) }
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    var input = bytes
    var status = Z_OK
    var overflow = false
    input.withUnsafeMutableBufferPointer { source in
      stream.next_in = source.baseAddress
      stream.avail_in = UInt32(clamping: source.count)
      while status == Z_OK, !overflow {
        let produced = chunk.withUnsafeMutableBufferPointer { target -> Int in
          stream.next_out = target.baseAddress
          stream.avail_out = UInt32(target.count)
          status = inflate(&stream, Z_NO_FLUSH)
          return target.count - Int(stream.avail_out)
        }
        output.append(contentsOf: chunk[..<produced])
        overflow = output.count > limit
      }
    }
    if overflow { throw .tooLarge(path: path, limit: limit) }
    guard status == Z_STREAM_END else { throw .damagedGzip(path: path) }
    return output
  }
}
