import Testing
import ZooGraph
import ZooKernels
import ZooRuntime
import ZooTensor

@Suite("A plan can be read, and knows its algorithms")
struct PlanDescriptionTests {
  /// Planes, Winograd's algorithm with an addend and with pooling, shares of a concatenation, a sum in place, a copy for a
  /// fully connected layer.
  private func graph() throws -> Graph {
    try GraphCase("plan") { graph in
      let image = try graph.image(3, 12, 12)
      let first = try graph.add(.activation(.relu), try graph.convolution(image, 64, 3, padding: 1))
      let inner = try graph.convolution(first, 64, 1)
      let sum = try graph.add(.add(.relu), try graph.convolution(inner, 64, 3, padding: 1), first)
      let pooled = try graph.add(
        .maxPool(Pooling(kernel: Extent(2), stride: Extent(2))), try graph.convolution(sum, 64, 3, padding: 1))
      let joined = try graph.add(
        .concat, try graph.convolution(pooled, 16, 1), try graph.add(.softmax, try graph.convolution(pooled, 5, 1)))
      let scores = try graph.add(.fullyConnected(FullyConnected(outputFeatures: 7)), joined)
      return [scores, try graph.convolution(joined, 8, 5, stride: 2, padding: 2)]
    }.graph.optimized()
  }

  private func plan(_ numerics: Numerics) throws -> Plan {
    let graph = try graph()
    return try CompiledNetwork(
      graph: graph, options: ExecutionOptions(threads: 1, numerics: numerics),
      weights: SyntheticWeights(for: graph).tensor
    ).plan
  }

  @Test("Each step names its node, its kernel, the steps that it reads from and the memory that it writes")
  func description() throws {
    let plan = try plan(.fast)
    #expect(
      plan.description == """
        %0 node0 = pack planes() → buffer 0, channels 0..<3
        %1 node1 = planar convolution 3×3 relu(%0) → buffer 1, channels 0..<64
        %2 node3 = convolution 1×1(%1) → buffer 2, channels 0..<64
        %3 node4 = winograd 4×4, 3×3 add relu(%2, %1) → buffer 1, channels 0..<64, scratch buffer 8
        %4 node6 = winograd 4×4, 3×3, max pool 2×2(%3) → buffer 3, channels 0..<64, scratch buffer 9
        %5 node8 = convolution 1×1(%4) → buffer 5, channels 0..<16
        %6 node9 = convolution 1×1(%4) → buffer 4, channels 0..<5
        %7 node10 = softmax(%6) → buffer 5, channels 16..<21
        %8 node12 = copy(%5 %7) → buffer 10, channels 0..<21
        %9 node12 = fully connected(%8) → buffer 6, channels 0..<7
        %10 node13 = convolution 5×5(%5 %7) → buffer 7, channels 0..<8
        buffer 0 : 3×12×12 in planes, padding 1, 2352 bytes, from %0 to %1
        buffer 1 : 64×12×12, 36928 bytes, from %1 to %4
        buffer 2 : 64×12×12, 36928 bytes, from %2 to %3
        buffer 3 : 64×6×6, 9280 bytes, from %4 to %6
        buffer 4 : 5×6×6, 2368 bytes, from %6 to %7
        buffer 5 : 21×6×6, halo top 2, left 2, bottom 1, right 1, 10432 bytes, from %5 to %10
        buffer 6 : 7×1×1, 64 bytes, from %9 to the end
        buffer 7 : 8×3×3, 576 bytes, from %10 to the end
        buffer 8 : scratch, 129024 bytes, at %3
        buffer 9 : scratch, 129024 bytes, at %4
        buffer 10 : 21×6×6, 4672 bytes, from %8 to %9
        features output0 = buffer 6, channels 0..<7 : 7
        features output1 = buffer 7, channels 0..<8 : 8×3×3
        """)
  }

  @Test("Every convolution has an algorithm, chosen within the numerics; nothing else has one")
  func algorithms() throws {
    func algorithms(_ numerics: Numerics) throws -> [ConvolutionAlgorithm] {
      let steps = try plan(numerics).steps
      for step in steps where step.algorithm == nil {
        #expect(!step.kernel.description.contains("convolution") && !step.kernel.description.contains("winograd"))
      }
      return steps.compactMap(\.algorithm)
    }
    #expect(
      try algorithms(.fast) == [.planar, .direct, .winograd(.f4x3), .winograd(.f4x3), .direct, .direct, .direct])
    #expect(try algorithms(.direct) == [.planar, .direct, .direct, .direct, .direct, .direct, .direct])
  }

  @Test(
    "An algorithm's name is that of its kernels",
    arguments: [
      (ConvolutionAlgorithm.direct, "convolution 3×5"), (.planar, "planar convolution 3×5"),
      (.winograd(.f2x5), "winograd 2×2, 3×5"), (.winograd(.f4x3), "winograd 4×4, 3×5"),
    ])
  func names(_ algorithm: ConvolutionAlgorithm, _ name: String) {
    #expect(algorithm.name(kernel: Extent(height: 3, width: 5)) == name)
  }
}
