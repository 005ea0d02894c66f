/// How many bytes the file's offsets and lengths have.
struct HDF5Sizes: Hashable, Sendable {
  var offset = 8
  var length = 8
}

/// Reads little-endian numbers from one structure of an HDF5 file; every read is checked against the structure's end.
struct HDF5Cursor: Sendable {
  let part: HDF5Part
  let sizes: HDF5Sizes
  private let bytes: [UInt8]
  /// Where `bytes` begin in the file.
  private let base: Int
  private(set) var position: Int
  private let end: Int

  init(_ bytes: [UInt8], part: HDF5Part, base: Int, sizes: HDF5Sizes) {
    self.init(bytes, range: 0..<bytes.count, part: part, base: base, sizes: sizes)
  }

  private init(_ bytes: [UInt8], range: Range<Int>, part: HDF5Part, base: Int, sizes: HDF5Sizes) {
    self.part = part
    self.sizes = sizes
    self.bytes = bytes
    self.base = base
    position = range.lowerBound
    end = range.upperBound
  }

  var remaining: Int { end - position }

  /// Where the next byte is in the file.
  var offset: Int { base + position }

  /// A number of up to eight bytes.
  mutating func raw(_ size: Int) throws(WeightsProblem) -> UInt64 {
    var value: UInt64 = 0
    for (index, byte) in try slice(size).enumerated() { value |= UInt64(byte) << (8 * UInt64(index)) }
    return value
  }

  /// A number of up to eight bytes that must fit in `Int`.
  mutating func number(_ size: Int) throws(WeightsProblem) -> Int {
    let start = offset
    let value = try raw(size)
    guard let number = Int(exactly: value) else {
      throw .hdf5(.value(part, offset: start, expected: "a number below 2^63", found: value))
    }
    return number
  }

  mutating func length() throws(WeightsProblem) -> Int { try number(sizes.length) }

  /// An offset in the file; `nil` when all of its bits are ones, which says that there is nothing.
  mutating func address() throws(WeightsProblem) -> Int? {
    let start = offset
    let value = try raw(sizes.offset)
    if value == UInt64.max >> (64 - 8 * UInt64(sizes.offset)) { return nil }
    guard let address = Int(exactly: value) else {
      throw .hdf5(.value(part, offset: start, expected: "a number below 2^63", found: value))
    }
    return address
  }

  /// An offset of something that must be there.
  mutating func definedAddress() throws(WeightsProblem) -> Int {
    let start = offset
    guard let address = try address() else {
      throw .hdf5(.value(part, offset: start, expected: "an offset in the file", found: .max))
    }
    return address
  }

  /// A number of `size` bytes that must be in `range`.
  mutating func number(_ size: Int, in range: ClosedRange<Int>) throws(WeightsProblem) -> Int {
    let start = offset
    let value = try number(size)
    guard range.contains(value) else {
      let expected = range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
      throw .hdf5(.value(part, offset: start, expected: expected, found: UInt64(value)))
    }
    return value
  }

  mutating func slice(_ count: Int) throws(WeightsProblem) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else { throw .hdf5(.pastEnd(part, offset: offset)) }
    defer { position += count }
    return bytes[position..<position + count]
  }

  mutating func skip(_ count: Int) throws(WeightsProblem) { _ = try slice(count) }

  /// The next `count` bytes as a structure of their own.
  mutating func sub(_ count: Int, part: HDF5Part) throws(WeightsProblem) -> HDF5Cursor {
    let start = position
    try skip(count)
    return HDF5Cursor(bytes, range: start..<position, part: part, base: base, sizes: sizes)
  }

  /// The next `count` bytes up to the first that is zero.
  mutating func text(_ count: Int) throws(WeightsProblem) -> String {
    let start = offset
    guard let text = String(utf8: try slice(count).prefix { $0 != 0 }) else {
      throw .hdf5(.notUTF8(part, offset: start))
    }
    return text
  }

  /// The bytes from `index` of the structure up to a zero, as names lie in a local heap.
  func terminatedText(at index: Int) throws(WeightsProblem) -> String {
    guard index < end, let zero = bytes[index..<end].firstIndex(of: 0) else {
      throw .hdf5(.pastEnd(part, offset: base + min(index, end)))
    }
    guard let text = String(utf8: bytes[index..<zero]) else { throw .hdf5(.notUTF8(part, offset: base + index)) }
    return text
  }

  /// Checks that the structure begins with four letters.
  mutating func signature(_ letters: String) throws(WeightsProblem) {
    let start = offset
    let found = try slice(4)
    guard found.elementsEqual(letters.utf8) else { throw .hdf5(.signature(part, offset: start, found: Array(found))) }
  }
}
