import Testing
import ZooGraph
import ZooKernels
import ZooRuntime
import ZooTensor

@Suite("Networks with several inputs")
struct InputTests {
  /// Two images of one shape, of which one is read as planes with two paddings and in blocks too, a map in blocks, and a
  /// vector.
  private static func graph() throws -> Graph {
    var graph = Graph(name: "several")
    let left = try graph.append(.input([3, 11, 9]), name: "left")
    let right = try graph.append(.input([3, 11, 9]), name: "right")
    let map = try graph.append(.input([20, 11, 9]), name: "map")
    let vector = try graph.append(.input([5]), name: "vector")
    let difference = try graph.add(.add(.relu), left, right)
    let planes = try graph.add(
      .add(nil), try graph.convolution(left, 20, 3, padding: 1), try graph.convolution(right, 20, 3, padding: 1))
    let wide = try graph.add(.add(nil), planes, try graph.convolution(left, 20, 5, padding: 2))
    let sum = try graph.add(.activation(.relu), try graph.add(.add(nil), wide, map))
    let joined = try graph.add(.concat, try graph.convolution(sum, 32, 3, padding: 1), map, right)
    let pooled = try graph.add(.flatten, try graph.add(.globalAveragePool, joined))
    let features = try graph.add(.concat, pooled, vector)
    let scores = try graph.add(.fullyConnected(FullyConnected(outputFeatures: 6)), features)
    graph.outputs = [
      Output(name: "scores", role: .logits, value: scores), Output(name: "sum", role: .features, value: difference),
      Output(name: "joined", role: .features, value: joined), Output(name: "vector", role: .features, value: vector),
    ]
    return graph
  }

  private static func images(_ graph: Graph, count: Int?, seed: UInt64 = 0) -> [String: Tensor] {
    let named = graph.inputs.enumerated().map { index, id in
      let shape = graph[id].shape
      return (
        graph[id].name,
        SyntheticWeights.images(count.map { Shape([$0] + shape.dimensions) } ?? shape, seed: seed + UInt64(index))
      )
    }
    return Dictionary(uniqueKeysWithValues: named)
  }

