import CZlib

/// Raw deflate (RFC 1951) with matching by zlib, from one buffer into another.
final class Deflater {
  private let stream: UnsafeMutablePointer<z_stream>

  init() throws(WeightsProblem) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard zoo_deflate_init_raw(stream, 6, Z_DEFAULT_STRATEGY) == Z_OK else { throw .outOfMemory }
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  /// Compresses `source` into the beginning of `target`.
  ///
  /// - Returns: the compressed length, or `nil` when `target` is too small.
  /// - Precondition: both hold less than 4 GiB.
  func compress(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Int? {
    guard deflateReset(stream) == Z_OK else { return nil }
    stream.pointee.next_in = UnsafeMutablePointer(mutating: source.assumingMemoryBound(to: UInt8.self).baseAddress)
    stream.pointee.avail_in = UInt32(source.count)
    stream.pointee.next_out = target.assumingMemoryBound(to: UInt8.self).baseAddress
    stream.pointee.avail_out = UInt32(target.count)
    guard target.count > 0, deflate(stream, Z_FINISH) == Z_STREAM_END else { return nil }
    return target.count - Int(stream.pointee.avail_out)
  }
}

/// Inflate into a buffer of exactly the expected size, so that no stream can take more memory than the index announced.
///
/// Streams without matching, as exponents are, take a shortcut; zlib decodes the others, and says what is wrong with any.
final class Inflater {
  private let stream: UnsafeMutablePointer<z_stream>
  private let isWrapped: Bool

  /// `isWrapped`: whether streams have zlib's head and its checksum (RFC 1950), which is compared.
  init(isWrapped: Bool = false) throws(WeightsProblem) {
    self.isWrapped = isWrapped
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = isWrapped ? zoo_inflate_init_zlib(stream) : zoo_inflate_init_raw(stream)
    guard status == Z_OK else { throw .outOfMemory }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// - Returns: what is wrong with the stream, or `nil` when it fills `target` exactly and uses all of `source`.
  func inflate(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) -> InflateProblem? {
    if !isWrapped, Codec.inflateLiterals(source, into: target) { return nil }
    guard inflateReset(stream) == Z_OK else { return .damaged }
    // One byte more than fits, so that a stream that would go on is told from one that ends.
    var excess: UInt8 = 0
    stream.pointee.next_in = UnsafeMutablePointer(mutating: source.assumingMemoryBound(to: UInt8.self).baseAddress)
    stream.pointee.avail_in = UInt32(source.count)
    stream.pointee.next_out = target.assumingMemoryBound(to: UInt8.self).baseAddress
    stream.pointee.avail_out = UInt32(target.count)
    // Z_FINISH spares zlib the copy of its window.
    var status = CZlib.inflate(stream, Z_FINISH)
    if status == Z_OK || status == Z_BUF_ERROR, stream.pointee.avail_out == 0 {
      let more = withUnsafeMutablePointer(to: &excess) { byte in
        stream.pointee.next_out = byte
        stream.pointee.avail_out = 1
        status = CZlib.inflate(stream, Z_FINISH)
        return stream.pointee.avail_out == 0
      }
      if more { return .tooLong }
    } else if status == Z_STREAM_END, stream.pointee.avail_out > 0 {
      return .tooShort(missing: Int(stream.pointee.avail_out))
    }
    switch status {
    case Z_STREAM_END: break
    case Z_OK, Z_BUF_ERROR: return .cutShort
    default: return .damaged
    }
    guard stream.pointee.avail_in == 0 else { return .bytesAfterEnd(Int(stream.pointee.avail_in)) }
    return nil
  }
}

/// Why a compressed stream cannot be used.
public enum InflateProblem: Hashable, Sendable {
  /// Not deflate.
  case damaged
  /// The input ends before the stream does.
  case cutShort
  /// The stream ends before the plane is full.
  case tooShort(missing: Int)
  /// The stream goes on after the plane is full.
  case tooLong
  /// The stream ends before the input does.
  case bytesAfterEnd(Int)
}
