import Testing
import ZooGraph
import ZooRuntime
import ZooTensor

/// The interpreter's answers for a network, with how far each output of another runtime may be from them.
struct Comparison {
  let graphCase: GraphCase
  let weights: SyntheticWeights
  let images: Tensor
  let expected: [Tensor]
  /// For each output, the largest magnitude of what it is computed from and of itself.
  let magnitudes: [Float]
  /// For each output, the tolerance.
  let tolerances: [Float]

  /// `shift`: added to all pixels, so that maxima can be negative.
  init(_ graphCase: GraphCase, batch: Int, shift: Float = 0) throws {
    self.graphCase = graphCase
    let graph = graphCase.graph
    weights = SyntheticWeights(for: graph)
    let drawn = SyntheticWeights.images(Shape([batch] + graph.inputShape.dimensions))
    images = shift == 0 ? drawn : Tensor(shape: drawn.shape, floats: drawn.floats.map { $0 + shift })
    let values = try Interpreter(graph: graph, weights: weights.tensor).values(images)
    expected = try graph.outputs.map { try #require(values[$0.value.index]) }
    let largest = values.map { $0?.floats.lazy.map(abs).max() ?? 0 }
    let ancestors = graph.outputs.map { graph.ancestors(of: $0.value) }
    magnitudes = ancestors.map { $0.map { largest[$0.index] }.max() ?? 0 }
    tolerances = zip(ancestors, magnitudes).map { ancestors, magnitude in
      // Rounding errors of float32 add up like a random walk over each node's reduction; weights keep magnitudes about
      // equal from layer to layer, so that errors neither grow nor shrink on their way. Four standard deviations.
      let steps = ancestors.reduce(Float(0)) { $0 + 1 + graph[$1].reduction.squareRoot() }
      return 4 * 0x1p-24 * magnitude * steps
    }
  }

  /// What a runtime answers with.
  func answers(of runtime: Runtime) throws -> [Tensor] {
    let found = try runtime.run(graphCase.graph, weights, images)
    try #require(found.map(\.shape) == expected.map(\.shape), "\(runtime.name): \(graphCase.listing)")
    return found
  }
}

extension Graph {
  /// The node and all that its value is computed from.
  fileprivate func ancestors(of id: NodeID) -> [NodeID] {
    var isNeeded = [Bool](repeating: false, count: nodes.count)
    isNeeded[id.index] = true
    for id in ids.reversed() where isNeeded[id.index] {
      for input in self[id].inputs { isNeeded[input.index] = true }
    }
    return ids.filter { isNeeded[$0.index] }
  }
}

extension Node {
  /// About how many numbers go into each of its value.
  fileprivate var reduction: Float {
    let weight = parameter(.weight)?.shape
    if case .locallyConnected = operation { return weight.map { Float($0.dimensions.suffix(3).reduce(1, *)) } ?? 1 }
    return weight.map { $0.rank > 1 ? Float($0.elementCount / $0[0]) : 1 } ?? 9
  }
}
