import FoundationEssentials
import Testing
import ZooTensor
import ZooTestSupport
import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite struct ArchiveRoundTripTests {
  static let shapes: [Shape] = [
    [], [0], [3, 0, 2], [1], [7], [2, 3], [5, 1, 3, 3], [1, 1, 1, 1, 1, 1, 1, 2], [4096], [4097], [1 << 18],
    [1 << 18 + 1], [3, 200_000],
  ]

  @Test("Every element type and shape comes back bit for bit", arguments: ElementType.allCases)
  func everyTypeAndShape(type: ElementType) throws {
    let scratch = try Scratch()
    var random = SplitMix64(seed: UInt64(type.size))
    let tensors = Self.shapes.enumerated().map { number, shape in
      ("t\(number)", Tensor(shape: shape, elementType: type, bytes: random.bytes(shape.elementCount * type.size)))
    }
    let path = scratch.path("a.zoow")
    let identifier = try Checkpoint(tensors).pack(to: path, threads: 2)
    let archive = try Archive(path: path)
    #expect(archive.contentIdentifier == identifier)
    #expect(try archive.verify(threads: 2).tensors == tensors.count)
    let back = try Checkpoint.open(path)
    #expect(back.format == .archive)
    for threads in [1, 2, 5] {
      for (tensor, expected) in zip(try back.tensors(named: tensors.map(\.0), threads: threads), tensors) {
        #expect(tensor.shape == expected.1.shape, "\(expected.0), \(threads) threads")
        #expect(tensor.elementType == type)
        #expect(tensor.bytes == expected.1.bytes, "\(expected.0) of \(expected.1.shape), \(threads) threads")
      }
    }
  }

  /// Ways in which weights are not noise: what each must shrink to at most.
  static let compressible: [(name: String, limit: Double, value: @Sendable (Int, inout SplitMix64) -> Float)] = [
    ("zeros", 0.01, { _, _ in 0 }),
    ("weights", 0.86, { _, random in normal(&random) * 0.05 }),
    ("rounded to bfloat16", 0.5, { _, random in Float(bitPattern: normal(&random).bitPattern & 0xFFFF_0000) }),
    ("sixteen values", 0.2, { _, random in Float(Int.random(in: -8..<8, using: &random)) / 8 }),
    ("a ramp", 0.55, { index, _ in Float(index) }),
  ]

  private static func normal(_ random: inout SplitMix64) -> Float {
    // The sum of twelve uniform numbers is close enough to normal.
    (0..<12).reduce(-6) { sum, _ in sum + Float.random(in: 0..<1, using: &random) }
  }

  @Test("Structure is found and used", arguments: compressible.indices)
  func compression(position: Int) throws {
    let (name, limit, value) = Self.compressible[position]
    let scratch = try Scratch()
    var random = SplitMix64(seed: 1)
    let count = 300_000
    let tensor = Tensor(shape: [count], floats: (0..<count).map { value($0, &random) })
    try Checkpoint([("w", tensor)]).pack(to: scratch.path("a.zoow"))
    let archive = try Archive(path: scratch.path("a.zoow"))
    #expect(Double(archive.fileSize) <= limit * Double(4 * count), "\(name): \(archive.fileSize) bytes")
    #expect(try Checkpoint.open(archive.path).tensor(named: "w").bytes == tensor.bytes, "\(name)")
  }

  @Test("NaN, infinity, negative zero and subnormal numbers keep their bits")
  func specialNumbers() throws {
    let scratch = try Scratch()
    let bits: [UInt32] = [0x7FC0_0001, 0xFFC0_0000, 0x7F80_0001, 0x7F80_0000, 0xFF80_0000, 0x8000_0000, 1, 0x8000_0001]
    let tensor = Tensor(shape: [8], floats: bits.map { Float(bitPattern: $0) })
    try Checkpoint([("w", tensor)]).pack(to: scratch.path("a.zoow"))
    #expect(try Checkpoint.open(scratch.path("a.zoow")).tensor(named: "w").bytes == tensor.bytes)
  }

  @Test("The same tensors give the same bytes, whatever the number of threads", arguments: 1...6)
  func determinism(threads: Int) throws {
    let scratch = try Scratch()
    let checkpoint = try Self.mixedCheckpoint(seed: 5)
    try checkpoint.pack(to: scratch.path("a.zoow"), threads: 1)
    try checkpoint.pack(to: scratch.path("b.zoow"), threads: threads)
    #expect(try scratch.read("a.zoow") == scratch.read("b.zoow"))
  }

  @Test("Random sets of tensors come back", arguments: 0..<20)
  func randomSets(seed: Int) throws {
    let scratch = try Scratch()
    let checkpoint = try Self.mixedCheckpoint(seed: UInt64(seed))
    let metadata = ["zoo.definition": "layers:\n  - conv: {…}\n", "": "empty key", "ключ": ""]
    try checkpoint.pack(to: scratch.path("a.zoow"), metadata: metadata, threads: 2)
    let back = try Checkpoint.open(scratch.path("a.zoow"))
    #expect(back.metadata == metadata, "seed \(seed)")
    let hasElements = checkpoint.entries.filter { $0.shape.elementCount > 0 }
    #expect(back.entries.filter { $0.shape.elementCount > 0 } == hasElements, "seed \(seed): the order of the data")
    #expect(Set(back.entries) == Set(checkpoint.entries), "seed \(seed)")
    for entry in checkpoint.entries {
      #expect(
        try back.tensor(named: entry.name).bytes == checkpoint.tensor(named: entry.name).bytes,
        "seed \(seed), \(entry.name)")
    }
    // From archive to archive, chunk by chunk.
    try back.pack(to: scratch.path("b.zoow"), threads: 1)
    #expect(try Archive(path: scratch.path("b.zoow")).contentIdentifier == back.archive?.contentIdentifier)
  }

  /// Tensors of random types and shapes under random names.
  static func mixedCheckpoint(seed: UInt64) throws -> Checkpoint {
    var random = SplitMix64(seed: seed)
    var names: Set<String> = []
    var tensors: [(name: String, tensor: Tensor)] = []
    for _ in 0..<Int.random(in: 1...12, using: &random) {
      let parts = ["conv1/7x7_s2", "layer1", "0", "weight", "смещение", "a b", "𝛼"].shuffled(using: &random)
      let name = parts.prefix(Int.random(in: 1...4, using: &random)).joined(separator: ".")
      guard names.insert(name).inserted, let type = ElementType.allCases.randomElement(using: &random) else { continue }
      let rank = Int.random(in: 0...4, using: &random)
      let shape = Shape((0..<rank).map { _ in Int.random(in: 0...9, using: &random) })
      let bytes =
        Bool.random(using: &random)
        ? random.bytes(shape.elementCount * type.size) : [UInt8](repeating: 3, count: shape.elementCount * type.size)
      tensors.append((name, Tensor(shape: shape, elementType: type, bytes: bytes)))
    }
    return try Checkpoint(tensors)
  }

  @Test("The content identifier does not depend on order or metadata, but on names, shapes, types and elements")
  func contentIdentifier() throws {
    let scratch = try Scratch()
    let (a, b) = (Tensor(shape: [2], floats: [1, 2]), Tensor(shape: [1, 2], floats: [3, 4]))
    func identifier(_ tensors: [(name: String, tensor: Tensor)], _ metadata: [String: String] = [:]) throws
      -> ContentIdentifier
    {
      try Checkpoint(tensors).pack(to: scratch.path("a.zoow"), metadata: metadata, overwrite: true)
    }
    let reference = try identifier([("a", a), ("b", b)])
    #expect(try identifier([("b", b), ("a", a)], ["k": "v"]) == reference)
    #expect(try identifier([("a", a), ("c", b)]) != reference)
    #expect(try identifier([("a", a), ("b", b.reshaped(to: [2, 1]))]) != reference)
    #expect(try identifier([("a", a), ("b", Tensor(shape: [1, 2], floats: [3, 5]))]) != reference)
    #expect(
      try identifier([("a", a), ("b", Tensor(shape: [1, 2], elementType: .int32, bytes: b.bytes))]) != reference)
  }

  // MARK: Files

  @Test("An existing archive is left alone unless it may be replaced")
  func overwriting() throws {
    let scratch = try Scratch()
    let path = try scratch.write([1, 2, 3], to: "a.zoow")
    let checkpoint = try Checkpoint([("a", Tensor(shape: [1], floats: [1]))])
    #expect(problem { try checkpoint.pack(to: path) } == .file(.exists))
    #expect(try scratch.read("a.zoow") == [1, 2, 3])
    try checkpoint.pack(to: path, overwrite: true)
    #expect(throws: Never.self) { try Archive(path: path).verify() }
    #expect(try scratch.contents == ["a.zoow"])
  }

  @Test("A writer that does not finish leaves nothing behind")
  func abandonedWriter() throws {
    let scratch = try Scratch()
    do {
      let writer = try ArchiveWriter(path: scratch.path("a.zoow"))
      try writer.append("a", Tensor(shape: [3], floats: [1, 2, 3]))
      #expect(try scratch.contents.count == 1)
    }
    #expect(try scratch.contents == [])
    let bad = try Checkpoint([("a..b", Tensor(shape: [1], floats: [1]))])
    #expect(problem { try bad.pack(to: scratch.path("a.zoow")) } == .name(.parentDirectory("a..b")))
    #expect(try scratch.contents == [])
  }

  @Test("What an archive cannot hold is refused")
  func writerLimits() throws {
    let scratch = try Scratch()
    let path = scratch.path("a.zoow")
    let one = Tensor(shape: [1], floats: [1])
    #expect(
      problem { try Checkpoint([("a", one)]).pack(to: path, metadata: ["k": String(repeating: "x", count: 4 << 20)]) }
        == .metadata(.tooLarge(4 << 20 + 1)))
    #expect(
      problem {
        try Checkpoint([("a", one.reshaped(to: [1, 1, 1, 1, 1, 1, 1, 1, 1]))]).pack(to: path)
      } == .archive(.rankTooHigh(tensor: "a", rank: 9)))
    let writer = try ArchiveWriter(path: path)
    try writer.append("a", one)
    #expect(problem { try writer.append("a", one) } == .name(.duplicate("a")))
  }

  @Test("A definition of 4 MiB fits into the metadata")
  func largeMetadata() throws {
    let scratch = try Scratch()
    let metadata = ["zoo.definition": String(repeating: "é", count: 2 << 20 - 7)]
    try Checkpoint([]).pack(to: scratch.path("a.zoo"), metadata: metadata)
    #expect(try Checkpoint.open(scratch.path("a.zoo")).metadata == metadata)
  }

  @Test("Directories, links that lead nowhere and missing files are named as such")
  func otherFiles() throws {
    let scratch = try Scratch()
    #expect(problem { _ = try Archive(path: scratch.path) } == .file(.notRegular(.directory)))
    #expect(problem { _ = try Archive(path: scratch.path("none")) } == .file(.missing))
    #expect(problem { _ = try Archive(path: "/dev/null") } == .file(.notRegular(.device)))
    #expect(mkfifo(scratch.path("fifo"), 0o600) == 0)
    #expect(problem { _ = try Archive(path: scratch.path("fifo")) } == .file(.notRegular(.fifo)))
    let path = try scratch.write(ForgedArchive.plain.bytes, to: "a.zoow")
    try FileManager.default.createSymbolicLink(atPath: scratch.path("link"), withDestinationPath: path)
    #expect(throws: Never.self) { try Archive(path: scratch.path("link")).verify() }
  }

  @Test("A file that shrinks while it is open is an error, not a crash")
  func shrinkingFile() throws {
    let scratch = try Scratch()
    let path = try scratch.write(ForgedArchive.plain.bytes, to: "a.zoow")
    let archive = try Archive(path: path)
    let handle = try #require(fopen(path, "r+"))
    #expect(ftruncate(fileno(handle), 60) == 0)
    fclose(handle)
    #expect(problem { _ = try archive.verify() } == .file(.shrank(expected: 291, found: 60)))
  }
}
