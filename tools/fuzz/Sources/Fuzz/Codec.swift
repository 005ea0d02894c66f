import CZlib
import CZooCodec

private let kernels: [zoo_codec] = [ZOO_CODEC_AVX512, ZOO_CODEC_AVX2, ZOO_CODEC_NEON, ZOO_CODEC_PORTABLE]
  .compactMap { zoo_codec_for($0)?.pointee }

/// Inflates the bytes with the archive's own decoder and with zlib, whose answer is the specification, and sends them
/// through the encoder and the byte planes and back.
///
/// The first two bytes say how long the output is to be.
func checkCodec(_ bytes: [UInt8]) {
  guard bytes.count > 2 else { return }
  let count = Int(bytes[0]) << 8 | Int(bytes[1])
  let stream = Array(bytes[2...])
  let expected = inflateExactly(stream, count: count)
  let answers = kernels.map { inflate(stream, count: count, with: $0) }
  for answer in answers {
    expect(answer == answers[0], "instruction sets disagree about \(stream) as \(count) bytes")
    // The shortcut may pass on any stream, but what it takes must be right.
    expect(answer == nil || answer == expected, "zlib says otherwise about \(stream) as \(count) bytes")
  }
  checkEncoding(of: stream)
  for size in [2, 4, 8] { checkPlanes(of: stream, size: size, rotated: bytes[0] & 1 == 1) }
}

private func inflate(_ stream: [UInt8], count: Int, with kernels: zoo_codec) -> [UInt8]? {
  // Exactly as large as they must be, so that AddressSanitizer sees a step too far.
  let source = Exact(stream)
  let target = Exact(count: count)
  defer { withExtendedLifetime(source) {} }
  return kernels.inflate(source.start, source.count, target.start, target.count) ? target.bytes : nil
}

private func inflateExactly(_ stream: [UInt8], count: Int) -> [UInt8]? {
  var state = z_stream()
  guard zoo_inflate_init_raw(&state) == Z_OK else { return nil }
  defer { inflateEnd(&state) }
  let source = Exact(stream)
  let target = Exact(count: count + 1)
  defer { withExtendedLifetime(source) {} }
  state.next_in = source.start
  state.avail_in = UInt32(source.count)
  state.next_out = target.start
  state.avail_out = UInt32(target.count)
  guard CZlib.inflate(&state, Z_FINISH) == Z_STREAM_END, state.avail_in == 0, state.avail_out == 1 else { return nil }
  return Array(target.bytes.dropLast())
}

private func checkEncoding(of bytes: [UInt8]) {
  let source = Exact(bytes)
  defer { withExtendedLifetime(source) {} }
  var first: [UInt8]?
  for kernels in kernels {
    let length = kernels.deflate(source.start, source.count, nil, .max)
    let target = Exact(count: length)
    expect(kernels.deflate(source.start, source.count, target.start, target.count) == length, "another length")
    expect(first == nil || first == target.bytes, "instruction sets encode \(bytes) differently")
    first = target.bytes
    expect(inflateExactly(target.bytes, count: bytes.count) == bytes, "encoded wrongly: \(bytes)")
    expect(inflate(target.bytes, count: bytes.count, with: kernels) == bytes, "not decoded: \(bytes)")
    if length > 1 {
      let small = Exact(count: length - 1)
      expect(kernels.deflate(source.start, source.count, small.start, small.count) == 0, "no room and yet encoded")
      withExtendedLifetime(small) {}
    }
  }
}

private func checkPlanes(of bytes: [UInt8], size: Int, rotated: Bool) {
  let count = bytes.count / size
  let source = Exact(Array(bytes[..<(count * size)]))
  var first: [[UInt8]]?
  for kernels in kernels {
    let planes = (0..<size).map { _ in Exact(count: count) }
    kernels.split(source.start, CInt(size), rotated, planes.map(\.start), count)
    expect(first == nil || first == planes.map(\.bytes), "instruction sets take \(bytes) apart differently")
    first = planes.map(\.bytes)
    let target = Exact(count: source.count)
    kernels.merge(planes.map { UnsafePointer($0.start) }, CInt(size), rotated, target.start, count)
    expect(target.bytes == source.bytes, "not put together again: \(bytes)")
    withExtendedLifetime(planes) {}
    if let crc32 = kernels.crc32 {
      let sum = UInt32(truncatingIfNeeded: crc32_z(7, source.start, source.count))
      expect(crc32(7, source.start, source.count) == sum, "another CRC-32 of \(source.bytes)")
    }
  }
}

/// A buffer without a byte to spare.
private final class Exact {
  let start: UnsafeMutablePointer<UInt8>
  let count: Int

  init(count: Int) {
    start = .allocate(capacity: count)
    start.initialize(repeating: 0, count: count)
    self.count = count
  }

  convenience init(_ bytes: [UInt8]) {
    self.init(count: bytes.count)
    start.update(from: bytes, count: bytes.count)
  }

  deinit {
    start.deallocate()
  }

  var bytes: [UInt8] { Array(UnsafeBufferPointer(start: start, count: count)) }
}
