import Testing
import ZooGraph
import ZooKernels
import ZooRuntime
import ZooTensor

@Suite("Which weights are fetched by earlier steps")
struct WeightFetchesTests {
  private func compile(
    numerics: Numerics = .fast, _ build: @escaping (inout Graph) throws -> [NodeID]
  ) throws -> CompiledNetwork {
    let graph = try GraphCase("fetches", build).graph.optimized()
    return try CompiledNetwork(
      graph: graph, options: ExecutionOptions(threads: 2, numerics: numerics),
      weights: SyntheticWeights(for: graph).tensor)
  }

  /// The steps that fetch, and what, from the last one back.
  private func fetches(_ network: CompiledNetwork, images: Int = 1) -> [(step: String, floats: Range<Int>)] {
    zip(network.steps, WeightFetches(network.steps, images: images).ofSteps).compactMap { step, weights in
      weights.map { (step.kernel.description, $0.floats) }
    }.reversed()
  }

  /// What lies in one piece from the first weight on.
  private func expectInOrder(_ pieces: [(step: String, floats: Range<Int>)], count: Int) {
    #expect(pieces.first?.floats.lowerBound == 0 && pieces.last?.floats.upperBound == count, "\(pieces)")
    #expect(
      zip(pieces, pieces.dropFirst()).allSatisfy { $0.floats.upperBound == $1.floats.lowerBound }, "\(pieces)")
    #expect(pieces.allSatisfy { !$0.floats.isEmpty }, "\(pieces)")
  }

  @Test("those of a fully connected layer by the convolutions before it, the last one first")
  func fullyConnected() throws {
    let network = try compile { graph in
      var value = try graph.convolution(try graph.image(16, 7, 7), 512, 1)
      for channels in [256, 512, 1024] {
        value = try graph.add(.activation(.relu), try graph.convolution(value, channels, 1))
      }
      value = try graph.add(.flatten, try graph.add(.globalAveragePool, value))
      return [try graph.add(.fullyConnected(FullyConnected(outputFeatures: 700)), value)]
    }
    // 700 outputs are 44 blocks of channels. The layer's own products leave time for one weight in sixteen.
    let weights = 1024 * 704
    let pieces = fetches(network)
    #expect(pieces.count > 1 && pieces.allSatisfy { $0.step == "convolution 1×1 relu" }, "\(pieces)")
    expectInOrder(pieces, count: weights - weights / 16)
    let last = UpcomingWeights.floatCount(during: 512.0 * 1024 * 49)
    #expect(pieces.first?.floats.count == last)
    // Sixteen images share a weight for as long as the next takes to come.
    #expect(!fetches(network, images: 2).isEmpty)
    #expect(fetches(network, images: 16).isEmpty)
  }

  @Test("no more than 8 MB, of one layer after the other, past layers that fetch nothing")
  func limits() throws {
    let network = try compile(numerics: .direct) { graph in
      var value = try graph.convolution(try graph.image(16, 56, 56), 256, 3, padding: 1)
      value = try graph.add(.activation(.relu), try graph.convolution(value, 256, 3, padding: 1))
      let depthwise = Convolution(outputChannels: 256, kernel: Extent(7), stride: Extent(7), groups: 256)
      value = try graph.add(.convolution(depthwise), value)
      value = try graph.add(.flatten, value)
      value = try graph.add(.fullyConnected(FullyConnected(outputFeatures: 160)), value)
      return [try graph.add(.fullyConnected(FullyConnected(outputFeatures: 8192)), value)]
    }
    let steps = network.steps.map(\.kernel.description)
    #expect(steps.suffix(3) == ["depthwise 7×7", "fully connected", "fully connected"])
    let pieces = fetches(network)
    #expect(pieces.map(\.step) == ["convolution 3×3 relu"], "\(pieces)")
    // The first layer's 10 MB; the second's 5 MB find no convolution that is not taken.
    expectInOrder(pieces, count: 8 << 18)
  }

  @Test("none where nothing waits for memory, or nothing computes meanwhile")
  func none() throws {
    let small = try compile { graph in
      var value = try graph.convolution(try graph.image(64, 14, 14), 256, 1)
      value = try graph.add(.flatten, try graph.add(.globalAveragePool, value))
      return [try graph.add(.fullyConnected(FullyConnected(outputFeatures: 10)), value)]
    }
    #expect(fetches(small).isEmpty)
    let alone = try compile { graph in
      let value = try graph.add(.flatten, try graph.image(64, 7, 7))
      return [try graph.add(.fullyConnected(FullyConnected(outputFeatures: 1000)), value)]
    }
    #expect(fetches(alone).isEmpty)
  }
}
