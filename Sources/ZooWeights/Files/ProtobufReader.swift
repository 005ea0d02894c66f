/// Reads the fields of a protobuf message that lies in a file, one after the other, without its schema.
///
/// A field of bytes is given by its place in the file and not by its bytes. SwiftProtobuf would parse the whole file into
/// memory and copy every tensor, where the peak while loading must stay close to the size of the tensors alone.
///
/// Groups, which none of the formats read here has, are refused, so that nothing recurses but what a caller descends into.
struct ProtobufReader {
  private let window: FileWindow
  private(set) var position: Int
  let end: Int

  /// All of a file.
  init(_ file: InputFile) {
    window = FileWindow(file)
    position = 0
    end = file.size
  }

  private init(_ window: FileWindow, range: Range<Int>) {
    self.window = window
    position = range.lowerBound
    end = range.upperBound
  }

  /// The message that a field holds.
  func message(in field: ProtobufField) throws(WeightsProblem) -> ProtobufReader {
    ProtobufReader(window, range: try field.bytes())
  }

  /// The packed numbers of variable length that a field holds.
  func varints(in range: Range<Int>) -> ProtobufReader { ProtobufReader(window, range: range) }

  /// `nil` at the end of the message.
  mutating func next() throws(WeightsProblem) -> ProtobufField? {
    guard position < end else { return nil }
    let start = position
    let tag = try varint()
    guard tag <= UInt32.max, tag >> 3 > 0 else { throw .protobuf(.fieldNumber(tag >> 3, offset: start)) }
    guard let type = ProtobufField.WireType(rawValue: UInt8(tag & 7)) else {
      throw .protobuf(.wireType(Int(tag & 7), offset: start))
    }
    var bits: UInt64 = 0
    var payload = position
    switch type {
    case .varint: bits = try varint()
    case .fixed64: bits = try fixed(8)
    case .fixed32: bits = try fixed(4)
    case .bytes:
      let length = try varint()
      payload = position
      guard length <= UInt64(end - position) else {
        throw .protobuf(.lengthPastEnd(length: length, offset: start, end: end))
      }
      position += Int(length)
    }
    return ProtobufField(number: Int(tag >> 3), type: type, bits: bits, start: start, payload: payload..<position)
  }

  /// A number of variable length: seven bits in each byte, the least significant first.
  mutating func varint() throws(WeightsProblem) -> UInt64 {
    let start = position
    var value: UInt64 = 0
    for index in 0..<10 {
      guard position < end else { throw .protobuf(.cutShort(offset: start)) }
      let byte = try window.byte(at: position)
      position += 1
      // The tenth byte has room for one bit.
      if index == 9, byte > 1 { break }
      value |= UInt64(byte & 0x7F) << (7 * UInt64(index))
      if byte < 0x80 { return value }
    }
    throw .protobuf(.varintTooLong(offset: start))
  }

  /// One of packed numbers of four bytes each.
  mutating func float() throws(WeightsProblem) -> Float {
    Float(bitPattern: UInt32(truncatingIfNeeded: try fixed(4)))
  }

  private mutating func fixed(_ size: Int) throws(WeightsProblem) -> UInt64 {
    guard end - position >= size else { throw .protobuf(.cutShort(offset: position)) }
    var value: UInt64 = 0
    for index in 0..<size { value |= UInt64(try window.byte(at: position + index)) << (8 * UInt64(index)) }
    position += size
    return value
  }

  /// The text of a field.
  func text(_ field: ProtobufField, atMost limit: Int = 4096) throws(WeightsProblem) -> String {
    let range = try field.bytes()
    guard range.count <= limit else { throw .protobuf(.textTooLong(limit: limit, offset: field.start)) }
    var bytes: [UInt8] = []
    for offset in range { bytes.append(try window.byte(at: offset)) }
    guard let text = String(utf8: bytes) else { throw .protobuf(.textNotUTF8(offset: field.start)) }
    return text
  }
}

/// A field of a message: its number, and its value or where that lies.
struct ProtobufField {
  enum WireType: UInt8 {
    case varint = 0
    case fixed64 = 1
    case bytes = 2
    case fixed32 = 5
  }

  let number: Int
  let type: WireType
  /// The value of a number, not yet given a sign.
  let bits: UInt64
  /// Where the tag begins in the file.
  let start: Int
  /// Where the value lies in the file.
  let payload: Range<Int>

  func bytes() throws(WeightsProblem) -> Range<Int> {
    try require(.bytes)
    return payload
  }

  func varint() throws(WeightsProblem) -> UInt64 {
    try require(.varint)
    return bits
  }

  /// An `int32`, `int64` or `enum`.
  func integer() throws(WeightsProblem) -> Int { Int(truncatingIfNeeded: try varint()) }

  func float() throws(WeightsProblem) -> Float {
    try require(.fixed32)
    return Float(bitPattern: UInt32(truncatingIfNeeded: bits))
  }

  private func require(_ expected: WireType) throws(WeightsProblem) {
    guard type == expected else { throw .protobuf(.unexpectedType(field: number, offset: start)) }
  }
}

/// The part of a file around the last byte that was asked for: tens of thousands of small fields take few reads.
private final class FileWindow {
  private static let size = 1 << 16
  private let file: InputFile
  private var bytes: [UInt8] = []
  private var start = 0

  init(_ file: InputFile) {
    self.file = file
  }

  /// The byte at `offset`, which lies within the file.
  func byte(at offset: Int) throws(WeightsProblem) -> UInt8 {
    let index = offset - start
    if bytes.indices.contains(index) { return bytes[index] }
    bytes = try file.bytes(at: offset, count: min(Self.size, file.size - offset))
    start = offset
    return bytes[0]
  }
}

/// What is wrong with the bytes of a protobuf message, whatever it means. Offsets are from the beginning of the file.
public enum ProtobufProblem: Hashable, Sendable {
  /// The message ends within a field.
  case cutShort(offset: Int)
  /// More than 64 bits.
  case varintTooLong(offset: Int)
  /// Zero, or above 2²⁹ − 1.
  case fieldNumber(UInt64, offset: Int)
  /// A group, or a number that means nothing.
  case wireType(Int, offset: Int)
  /// A field is longer than the message it is in, which ends at `end`.
  case lengthPastEnd(length: UInt64, offset: Int, end: Int)
  /// A field has another type than the schema says.
  case unexpectedType(field: Int, offset: Int)
  case textTooLong(limit: Int, offset: Int)
  case textNotUTF8(offset: Int)
  /// Packed numbers take a number of bytes that is not a multiple of their size.
  case packedLength(Int, elementSize: Int, offset: Int)
  /// The numbers of one tensor are scattered over more places than any writer makes.
  case scattered(limit: Int, offset: Int)
}
