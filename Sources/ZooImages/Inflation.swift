import CZlib

/// Compressed bytes of a stranger, decompressed as far as they go and as far as is allowed.
struct Inflation {
  /// What stands around the deflated bytes.
  enum Wrapper {
    /// RFC 1950.
    case zlib
    /// RFC 1952, one member.
    case gzip
  }

  enum End {
    /// The stream is whole and its checksum is right.
    case complete
    /// There is more, which is not decompressed.
    case limit
    /// The bytes end before the stream does.
    case cutShort
    case damaged
  }

  /// At most as many as the limit says.
  private(set) var bytes: [UInt8] = []
  private(set) var end = End.damaged

  init(_ compressed: ArraySlice<UInt8>, wrapper: Wrapper, limit: Int) {
    var stream = z_stream()
    let status =
      switch wrapper {
      case .zlib: zoo_inflate_init_zlib(&stream)
      case .gzip: zoo_inflate_init_gzip(&stream)
      }
    guard status == Z_OK else { return }
    defer { inflateEnd(&stream) }
    var input = Array(compressed)
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    input.withUnsafeMutableBufferPointer { source in
      stream.next_in = source.baseAddress
      stream.avail_in = UInt32(clamping: source.count)
      var status = Z_OK
      while status == Z_OK, bytes.count <= limit {
        let produced = chunk.withUnsafeMutableBufferPointer { target -> Int in
          stream.next_out = target.baseAddress
          stream.avail_out = UInt32(target.count)
          status = inflate(&stream, Z_NO_FLUSH)
          return target.count - Int(stream.avail_out)
        }
        bytes += chunk[..<produced]
      }
      end =
        switch status {
        case Z_STREAM_END: .complete
        case Z_OK: .limit
        case Z_BUF_ERROR: .cutShort
        default: .damaged
        }
    }
    if bytes.count > limit {
      bytes.removeLast(bytes.count - limit)
      end = .limit
    }
  }
}
