/// Records of TensorBoard's event files: TFRecord frames (a length, its CRC, the data, its CRC) of `Event` messages in
/// protocol buffers' format, each with scalars.
public enum EventLog {
  /// What a file starts with.
  ///
  /// - Parameter wallTime: seconds since 1970.
  /// - Returns: The bytes of one record.
  public static func header(wallTime: Double) -> [UInt8] {
    var event = Message()
    event.double(1, wallTime)
    event.bytes(3, Array("brain.Event:2".utf8))
    return frame(event.data)
  }

  /// The values of a step, such as `loss/train`.
  ///
  /// - Parameters:
  ///   - scalars: numbers with the names under which TensorBoard draws them.
  ///   - step: of the optimiser.
  ///   - wallTime: seconds since 1970.
  /// - Returns: The bytes of one record.
  public static func record(_ scalars: [(tag: String, value: Float)], step: Int, wallTime: Double) -> [UInt8] {
    var summary = Message()
    for (tag, value) in scalars {
      var scalar = Message()
      scalar.bytes(1, Array(tag.utf8))
      scalar.float(2, value)
      summary.bytes(1, scalar.data)
    }
    var event = Message()
    event.double(1, wallTime)
    event.integer(2, step)
    event.bytes(5, summary.data)
    return frame(event.data)
  }

  /// The records of a file up to a step, without a last one that was not written to its end, or from the first on that is
  /// damaged.
  public static func truncated(_ file: [UInt8], toStep step: Int) -> [UInt8] {
    var kept: [UInt8] = []
    var offset = 0
    while let (data, end) = frame(in: file, at: offset) {
      if Self.step(of: file[data]) <= step { kept += file[offset..<end] }
      offset = end
    }
    return kept
  }

  // MARK: Frames

  private static func frame(_ data: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(data.count))
    return length + littleEndian(maskedChecksum(length[...])) + data + littleEndian(maskedChecksum(data[...]))
  }

  /// Where the data of a whole and sound frame is, and where the frame ends.
  private static func frame(in file: [UInt8], at offset: Int) -> (data: Range<Int>, end: Int)? {
    guard file.count - offset >= 16 else { return nil }
    let length = number(file[offset..<offset + 8])
    guard length <= UInt64(file.count - offset - 16),
      number(file[offset + 8..<offset + 12]) == maskedChecksum(file[offset..<offset + 8])
    else { return nil }
    let data = offset + 12..<offset + 12 + Int(length)
    guard number(file[data.upperBound..<data.upperBound + 4]) == maskedChecksum(file[data]) else { return nil }
    return (data, data.upperBound + 4)
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  /// CRC-32C, turned and shifted so that a checksum of data with checksums is none of its own.
  private static func maskedChecksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    let sum = ~bytes.reduce(~0) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ $0 >> 8 }
    return (sum >> 15 | sum << 17) &+ 0xA282_EAD8
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 0 ? sum >> 1 : sum >> 1 ^ 0x82F6_3B78 }
  }

  // MARK: Messages

  /// The step of an event that zoo wrote; 0 where it has none.
  private static func step(of event: ArraySlice<UInt8>) -> Int {
    // The time, a tag and eight bytes, comes first.
    var rest = event.dropFirst(9)
    guard rest.popFirst() == 2 << 3 else { return 0 }
    var (value, shift) = (UInt64(0), UInt64(0))
    while let byte = rest.popFirst(), shift < 64 {
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { break }
      shift += 7
    }
    return Int(truncatingIfNeeded: value)
  }

  private struct Message {
    private(set) var data: [UInt8] = []

    mutating func double(_ field: UInt8, _ value: Double) { data += [field << 3 | 1] + littleEndian(value.bitPattern) }

    mutating func float(_ field: UInt8, _ value: Float) { data += [field << 3 | 5] + littleEndian(value.bitPattern) }

    mutating func integer(_ field: UInt8, _ value: Int) {
      data.append(field << 3)
      varint(UInt64(bitPattern: Int64(value)))
    }

    mutating func bytes(_ field: UInt8, _ bytes: [UInt8]) {
      data.append(field << 3 | 2)
      varint(UInt64(bytes.count))
      data += bytes
    }

    private mutating func varint(_ value: UInt64) {
      var rest = value
      while rest >= 0x80 {
        data.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
      data.append(UInt8(rest))
    }
  }
}
