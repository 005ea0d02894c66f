import ZooWeights

/// An archive put together field by field, after `Schemas/archive.md` and not with the code under test.
struct ForgedArchive {
  struct Chunk {
    var offset: UInt64
    var elements: UInt32
    var streams: [(codec: UInt8, length: UInt32)]
    var checksum: UInt32
  }

  struct Record {
    var name: [UInt8]
    var code: UInt8
    var dimensions: [UInt64]
    var digest: [UInt8]
    var chunks: [Chunk]
    var chunkCount: UInt32?
    var rank: UInt8?
  }

  var magic: [UInt8] = [0x89, 0x5A, 0x4F, 0x4F, 0x0D, 0x0A, 0x1A, 0x0A]
  var major: UInt16 = 1
  var minor: UInt16 = 0
  var flags: UInt32 = 0
  var superblockChecksum: UInt32?
  var reserved = [UInt8](repeating: 0, count: 44)

  var data: [UInt8] = []
  var records: [Record] = []
  var recordCount: UInt32?
  var metadata: [(key: [UInt8], value: [UInt8])] = []
  var metadataCount: UInt32?
  var indexTail: [UInt8] = []
  /// Replaces the whole index.
  var index: [UInt8]?

  var indexOffset: UInt64?
  var indexLength: UInt64?
  var indexChecksum: UInt32?
  var content: [UInt8]?
  var footerChecksum: UInt32?
  var footerMagic: [UInt8]?
  var tail: [UInt8] = []

  /// Two tensors of bytes: `a`, of 3 elements, and `b`, of 2 by 2.
  static var plain: ForgedArchive {
    var archive = ForgedArchive()
    archive.add("a", code: 9, dimensions: [3], elements: [1, 2, 3])
    archive.add("b", code: 8, dimensions: [2, 2], elements: [4, 5, 6, 7])
    return archive
  }

  /// One tensor of 1,000 bytes whose only stream is given.
  static func deflated(_ stream: [UInt8], elements: [UInt8]) -> ForgedArchive {
    var archive = ForgedArchive()
    archive.add("a", code: 9, dimensions: [UInt64(elements.count)], elements: elements)
    archive.data = stream
    archive.records[0].chunks[0].streams = [(1, UInt32(stream.count))]
    archive.records[0].chunks[0].checksum = checksum(stream)
    return archive
  }

  /// Adds a tensor of one-byte elements that is stored in one chunk.
  mutating func add(_ name: String, code: UInt8, dimensions: [UInt64], elements: [UInt8]) {
    let chunk = Chunk(
      offset: UInt64(64 + data.count), elements: UInt32(elements.count), streams: [(0, UInt32(elements.count))],
      checksum: ZooWeightsTests.checksum(elements))
    records.append(
      Record(
        name: Array(name.utf8), code: code, dimensions: dimensions, digest: SHA256.digest(of: elements),
        chunks: elements.isEmpty ? [] : [chunk]))
    data += elements
  }

  var bytes: [UInt8] {
    var file = ByteForge()
    file.raw(magic)
    file.u16(major)
    file.u16(minor)
    file.u32(flags)
    file.u32(superblockChecksum ?? checksum(file.bytes))
    file.raw(reserved)
    file.raw(data)
    let index = self.index ?? encodedIndex
    let start = UInt64(file.bytes.count)
    file.raw(index)
    var footer = ByteForge()
    footer.u64(indexOffset ?? start)
    footer.u64(indexLength ?? UInt64(index.count))
    footer.u32(indexChecksum ?? checksum(index))
    footer.raw(content ?? identity)
    footer.u32(footerChecksum ?? checksum(footer.bytes))
    footer.raw(footerMagic ?? magic.reversed())
    file.raw(footer.bytes)
    file.raw(tail)
    return file.bytes
  }

  private func head(_ record: Record) -> [UInt8] {
    var bytes = ByteForge()
    bytes.u16(UInt16(record.name.count))
    bytes.raw(record.name)
    bytes.u8(record.code)
    bytes.u8(record.rank ?? UInt8(record.dimensions.count))
    for dimension in record.dimensions { bytes.u64(dimension) }
    return bytes.bytes
  }

  private var identity: [UInt8] {
    SHA256.digest(of: records.flatMap { head($0) + $0.digest })
  }

  var encodedIndex: [UInt8] {
    var index = ByteForge()
    index.u32(recordCount ?? UInt32(records.count))
    for record in records {
      index.raw(head(record))
      index.u32(record.chunkCount ?? UInt32(record.chunks.count))
      index.raw(record.digest)
      for chunk in record.chunks {
        index.u64(chunk.offset)
        index.u32(chunk.elements)
        for stream in chunk.streams {
          index.u8(stream.codec)
          index.u32(stream.length)
        }
        index.u32(chunk.checksum)
      }
    }
    index.u32(metadataCount ?? UInt32(metadata.count))
    for (key, value) in metadata {
      index.u16(UInt16(key.count))
      index.raw(key)
      index.u32(UInt32(value.count))
      index.raw(value)
    }
    index.raw(indexTail)
    return index.bytes
  }
}
