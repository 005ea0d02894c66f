import Synchronization
import Testing
import ZooGraph
import ZooKernels
import ZooRuntime
import ZooTensor

@Suite("Sizes of one network share their weights")
struct SharedWeightsTests {
  /// Planes, blocks, Winograd, depthwise, batch norm, a sum, a concatenation and a fully connected layer.
  private func graph(_ height: Int, _ width: Int) throws -> Graph {
    try GraphCase("sizes") { graph in
      let image = try graph.image(3, 40, 40)
      let first = try graph.convolution(image, 32, 5, stride: 2, padding: 2)
      let wide = try graph.convolution(first, 64, 3, padding: 1)
      let norm = try graph.add(.batchNorm(BatchNorm()), try graph.add(.activation(.tanh), wide))
      let deep = try graph.add(
        .convolution(Convolution(outputChannels: 64, kernel: Extent(3), padding: Padding(1), groups: 64)), norm)
      let sum = try graph.add(.add(.relu), deep, try graph.convolution(norm, 64, 3, padding: 1))
      let joined = try graph.add(.concat, sum, try graph.convolution(sum, 20, 1))
      let pooled = try graph.add(.globalAveragePool, joined)
      return [sum, try graph.add(.fullyConnected(FullyConnected(outputFeatures: 7)), pooled)]
    }.graph.resized(input: [3, height, width]).optimized()
  }

  private func compile(_ graph: Graph, _ numerics: Numerics) throws -> CompiledNetwork {
    try CompiledNetwork(
      graph: graph, options: ExecutionOptions(numerics: numerics), weights: SyntheticWeights(for: graph).tensor)
  }

  private struct Asked: Error { let name: String }

  @Test(
    "Another size reads no weights again, and answers as if compiled for itself",
    arguments: [(40, 40), (41, 57), (96, 24), (130, 200)])
  func direct(height: Int, width: Int) throws {
    let native = try compile(graph(40, 40), .direct)
    let graph = try graph(height, width)
    let resized = try native.resized(to: graph, weights: ParameterSource { throw Asked(name: $0) })
    let fresh = try compile(graph, .direct)
    let image = SyntheticWeights.images([3, height, width])
    let (shared, own) = (try resized.makeRunner().run(image), try fresh.makeRunner().run(image))
    #expect(shared.map(\.shape) == own.map(\.shape))
    #expect(shared.map(\.floats) == own.map(\.floats))
    #expect(resized.steps.map(\.kernel.description) == fresh.steps.map(\.kernel.description))
    // The first size is left as it was.
    let small = SyntheticWeights.images([3, 40, 40])
    #expect(
      try native.makeRunner().run(small).map(\.floats)
        == compile(self.graph(40, 40), .direct).makeRunner().run(small).map(\.floats))
  }

  @Test("Only layers that another size computes in another form are read again, and once for all sizes")
  func winograd() throws {
    let native = try compile(graph(8, 8), .fast)
    let graph = try graph(128, 128)
    let weights = SyntheticWeights(for: graph)
    let asked = Mutex<Set<String>>([])
    let source = ParameterSource { name in
      _ = asked.withLock { $0.insert(name) }
      return try weights.tensor(name)
    }
    let large = try native.resized(to: graph, weights: source)
    let changed = zip(native.steps, large.steps).filter { $0.0.algorithm != $0.1.algorithm }.map(\.0.name)
    #expect(!changed.isEmpty)
    #expect(asked.withLock(\.self) == Set(changed.flatMap { ["\($0).weight", "\($0).bias"] }))
    let fresh = try compile(graph, .fast)
    let image = SyntheticWeights.images([3, 128, 128])
    #expect(try large.makeRunner().run(image).map(\.floats) == fresh.makeRunner().run(image).map(\.floats))
    let other = try self.graph(120, 136)
    let third = try native.resized(to: other, sharing: [large], weights: ParameterSource { throw Asked(name: $0) })
    let wide = SyntheticWeights.images([3, 120, 136])
    #expect(
      try third.makeRunner().run(wide).map(\.floats) == compile(other, .fast).makeRunner().run(wide).map(\.floats))
  }

  @Test("The memory of another size is known before it is compiled", arguments: [Numerics.direct, .fast])
  func arena(numerics: Numerics) throws {
    let native = try compile(graph(40, 40), numerics)
    for (height, width) in [(40, 40), (128, 90)] {
      let graph = try graph(height, width)
      #expect(
        try native.arenaByteCount(resizedTo: graph, batch: 1)
          == compile(graph, numerics).arenaByteCount(batch: 1), "\(height)×\(width)")
    }
  }
}
