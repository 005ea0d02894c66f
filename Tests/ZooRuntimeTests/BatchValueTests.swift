import Testing
import ZooGraph
import ZooRuntime
import ZooTensor

/// Values that all images of a batch have in common: parameters, means over the batch, and what is made of them.
struct BatchValueTests {
  /// `mean over the batch of (x · weight)²`, with the weight of a convolution as a value of the graph.
  private static func graph() throws -> Graph {
    var graph = Graph(name: "statistics")
    let image = try graph.append(.input([2, 1, 3]), name: "input")
    let conv = try graph.append(
      .convolution(Convolution(outputChannels: 2, kernel: Extent(1), groups: 2, hasBias: false)), name: "conv",
      inputs: [image])
    let weight = try graph.append(
      .parameter(.weight, [2, 1, 1]), name: "scale", inputs: [],
      parameters: [
        Parameter(role: .weight, value: .reshaped(.tensor("conv.weight", [2, 1, 1, 1]), [2, 1, 1]))
      ])
    let scaled = try graph.append(.multiply, name: "scaled", inputs: [image, weight])
    let square = try graph.append(.multiply, name: "square", inputs: [scaled, scaled])
    let mean = try graph.append(.batchMean, name: "mean", inputs: [square])
    let doubled = try graph.append(.add(nil), name: "doubled", inputs: [mean, mean])
    graph.outputs = [
      Output(name: "logits", role: .logits, value: conv), Output(name: "doubled", role: .features, value: doubled),
    ]
    return graph
  }

  private static let weight = Tensor(shape: [2, 1, 1, 1], floats: [2, -3])
  private static let images = Tensor(shape: [2, 2, 1, 3], floats: [1, 2, 3, 4, 5, 6, -1, 0, 1, 2, 0.5, -2])

  @Test func scopesFollowFromInputs() throws {
    let graph = try Self.graph()
    #expect(graph.nodes.map(\.scope) == [.image, .image, .batch, .image, .image, .batch, .batch])
    try graph.verify()
    #expect(
      graph.description.split(separator: "\n")[5...6] == [
        "%5 mean = batch mean(%4) : 2×1×3 for the batch", "%6 doubled = add(%5, %5) : 2×1×3 for the batch",
      ])
    #expect(GraphDescription(graph).nodes.map(\.scope) == [nil, nil, "batch", nil, nil, "batch", "batch"])
    #expect(graph.tensors.map(\.name) == ["conv.weight"], "one tensor, however many values read it")
  }

  @Test func memoryIsForTheBatchOrForEachImage() throws {
    let graph = try Self.graph()
    #expect(graph.activationRequests(images: 5).map(\.size) == [120, 120, 8, 120, 120, 24, 24])
    let plan = MemoryPlan.plan(graph.activationRequests(images: 5))
    #expect(plan.lowerBound <= plan.total && plan.total < plan.naive)
  }

  @Test func theInterpreterComputesThem() throws {
    let interpreter = try Interpreter(graph: Self.graph()) { _ in Self.weight }
    let values = try interpreter.values(Self.images)
    #expect(values[2]?.shape == [2, 1, 1])
    #expect(values[2]?.floats == [2, -3])
    #expect(values[5]?.shape == [2, 1, 3])
    // (2 · 1)² and (2 · −1)², and so on: means over two images.
    #expect(values[5]?.floats == [4, 8, 20, 90, 113.625, 180])
    let outputs = try interpreter.run(Self.images)
    #expect(outputs[0].shape == [2, 2, 1, 3])
    #expect(outputs[1].shape == [2, 1, 3])
    #expect(outputs[1].floats == [8, 16, 40, 180, 227.25, 360])
  }

  @Test func aCompiledNetworkComputesTheOtherOutputs() throws {
    var graph = try Self.graph()
    #expect(throws: RuntimeError.batchValue(node: "scale")) {
      try CompiledNetwork(graph: graph) { _ in Self.weight }
    }
    graph.outputs.removeLast()
    let found = try CompiledNetwork(graph: graph) { _ in Self.weight }.makeRunner(batch: 2).run(Self.images)
    #expect(found[0].floats == [2, 4, 6, -12, -15, -18, -2, 0, 2, -6, -1.5, 6])
  }

  @Test func aWrongScopeIsFound() throws {
    let graph = try Self.graph()
    let nodes = graph.nodes.map { node in
      Node(
        name: node.name, operation: node.operation, inputs: node.inputs, shape: node.shape,
        scope: node.name == "mean" ? .image : node.scope, geometry: node.geometry, parameters: node.parameters)
    }
    #expect(throws: GraphInvariantError.scope(node: "mean")) { try Graph(name: "x", unchecked: nodes).verify() }
  }
}
