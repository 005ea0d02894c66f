import Testing
import ZooTensor
import ZooTestSupport
import ZooWeights

@Suite struct ArchiveDamageTests {
  /// A small archive with stored and deflated streams, several types, an empty tensor and metadata.
  private static func archive(in scratch: Scratch) throws -> [UInt8] {
    var random = SplitMix64(seed: 3)
    let weights = (0..<100).map { _ in Float.random(in: -0.1..<0.1, using: &random) }
    try Checkpoint([
      ("conv1/7x7_s2.weight", Tensor(shape: [100], floats: weights)),
      ("empty", Tensor(shape: [0], floats: [])),
      ("half", Tensor(shape: [40], elementType: .float16, bytes: random.bytes(80))),
      ("zeros", Tensor(shape: [300], elementType: .int8, bytes: [UInt8](repeating: 0, count: 300))),
    ]).pack(to: scratch.path("whole.zoow"), metadata: ["licence": "CC0"])
    return try scratch.read("whole.zoow")
  }

  private static func isAccepted(_ path: String) -> Bool {
    do {
      _ = try Archive(path: path).verify(threads: 1)
      return true
    } catch {
      return false
    }
  }

  @Test("Every single flipped bit is found")
  func flippedBits() throws {
    let scratch = try Scratch()
    let whole = try Self.archive(in: scratch)
    #expect(Self.isAccepted(scratch.path("whole.zoow")))
    #expect(whole.count * 8 > 2000)
    for bit in 0..<whole.count * 8 {
      // The minor version is covered by the superblock's checksum as well.
      var damaged = whole
      damaged[bit / 8] ^= 1 << (bit % 8)
      let path = try scratch.write(damaged, to: "damaged.zoow")
      #expect(!Self.isAccepted(path), "bit \(bit % 8) of byte \(bit / 8)")
    }
  }

  @Test("Of 3,000 bits flipped at random in a larger archive, all are found, and where they are is said")
  func flippedBitsOfManyChunks() throws {
    let scratch = try Scratch()
    var random = SplitMix64(seed: 9)
    let count = 3 << 17
    let weights = (0..<count).map { _ in Float.random(in: -0.1..<0.1, using: &random) }
    try Checkpoint([
      ("conv1.weight", Tensor(shape: [3, 1 << 17], floats: weights)),
      ("conv1.bias", Tensor(shape: [40], elementType: .float16, bytes: random.bytes(80))),
      ("steps", Tensor(shape: [], elementType: .int64, bytes: random.bytes(8))),
    ]).pack(to: scratch.path("a.zoow"), metadata: ["licence": "CC0"])
    let whole = try scratch.read("a.zoow")
    let dataEnd = whole[(whole.count - 64)..<(whole.count - 56)].reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(try Checkpoint.open(bytes: whole, name: "a").archive?.verify().chunks == 4)
    for trial in 0..<3000 {
      // One in three where the few bytes are that are not data.
      let bit =
        trial % 3 == 0
        ? Int.random(in: dataEnd * 8..<whole.count * 8, using: &random)
        : Int.random(in: 0..<whole.count * 8, using: &random)
      var damaged = whole
      damaged[bit / 8] ^= 1 << (bit % 8)
      let found = problem("bit \(bit % 8) of byte \(bit / 8)") {
        _ = try Checkpoint.open(bytes: damaged, name: "a").archive?.verify(threads: 1)
      }
      guard case .archive(let place)? = found else {
        Issue.record("bit \(bit % 8) of byte \(bit / 8): \(String(describing: found))")
        continue
      }
      if case .chunkChecksum(_, _, let offset, let length) = place {
        #expect((offset..<offset + length).contains(bit / 8), "byte \(bit / 8)")
      } else {
        #expect(bit / 8 < 64 || bit / 8 >= dataEnd, "byte \(bit / 8): \(place)")
      }
    }
  }

  @Test("Every truncation and every extension is found")
  func truncations() throws {
    let scratch = try Scratch()
    let whole = try Self.archive(in: scratch)
    for length in 0..<whole.count {
      let path = try scratch.write(whole[..<length], to: "damaged.zoow")
      #expect(!Self.isAccepted(path), "\(length) of \(whole.count) bytes")
    }
    for tail in [[0], [UInt8](repeating: 0, count: 64), whole] {
      #expect(!Self.isAccepted(try scratch.write(whole + tail, to: "damaged.zoow")), "\(tail.count) bytes more")
      #expect(!Self.isAccepted(try scratch.write(tail + whole, to: "damaged.zoow")), "\(tail.count) bytes before")
    }
  }

  @Test("Bytes replaced at random are found, and nothing crashes", arguments: 0..<20)
  func replacedBytes(seed: Int) throws {
    let scratch = try Scratch()
    let whole = try Self.archive(in: scratch)
    var random = SplitMix64(seed: seed)
    for _ in 0..<100 {
      var damaged = whole
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        damaged[Int.random(in: 0..<whole.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      guard damaged != whole else { continue }
      #expect(!Self.isAccepted(try scratch.write(damaged, to: "damaged.zoow")), "seed \(seed)")
    }
  }

  @Test("Damage inside the index with checksums made good never crashes", arguments: 0..<20)
  func forgedIndex(seed: Int) throws {
    let scratch = try Scratch()
    var random = SplitMix64(seed: seed)
    var refused = 0
    for _ in 0..<200 {
      var forged = ForgedArchive.plain
      forged.metadata = [(Array("k".utf8), Array("v".utf8))]
      var index = forged.encodedIndex
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        index[Int.random(in: 0..<index.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      forged.index = index
      // Only the digests and what the content identifier covers may be wrong and still be an index.
      if !Self.isAccepted(try scratch.write(forged.bytes, to: "damaged.zoow")) { refused += 1 }
    }
    #expect(refused > 150, "seed \(seed)")
  }
}
