import Testing
import ZooGraph
import ZooRuntime
import ZooTensor
import ZooTestSupport

@Suite("Gradients against central differences")
struct GradientCheckTests {
  @Test("of layers drawn at random", arguments: 0..<120)
  func layers(_ seed: UInt64) throws {
    try check(GradientCase(layer: seed), loss: Loss.allCases[Int(seed % 4)])
  }

  @Test("of networks drawn at random", arguments: 0..<40)
  func networks(_ seed: UInt64) throws {
    try check(GradientCase(network: seed), loss: .softmax)
  }

  func check(_ drawn: GradientCase, loss: Loss) throws {
    let graph = drawn.graph
    let training = try TrainingGraph(graph, loss: loss, learns: { _ in true }, norm: { drawn.norms($0) })
    try training.graph.verify()
    let weights = SyntheticWeights(for: graph)
    let images = 3
    let check = try GradientCheck(training) { try weights.tensor($0) }
    let shape = graph[graph.inputs[0]].shape
    let findings = try check.run(
      images: SyntheticWeights.images(Shape([images] + shape.dimensions)), targets: drawn.targets(images: images))
    for finding in findings where !(finding.norm == 0 && finding.error < 1e-9) {
      #expect(
        finding.isRight(within: GradientCheck.tolerance), "\(finding) in\n\(training.graph)\nfor \(loss)")
    }
  }
}

/// A network drawn at random with a classifier behind it.
struct GradientCase {
  let graph: Graph
  private let classes = 4

  init(_ drawn: GraphCase) { graph = Self.classifier(drawn.graph, classes: classes) }

  init(layer seed: UInt64) { graph = Self.classifier(GraphCase(gradientOfLayer: seed).graph, classes: classes) }

  init(network seed: UInt64) { graph = Self.classifier(GraphCase(gradientOfNetwork: seed).graph, classes: classes) }

  /// All outputs, joined in a fully connected layer.
  private static func classifier(_ drawn: Graph, classes: Int) -> Graph {
    var graph = drawn
    do {
      let values = try graph.outputs.enumerated().map {
        try graph.append(.flatten, name: "flat\($0)", inputs: [$1.value])
      }
      let joined = try graph.append(.concat, name: "joined", inputs: values)
      let scores = try graph.append(
        .fullyConnected(FullyConnected(outputFeatures: classes)), name: "classifier", inputs: [joined])
      graph.outputs = [Output(name: "logits", role: .logits, value: scores)]
    } catch {
      Issue.record("'\(drawn.name)' takes no classifier: \(error)")
    }
    return graph
  }

  /// All three states of a batch norm, by its place.
  func norms(_ layer: String) -> TrainingGraph.NormState {
    [.training, .training, .fixedStatistics][layer.utf8.reduce(0) { $0 + Int($1) } % 3]
  }

  /// Soft targets that do not add up to 1.
  func targets(images: Int) -> Tensor {
    var random = SplitMix64(seed: 5)
    return Tensor(shape: [images, classes], floats: random.floats(images * classes).map { abs($0) })
  }
}
