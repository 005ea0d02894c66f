import Testing
import ZooGraph
import ZooRuntime
import ZooTensor

@Suite("Every runtime gives the interpreter's answers")
struct AgreementTests {
  @Test(arguments: GraphCase.table)
  func table(_ graphCase: GraphCase) throws {
    for batch in [1, 3] { try compare(graphCase, batch: batch) }
  }

  @Test(arguments: 0..<150)
  func random(_ seed: Int) throws {
    try compare(GraphCase(seed: UInt64(seed)), batch: seed % 3 + 1)
  }

  private func compare(_ graphCase: GraphCase, batch: Int) throws {
    let graph = graphCase.graph
    let weights = SyntheticWeights(for: graph)
    let images = SyntheticWeights.images(Shape([batch] + graph.inputShape.dimensions))
    let values = try Interpreter(graph: graph, weights: weights.tensor).values(images)
    let tolerance = tolerance(graph, values)
    let expected = graph.outputs.map { values[$0.value.index] }
    for runtime in Runtime.all {
      let found = try runtime.run(graph, weights, images)
      try #require(found.count == expected.count)
      for (index, (found, expected)) in zip(found, expected).enumerated() {
        let expected = try #require(expected)
        try #require(found.shape == expected.shape, "\(runtime.name): output \(index) of \(graphCase.listing)")
        let difference = largestDifference(found, expected)
        #expect(
          difference <= tolerance,
          "\(runtime.name), batch \(batch): output \(index) is off by \(difference), of \(graphCase.listing)")
      }
    }
  }

  /// Rounding errors of float32 add up like a random walk over each node's reduction; weights keep magnitudes about
  /// equal from layer to layer, so that errors neither grow nor shrink on their way. Four standard deviations.
  private func tolerance(_ graph: Graph, _ values: [Tensor?]) -> Float {
    let magnitude = values.compactMap { $0?.floats.lazy.map(abs).max() }.max() ?? 0
    let steps = graph.nodes.reduce(Float(0)) { sum, node in
      let weight = node.parameter(.weight)?.shape
      let reduction = weight.map { $0.rank > 1 ? $0.elementCount / $0[0] : 1 } ?? 9
      return sum + 1 + Float(reduction).squareRoot()
    }
    return 4 * 0x1p-24 * magnitude * steps
  }
}

extension Graph {
  /// The shape of one image.
  var inputShape: Shape { self[inputs[0]].shape }
}

/// Infinite when either holds a NaN.
func largestDifference(_ left: Tensor, _ right: Tensor) -> Float {
  zip(left.floats, right.floats).reduce(0) { largest, pair in
    let difference = abs(pair.0 - pair.1)
    return difference.isNaN ? .infinity : max(largest, difference)
  }
}