  @Test("Compiled networks give the interpreter's answers, on every instruction set and with all numerics")
  func agreement() throws {
    let graph = try Self.graph()
    let weights = SyntheticWeights(for: graph)
    let interpreter = try Interpreter(graph: graph, weights: weights.tensor)
    for instructionSet in InstructionSet.available {
      for numerics in Numerics.allCases {
        for isOptimized in [false, true] {
          let network = try CompiledNetwork(
            graph: isOptimized ? graph.optimized() : graph,
            options: ExecutionOptions(instructionSet: instructionSet, threads: 2, numerics: numerics),
            weights: weights.tensor)
          let runner = try network.makeRunner(batch: 3)
          runner.poison()
          for (seed, count) in [nil, 3, 2].enumerated() {
            let images = Self.images(graph, count: count, seed: UInt64(10 * seed))
            let expected = try interpreter.run(images)
            let found = try runner.run(images)
            #expect(found.map(\.shape) == expected.map(\.shape))
            for (found, expected) in zip(found, expected) {
              let magnitude = expected.floats.map(abs).max() ?? 0
              #expect(
                largestDifference(found, expected) <= 1e-5 * magnitude,
                "\(instructionSet.rawValue), \(numerics), \(String(describing: count)) images")
            }
          }
        }
      }
    }
  }

  @Test("Inputs are told in the order of the graph; each image's planes are packed for themselves")
  func plan() throws {
    let graph = try Self.graph()
    let network = try CompiledNetwork(
      graph: graph, options: ExecutionOptions(numerics: .direct), weights: SyntheticWeights(for: graph).tensor)
    #expect(network.inputs.map(\.name) == ["left", "right", "map", "vector"])
    #expect(network.inputs.map(\.shape) == [[3, 11, 9], [3, 11, 9], [20, 11, 9], [5]])
    #expect(network.input == [3, 11, 9])
    let packing = network.steps.filter { $0.kernel.description.hasPrefix("pack") }
    #expect(
      packing.map { "\($0.name): \($0.kernel)" } == [
        "left: pack planes", "left: pack planes", "left: pack", "right: pack planes", "right: pack", "map: pack",
        "vector: pack",
      ])
    #expect(network.steps.filter { $0.algorithm == .planar }.count == 3)
  }

  @Test("The interpreter's values hold the images of each input")
  func values() throws {
    let graph = try Self.graph()
    let images = Self.images(graph, count: 2)
    let values = try Interpreter(graph: graph, weights: SyntheticWeights(for: graph).tensor).values(images)
    for id in graph.inputs { #expect(values[id.index]?.floats == images[graph[id].name]?.floats) }
  }

  @Test("An only input may be named, too")
  func single() throws {
    let graph = GraphCase("one") { [try $0.convolution(try $0.image(3, 6, 6), 4, 3)] }.graph
    let weights = SyntheticWeights(for: graph)
    let images = SyntheticWeights.images([2, 3, 6, 6])
    let runner = try CompiledNetwork(graph: graph, weights: weights.tensor).makeRunner(batch: 2)
    #expect(try runner.run(["node0": images])[0].floats == runner.run(images)[0].floats)
    let interpreter = try Interpreter(graph: graph, weights: weights.tensor)
    #expect(try interpreter.run(["node0": images])[0].floats == interpreter.run(images)[0].floats)
  }

  @Test("What only training reads need not be given")
  func trainingOnly() throws {
    var graph = Graph(name: "loss")
    let image = try graph.append(.input([2]), name: "image")
    let target = try graph.append(.input([2]), name: "target", isTrainingOnly: true)
    let loss = try graph.append(.add(nil), name: "loss", inputs: [image, target], isTrainingOnly: true)
    let answer = try graph.append(.activation(.relu), name: "answer", inputs: [image])
    graph.outputs = [
      Output(name: "loss", role: .auxiliary, value: loss), Output(name: "answer", role: .logits, value: answer),
    ]
    let images = Tensor(shape: [2], floats: [-1, 2])
    @Sendable func weights(_ name: String) throws -> Tensor { throw SyntheticWeights.Missing(name: name) }
    #expect(try Interpreter(graph: graph, weights: weights).run(images).map(\.floats) == [[0, 2]])
    let network = try CompiledNetwork(graph: graph, weights: weights)
    #expect(network.inputs.map(\.name) == ["image"])
    #expect(try network.makeRunner().run(images).map(\.floats) == [[0, 2]])

    let both = ["image": images, "target": Tensor(shape: [2], floats: [10, 20])]
    let training = try CompiledNetwork(
      graph: graph, options: ExecutionOptions(includesTraining: true), weights: weights)
    #expect(try training.makeRunner().run(both).map(\.floats) == [[9, 22], [0, 2]])
    let interpreter = try Interpreter(graph: graph, includingTraining: true, weights: weights)
    #expect(try interpreter.run(both).map(\.floats) == [[9, 22], [0, 2]])
  }

  private static let names = ["left", "right", "map", "vector"]

  static let faults: [(String, RuntimeError, @Sendable (inout [String: Tensor]) -> Void)] = [
    ("missing", .inputMissing("right", expected: names), { $0["right"] = nil }),
    ("unknown", .inputUnknown("middle", expected: names), { $0["middle"] = Tensor(shape: [1], floats: [0]) }),
    (
      "another shape", .input("map", .imageShape(expected: [20, 11, 9], found: [20, 9, 11])),
      { $0["map"] = SyntheticWeights.images([20, 9, 11]) }
    ),
    (
      "not finite", .input("vector", .imageNotFinite(image: 1, index: [2], value: .infinity)),
      { $0["vector"] = Tensor(shape: [2, 5], floats: [0, 0, 0, 0, 0, 0, 0, .infinity, 0, 0]) }
    ),
    (
      "other counts", .imageCountsDiffer(input: "map", expected: 2, found: 1),
      { $0["map"] = SyntheticWeights.images([20, 11, 9]) }
    ),
  ]

  @Test("Missing, unknown and unfit inputs are refused by their names", arguments: faults.indices)
  func refused(_ index: Int) throws {
    let (name, error, change) = Self.faults[index]
    let graph = try Self.graph()
    let weights = SyntheticWeights(for: graph)
    var images = Self.images(graph, count: 2)
    change(&images)
    let runner = try CompiledNetwork(graph: graph, weights: weights.tensor).makeRunner(batch: 2)
    let interpreter = try Interpreter(graph: graph, weights: weights.tensor)
    #expect(throws: error, "\(name)") { try runner.run(images) }
    #expect(throws: error, "\(name)") { try interpreter.run(images) }
    #expect(throws: error, "\(name)") { try interpreter.values(images) }
  }

  @Test("One tensor is not enough, and a batch has its limit")
  func counts() throws {
    let graph = try Self.graph()
    let weights = SyntheticWeights(for: graph)
    let runner = try CompiledNetwork(graph: graph, weights: weights.tensor).makeRunner(batch: 2)
    let interpreter = try Interpreter(graph: graph, weights: weights.tensor)
    let image = SyntheticWeights.images([3, 11, 9])
    #expect(throws: RuntimeError.inputCount(4)) { try runner.run(image) }
    #expect(throws: RuntimeError.inputCount(4)) { try runner.measure(image) }
    #expect(throws: RuntimeError.inputCount(4)) { try interpreter.run(image) }
    #expect(throws: RuntimeError.inputCount(4)) { try interpreter.values(image) }
    #expect(throws: RuntimeError.imageCount(expected: 1...2, found: 3)) {
      try runner.run(Self.images(graph, count: 3))
    }
  }
}
