import Testing
import ZooGraph
import ZooKernels
import ZooRuntime
import ZooTensor
import ZooTestSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite("Gradients with respect to inputs and values on the way")
struct InputGradientTests {
  @Test("of layers drawn at random are those of central differences", arguments: 0..<120)
  func layers(_ seed: UInt64) throws {
    try check(GradientCase(layer: seed).graph, objective: GradientGraph.Objective.allCases[Int(seed % 3)])
  }

  @Test("of networks drawn at random are those of central differences", arguments: 0..<60)
  func networks(_ seed: UInt64) throws {
    try check(GradientCase(network: seed).graph, objective: GradientGraph.Objective.allCases[Int(seed % 3)])
  }

  @Test("compiled, of any layers drawn at random, are the interpreter's, in every form", arguments: 0..<160)
  func compiledLayers(_ seed: UInt64) throws { try compare(GraphCase(layer: seed), seed) }

  @Test("compiled, of any networks drawn at random, are the interpreter's, in every form", arguments: 0..<80)
  func compiledNetworks(_ seed: UInt64) throws { try compare(GraphCase(seed: seed), seed) }

  /// Every element, or forty of many, with steps that find kinks.
  private func check(_ graph: Graph, objective: GradientGraph.Objective) throws {
    let weights = SyntheticWeights(for: graph)
    let source = graph.inputs[0]
    let value = graph.outputs[0].value
    let gradient = try GradientGraph(graph, of: value, objective: objective, withRespectTo: [source])
    let name = "\(objective) of \(graph.name)\n\(gradient.graph)"
    let interpreter = try Interpreter(graph: gradient.graph) { try weights.tensor($0) }
    let plain = try Interpreter(graph: graph) { try weights.tensor($0) }
    var random = SplitMix64(seed: 11)
    let images = SyntheticWeights.images(graph[source].shape).floats.map(Double.init)
    let operand = random.floats(graph[value].shape.elementCount).map { -abs(Double($0)) }
    let found = interpreter.evaluate([images, operand], images: 1)[gradient.gradients[0].index] ?? []
    func objectiveValue(_ images: [Double]) -> Double {
      objective.value(of: plain.evaluate([images], images: 1)[value.index] ?? [], operand)
    }
    let scale = found.reduce(1e-3) { max($0, abs($1)) }
    var checked = 0
    for index in images.indices where images.count <= 40 || index % (images.count / 40) == 0 {
      var slopes: [Double] = []
      for step in [1e-4, 1e-5, 1e-6] {
        func at(_ change: Double) -> Double {
          var changed = images
          changed[index] += change
          return objectiveValue(changed)
        }
        slopes.append((at(step) - at(-step)) / (2 * step))
      }
      let best = slopes.map { abs($0 - found[index]) }.min() ?? .infinity
      // A kink between the two places has no derivative there.
      let spread = (slopes.max() ?? 0) - (slopes.min() ?? 0)
      if spread > 1e-4 * scale { continue }
      checked += 1
      #expect(best <= 1e-6 * scale, "element \(index): \(found[index]), not \(slopes) in \(name)")
    }
    #expect(checked > 0 || images.isEmpty, "nothing could be checked in \(name)")
  }

  private func compare(_ drawn: GraphCase, _ seed: UInt64) throws {
    let graph = drawn.graph
    let weights = SyntheticWeights(for: graph)
    let value = graph.outputs[0].value
    let input = graph.inputs[0]
    // Any value on the way from the input, too.
    var sources = [input]
    let inner = graph.ids.filter { $0 != input && $0 < value }
    if !inner.isEmpty { sources.append(inner[Int(seed) % inner.count]) }
    let objective = GradientGraph.Objective.allCases[Int(seed % 3)]
    let rule = RectifierRule.allCases[Int(seed / 3 % 3)]
    func make() throws -> GradientGraph? {
      for sources in [sources, [input]] {
        for rule in [rule, .derivative] {
          do {
            return try GradientGraph(graph, of: value, objective: objective, withRespectTo: sources, rule: rule)
          } catch let error as GradientGraphError {
            switch error {
            case .independent, .notARectifier: continue
            case .inputCount: throw error
            }
          }
        }
      }
      return nil
    }
    guard let gradient = try make() else { return }
    let count = 1 + Int(seed % 3)
    let images = SyntheticWeights.images(Shape([count] + graph[input].shape.dimensions))
    var random = SplitMix64(seed: seed)
    let shape = graph[value].shape
    let operand = Tensor(
      shape: Shape([count] + shape.dimensions), floats: random.floats(count * shape.elementCount))
    let interpreter = try Interpreter(graph: gradient.graph) { try weights.tensor($0) }
    let values = interpreter.evaluate([images, operand].map { $0.floats.map(Double.init) }, images: count)
    for numerics in [Numerics.direct, .fast] {
      var first: [[UInt32]]?
      let runtimes =
        InstructionSet.available.map {
          ExecutionOptions(instructionSet: $0, threads: 1, numerics: numerics)
        } + [2, 3].map { ExecutionOptions(threads: $0, numerics: numerics) }
      for options in runtimes {
        let compiled = try CompiledGradient(
          gradient, options: options, batch: count, weights: ParameterSource { try weights.tensor($0) })
        compiled.poison()
        let pass = try compiled.run(images: images, operand: operand)
        let name = "\(objective) by \(rule) with \(options) of \(drawn.listing)\n\(gradient.graph)"
        let found = [pass.value] + pass.gradients
        for (tensor, id) in zip(found, [gradient.value] + gradient.gradients) {
          let expected = values[id.index] ?? []
          let scale = expected.reduce(1e-6) { max($0, abs($1)) }
          let error = zip(tensor.floats, expected).reduce(0.0) { max($0, abs(Double($1.0) - $1.1)) }
          #expect(tensor.shape.elementCount == expected.count, "\(gradient.graph[id].name) in \(name)")
          #expect(error <= 2e-5 * scale, "\(gradient.graph[id].name) is off by \(error / scale) in \(name)")
          #expect(!tensor.floats.contains { $0.isNaN }, "\(gradient.graph[id].name) in \(name)")
        }
        let bits = found.map { $0.floats.map(\.bitPattern) }
        if let first { #expect(first == bits, "other bits in \(name)") } else { first = bits }
      }
    }
  }
}

extension GradientGraph.Objective {
  /// What is derived, in plain words.
  fileprivate func value(of values: [Double], _ operand: [Double]) -> Double {
    switch self {
    case .weightedSum: return zip(values, operand).reduce(0) { $0 + $1.0 * $1.1 }
    case .squaredDistance: return zip(values, operand).reduce(0) { $0 + ($1.0 + $1.1) * ($1.0 + $1.1) } / 2
    case .crossEntropy:
      // The distribution need not add up to 1: softmax − p is the gradient of log Σ exp − Σ p·score.
      let largest = values.max() ?? 0
      let sum = values.reduce(0) { $0 + exp($1 - largest) }
      return log(sum) + largest + zip(values, operand).reduce(0) { $0 + $1.0 * $1.1 }
    }
  }
}
