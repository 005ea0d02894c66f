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

  /// The steps that fetch, and what for each thread, from the last one back.
  private func fetches(_ network: CompiledNetwork, images: Int = 1) -> [(step: String, shares: [Range<Int>])] {
    zip(network.steps, WeightFetches(network.steps, images: images, threads: 2).ofSteps).compactMap { step, weights in
      weights.map { (step.kernel.description, $0.shares) }
    }.reversed()
  }

  /// What lies in one piece from the first weight of each of two threads on, of so many weights.
  private func expectInOrder(_ pieces: [(step: String, shares: [Range<Int>])], of weights: Int, count: Int) {
    for thread in 0..<2 {
      let floats = pieces.map { $0.shares[thread] }
      let start = thread * weights / 2
      #expect(floats.first?.lowerBound == start && floats.last?.upperBound == start + count / 2, "\(pieces)")
      #expect(zip(floats, floats.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound }, "\(pieces)")
      #expect(floats.allSatisfy { !$0.isEmpty }, "\(pieces)")
    }
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
    expectInOrder(pieces, of: weights, count: weights - weights / 16)
    let last = UpcomingWeights.floatCount(during: 512.0 * 1024 * 49)
    #expect(pieces.first?.shares.map(\.count) == [last / 2, last / 2])
    // Sixteen images share a weight for as long as the next takes to come.
    #expect(!fetches(network, images: 2).isEmpty)
    #expect(fetches(network, images: 16).isEmpty)
  }

  @Test("no more than 8 MB with what is read until then, of one layer after the other, past layers that fetch nothing")
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
    #expect(
      network.steps.suffix(3).map(\.kernel.description) == ["depthwise 7×7", "fully connected", "fully connected"])
    let pieces = fetches(network)
    #expect(pieces.map(\.step) == ["convolution 3×3 relu"], "\(pieces)")
    // The first layer's 10 MB, less what the depthwise layer reads; the second's 5 MB find no convolution that is not taken.
    expectInOrder(pieces, of: 160 * 16384, count: (8 << 18) - 256 * 49)
  }

  @Test("not before a layer that itself reads more than the caches keep", arguments: [false, true])
  func distance(isFar: Bool) throws {
    let network = try compile { graph in
      var value = try graph.convolution(try graph.image(16, 28, 28), 512, 1)
      value = try graph.add(.activation(.relu), try graph.convolution(value, 512, 1))
      if isFar { value = try graph.convolution(value, 512, 3, padding: 1) }
      value = try graph.add(.flatten, try graph.add(.globalAveragePool, value))
      return [try graph.add(.fullyConnected(FullyConnected(outputFeatures: 1600)), value)]
    }
    // Winograd's 38 MB of frequencies come while it computes: it waits for none, and fetches none.
    #expect(network.steps.contains { $0.kernel.description == "winograd 4×4, 3×3" } == isFar)
    #expect(fetches(network).map(\.step) == (isFar ? [] : ["convolution 1×1 relu"]))
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
