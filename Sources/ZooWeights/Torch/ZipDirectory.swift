/// The members of a zip file, zip64 included.
///
/// Only the central directory counts, as for PyTorch; where a local header says otherwise, the file is refused, because
/// readers that believe different halves of a file see different files.
struct ZipDirectory: Sendable {
  struct Member: Sendable {
    let name: String
    /// 0 is stored.
    let method: UInt16
    let checksum: UInt32
    let compressedSize: Int
    let size: Int
    let headerOffset: Int
    var dataOffset = 0
  }

  /// In the order of the file.
  private(set) var members: [Member] = []
  private var positions: [String: Int] = [:]

  private static let maximumDirectory = 64 << 20

  subscript(name: String) -> Member? { positions[name].map { members[$0] } }

  init(_ file: InputFile) throws(WeightsProblem) {
    let end = try End(file)
    guard end.length <= Self.maximumDirectory, end.count <= end.length / 46 else {
      throw .zip(.directoryTooLarge)
    }
    var reader = ByteReader(try file.bytes(at: end.offset, count: end.length))
    for _ in 0..<end.count { members.append(try Self.member(&reader)) }
    guard reader.remaining == 0 else { throw .zip(.directoryMalformed) }
    members.sort { $0.headerOffset < $1.headerOffset }
    var free = 0
    for position in members.indices {
      let member = members[position]
      guard positions.updateValue(position, forKey: member.name) == nil else {
        throw .zip(.duplicateMember(member.name))
      }
      guard member.headerOffset >= free else { throw .zip(.membersOverlap(member.name)) }
      let dataOffset = try Self.dataOffset(of: member, in: file, before: end.offset)
      let (dataEnd, overflow) = dataOffset.addingReportingOverflow(member.compressedSize)
      guard !overflow, dataEnd <= end.offset else { throw .zip(.memberPastEnd(member.name)) }
      members[position].dataOffset = dataOffset
      free = dataEnd
    }
  }

  private static func member(_ reader: inout ByteReader) throws(WeightsProblem) -> Member {
    guard reader.integer(UInt32.self) == 0x0201_4B50, reader.skip(4), let flags = reader.integer(UInt16.self),
      let method = reader.integer(UInt16.self), reader.skip(4), let checksum = reader.integer(UInt32.self),
      let compressedSize = reader.integer(UInt32.self), let size = reader.integer(UInt32.self),
      let nameLength = reader.integer(UInt16.self), let extraLength = reader.integer(UInt16.self),
      let commentLength = reader.integer(UInt16.self), let disk = reader.integer(UInt16.self), reader.skip(6),
      let offset = reader.integer(UInt32.self), let nameBytes = reader.slice(Int(nameLength)),
      let extra = reader.slice(Int(extraLength)), reader.skip(Int(commentLength))
    else { throw .zip(.directoryMalformed) }
    guard let name = String(utf8: nameBytes), !name.isEmpty, !name.utf8.contains(0) else {
      throw .zip(.directoryMalformed)
    }
    guard flags & 0x2041 == 0 else { throw .zip(.encrypted(name)) }
    var wide = Wide(extra)
    guard let size = wide.value(size), let compressedSize = wide.value(compressedSize),
      let offset = wide.value(offset), disk == 0 || disk == UInt16.max
    else { throw .zip(.directoryMalformed) }
    guard method != 0 || size == compressedSize else { throw .zip(.directoryMalformed) }
    return Member(
      name: name, method: method, checksum: checksum, compressedSize: compressedSize, size: size,
      headerOffset: offset)
  }

  /// Where a member's data begin, by its local header, which must name the same member and agree on its size.
  private static func dataOffset(
    of member: Member, in file: InputFile, before end: Int
  ) throws(WeightsProblem) -> Int {
    guard member.headerOffset <= end - 30 else { throw .zip(.memberPastEnd(member.name)) }
    var reader = ByteReader(try file.bytes(at: member.headerOffset, count: 30))
    guard reader.integer(UInt32.self) == 0x0403_4B50, reader.skip(2), let flags = reader.integer(UInt16.self),
      let method = reader.integer(UInt16.self), reader.skip(4), let checksum = reader.integer(UInt32.self),
      let compressedSize = reader.integer(UInt32.self), let size = reader.integer(UInt32.self),
      let nameLength = reader.integer(UInt16.self).map(Int.init),
      let extraLength = reader.integer(UInt16.self).map(Int.init)
    else { throw .zip(.localHeaderDiffers(member.name)) }
    let nameOffset = member.headerOffset + 30
    guard nameLength == member.name.utf8.count, nameLength + extraLength <= end - nameOffset,
      try file.bytes(at: nameOffset, count: nameLength) == Array(member.name.utf8), method == member.method
    else { throw .zip(.localHeaderDiffers(member.name)) }
    // With bit 3, size and checksum follow the data and are zero here.
    if flags & 8 == 0 {
      let isWide = size == UInt32.max || compressedSize == UInt32.max
      guard checksum == member.checksum,
        isWide || (Int(size), Int(compressedSize)) == (member.size, member.compressedSize)
      else { throw .zip(.localHeaderDiffers(member.name)) }
    }
    return nameOffset + nameLength + extraLength
  }

