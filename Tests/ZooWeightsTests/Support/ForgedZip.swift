/// A zip file put together field by field.
struct ForgedZip {
  struct Member {
    var name: String
    var data: [UInt8]
    var method: UInt16 = 0
    var flags: UInt16 = 0
    var checksum: UInt32?
    /// What the local header and the central directory say, where they lie.
    var localName: String?
    var localSize: UInt32?
    var size: UInt32?
    /// The size of a compressed member before it was.
    var unpackedSize: UInt32?
    var offset: UInt32?
    /// Sizes and offset in a zip64 extra field.
    var isWide = false
  }

  var members: [Member] = []
  var hasWideEnd = false
  var wideCount: UInt64?
  var count: UInt16?
  var countHere: UInt16?
  var directoryOffset: UInt32?
  var comment: [UInt8] = []
  var tail: [UInt8] = []

  mutating func add(_ name: String, _ data: [UInt8]) {
    members.append(Member(name: name, data: data))
  }

  var bytes: [UInt8] {
    var file = ByteForge()
    var directory = ByteForge()
    for member in members {
      let offset = UInt32(file.bytes.count)
      let sum = member.checksum ?? checksum(member.data)
      let size = member.size ?? UInt32(member.data.count)
      file.u32(0x0403_4B50)
      file.u16(20)
      file.u16(member.flags)
      file.u16(member.method)
      file.u32(0)
      file.u32(sum)
      file.u32(member.localSize ?? size)
      file.u32(member.localSize ?? member.unpackedSize ?? size)
      file.u16(UInt16((member.localName ?? member.name).utf8.count))
      file.u16(0)
      file.text(member.localName ?? member.name)
      file.raw(member.data)

      directory.u32(0x0201_4B50)
      directory.u16(20)
      directory.u16(20)
      directory.u16(member.flags)
      directory.u16(member.method)
      directory.u32(0)
      directory.u32(sum)
      directory.u32(member.isWide ? .max : size)
      directory.u32(member.isWide ? .max : member.unpackedSize ?? size)
      directory.u16(UInt16(member.name.utf8.count))
      directory.u16(member.isWide ? 28 : 0)
      directory.u16(0)
      directory.u16(0)
      directory.u16(0)
      directory.u32(0)
      directory.u32(member.isWide ? .max : member.offset ?? offset)
      directory.text(member.name)
      if member.isWide {
        directory.u16(1)
        directory.u16(24)
        directory.u64(UInt64(size))
        directory.u64(UInt64(size))
        directory.u64(UInt64(member.offset ?? offset))
      }
    }
    let start = UInt32(file.bytes.count)
    file.raw(directory.bytes)
    let wideStart = UInt64(file.bytes.count)
    if hasWideEnd {
      file.u32(0x0606_4B50)
      file.u64(44)
      file.u32(0)
      file.u32(0)
      file.u32(0)
      file.u64(wideCount ?? UInt64(members.count))
      file.u64(wideCount ?? UInt64(members.count))
      file.u64(UInt64(directory.bytes.count))
      file.u64(UInt64(start))
      file.u32(0x0706_4B50)
      file.u32(0)
      file.u64(wideStart)
      file.u32(1)
    }
    file.u32(0x0605_4B50)
    file.u32(0)
    file.u16(countHere ?? count ?? UInt16(members.count))
    file.u16(count ?? UInt16(members.count))
    file.u32(UInt32(directory.bytes.count))
    file.u32(directoryOffset ?? start)
    file.u16(UInt16(comment.count))
    file.raw(comment)
    file.raw(tail)
    return file.bytes
  }
}
