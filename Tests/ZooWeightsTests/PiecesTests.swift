import Synchronization
import Testing
import ZooTensor
import ZooTestSupport
import ZooWeights

@Suite struct PiecesTests {
  /// What the pieces of a tensor put together give, and where they lay.
  private func gather(
    _ checkpoint: Checkpoint, _ name: String, threads: Int
  ) throws -> (bytes: [UInt8], ranges: [Range<Int>]) {
    let pieces = Mutex<[(range: Range<Int>, bytes: [UInt8], isAligned: Bool)]>([])
    try checkpoint.read(name, threads: threads) { elements, bytes in
      let isAligned = UInt(bitPattern: bytes.baseAddress) % 64 == 0
      pieces.withLock { $0.append((elements, Array(bytes), isAligned)) }
    }
    let sorted = pieces.withLock { $0.sorted { $0.range.lowerBound < $1.range.lowerBound } }
    #expect(sorted.allSatisfy { $0.isAligned })
    return (sorted.flatMap(\.bytes), sorted.map(\.range))
  }

  @Test("Pieces put together are the tensor, in every format and for any number of threads", arguments: [1, 2, 5])
  func wholeTensor(threads: Int) throws {
    let scratch = try Scratch()
    var random = SplitMix64(seed: 1)
    let tensors: [(String, Tensor)] = [
      ("empty", Tensor(shape: [0, 3], floats: [])), ("one", Tensor(shape: [], floats: [7])),
      ("large", Tensor(shape: [700, 900], elementType: .float32, bytes: random.bytes(700 * 900 * 4))),
      ("halves", Tensor(shape: [1 << 18], elementType: .bfloat16, bytes: random.bytes(1 << 19))),
    ]
    let memory = try Checkpoint(tensors)
    try memory.pack(to: scratch.path("a.zoow"))
    try memory.unpack(to: scratch.path("a.safetensors"))
    for checkpoint in [
      memory, try Checkpoint.open(scratch.path("a.zoow")), try Checkpoint.open(scratch.path("a.safetensors")),
    ] {
      for (name, tensor) in tensors {
        let (bytes, ranges) = try gather(checkpoint, name, threads: threads)
        #expect(bytes == tensor.bytes, "\(name), \(checkpoint.format)")
        let ends = [0] + ranges.map(\.upperBound)
        #expect(ranges.map(\.lowerBound) == ends.dropLast(), "\(name), \(checkpoint.format)")
        #expect(ends.last == tensor.shape.elementCount)
        #expect(ranges.allSatisfy { !$0.isEmpty && $0.count <= 1 << 18 })
      }
    }
  }

  @Test("A tensor that only comes whole is handed over in pieces all the same")
  func permuted() throws {
    let checkpoint = try Checkpoint.open(fixture("views.pth"))
    for entry in checkpoint.entries {
      let (bytes, _) = try gather(checkpoint, entry.name, threads: 2)
      let tensor = try checkpoint.tensor(named: entry.name)
      #expect(bytes == tensor.bytes, "\(entry.name)")
    }
  }

  @Test("A damaged piece and a wrong name are reported")
  func damage() throws {
    let scratch = try Scratch()
    let tensor = Tensor(shape: [300_000], floats: (0..<300_000).map { Float($0) })
    try Checkpoint([("w", tensor)]).pack(to: scratch.path("a.zoow"))
    var bytes = try scratch.read("a.zoow")
    bytes[100] ^= 1
    let checkpoint = try Checkpoint.open(try scratch.write(bytes, to: "b.zoow"))
    let found = problem { try checkpoint.read("w") { _, _ in } }
    guard case .archive(.chunkChecksum(tensor: "w", chunk: 0, offset: 64, length: _)) = found else {
      Issue.record("\(String(describing: found))")
      return
    }
    #expect(problem { try checkpoint.read("v") { _, _ in } } == .noTensor("v", nearest: "w"))
  }
}
