/// Writes a zip file of stored members, piece by piece. The same members give the same bytes: every one is dated
/// 1 January 1980.
struct ZipWriter {
  private struct Member {
    let name: String
    let size: Int
    let offset: Int
    var checksum: UInt32 = 0
  }

  private let file: OutputFile
  private let wideFrom: Int
  private var members: [Member] = []

  /// `wideFrom`: sizes and offsets from this on are written in the records of zip64.
  init(_ file: OutputFile, wideFrom: Int) {
    self.file = file
    self.wideFrom = wideFrom
  }

  /// Begins a member that will have `size` bytes.
  mutating func begin(_ name: String, size: Int) throws(WeightsProblem) {
    let member = Member(name: name, size: size, offset: file.size)
    members.append(member)
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt32(0x0403_4B50))
    bytes.append(littleEndian: UInt16(isWide(size) ? 45 : 20))
    appendCommon(member, to: &bytes)
    let extra = wide([size, size].filter(isWide))
    bytes.append(littleEndian: UInt16(name.utf8.count))
    bytes.append(littleEndian: UInt16(extra.count))
    try file.write(bytes + Array(name.utf8) + extra)
  }

  /// The next bytes of the member.
  mutating func write(_ bytes: UnsafeRawBufferPointer) throws(WeightsProblem) {
    members[members.count - 1].checksum = crc32(bytes, after: members[members.count - 1].checksum)
    try file.write(bytes)
  }

  /// Puts the checksum of the member that is complete into its head.
  mutating func end() throws(WeightsProblem) {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: members[members.count - 1].checksum)
    try file.rewrite(bytes, at: members[members.count - 1].offset + 14)
  }

  /// Writes the list of members.
  func finish() throws(WeightsProblem) {
    let start = file.size
    for member in members {
      let extra = wide([member.size, member.size, member.offset].filter(isWide))
      var bytes: [UInt8] = []
      bytes.append(littleEndian: UInt32(0x0201_4B50))
      // Made on Unix, whose permissions are below.
      bytes.append(littleEndian: UInt16(3 << 8 | 45))
      bytes.append(littleEndian: UInt16(extra.isEmpty ? 20 : 45))
      appendCommon(member, to: &bytes)
      bytes.append(littleEndian: UInt16(member.name.utf8.count))
      bytes.append(littleEndian: UInt16(extra.count))
      // No comment, on the first disk, no internal attributes.
      bytes += [UInt8](repeating: 0, count: 6)
      bytes.append(littleEndian: UInt32(0o100644 << 16))
      bytes.append(littleEndian: narrow(member.offset))
      try file.write(bytes + Array(member.name.utf8) + extra)
    }
    try writeEnd(start: start, length: file.size - start)
  }

  private func writeEnd(start: Int, length: Int) throws(WeightsProblem) {
    var bytes: [UInt8] = []
    if isWide(start) || isWide(length) || members.count >= UInt16.max {
      let wideStart = file.size
      bytes.append(littleEndian: UInt32(0x0606_4B50))
      bytes.append(littleEndian: UInt64(44))
      bytes.append(littleEndian: UInt16(3 << 8 | 45))
      bytes.append(littleEndian: UInt16(45))
      bytes += [UInt8](repeating: 0, count: 8)
      for number in [members.count, members.count, length, start] { bytes.append(littleEndian: UInt64(number)) }
      bytes.append(littleEndian: UInt32(0x0706_4B50))
      bytes.append(littleEndian: UInt32(0))
      bytes.append(littleEndian: UInt64(wideStart))
      bytes.append(littleEndian: UInt32(1))
    }
    bytes.append(littleEndian: UInt32(0x0605_4B50))
    bytes.append(littleEndian: UInt32(0))
    for _ in 0..<2 { bytes.append(littleEndian: UInt16(min(members.count, Int(UInt16.max)))) }
    bytes.append(littleEndian: narrow(length))
    bytes.append(littleEndian: narrow(start))
    bytes.append(littleEndian: UInt16(0))
    try file.write(bytes)
  }

  /// What the two heads of a member have in common: flags, method, date, checksum and sizes.
  private func appendCommon(_ member: Member, to bytes: inout [UInt8]) {
    let isASCII = member.name.utf8.allSatisfy { $0 < 0x80 }
    bytes.append(littleEndian: UInt16(isASCII ? 0 : 0x800))
    bytes.append(littleEndian: UInt16(0))
    bytes.append(littleEndian: UInt16(0))
    bytes.append(littleEndian: UInt16(0x21))
    bytes.append(littleEndian: member.checksum)
    bytes.append(littleEndian: narrow(member.size))
    bytes.append(littleEndian: narrow(member.size))
  }

  private func isWide(_ number: Int) -> Bool { number >= wideFrom }

  private func narrow(_ number: Int) -> UInt32 { isWide(number) ? .max : UInt32(number) }

  /// The extra field with the numbers that do not fit in their places.
  private func wide(_ numbers: [Int]) -> [UInt8] {
    guard !numbers.isEmpty else { return [] }
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt16(1))
    bytes.append(littleEndian: UInt16(8 * numbers.count))
    for number in numbers { bytes.append(littleEndian: UInt64(number)) }
    return bytes
  }
}
