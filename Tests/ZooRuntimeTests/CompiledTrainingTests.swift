import Testing
import ZooGraph
import ZooKernels
import ZooRuntime
import ZooTensor
import ZooTestSupport

@Suite("Compiled steps of training against the interpreter")
struct CompiledTrainingTests {
  @Test("layers drawn at random", arguments: 0..<160)
  func layers(_ seed: UInt64) throws {
    try compare(GradientCase(layer: seed), loss: Loss.allCases[Int(seed % 4)], images: 1 + Int(seed % 5))
  }

  @Test("networks drawn at random", arguments: 0..<60)
  func networks(_ seed: UInt64) throws {
    try compare(GradientCase(network: seed), loss: .softmax, images: 2 + Int(seed % 3))
  }

  @Test func `stochastic depth leaves the branch out for whole images, in training only`() throws {
    func residual(_ add: ZooGraph.Operation) throws -> (graph: Graph, sum: NodeID, scores: NodeID) {
      var graph = Graph(name: "residual")
      let image = try graph.image(3, 4, 4)
      let branch = try graph.convolution(image, 3, 3, padding: 1)
      let sum = try graph.add(add, branch, image)
      let scores = try graph.append(.fullyConnected(FullyConnected(outputFeatures: 4)), name: "fc", inputs: [sum])
      graph.outputs = [Output(name: "logits", role: .logits, value: scores)]
      return (graph, sum, scores)
    }
    let (graph, sum, scores) = try residual(.add(.relu, stochasticDepth: 0.5))
    let training = try TrainingGraph(graph, loss: .softmax, learns: { _ in true }, norm: { _ in .training })
    let masks = training.graph.nodes.filter { if case .randomMask = $0.operation { true } else { false } }
    #expect(masks.map(\.name) == [graph[sum].name + " branch"])
    #expect(masks.map(\.operation) == [.randomMask(RandomMask(probability: 0.5, key: 0, isPerImage: true))])
    let reader = training.graph.nodes.first { $0.name == graph[sum].name }
    #expect(reader?.inputs.first.map { training.graph[$0].name } == masks.first?.name)

    let weights = SyntheticWeights(for: graph)
    let images = SyntheticWeights.images([1, 3, 4, 4]).withFloats { $0.map(Double.init) }
    let plain = try residual(.add(.relu)).graph
    let inference = try Interpreter(graph: graph) { try weights.tensor($0) }.evaluate([images], images: 1)
    let without = try Interpreter(graph: plain) { try weights.tensor($0) }.evaluate([images], images: 1)
    #expect(inference[scores.index] == without[scores.index])
  }

  func compare(_ drawn: GradientCase, loss: Loss, images count: Int) throws {
    let graph = drawn.graph
    let training = try TrainingGraph(graph, loss: loss, learns: { _ in true }, norm: { drawn.norms($0) })
    let weights = SyntheticWeights(for: graph)
    let images = SyntheticWeights.images(Shape([count] + graph[graph.inputs[0]].shape.dimensions))
    let targets = drawn.targets(images: count)
    let interpreter = try Interpreter(graph: training.graph) { try weights.tensor($0) }
    let point = TrainingPoint(seed: 3, step: 7)
    let inputs = [images, targets].map { tensor in tensor.withFloats { $0.map(Double.init) } }
    let values = interpreter.evaluate(inputs, images: count, at: point)

    var first: [[UInt32]]?
    for options in Self.runtimes {
      let compiled = try CompiledTraining(
        training, options: options, batch: count + 1, weights: ParameterSource { try weights.tensor($0) })
      compiled.poison()
      let pass = try compiled.run(images: images, targets: targets, at: point)
      let name = "\(options) of \(drawn.graph.name)\n\(training.graph)"
      expect(pass.losses[0], values[training.heads[0].loss.index] ?? [], "loss", name)
      expect(pass.scores.floats, values[training.heads[0].scores.index] ?? [], "scores", name)
      var bits = [pass.scores.floats.map(\.bitPattern)]
      let learned = Dictionary(uniqueKeysWithValues: compiled.tensors.map { ($0.name, $0) })
      let largest = training.tensors.compactMap { $0.gradient.flatMap { values[$0.index] } }.joined()
        .reduce(0) { max($0, abs($1)) }
      for tensor in training.tensors where tensor.gradient != nil {
        guard let learned = learned[tensor.declaration.name], let gradient = learned.gradient,
          let value = tensor.gradient.flatMap({ values[$0.index] })
        else {
          Issue.record("\(tensor.declaration.name) has no gradient in \(name)")
          continue
        }
        let found = learned.unpacked(gradient).floats
        expect(found, value, tensor.declaration.name, name, atLeast: 0.1 * largest)
        bits.append(found.map(\.bitPattern))
        let total = (0..<gradient.count).reduce(0.0) { $0 + abs(Double(gradient.floats[$1])) }
        let own = found.reduce(0.0) { $0 + abs(Double($1)) }
        if case .prelu(isShared: true)? = graph.nodes.first(where: { $0.name == tensor.layer })?.operation { continue }
        #expect(
          abs(total - own) <= 1e-6 * own + 1e-30,
          "numbers that are no weight have gradients: \(learned.name) in \(name)")
      }
      if let first { #expect(first == bits, "other bits in \(name)") } else { first = bits }
    }
  }

  /// Each instruction set, and other numbers of threads.
  private static let runtimes =
    InstructionSet.available.map { ExecutionOptions(instructionSet: $0, threads: 1) }
    + [2, 3].map { ExecutionOptions(threads: $0) }

  private func expect(_ found: [Float], _ value: [Double], _ what: String, _ name: String, atLeast floor: Double = 1e-6)
  {
    let scale = value.reduce(floor) { max($0, abs($1)) }
    guard found.count == value.count else {
      Issue.record("\(found.count) numbers of \(what), not \(value.count), in \(name)")
      return
    }
    let error = zip(found, value).reduce(0.0) { max($0, abs(Double($1.0) - $1.1)) }
    // NaN is no small error.
    #expect(error <= 1e-5 * scale, "\(what) is off by \(error / scale) in \(name)")
    #expect(!found.contains { $0.isNaN }, "\(what) in \(name)")
  }
}
