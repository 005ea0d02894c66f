import Testing
import ZooGraph
import ZooKernels
import ZooRuntime
import ZooTensor

@Suite("The same bits whatever the circumstances")
struct DeterminismTests {
  static let cases = GraphCase.table + (200..<260).map { GraphCase(seed: $0) }

  @Test(arguments: cases)
  func threadsBatchesAndEarlierRuns(_ graphCase: GraphCase) throws {
    let graph = try graphCase.graph.optimized()
    let weights = SyntheticWeights(for: graph)
    let shape = graph.inputShape
    let images = SyntheticWeights.images(Shape([3] + shape.dimensions))
    for instructionSet in InstructionSet.available {
      func network(threads: Int) throws -> CompiledNetwork {
        try CompiledNetwork(
          graph: graph, options: ExecutionOptions(instructionSet: instructionSet, threads: threads),
          weights: weights.tensor)
      }
      let network = try network(threads: 1)
      let runner = try network.makeRunner(batch: 3)
      let expected = try runner.run(images)
      func expect(_ found: [Tensor], _ what: String) {
        #expect(
          bits(found) == bits(expected), "\(instructionSet.rawValue), \(what): \(graphCase.listing)")
      }
      expect(try self.run(self.networkWithTwoThreads(network, graph, weights), images), "two threads")
      // Another batch in between leaves its traces in the arena.
      _ = try runner.run(SyntheticWeights.images(Shape([2] + shape.dimensions), seed: 7))
      expect(try runner.run(images), "the same runner again")
      for isApart in [false, true] {
        let runner = try network.makeRunner(batch: 3, keepsKindsApart: isApart)
        runner.poison()
        expect(try runner.run(images), isApart ? "maps of different sizes kept apart" : "the least memory")
      }
      let single = try network.makeRunner()
      let singles = try (0..<3).map { try single.run(image($0, of: images, shape)) }
      expect(
        expected.indices.map { output in joined(singles.map { $0[output] }) }, "three runs of one image")
    }
  }

  @Test(arguments: cases)
  func instructionSets(_ graphCase: GraphCase) throws {
    let graph = try graphCase.graph.optimized()
    let weights = SyntheticWeights(for: graph)
    let images = SyntheticWeights.images(graph.inputShape)
    for numerics in Numerics.allCases {
      let answers = try InstructionSet.available.map { instructionSet in
        bits(
          try CompiledNetwork(
            graph: graph, options: ExecutionOptions(instructionSet: instructionSet, numerics: numerics),
            weights: weights.tensor
          ).makeRunner().run(images))
      }
      #expect(answers.allSatisfy { $0 == answers[0] }, "\(numerics): \(graphCase.listing)")
    }
  }

  @Test("Runners of one network run at the same time")
  func concurrentRunners() async throws {
    let graph = try GraphCase.concatenations[5].graph.optimized()
    let weights = SyntheticWeights(for: graph)
    let network = try CompiledNetwork(graph: graph, options: ExecutionOptions(threads: 2), weights: weights.tensor)
    let images = SyntheticWeights.images(graph.inputShape)
    let expected = bits(try network.makeRunner().run(images))
    let answers = try await withThrowingTaskGroup(of: [[UInt32]].self) { group in
      for _ in 0..<4 {
        group.addTask {
          let runner = try network.makeRunner()
          var answer: [[UInt32]] = []
          for _ in 0..<20 { answer = bits(try runner.run(images)) }
          return answer
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(answers == Array(repeating: expected, count: 4))
  }

  private func networkWithTwoThreads(
    _ network: CompiledNetwork, _ graph: Graph, _ weights: SyntheticWeights
  ) throws -> CompiledNetwork {
    try CompiledNetwork(
      graph: graph, options: ExecutionOptions(instructionSet: network.instructionSet, threads: 2),
      weights: weights.tensor)
  }

  private func run(_ network: CompiledNetwork, _ images: Tensor) throws -> [Tensor] {
    try network.makeRunner(batch: images.shape[0]).run(images)
  }
}

/// One image of a batch.
func image(_ index: Int, of images: Tensor, _ shape: Shape) -> Tensor {
  let count = shape.elementCount
  return Tensor(shape: shape, floats: Array(images.floats[index * count..<(index + 1) * count]))
}

/// Tensors joined along their first dimension.
private func joined(_ tensors: [Tensor]) -> Tensor {
  let shape = tensors[0].shape
  return Tensor(
    shape: Shape([tensors.count * shape[0]] + shape.dimensions.dropFirst()), floats: tensors.flatMap(\.floats))
}

private func bits(_ tensors: [Tensor]) -> [[UInt32]] {
  tensors.map { $0.floats.map(\.bitPattern) }
}
