import CZlib

/// Reads a deflated member of a zip file from its first byte on, with no more memory than the input's buffer.
///
/// It gives exactly as many bytes as the list of members says; a stream that holds more, or fewer, is an error.
final class InflatingReader {
  /// Deflate cannot do better.
  private static let maximumRatio = 1032
  private static let inputCapacity = 64 << 10

  private let member: ZipDirectory.Member
  private let file: InputFile
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutableRawBufferPointer
  private var inputOffset: Int
  private var isAtEnd = false
  private var checksum: UInt32 = 0

  init(_ member: ZipDirectory.Member, in file: InputFile) throws(WeightsProblem) {
    guard member.size / Self.maximumRatio <= member.compressedSize else {
      throw .zip(.impossibleSize(member.name, size: member.size, compressed: member.compressedSize))
    }
    self.member = member
    self.file = file
    inputOffset = member.dataOffset
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    input = .allocate(byteCount: Self.inputCapacity, alignment: 64)
    guard zoo_inflate_init_raw(stream) == Z_OK else { throw .outOfMemory }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
  }

  func bytes(_ count: Int) throws(WeightsProblem) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withUnsafeMutableBufferPointer { (buffer) throws(WeightsProblem) in
      try read(into: UnsafeMutableRawBufferPointer(buffer))
    }
    return bytes
  }

  /// Fills `target` with the next bytes.
  func read(into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    var done = 0
    while done < target.count {
      let part = UnsafeMutableRawBufferPointer(rebasing: target[done..<min(target.count, done + 1 << 20)])
      let count = try step(into: part)
      checksum = crc32(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(part)[..<count]), after: checksum)
      done += count
      guard count > 0 || !isAtEnd else { throw .zip(.memberLength(member.name, expected: member.size)) }
    }
  }

  /// After the last byte: the stream must end there, and its checksum must be right.
  func finish() throws(WeightsProblem) {
    var excess: UInt8 = 0
    while !isAtEnd {
      let count = try withUnsafeMutableBytes(of: &excess) { (byte) throws(WeightsProblem) in try step(into: byte) }
      guard count == 0 else { throw .zip(.memberLength(member.name, expected: member.size)) }
    }
    guard stream.pointee.avail_in == 0, inputOffset == inputEnd else { throw .zip(.memberDeflate(member.name)) }
    guard checksum == member.checksum else { throw .zip(.memberChecksum(member.name)) }
  }

  private var inputEnd: Int { member.dataOffset + member.compressedSize }

  /// Inflates some bytes, perhaps none, and returns how many. Each call uses input, gives output or throws.
  private func step(into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) -> Int {
    guard !isAtEnd else { return 0 }
    if stream.pointee.avail_in == 0, inputOffset < inputEnd {
      let part = UnsafeMutableRawBufferPointer(rebasing: input[..<min(Self.inputCapacity, inputEnd - inputOffset)])
      try file.read(at: inputOffset, into: part)
      inputOffset += part.count
      stream.pointee.next_in = part.assumingMemoryBound(to: UInt8.self).baseAddress
      stream.pointee.avail_in = UInt32(part.count)
    }
    stream.pointee.next_out = target.assumingMemoryBound(to: UInt8.self).baseAddress
    stream.pointee.avail_out = UInt32(target.count)
    switch inflate(stream, Z_NO_FLUSH) {
    case Z_OK: break
    case Z_STREAM_END: isAtEnd = true
    // No input was left, or the stream is not deflate.
    default: throw .zip(.memberDeflate(member.name))
    }
    return target.count - Int(stream.pointee.avail_out)
  }
}
