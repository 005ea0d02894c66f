import CZlib
import CZooCodec

/// The fastest kernels that this machine can run.
enum Codec {
  private static let kernels: zoo_codec = {
    for set in [ZOO_CODEC_AVX512, ZOO_CODEC_AVX2, ZOO_CODEC_NEON] {
      if let kernels = zoo_codec_for(set) { return kernels.pointee }
    }
    guard let portable = zoo_codec_for(ZOO_CODEC_PORTABLE) else { preconditionFailure("no portable kernels") }
    return portable.pointee
  }()

  /// Inflates a stream that was deflated without matching, as exponents are.
  ///
  /// - Returns: whether it is such a stream, fills `target` exactly and uses all of `source`. Otherwise nothing is said
  ///   about it, and `target` holds anything.
  static func inflateLiterals(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Bool {
    guard let first = source.baseAddress, let start = target.baseAddress else { return false }
    return kernels.inflate(
      first.assumingMemoryBound(to: UInt8.self), source.count, start.assumingMemoryBound(to: UInt8.self), target.count)
  }

  /// Deflates without matching, as one block.
  ///
  /// - Returns: the compressed length, or `nil` when `target` is too small.
  static func deflateLiterals(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Int? {
    guard let first = source.baseAddress, let start = target.baseAddress else { return nil }
    let length = kernels.deflate(
      first.assumingMemoryBound(to: UInt8.self), source.count, start.assumingMemoryBound(to: UInt8.self), target.count)
    return length > 0 ? length : nil
  }

  /// The length that `deflateLiterals` would return with room enough.
  static func deflatedLength(_ source: UnsafeRawBufferPointer) -> Int {
    guard let first = source.baseAddress else { return 0 }
    return kernels.deflate(first.assumingMemoryBound(to: UInt8.self), source.count, nil, .max)
  }

  /// Puts elements together from their byte planes, the most significant first. `planes`: `size` pointers, each to as
  /// many bytes as there are elements. `size`: the bytes of an element: 2, 4 or 8. `rotated`: whether elements were
  /// rotated left by one bit before they were taken apart.
  static func merge(
    _ planes: UnsafeBufferPointer<UnsafePointer<UInt8>>, size: Int, rotated: Bool,
    into target: UnsafeMutableRawBufferPointer
  ) {
    guard let first = planes.baseAddress, let start = target.baseAddress else { return }
    kernels.merge(first, CInt(size), rotated, start.assumingMemoryBound(to: UInt8.self), target.count / size)
  }

  /// Takes elements apart into byte planes, the most significant first; the reverse of `merge`.
  static func split(
    _ source: UnsafeRawBufferPointer, size: Int, rotated: Bool,
    into planes: UnsafeBufferPointer<UnsafeMutablePointer<UInt8>>
  ) {
    guard let first = planes.baseAddress, let start = source.baseAddress else { return }
    kernels.split(start.assumingMemoryBound(to: UInt8.self), CInt(size), rotated, first, source.count / size)
  }

  fileprivate static func crc32(_ bytes: UnsafeRawBufferPointer, after previous: UInt32) -> UInt32 {
    // zlib takes a null pointer for a request to start anew.
    guard let first = bytes.assumingMemoryBound(to: UInt8.self).baseAddress else { return previous }
    if let crc32 = kernels.crc32 { return crc32(previous, first, bytes.count) }
    return UInt32(truncatingIfNeeded: crc32_z(UInt(previous), first, bytes.count))
  }
}

/// CRC-32 as zip and gzip define it, carried on from the checksum of what came before.
func crc32(_ bytes: UnsafeRawBufferPointer, after previous: UInt32 = 0) -> UInt32 {
  Codec.crc32(bytes, after: previous)
}

func crc32(_ bytes: [UInt8]) -> UInt32 {
  bytes.withUnsafeBytes { crc32($0) }
}
