import Testing
import ZooKernels
import ZooTestSupport
import ZooTraining

@Suite("Gradients of slices are added in one order", .timeLimit(.minutes(5)))
struct GradientExchangeTests {
  /// Of several parts, of one exactly, of a few numbers.
  static let counts = [17_000, 5, 16_384, 1, 3_001]

  /// The gradient of a tensor for a slice; sizes differ, so that another order of additions gives other bits.
  private static func gradient(_ slice: Int, _ tensor: Int) -> [Float] {
    var random = SplitMix64(seed: UInt64(1000 * slice + tensor))
    return (0..<counts[tensor]).map { place in
      let bits = random.next()
      let size: Float = [1e-6, 1, 1e4][Int(bits % 3)]
      return (Float(bits >> 40) / Float(1 << 23) - 1) * size + Float(place % 7)
    }
  }

  /// The sum over slices as the definition of the tree has it.
  private static func sum(_ slices: Range<Int>, _ tensor: Int) -> [Float] {
    if slices.count == 1 { return gradient(slices.lowerBound, tensor) }
    let middle = slices.lowerBound + slices.count / 2
    return zip(sum(slices.lowerBound..<middle, tensor), sum(middle..<slices.upperBound, tensor)).map { $0 + $1 }
  }

  /// A worker's share after two steps, with NaN where it has none, and then all numbers as they are shared.
  private static func exchanged(
    _ slices: Int, _ communicator: any Communicator, bucketFloats: Int
  ) throws -> (own: [[Float]], all: [[Float]]) {
    let buffers = counts.map { FloatBuffer(count: $0) }
    let exchange = GradientExchange(
      // The last tensors are complete first.
      buffers.enumerated().map { ($1, 10 - $0) }, tree: SliceTree(slices: slices, workers: communicator.count),
      communicator: communicator, pool: ThreadPool(threads: 1 + communicator.rank % 2), bucketFloats: bucketFloats)
    for step in 0..<2 {
      try exchange.begin()
      for slice in exchange.ownSlices {
        for (tensor, buffer) in buffers.enumerated() {
          // In the first step other numbers, which must leave no trace.
          for (place, number) in gradient(slice, tensor).enumerated() { buffer.floats[place] = step == 0 ? 3 : number }
        }
        exchange.beginSlice()
        for step in 0...12 { exchange.stepIsOver(step, of: slice) }
      }
      try exchange.finish()
    }
    let own = counts.map { FloatBuffer(count: $0) }
    for buffer in own { buffer.floats.update(repeating: .nan, count: buffer.count) }
    for run in exchange.shares.runs(of: communicator.rank) {
      for place in run.range { own[run.tensor].floats[place] = buffers[run.tensor].floats[place] }
    }
    func floats(_ buffers: [FloatBuffer]) -> [[Float]] {
      buffers.map { Array(UnsafeBufferPointer(start: $0.floats, count: $0.count)) }
    }
    let before = floats(own)
    try exchange.share(own)
    let all = floats(own)
    // There and back: what the first worker has of all of it is each worker's share again.
    for buffer in own where communicator.rank > 0 { buffer.floats.update(repeating: .nan, count: buffer.count) }
    try exchange.distribute(own)
    for (tensor, range) in exchange.shares.runs(of: communicator.rank).map({ ($0.tensor, $0.range) }) {
      #expect(range.allSatisfy { own[tensor].floats[$0] == all[tensor][$0] })
    }
    for buffer in own where communicator.rank == 0 && communicator.count > 1 {
      for place in 0..<buffer.count { buffer.floats[place] += 1 }
    }
    try exchange.collect(own)
    if communicator.rank == 0, communicator.count > 1 {
      let shares = exchange.shares.runs(of: 0)
      for (tensor, buffer) in own.enumerated() {
        for place in stride(from: 0, to: buffer.count, by: 997) {
          let isOwn = shares.contains { $0.tensor == tensor && $0.range.contains(place) }
          #expect(buffer.floats[place] == all[tensor][place] + (isOwn ? 1 : 0))
        }
      }
    }
    return (before, all)
  }

  @Test("whoever computes them", arguments: [(1, 1), (2, 1), (4, 1 << 20), (8, 17_000)] as [(Int, Int)])
  func order(_ slices: Int, _ bucketFloats: Int) throws {
    let expected = Self.counts.indices.map { Self.sum(0..<slices, $0).map(\.bitPattern) }
    for workers in 1...slices {
      let results = try ThreadGroup.run(workers) {
        let (own, all) = try Self.exchanged(slices, $0, bucketFloats: bucketFloats)
        return (own.map { $0.map(\.bitPattern) }, all.map { $0.map(\.bitPattern) })
      }.map { try $0.get() }
      for (tensor, numbers) in expected.enumerated() {
        for (rank, result) in results.enumerated() {
          #expect(result.1[tensor] == numbers, "tensor \(tensor) in rank \(rank) of \(workers)")
        }
        // Each number is in one share.
        for place in stride(from: 0, to: numbers.count, by: 499) {
          let owners = results.count { !Float(bitPattern: $0.0[tensor][place]).isNaN }
          #expect(owners == 1)
        }
      }
    }
  }
}
