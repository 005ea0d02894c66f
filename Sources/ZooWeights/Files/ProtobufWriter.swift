/// Writes the fields of a protobuf message one after the other, in memory, without its schema.
///
/// What is long is left to the caller: `head` writes a field's tag and length, and the contents follow somewhere else.
struct ProtobufWriter {
  private(set) var bytes: [UInt8] = []

  init(_ write: (inout ProtobufWriter) -> Void = { _ in }) {
    write(&self)
  }

  /// An `int32`, `int64` or `enum`.
  mutating func integer(_ field: Int, _ value: Int) {
    tag(field, .varint)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func float(_ field: Int, _ value: Float) {
    tag(field, .fixed32)
    bytes.append(littleEndian: value.bitPattern)
  }

  mutating func text(_ field: Int, _ text: String) {
    data(field, Array(text.utf8))
  }

  mutating func data(_ field: Int, _ data: [UInt8]) {
    head(field, length: data.count)
    bytes += data
  }

  mutating func message(_ field: Int, _ write: (inout ProtobufWriter) -> Void) {
    data(field, ProtobufWriter(write).bytes)
  }

  /// The tag and the length of a field whose `length` bytes follow.
  mutating func head(_ field: Int, length: Int) {
    tag(field, .bytes)
    varint(UInt64(length))
  }

  private mutating func tag(_ field: Int, _ type: ProtobufField.WireType) {
    varint(UInt64(field) << 3 | UInt64(type.rawValue))
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