  /// The numbers of a zip64 extra field, which stand in for those that are all ones.
  private struct Wide {
    private var reader: ByteReader?

    init(_ extra: ArraySlice<UInt8>) {
      var fields = ByteReader(Array(extra))
      while let identifier = fields.integer(UInt16.self), let length = fields.integer(UInt16.self),
        let content = fields.slice(Int(length))
      {
        if identifier == 1 {
          reader = ByteReader(Array(content))
          return
        }
      }
    }

    mutating func value(_ narrow: UInt32) -> Int? {
      narrow == UInt32.max ? reader?.offset() : Int(narrow)
    }
  }

  /// Where the central directory lies.
  private struct End {
    let offset: Int
    let length: Int
    let count: Int

    init(_ file: InputFile) throws(WeightsProblem) {
      let tailLength = min(file.size, 22 + 0xFFFF)
      let tail = try file.bytes(at: file.size - tailLength, count: tailLength)
      guard let position = Self.find(in: tail) else { throw .zip(.noEnd) }
      let endOffset = file.size - tailLength + position
      var reader = ByteReader(tail, range: position + 4..<tail.count)
      guard let disk = reader.integer(UInt16.self), let firstDisk = reader.integer(UInt16.self),
        let here = reader.integer(UInt16.self), let count = reader.integer(UInt16.self),
        let length = reader.integer(UInt32.self), let offset = reader.integer(UInt32.self)
      else { throw .zip(.noEnd) }
      guard disk == firstDisk, disk == 0 || disk == UInt16.max, here == count else { throw .zip(.severalDisks) }
      let directoryEnd: Int
      if let wide = try WideEnd(file, before: endOffset) {
        // Where the short record has a number, it must be the same.
        guard count == UInt16.max || Int(count) == wide.count, length == UInt32.max || Int(length) == wide.length,
          offset == UInt32.max || Int(offset) == wide.offset
        else { throw .zip(.endRecordsDiffer) }
        (self.count, self.length, self.offset) = (wide.count, wide.length, wide.offset)
        directoryEnd = wide.start
      } else {
        (self.count, self.length, self.offset) = (Int(count), Int(length), Int(offset))
        directoryEnd = endOffset
      }
      let (sum, overflow) = self.offset.addingReportingOverflow(self.length)
      guard !overflow, sum == directoryEnd else { throw .zip(.directoryOutOfPlace) }
    }

    /// The last record whose comment reaches exactly to the end of the file; else the last, after which a copy to blocks of
    /// a fixed size may have left zeros. PyTorch takes the last, whatever follows.
    private static func find(in tail: [UInt8]) -> Int? {
      guard tail.count >= 22 else { return nil }
      var last: Int?
      for position in (0...tail.count - 22).reversed()
      where tail[position] == 0x50 && tail[position + 1] == 0x4B && tail[position + 2] == 5 && tail[position + 3] == 6 {
        let end = position + 22 + (Int(tail[position + 20]) | Int(tail[position + 21]) << 8)
        if end == tail.count { return position }
        if end < tail.count { last = last ?? position }
      }
      return last
    }
  }

  /// The zip64 record and its locator, which stand before the short record.
  private struct WideEnd {
    let start: Int
    let offset: Int
    let length: Int
    let count: Int

    init?(_ file: InputFile, before endOffset: Int) throws(WeightsProblem) {
      guard endOffset >= 76 else { return nil }
      var locator = ByteReader(try file.bytes(at: endOffset - 20, count: 20))
      guard locator.integer(UInt32.self) == 0x0706_4B50 else { return nil }
      guard locator.integer(UInt32.self) == 0, let start = locator.offset(), locator.integer(UInt32.self) == 1,
        start <= endOffset - 76
      else { throw .zip(.directoryMalformed) }
      var reader = ByteReader(try file.bytes(at: start, count: 56))
      guard reader.integer(UInt32.self) == 0x0606_4B50, let size = reader.offset(), reader.skip(4),
        reader.integer(UInt32.self) == 0, reader.integer(UInt32.self) == 0, let here = reader.offset(),
        let count = reader.offset(), let length = reader.offset(), let offset = reader.offset()
      else { throw .zip(.directoryMalformed) }
      guard here == count, size == endOffset - 20 - start - 12 else { throw .zip(.directoryMalformed) }
      (self.start, self.offset, self.length, self.count) = (start, offset, length, count)
    }
  }
}

/// What is wrong with a zip file.
public enum ZipProblem: Hashable, Sendable {
  /// The record at the end is missing, as after a download that broke off.
  case noEnd
  case severalDisks
  case endRecordsDiffer
  case directoryOutOfPlace
  case directoryTooLarge
  case directoryMalformed
  case encrypted(String)
  case duplicateMember(String)
  case membersOverlap(String)
  case memberPastEnd(String)
  case localHeaderDiffers(String)
  case compressedMember(String)
  case memberChecksum(String)
  /// Neither stored nor deflated.
  case unknownMethod(String, method: Int)
  /// A member that would unpack to more than deflate can make of so few bytes.
  case impossibleSize(String, size: Int, compressed: Int)
  /// The compressed bytes are not deflate, or end too early or too late.
  case memberDeflate(String)
  /// A member that unpacks to more or less than the list of members says.
  case memberLength(String, expected: Int)
}
