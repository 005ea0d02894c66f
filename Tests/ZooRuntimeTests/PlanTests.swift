import Synchronization
import Testing
import ZooGraph
import ZooKernels
import ZooRuntime
import ZooTensor

@Suite("What a network is compiled to")
struct PlanTests {
  private func compile(
    numerics: Numerics = .fast, _ build: @escaping (inout Graph) throws -> [NodeID]
  ) throws -> CompiledNetwork {
    let graph = try GraphCase("plan", build).graph.optimized()
    return try CompiledNetwork(
      graph: graph, options: ExecutionOptions(numerics: numerics), weights: SyntheticWeights(for: graph).tensor)
  }

  @Test("Branches of whole blocks are written into the concatenation")
  func concatenation() throws {
    let network = try compile { graph in
      let image = try graph.image(3, 6, 6)
      let inner = try graph.add(
        .concat, try graph.convolution(image, 32, 1), try graph.convolution(image, 16, 3, padding: 1))
      let joined = try graph.add(
        .concat, try graph.convolution(image, 16, 1), inner, try graph.convolution(inner, 5, 1))
      return [try graph.convolution(joined, 8, 3, padding: 1)]
    }
    #expect(
      network.steps.map(\.kernel.description) == [
        "pack planes", "pack planes", "planar convolution 1×1", "planar convolution 3×3", "planar convolution 1×1",
        "convolution 1×1", "convolution 3×3",
      ])
  }

  @Test("A misaligned concatenation is copied")
  func misaligned() throws {
    let network = try compile { graph in
      let image = try graph.image(3, 6, 6)
      return [try graph.add(.concat, try graph.convolution(image, 24, 1), try graph.convolution(image, 40, 1))]
    }
    #expect(network.steps.map(\.kernel.description).last == "concatenate")
  }

  @Test("A residual block adds in place")
  func residual() throws {
    let network = try compile(numerics: .direct) { graph in
      let image = try graph.image(16, 8, 8)
      var value = try graph.convolution(image, 64, 3, padding: 1)
      for _ in 0..<3 {
        let branch = try graph.convolution(try graph.convolution(value, 64, 3, padding: 1), 64, 3, padding: 1)
        value = try graph.add(.add(.relu), branch, value)
      }
      return [value]
    }
    #expect(network.steps.filter { $0.kernel.description == "convolution 3×3 add relu" }.count == 3)
    // Two maps with a halo of 1, of which one is alive throughout.
    let map = BlockedLayout(channels: 64, extent: Extent(8), halo: Padding(1)).floatsPerImage * 4
    #expect(try network.arenaByteCount(batch: 1) == 2 * map)
    #expect(try network.arenaByteCount(batch: 5) == 5 * 2 * map)
    #expect(try network.makeRunner(batch: 5).arenaByteCount == 5 * 2 * map)
  }

  @Test("Winograd's convolutions take turns in one scratch memory, and need no halo")
  func winograd() throws {
    let network = try compile { graph in
      let image = try graph.image(64, 16, 16)
      let first = try graph.convolution(image, 64, 3, padding: 1)
      let second = try graph.add(.activation(.relu), try graph.convolution(first, 64, 3, padding: 1))
      return [try graph.add(.activation(.tanh), try graph.convolution(second, 64, 3, padding: 1))]
    }
    #expect(
      network.steps.map(\.kernel.description) == [
        "pack", "winograd 4×4, 3×3", "winograd 4×4, 3×3 relu", "convolution 3×3 tanh",
      ])
    // The last convolution applies its function in a second pass, so that it is direct and reads a halo.
    let map = BlockedLayout(channels: 64, extent: Extent(16)).floatsPerImage * 4
    let wide = BlockedLayout(channels: 64, extent: Extent(16), halo: Padding(1)).floatsPerImage * 4
    let geometry = try ConvolutionGeometry(
      inputChannels: 64, outputChannels: 64, input: Extent(16), kernel: Extent(3), padding: Padding(1))
    let scratch = WinogradSchedule(geometry, .f4x3, threads: network.threadCount).scratchFloats(images: 1) * 4
    #expect(try network.arenaByteCount(batch: 1) == map + wide + scratch)
  }

  @Test("Winograd's convolutions pool at once where nothing else reads what they pool")
  func pooledWinograd() throws {
    let pooling = Pooling(kernel: Extent(2), stride: Extent(2))
    let network = try compile { graph in
      let image = try graph.image(64, 18, 18)
      let first = try graph.convolution(image, 64, 3, padding: 1)
      let pooled = try graph.add(.maxPool(pooling), first)
      let second = try graph.convolution(pooled, 64, 3, padding: 1)
      // An odd map of which ceil pooling keeps the rest, and a map with another reader.
      let ceiling = Pooling(kernel: Extent(2), stride: Extent(2), rounding: .ceil)
      return [try graph.add(.maxPool(ceiling), second), try graph.add(.maxPool(pooling), second)]
    }
    #expect(
      network.steps.map(\.kernel.description) == [
        "pack", "winograd 4×4, 3×3, max pool 2×2", "winograd 2×2, 3×3", "max pool 2×2", "max pool 2×2",
      ])
    #expect(network.steps[1].output == [64, 9, 9])
    #expect(network.steps[1].multiplyAccumulates == 64 * 64 * 9 * 18 * 18)
  }

  @Test("Flattening and dropout cost nothing; a map with a halo is copied once for fully connected layers")
  func fullyConnected() throws {
    let network = try compile { graph in
      let image = try graph.image(16, 6, 6)
      let map = try graph.convolution(image, 20, 3)
      let flat = try graph.add(.dropout(probability: 0.5), try graph.add(.flatten, map))
      return [
        try graph.add(.fullyConnected(FullyConnected(outputFeatures: 7)), flat),
        try graph.add(.fullyConnected(FullyConnected(outputFeatures: 8)), flat),
        try graph.convolution(map, 4, 3, padding: 1),
      ]
    }
    #expect(
      network.steps.map(\.kernel.description) == [
        "pack", "convolution 3×3", "copy", "fully connected", "fully connected", "convolution 3×3",
      ])
    #expect(network.steps[3].inputs == [[20, 4, 4]])
    #expect(network.steps[3].output == [7])
    #expect(network.steps[3].multiplyAccumulates == 20 * 4 * 4 * 7)
    #expect(network.steps.allSatisfy { ($0.weightByteCount > 0) == ($0.multiplyAccumulates > 0) })
    #expect(network.weightByteCount >= 4 * (20 * 16 * 9 + 20 * 16 * 15 + 4 * 20 * 9))
  }

  @Test("Every tensor is asked for once; by one thread in the order of the nodes", arguments: [1, 2])
  func weights(threads: Int) throws {
    let graph = GraphCase("weights") { graph in
      var value = try graph.image(3, 6, 6)
      for _ in 0..<9 { value = try graph.convolution(value, 4, 1) }
      return [value]
    }.graph
    let weights = SyntheticWeights(for: graph)
    let names = Mutex<[String]>([])
    _ = try CompiledNetwork(graph: graph, options: ExecutionOptions(threads: threads)) { name in
      names.withLock { $0.append(name) }
      return try weights.tensor(name)
    }
    let asked = names.withLock(\.self)
    let tensors = graph.tensors.map(\.name)
    #expect(asked.sorted() == tensors.sorted())
    func node(_ name: String) -> Substring { name.prefix { $0 != "." } }
    if threads == 1 { #expect(asked.map(node) == tensors.map(node)) }
  }

  @Test("Networks of any depth are compiled, without recursion")
  func deep() throws {
    let graph = GraphCase("deep") { graph in
      var value = try graph.add(.input([1]))
      for _ in 0..<40_000 {
        value = try graph.add(.activation(.relu), try graph.add(.dropout(probability: 0.5), value))
      }
      return [value]
    }.graph
    let network = try CompiledNetwork(graph: graph, weights: SyntheticWeights(for: graph).tensor)
    #expect(network.steps.count == 40_001)
    #expect(try network.makeRunner().run(Tensor(shape: [1], floats: [3]))[0].floats == [3])
  }

  @Test("A measured run answers as any other and times each step")
  func measure() throws {
    let network = try compile { graph in [try graph.convolution(try graph.image(3, 6, 6), 8, 3)] }
    let runner = try network.makeRunner()
    let images = SyntheticWeights.images(network.input)
    let (outputs, durations) = try runner.measure(images)
    #expect(outputs[0].floats == (try runner.run(images))[0].floats)
    #expect(durations.count == network.steps.count)
    #expect(durations.allSatisfy { $0 > .zero })
  }
}
