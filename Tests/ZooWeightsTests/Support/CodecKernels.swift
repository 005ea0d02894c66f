import CZlib
import CZooCodec
import Testing

/// The archive's kernels for one instruction set, called on memory that ends at a page that cannot be touched.
struct CodecKernels: Sendable, CustomTestStringConvertible {
  let name: String
  private let kernels: zoo_codec

  /// All that this machine has.
  static let available: [CodecKernels] = [
    ("AVX-512", ZOO_CODEC_AVX512), ("AVX2", ZOO_CODEC_AVX2), ("NEON", ZOO_CODEC_NEON), ("portable", ZOO_CODEC_PORTABLE),
  ].compactMap { name, set in zoo_codec_for(set).map { CodecKernels(name: name, kernels: $0.pointee) } }

  var testDescription: String { name }
  var hasChecksum: Bool { kernels.crc32 != nil }

  /// What a stream decodes to; `nil` when the kernel leaves it to zlib.
  func inflate(_ stream: [UInt8], count: Int, touchesEnd: Bool = true) -> [UInt8]? {
    let source = GuardedBytes(stream, touchesEnd: touchesEnd)
    let target = GuardedBytes(count: count, touchesEnd: touchesEnd)
    return kernels.inflate(source.pointer, stream.count, target.pointer, count) ? target.array : nil
  }

  /// The stream, of at most `room` bytes; `nil` when it is longer.
  func deflate(_ bytes: [UInt8], room: Int, touchesEnd: Bool = true) -> [UInt8]? {
    let source = GuardedBytes(bytes, touchesEnd: touchesEnd)
    // Exactly as large as the stream will be, unless there is less room.
    let length = kernels.deflate(source.pointer, bytes.count, nil, .max)
    let target = GuardedBytes(count: min(length, room), touchesEnd: touchesEnd)
    let written = kernels.deflate(source.pointer, bytes.count, target.pointer, target.bytes.count)
    precondition(written == (length <= room ? length : 0), "the length is not as announced")
    return written > 0 ? target.array : nil
  }

  func split(_ bytes: [UInt8], size: Int, rotated: Bool, touchesEnd: Bool) -> [[UInt8]] {
    let source = GuardedBytes(bytes, touchesEnd: touchesEnd)
    let planes = (0..<size).map { _ in GuardedBytes(count: bytes.count / size, touchesEnd: touchesEnd) }
    let pointers = planes.map(\.pointer)
    pointers.withUnsafeBufferPointer { pointers in
      guard let first = pointers.baseAddress else { return }
      kernels.split(source.pointer, CInt(size), rotated, first, bytes.count / size)
    }
    return planes.map(\.array)
  }

  func merge(_ planes: [[UInt8]], rotated: Bool, touchesEnd: Bool) -> [UInt8] {
    let sources = planes.map { GuardedBytes($0, touchesEnd: touchesEnd) }
    let count = planes[0].count
    let target = GuardedBytes(count: count * planes.count, touchesEnd: touchesEnd)
    let pointers = sources.map { UnsafePointer($0.pointer) }
    pointers.withUnsafeBufferPointer { pointers in
      guard let first = pointers.baseAddress else { return }
      kernels.merge(first, CInt(planes.count), rotated, target.pointer, count)
    }
    return withExtendedLifetime(sources) { target.array }
  }

  func checksum(_ bytes: [UInt8], after previous: UInt32, touchesEnd: Bool) -> UInt32? {
    let source = GuardedBytes(bytes, touchesEnd: touchesEnd)
    return kernels.crc32.map { $0(previous, source.pointer, bytes.count) }
  }
}

/// Raw deflate by zlib, as it decides for itself what may be decoded.
enum ZlibOracle {
  static func deflate(_ bytes: [UInt8], strategy: CInt, level: CInt = 6) -> [UInt8] {
    var stream = z_stream()
    precondition(zoo_deflate_init_raw(&stream, level, strategy) == Z_OK)
    defer { deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: bytes.count * 2 + 1000)
    let count = input.withUnsafeMutableBufferPointer { source in
      output.withUnsafeMutableBufferPointer { target in
        stream.next_in = source.baseAddress
        stream.avail_in = UInt32(source.count)
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(target.count)
        precondition(CZlib.deflate(&stream, Z_FINISH) == Z_STREAM_END)
        return target.count - Int(stream.avail_out)
      }
    }
    return Array(output[..<count])
  }

  /// What a stream decodes to, when that is `count` bytes and uses all of it.
  static func inflate(_ bytes: [UInt8], count: Int) -> [UInt8]? {
    var stream = z_stream()
    precondition(zoo_inflate_init_raw(&stream) == Z_OK)
    defer { inflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: count + 1)
    let isGood = input.withUnsafeMutableBufferPointer { source in
      output.withUnsafeMutableBufferPointer { target in
        stream.next_in = source.baseAddress
        stream.avail_in = UInt32(source.count)
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(target.count)
        return CZlib.inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0 && stream.avail_out == 1
      }
    }
    return isGood ? Array(output[..<count]) : nil
  }
}
