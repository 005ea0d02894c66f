/// A protobuf message written field by field.
struct ForgedProtobuf {
  var forge = ByteForge()

  var bytes: [UInt8] { forge.bytes }

  init(_ write: (inout ForgedProtobuf) -> Void = { _ in }) {
    write(&self)
  }

  mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      forge.u8(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    forge.u8(UInt8(rest))
  }

  mutating func tag(_ field: Int, _ type: Int) { varint(UInt64(field << 3 | type)) }

  mutating func integer(_ field: Int, _ value: Int) {
    tag(field, 0)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func data(_ field: Int, _ data: [UInt8]) {
    tag(field, 2)
    varint(UInt64(data.count))
    forge.raw(data)
  }

  mutating func text(_ field: Int, _ text: String) { data(field, Array(text.utf8)) }

  mutating func message(_ field: Int, _ write: (inout ForgedProtobuf) -> Void) {
    data(field, ForgedProtobuf(write).bytes)
  }

  mutating func float(_ field: Int, _ value: Float) {
    tag(field, 5)
    forge.u32(value.bitPattern)
  }

  mutating func double(_ field: Int, _ value: Double) {
    tag(field, 1)
    forge.u64(value.bitPattern)
  }

  mutating func floats(_ field: Int, _ values: [Float]) { data(field, littleEndian(values)) }

  mutating func doubles(_ field: Int, _ values: [Double]) {
    var data = ByteForge()
    for value in values { data.u64(value.bitPattern) }
    self.data(field, data.bytes)
  }

  mutating func integers(_ field: Int, _ values: [Int]) {
    message(field) { packed in
      for value in values { packed.varint(UInt64(bitPattern: Int64(value))) }
    }
  }
}

func littleEndian(_ values: [Float]) -> [UInt8] {
  var data = ByteForge()
  for value in values { data.u32(value.bitPattern) }
  return data.bytes
}

/// The numbers from 0 to `count - 1`, plus `start`.
func counting(_ count: Int, from start: Float = 0) -> [Float] { (0..<count).map { start + Float($0) } }
