/// A reader of event files that knows nothing of the writer.
struct RunEvents {
  struct Broken: Error {
    var offset: Int
    var what: String
  }

  var version = ""
  var steps: [Int] = []
  var times: [Double] = []
  var scalars: [[(tag: String, value: Float)]] = []

  init(_ bytes: [UInt8]) throws {
    var offset = 0
    while offset < bytes.count {
      func little(_ start: Int, _ count: Int) throws -> UInt64 {
        guard start + count <= bytes.count else { throw Broken(offset: start, what: "end") }
        return (0..<count).reduce(0) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
      }
      let length = Int(try little(offset, 8))
      guard try little(offset + 8, 4) == UInt64(Self.masked(Array(bytes[offset..<offset + 8]))) else {
        throw Broken(offset: offset, what: "checksum of the length")
      }
      let end = offset + 12 + length
      let checksum = try little(end, 4)
      let data = Array(bytes[offset + 12..<end])
      guard checksum == UInt64(Self.masked(data)) else { throw Broken(offset: offset, what: "checksum of the data") }
      try read(data, at: offset)
      offset = end + 4
    }
  }

  private mutating func read(_ data: [UInt8], at offset: Int) throws {
    var (step, time, values) = (0, 0.0, [(tag: String, value: Float)]())
    var isVersion = false
    for field in try Self.fields(data) {
      switch (field.number, field.type) {
      case (1, 1): time = Double(bitPattern: field.value)
      case (2, 0): step = Int(field.value)
      case (3, 2):
        version = String(decoding: field.data, as: UTF8.self)
        isVersion = true
      case (5, 2):
        for value in try Self.fields(field.data) {
          var scalar = (tag: "", value: Float.nan)
          for part in try Self.fields(value.data) {
            switch (part.number, part.type) {
            case (1, 2): scalar.tag = String(decoding: part.data, as: UTF8.self)
            case (2, 5): scalar.value = Float(bitPattern: UInt32(part.value))
            default: throw Broken(offset: offset, what: "value's field \(part.number)")
            }
          }
          values.append(scalar)
        }
      default: throw Broken(offset: offset, what: "event's field \(field.number)")
      }
    }
    guard !isVersion else { return }
    steps.append(step)
    times.append(time)
    scalars.append(values)
  }

  private static func fields(_ data: [UInt8]) throws -> [(number: Int, type: Int, value: UInt64, data: [UInt8])] {
    var result: [(number: Int, type: Int, value: UInt64, data: [UInt8])] = []
    var index = 0
    func take(_ count: Int) throws -> [UInt8] {
      guard index + count <= data.count else { throw Broken(offset: index, what: "end of a field") }
      defer { index += count }
      return Array(data[index..<index + count])
    }
    func varint() throws -> UInt64 {
      var (value, shift) = (UInt64(0), UInt64(0))
      while true {
        let byte = try take(1)[0]
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return value }
        shift += 7
      }
    }
    func little(_ count: Int) throws -> UInt64 { try take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    while index < data.count {
      let tag = Int(try varint())
      switch tag & 7 {
      case 0: result.append((tag >> 3, 0, try varint(), []))
      case 1: result.append((tag >> 3, 1, try little(8), []))
      case 2: result.append((tag >> 3, 2, 0, try take(Int(try varint()))))
      case 5: result.append((tag >> 3, 5, try little(4), []))
      default: throw Broken(offset: index, what: "wire type")
      }
    }
    return result
  }

  /// CRC-32C, bit by bit, with TensorFlow's mask.
  static func masked(_ bytes: [UInt8]) -> UInt32 {
    let sum = checksum(bytes)
    return ((sum >> 15) | (sum << 17)) &+ 0xA282_EAD8
  }

  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? (sum >> 1) ^ 0x82F6_3B78 : sum >> 1 }
    }
    return ~sum
  }
}
