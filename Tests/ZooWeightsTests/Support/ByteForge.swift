import CZlib

/// Bytes put together by hand, so that they can be wrong in any way.
struct ByteForge {
  var bytes: [UInt8] = []

  mutating func u8(_ value: UInt8) { bytes.append(value) }
  mutating func u16(_ value: UInt16) { little(UInt64(value), 2) }
  mutating func u32(_ value: UInt32) { little(UInt64(value), 4) }
  mutating func u64(_ value: UInt64) { little(value, 8) }
  mutating func raw(_ more: some Sequence<UInt8>) { bytes += more }
  mutating func text(_ text: String) { bytes += Array(text.utf8) }

  private mutating func little(_ value: UInt64, _ count: Int) {
    for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))) }
  }
}

func checksum(_ bytes: some Collection<UInt8>) -> UInt32 {
  let array = Array(bytes)
  return UInt32(truncatingIfNeeded: crc32_z(0, array, array.count))
}

/// Raw deflate.
func deflated(_ bytes: [UInt8]) -> [UInt8] {
  var stream = z_stream()
  precondition(zoo_deflate_init_raw(&stream, 9, Z_DEFAULT_STRATEGY) == Z_OK)
  defer { deflateEnd(&stream) }
  var input = bytes
  var output = [UInt8](repeating: 0, count: bytes.count + 1000)
  let count = input.withUnsafeMutableBufferPointer { source in
    output.withUnsafeMutableBufferPointer { target in
      stream.next_in = source.baseAddress
      stream.avail_in = UInt32(source.count)
      stream.next_out = target.baseAddress
      stream.avail_out = UInt32(target.count)
      precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END)
      return target.count - Int(stream.avail_out)
    }
  }
  return Array(output[..<count])
}
