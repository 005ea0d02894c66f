/// A tar file put together field by field.
struct ForgedTar {
  struct Member {
    var name: String
    var data: [UInt8]
    var kind: UInt8 = UInt8(ascii: "0")
    /// Twelve bytes.
    var size: [UInt8]?
    var checksum: Int?
    /// Eight bytes.
    var checksumBytes: [UInt8]?
    /// Where a link leads.
    var target = ""
  }

  var members: [Member] = []
  var hasEnd = true

  mutating func add(_ name: String, _ data: [UInt8], kind: Unicode.Scalar = "0") {
    members.append(Member(name: name, data: data, kind: UInt8(ascii: kind)))
  }

  subscript(name: String) -> [UInt8] {
    get { members.first { $0.name == name }?.data ?? [] }
    set { for position in members.indices where members[position].name == name { members[position].data = newValue } }
  }

  var bytes: [UInt8] {
    var file: [UInt8] = []
    for member in members {
      var header = Array(member.name.utf8) + [UInt8](repeating: 0, count: 512 - member.name.utf8.count)
      func put(_ bytes: [UInt8], at offset: Int) { header.replaceSubrange(offset..<offset + bytes.count, with: bytes) }
      let digits = String(member.data.count, radix: 8)
      put(member.size ?? Array((String(repeating: "0", count: 11 - digits.count) + digits).utf8) + [0], at: 124)
      put([member.kind], at: 156)
      put(Array(member.target.utf8), at: 157)
      put(Array("ustar".utf8) + [0, 0x30, 0x30], at: 257)
      put([UInt8](repeating: 0x20, count: 8), at: 148)
      let sum = String(member.checksum ?? header.reduce(0) { $0 + Int($1) }, radix: 8)
      put(
        member.checksumBytes ?? Array((String(repeating: "0", count: 6 - sum.count) + sum).utf8) + [0, 0x20], at: 148)
      file += header + member.data + [UInt8](repeating: 0, count: (512 - member.data.count % 512) % 512)
    }
    return file + [UInt8](repeating: 0, count: hasEnd ? 1024 : 0)
  }

  /// A checkpoint as Python 2 wrote it: tensor `w`, 2 by 3, in a storage of six numbers; keys are addresses in digits.
  static func torch(
    rank: Int = 2, sizes: [Int] = [2, 3], strides: [Int] = [3, 1], offset: Int = 0, count: Int = 6,
    views: (inout ForgedPickle) -> Void = { _ in }
  ) -> ForgedTar {
    var storages = ForgedPickle()
    storages.integer(1)
    storages.op(".")
    storages.forge.raw([0x80, 2])
    storages.digits(140_000_000_000_001)
    storages.text("cpu")
    storages.global("torch", "FloatStorage")
    storages.op("\u{87}")
    storages.op(".")
    storages.forge.u64(UInt64(bitPattern: Int64(count)))
    storages.forge.raw(ForgedZip.sixFloats)
    storages.forge.raw([0x80, 2])
    storages.op("]")
    storages.op("(")
    views(&storages)
    storages.op("e")
    storages.op(".")

    var tensors = ForgedPickle()
    tensors.integer(1)
    tensors.op(".")
    tensors.forge.raw([0x80, 2])
    tensors.digits(140_000_000_000_002)
    tensors.digits(140_000_000_000_001)
    tensors.global("torch.cuda", "FloatTensor")
    tensors.op("\u{87}")
    tensors.op(".")
    tensors.forge.u32(UInt32(bitPattern: Int32(rank)))
    tensors.forge.u32(0xDEAD_BEEF)
    for number in sizes + strides + [offset] { tensors.forge.u64(UInt64(bitPattern: Int64(number))) }

    var object = ForgedPickle()
    object.op("}")
    object.op("(")
    object.text("w")
    object.text("140000000000002")
    object.op("Q")
    object.op("u")
    object.op(".")

    var tar = ForgedTar()
    tar.add("pickle", object.bytes)
    tar.add("tensors", tensors.bytes)
    tar.add("storages", storages.bytes)
    return tar
  }
}

extension ForgedPickle {
  /// A number as Python 2 wrote those of more than 32 bits.
  mutating func digits(_ number: Int) {
    op("I")
    forge.text("\(number)\n")
  }
}
