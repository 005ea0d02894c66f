import Testing
import ZooTensor
import ZooWeights

/// One hostile file for each item of the reject list in `Schemas/archive.md`.
@Suite struct ArchiveRejectTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let expected: WeightsProblem
    let forge: @Sendable () -> [UInt8]

    init(_ name: String, _ expected: WeightsProblem, _ change: @escaping @Sendable (inout ForgedArchive) -> Void) {
      testDescription = name
      self.expected = expected
      forge = {
        var archive = ForgedArchive.plain
        change(&archive)
        return archive.bytes
      }
    }

    init(_ name: String, _ expected: WeightsProblem, bytes: @escaping @Sendable () -> [UInt8]) {
      testDescription = name
      self.expected = expected
      forge = bytes
    }

    /// A plane of zeros whose deflate stream is wrong.
    init(_ name: String, stream problem: InflateProblem, _ bytes: @escaping @Sendable () -> [UInt8]) {
      testDescription = name
      expected = .archive(.stream(StreamPlace(tensor: "a", chunk: 0, plane: 0), offset: 64, problem))
      forge = {
        ForgedArchive.deflated(bytes(), elements: [UInt8](repeating: 7, count: 1000)).bytes
      }
    }
  }

  private static func place(_ tensor: String = "a") -> StreamPlace {
    StreamPlace(tensor: tensor, chunk: 0, plane: 0)
  }

  private static let sevens = [UInt8](repeating: 7, count: 1000)

  static let whenOpened: [Case] = [
    Case("too short", .archive(.tooShort(size: 127)), bytes: { Array(ForgedArchive().bytes.prefix(127)) }),
    Case("bad magic", .archive(.badMagic(found: [0x89, 0x5A, 0x4F, 0x50, 0x0D, 0x0A, 0x1A, 0x0A]))) {
      $0.magic[3] = 0x50
    },
    Case("CR LF became LF", .archive(.mangledByTextTransfer)) {
      $0.magic = [0x89, 0x5A, 0x4F, 0x4F, 0x0A, 0x1A, 0x0A, 0]
    },
    Case("eighth bit cut off", .archive(.mangledByTextTransfer)) { $0.magic[0] = 0x09 },
    Case("superblock checksum", .archive(.superblockChecksum)) { $0.superblockChecksum = 1 },
    Case("major version", .archive(.unsupportedVersion(2))) { $0.major = 2 },
    Case("unknown flag", .archive(.unknownFlags(0x8000_0000))) { $0.flags = 0x8000_0000 },
    Case("reserved byte", .archive(.reservedNotZero(offset: 63))) { $0.reserved[43] = 1 },
    Case("bytes after the end", .archive(.badFooter)) { $0.tail = [0] },
    Case(
      "another file before the beginning", .archive(.badMagic(found: Array("PK\u{3}\u{4}    ".utf8))),
      bytes: { Array("PK\u{3}\u{4}    ".utf8) + ForgedArchive.plain.bytes }),
    Case("footer magic", .archive(.badFooter)) { $0.footerMagic = [UInt8](repeating: 0, count: 8) },
    Case("footer checksum", .archive(.footerChecksum)) { $0.footerChecksum = 1 },
    Case(
      "index elsewhere", .archive(.indexOutOfPlace(offset: 70, length: 156, expectedEnd: 227))
    ) { $0.indexOffset = 70 },
    Case(
      "index overflows",
      .archive(.indexOutOfPlace(offset: .max, length: 156, expectedEnd: 227))
    ) { $0.indexOffset = .max },
    Case(
      "index inside the superblock", .archive(.indexOutOfPlace(offset: 0, length: 227, expectedEnd: 227))
    ) {
      $0.indexOffset = 0
      $0.indexLength = 227
    },
    Case("index too long", .archive(.indexTooLong(64 << 20 + 1))) { $0.indexLength = 64 << 20 + 1 },
    Case("index of 2^64 bytes", .archive(.indexTooLong(.max))) { $0.indexLength = .max },
    Case("index checksum", .archive(.indexChecksum)) { $0.indexChecksum = 1 },
    Case("empty index", .archive(.indexCutShort(.tensorCount))) { $0.index = [] },
    Case("index ends in a name", .archive(.indexCutShort(.name))) {
      $0.index = Array($0.encodedIndex.prefix(4 + 70)) + [0xFF, 0xFF] + [UInt8](repeating: 0x61, count: 64)
    },
    Case("index ends in a record", .archive(.indexCutShort(.tensor("b")))) {
      $0.index = Array($0.encodedIndex.dropLast(5))
    },
    Case("index ends before the metadata", .archive(.indexCutShort(.metadata))) {
      $0.index = Array($0.encodedIndex.dropLast(1))
    },
    Case("index ends in the metadata", .archive(.indexCutShort(.metadata))) { $0.metadataCount = 1 },
    Case("index too long by a byte", .archive(.indexTrailingBytes(1))) { $0.indexTail = [0] },
    Case("more tensors than records", .archive(.tooManyTensors(4))) { $0.recordCount = 4 },
    Case("4 thousand million tensors", .archive(.tooManyTensors(0xFFFF_FFFF))) { $0.recordCount = .max },
    Case("empty name", .name(.empty)) { $0.records[0].name = [] },
    Case("long name", .name(.tooLong(String(repeating: "a", count: 1025)))) {
      $0.records[0].name = [UInt8](repeating: 0x61, count: 1025)
    },
    Case("name not UTF-8", .name(.notUTF8("61ff"))) { $0.records[0].name = [0x61, 0xFF] },
    Case("name with NUL", .name(.controlCharacter("a\0"))) { $0.records[0].name = [0x61, 0] },
    Case("name with a C1 control", .name(.controlCharacter("a\u{85}"))) { $0.records[0].name = [0x61, 0xC2, 0x85] },
    Case("name with ..", .name(.parentDirectory("a/../../b"))) { $0.records[0].name = Array("a/../../b".utf8) },
    Case("absolute name", .name(.absolute("/a"))) { $0.records[0].name = Array("/a".utf8) },
    Case("duplicate name", .name(.duplicate("a"))) { $0.records[1].name = [0x61] },
    Case("two spellings of a name", .name(.duplicate("\u{E9}"))) {
      $0.records[0].name = [0x65, 0xCC, 0x81]
      $0.records[1].name = [0xC3, 0xA9]
    },
    Case("names out of order", .archive(.namesOutOfOrder("c", "b"))) { $0.records[0].name = [0x63] },
    Case("unknown type 0", .archive(.unknownElementType(tensor: "a", code: 0))) { $0.records[0].code = 0 },
    Case("unknown type 11", .archive(.unknownElementType(tensor: "a", code: 11))) { $0.records[0].code = 11 },
    Case("rank 9", .archive(.rankTooHigh(tensor: "a", rank: 9))) {
      $0.records[0].dimensions = [UInt64](repeating: 1, count: 9)
    },
    Case("large dimension", .archive(.dimensionTooLarge(tensor: "a", 1 << 40 + 1))) {
      $0.records[0].dimensions = [1 << 40 + 1]
    },
    Case("product overflows", .archive(.tooManyElements(tensor: "a", [1 << 40, 1 << 40]))) {
      $0.records[0].dimensions = [1 << 40, 1 << 40]
    },
    Case("product overflows before a zero", .archive(.tooManyElements(tensor: "a", [0, 1 << 40, 1 << 40]))) {
      $0.records[0].dimensions = [0, 1 << 40, 1 << 40]
    },
    Case("larger than the limit", .tooManyBytes(limit: 16 << 30)) { $0.records[0].dimensions = [16 << 30 + 1] },
    Case("empty tensor with a chunk", .archive(.chunksOfEmptyTensor(tensor: "a"))) {
      $0.records[0].dimensions = [0]
    },
    Case("no chunk", .archive(.chunkCount(tensor: "a", expected: 1, found: 0))) { $0.records[0].chunks = [] },
    Case("too many chunks", .archive(.chunkCount(tensor: "a", expected: 1, found: 2))) {
      $0.records[0].chunkCount = 2
    },
    Case("chunks that the index has no room for", .archive(.indexCutShort(.tensor("b")))) {
      $0.records[1].dimensions = [1 << 30]
      $0.records[1].chunkCount = 1 << 12
    },
    Case("chunk of other size", .archive(.chunkElements(tensor: "a", chunk: 0, expected: 3, found: 2))) {
      $0.records[0].chunks[0].elements = 2
    },
    Case("empty chunk", .archive(.chunkElements(tensor: "a", chunk: 0, expected: 3, found: 0))) {
      $0.records[0].chunks[0].elements = 0
    },
    Case(
      "short chunk before the last",
      .archive(.chunkElements(tensor: "a", chunk: 0, expected: 1 << 18, found: 3))
    ) {
      $0.records[0].dimensions = [1 << 18 + 1]
      $0.records[0].chunks.append($0.records[0].chunks[0])
    },
    Case("unknown codec", .archive(.unknownCodec(place(), code: 2))) { $0.records[0].chunks[0].streams[0].codec = 2 },
    Case("stored length", .archive(.storedLength(place(), expected: 3, found: 2))) {
      $0.records[0].chunks[0].streams[0].length = 2
    },
    Case("deflated to nothing", .archive(.deflatedLength(place(), elements: 3, found: 0))) {
      $0.records[0].chunks[0].streams[0] = (1, 0)
    },
    Case("deflated and no shorter", .archive(.deflatedLength(place(), elements: 3, found: 3))) {
      $0.records[0].chunks[0].streams[0] = (1, 3)
    },
    Case("bomb", .archive(.deflatedLength(place(), elements: 3000, found: 2))) {
      $0.records[0].dimensions = [3000]
      $0.records[0].chunks[0].elements = 3000
      $0.records[0].chunks[0].streams[0] = (1, 2)
    },
    Case("hole before the first chunk", .archive(.chunkOutOfPlace(tensor: "a", chunk: 0, expected: 64, found: 65))) {
      $0.records[0].chunks[0].offset = 65
    },
    Case("chunk in the superblock", .archive(.chunkOutOfPlace(tensor: "b", chunk: 0, expected: 64, found: 0))) {
      $0.records[1].chunks[0].offset = 0
    },
    Case("two tensors share a chunk", .archive(.chunkOutOfPlace(tensor: "b", chunk: 0, expected: 67, found: 64))) {
      $0.records[1].chunks[0].offset = 64
    },
    Case("hole between chunks", .archive(.chunkOutOfPlace(tensor: "b", chunk: 0, expected: 67, found: 68))) {
      $0.records[1].chunks[0].offset = 68
    },
    Case("offset beyond Int", .archive(.chunkOutOfPlace(tensor: "b", chunk: 0, expected: 67, found: .max))) {
      $0.records[1].chunks[0].offset = .max
    },
    Case("chunk backwards", .archive(.chunkOutOfPlace(tensor: "a", chunk: 1, expected: 364, found: 64))) {
      $0 = .deflated([UInt8](repeating: 0, count: 300), elements: [0])
      $0.records[0].dimensions = [1 << 18 + 1]
      $0.records[0].chunks = [
        .init(offset: 64, elements: 1 << 18, streams: [(1, 300)], checksum: 0),
        .init(offset: 64, elements: 1, streams: [(0, 1)], checksum: 0),
      ]
    },
    Case("chunk reaches into the index", .archive(.chunkPastData(tensor: "b", chunk: 0, dataEnd: 69))) {
      $0.data.removeLast(2)
    },
    Case("bytes of no tensor", .archive(.unclaimedBytes(offset: 71, count: 2))) { $0.data += [0, 0] },
    Case("content identifier", .archive(.contentIdentifier)) { $0.content = [UInt8](repeating: 0, count: 32) },
    Case("too many metadata pairs", .metadata(.tooMany(1025))) { $0.metadataCount = 1025 },
    Case("metadata too large", .metadata(.tooLarge(4 << 20 + 1))) {
      $0.metadata = [([0x61], [])]
      $0.index = $0.encodedIndex.dropLast(4) + [0, 0, 0x40, 0]
    },
    Case("metadata key not UTF-8", .metadata(.notUTF8(key: "ff"))) { $0.metadata = [([0xFF], [])] },
    Case("metadata not UTF-8", .metadata(.notUTF8(key: "k"))) { $0.metadata = [([0x6B], [0xFF])] },
    Case("duplicate metadata key", .metadata(.duplicateKey("k"))) { $0.metadata = [([0x6B], []), ([0x6B], [])] },
    Case("metadata out of order", .metadata(.keysOutOfOrder("l", "k"))) {
      $0.metadata = [([0x6C], []), ([0x6B], [])]
    },
  ]

  static let whenRead: [Case] = [
    Case("chunk checksum", .archive(.chunkChecksum(tensor: "a", chunk: 0, offset: 64, length: 3))) {
      $0.records[0].chunks[0].checksum ^= 1
    },
    Case("not deflate", stream: .damaged) { [0x07] + [UInt8](repeating: 0, count: 20) },
    Case("deflate cut short", stream: .cutShort) { Array(deflated(sevens).dropLast(1)) },
    Case("plane not full", stream: .tooShort(missing: 1)) { deflated(Array(sevens.dropLast())) },
    Case("plane overfull", stream: .tooLong) { deflated(sevens + [7]) },
    Case("a bomb within the ratio", stream: .tooLong) { deflated([UInt8](repeating: 7, count: 100_000)) },
    Case("bytes after the stream", stream: .bytesAfterEnd(2)) { deflated(sevens) + [0, 0] },
  ]

  @Test("The forged archive is an archive until it is changed")
  func plainArchiveIsAccepted() throws {
    let scratch = try Scratch()
    let archive = try Archive(path: scratch.write(ForgedArchive.plain.bytes, to: "a.zoow"))
    #expect(try archive.verify().chunks == 2)
    let checkpoint = try Checkpoint.open(archive.path)
    #expect(checkpoint.entries.map(\.name) == ["a", "b"])
    #expect(try readAll(checkpoint).map(\.bytes) == [[1, 2, 3], [4, 5, 6, 7]])
    let stream = ForgedArchive.deflated(deflated(Self.sevens), elements: Self.sevens)
    let compressed = try Checkpoint.open(scratch.write(stream.bytes, to: "b.zoow"))
    #expect(try readAll(compressed).map(\.bytes) == [Self.sevens])
  }

  @Test("Refused when it is opened", arguments: whenOpened)
  func opening(_ item: Case) throws {
    let scratch = try Scratch()
    let path = try scratch.write(item.forge(), to: "bad.zoow")
    #expect(problem { _ = try Archive(path: path) } == item.expected)
  }

  @Test("Refused when it is read and when it is verified", arguments: whenRead)
  func reading(_ item: Case) throws {
    let scratch = try Scratch()
    let checkpoint = try Checkpoint.open(scratch.write(item.forge(), to: "bad.zoow"))
    #expect(problem { _ = try checkpoint.tensor(named: "a") } == item.expected)
    let archive = try #require(checkpoint.archive)
    #expect(problem { _ = try archive.verify() } == item.expected)
  }

  static let whenVerified = Case("tensor digest", .archive(.tensorDigest(tensor: "b"))) {
    $0.records[1].digest[0] ^= 1
  }

  @Test("A digest that does not fit is found by verify")
  func digest() throws {
    let scratch = try Scratch()
    let archive = try Archive(path: scratch.write(Self.whenVerified.forge(), to: "bad.zoow"))
    #expect(problem { _ = try archive.verify() } == Self.whenVerified.expected)
  }

  @Test("Every error of the reject list has its file, and every file its place in the list")
  func completeness() throws {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let specification = String(decoding: try fileBytes("/\(root)/Schemas/archive.md"), as: UTF8.self)
    let rows = specification.split(separator: "\n").filter { $0.first == "|" && $0.contains(#/^\| \d+\. /#) }
    #expect(rows.count == 20)
    let listed = Set(
      rows.flatMap { row in
        row.split(separator: "|").last.map { $0.matches(of: /`(\w+)`/).map { String($0.1) } } ?? []
      })
    // Items that are not about the bytes of the file are tested with files.
    let tested = Set((Self.whenOpened + Self.whenRead + [Self.whenVerified]).map { Self.errorName($0.expected) })
    #expect(tested.union(["notRegular", "shrank"]) == listed)
  }

  /// The name of the error as the specification gives it.
  private static func errorName(_ problem: WeightsProblem) -> String {
    let label = { (value: Any) in Mirror(reflecting: value).children.first?.label ?? "" }
    switch problem {
    case .name: return "NameProblem"
    case .metadata: return "MetadataProblem"
    case .archive(.mangledByTextTransfer): return "mangledByTextTransfer"
    case .archive(.superblockChecksum): return "superblockChecksum"
    case .archive(.badFooter): return "badFooter"
    case .archive(.footerChecksum): return "footerChecksum"
    case .archive(.indexChecksum): return "indexChecksum"
    case .archive(.contentIdentifier): return "contentIdentifier"
    case .archive(let problem): return label(problem)
    default: return label(problem)
    }
  }

  @Test("The limit on the size of all tensors counts them together")
  func limit() throws {
    let scratch = try Scratch()
    let path = try scratch.write(ForgedArchive.plain.bytes, to: "a.zoow")
    #expect(throws: Never.self) { try Checkpoint.open(path, limits: WeightsLimits(maximumBytes: 7)) }
    #expect(
      problem { _ = try Checkpoint.open(path, limits: WeightsLimits(maximumBytes: 6)) } == .tooManyBytes(limit: 6))
  }

  @Test("A later minor version is read")
  func minorVersion() throws {
    let scratch = try Scratch()
    var forged = ForgedArchive.plain
    forged.minor = 9
    let path = try scratch.write(forged.bytes, to: "a.zoow")
    #expect(throws: Never.self) { try Archive(path: path).verify() }
  }
}
