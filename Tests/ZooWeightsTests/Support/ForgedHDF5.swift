import CZlib

/// An HDF5 file put together structure by structure, with a superblock of version 0 and object headers of version 1.
struct ForgedHDF5 {
  /// A message of an object header.
  struct Message {
    var type: UInt16
    var body: [UInt8]
    var flags: UInt8 = 0

    init(_ type: UInt16, flags: UInt8 = 0, _ body: (inout ByteForge) -> Void) {
      var forge = ByteForge()
      body(&forge)
      self.type = type
      self.flags = flags
      self.body = forge.bytes
    }

    var shared: Message {
      var message = self
      message.flags = 2
      return message
    }
  }

  private var forge = ByteForge(bytes: [UInt8](repeating: 0, count: 96))

  /// Where the next structure will be.
  var end: Int { forge.bytes.count }

  /// Appends a structure and returns where it is.
  mutating func add(_ bytes: [UInt8]) -> Int {
    let offset = end
    forge.raw(bytes)
    forge.raw([UInt8](repeating: 0, count: (8 - end % 8) % 8))
    return offset
  }

  /// Appends an object header.
  mutating func object(_ messages: [Message], version: UInt8 = 1) -> Int {
    var body = ByteForge()
    for message in messages {
      body.u16(message.type)
      body.u16(UInt16(message.body.count))
      body.u8(message.flags)
      body.raw([0, 0, 0])
      body.raw(message.body)
    }
    var header = ByteForge()
    header.u8(version)
    header.u8(0)
    header.u16(UInt16(messages.count))
    header.u32(1)
    header.u32(UInt32(body.bytes.count))
    header.u32(0)
    header.raw(body.bytes)
    return add(header.bytes)
  }

  /// The file whose root group is at `root`.
  func file(root: Int, version: UInt8 = 0, sizes: (UInt8, UInt8) = (8, 8), base: UInt64 = 0, size: Int? = nil)
    -> [UInt8]
  {
    var start = ByteForge()
    start.raw([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A])
    start.raw([version, 0, 0, 0, 0, sizes.0, sizes.1, 0])
    start.u16(4)
    start.u16(16)
    start.u32(0)
    start.u64(base)
    start.u64(.max)
    start.u64(UInt64(size ?? end))
    start.u64(.max)
    start.u64(0)
    start.u64(UInt64(root))
    start.raw([UInt8](repeating: 0, count: 24))
    return start.bytes + forge.bytes.dropFirst(96)
  }

  /// A file with one object, called `w`.
  static func file(_ messages: [Message], _ more: (inout ForgedHDF5) -> Void = { _ in }) -> [UInt8] {
    var forge = ForgedHDF5()
    let object = forge.object(messages)
    more(&forge)
    let root = forge.object([link("w", to: object)])
    return forge.file(root: root)
  }

  // MARK: Messages

  static func link(_ name: String, to offset: Int) -> Message { link(Array(name.utf8), to: offset) }

  static func link(_ name: [UInt8], to offset: Int) -> Message {
    Message(6) {
      $0.u8(1)
      $0.u8(0)
      $0.u8(UInt8(name.count))
      $0.raw(name)
      $0.u64(UInt64(offset))
    }
  }

  static func space(_ dimensions: [UInt64]) -> Message {
    Message(1) {
      $0.raw([1, UInt8(dimensions.count), 0, 0, 0, 0, 0, 0])
      for dimension in dimensions { $0.u64(dimension) }
    }
  }

  static let float32 = Message(3) {
    $0.raw([0x11, 0x20, 31, 0])
    $0.u32(4)
    $0.u16(0)
    $0.u16(32)
    $0.raw([23, 8, 0, 23])
    $0.u32(127)
  }

  static func contiguous(at offset: UInt64, count: UInt64) -> Message {
    Message(8) {
      $0.raw([3, 1])
      $0.u64(offset)
      $0.u64(count)
    }
  }

  static func compact(_ bytes: [UInt8]) -> Message {
    Message(8) {
      $0.raw([3, 0])
      $0.u16(UInt16(bytes.count))
      $0.raw(bytes)
    }
  }

  /// `sizes`: of a chunk, then of an element.
  static func chunked(_ sizes: [UInt32], tree: UInt64) -> Message {
    Message(8) {
      $0.raw([3, 2, UInt8(sizes.count)])
      $0.u64(tree)
      for size in sizes { $0.u32(size) }
    }
  }

  static func filters(_ identifiers: [UInt16]) -> Message {
    Message(0x0B) {
      $0.raw([1, UInt8(identifiers.count), 0, 0, 0, 0, 0, 0])
      for identifier in identifiers {
        $0.u16(identifier)
        $0.u16(0)
        $0.u32(0)
      }
    }
  }

  static func attribute(_ name: [UInt8], _ text: [UInt8], count: UInt64 = 1) -> Message {
    Message(0x0C) {
      $0.raw([3, 0])
      $0.u16(UInt16(name.count))
      $0.u16(8)
      $0.u16(16)
      $0.u8(1)
      $0.raw(name)
      $0.raw([0x13, 0, 0, 0])
      $0.u32(UInt32(text.count))
      $0.raw([1, 1, 0, 0, 0, 0, 0, 0])
      $0.u64(count)
      $0.raw(text)
    }
  }

  struct Chunk {
    var index: [UInt64]
    var offset: Int
    var length: Int
    var mask: UInt32 = 0
  }

  /// A leaf of a B-tree of chunks.
  static func tree(_ chunks: [Chunk], level: UInt8 = 0) -> [UInt8] {
    var forge = ByteForge()
    forge.text("TREE")
    forge.raw([1, level])
    forge.u16(UInt16(chunks.count))
    forge.u64(.max)
    forge.u64(.max)
    for chunk in chunks {
      forge.u32(UInt32(chunk.length))
      forge.u32(chunk.mask)
      for index in chunk.index + [0] { forge.u64(index) }
      forge.u64(UInt64(chunk.offset))
    }
    return forge.bytes
  }

  /// A file with a tensor `w` of five elements in chunks of two, each stored as `content` says.
  static func chunkFile(
    filters: [UInt16] = [], size: UInt64 = 5, sizes: [UInt32] = [2, 4], contents: [[UInt8]],
    change: (inout [Chunk]) -> Void = { _ in }
  ) -> [UInt8] {
    var forge = ForgedHDF5()
    var chunks: [Chunk] = []
    for (position, content) in contents.enumerated() {
      chunks.append(Chunk(index: [UInt64(2 * position)], offset: forge.add(content), length: content.count))
    }
    change(&chunks)
    let tree = forge.add(tree(chunks))
    var messages = [space([size]), float32, chunked(sizes, tree: UInt64(tree))]
    if !filters.isEmpty { messages.append(self.filters(filters)) }
    let object = forge.object(messages)
    let root = forge.object([link("w", to: object)])
    return forge.file(root: root)
  }

  static let plainChunks: [[UInt8]] = [littleEndian([0, 1]), littleEndian([2, 3]), littleEndian([4, 0])]

  /// A stream of zlib's.
  static func wrapped(_ bytes: [UInt8]) -> [UInt8] {
    var forge = ByteForge()
    forge.raw([0x78, 0x9C])
    forge.raw(deflated(bytes))
    let sum = UInt32(truncatingIfNeeded: adler32_z(1, bytes, bytes.count))
    forge.raw([24, 16, 8, 0].map { UInt8(truncatingIfNeeded: sum >> UInt32($0)) })
    return forge.bytes
  }
}
