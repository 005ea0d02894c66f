/// Reads little-endian numbers and strings from bytes a stranger wrote; every read is checked against the end.
struct ByteReader {
  let bytes: [UInt8]
  private(set) var position: Int
  let end: Int

  init(_ bytes: [UInt8], range: Range<Int>? = nil) {
    self.bytes = bytes
    position = range?.lowerBound ?? 0
    end = range?.upperBound ?? bytes.count
  }

  var remaining: Int { end - position }

  /// `nil`, here and below, when fewer bytes are left.
  mutating func integer<Number: FixedWidthInteger & UnsignedInteger>(_: Number.Type) -> Number? {
    let size = MemoryLayout<Number>.size
    guard remaining >= size else { return nil }
    var value: Number = 0
    for index in (0..<size).reversed() {
      value = (value << 8) | Number(truncatingIfNeeded: bytes[position + index])
    }
    position += size
    return value
  }

  /// A `u64` that must also fit in `Int`.
  mutating func offset() -> Int? {
    integer(UInt64.self).flatMap { Int(exactly: $0) }
  }

  mutating func slice(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, remaining >= count else { return nil }
    defer { position += count }
    return bytes[position..<position + count]
  }

  mutating func skip(_ count: Int) -> Bool {
    slice(count) != nil
  }
}

extension [UInt8] {
  /// Appends a number, least significant byte first.
  mutating func append<Number: FixedWidthInteger & UnsignedInteger>(littleEndian value: Number) {
    for index in 0..<MemoryLayout<Number>.size {
      append(UInt8(truncatingIfNeeded: value >> (8 * index)))
    }
  }
}

extension String {
  /// The text whose UTF-8 form `bytes` is; `nil` when they are not UTF-8.
  init?(utf8 bytes: some Sequence<UInt8>) {
    self.init(validating: bytes, as: UTF8.self)
  }

  /// Orders names by their UTF-8 bytes, the same on every system; `<` on strings follows Unicode tables.
  static func bytewisePrecedes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }
}
