import Testing
import ZooGraph
import ZooImport
import ZooWeights

/// What layers are called, of files that tell no modules.
struct ONNXNamesTests {
  @Test(
    "a convolution that took in a norm has its own name, whatever ONNX Runtime puts before its weight's",
    arguments: ["", "ConvBnFusion_W_", "ConvMulFusion_W_ConvBnFusion_W_"])
  func fusions(prefix: String) throws {
    let name = "\(prefix)layer1.0.conv1.weight"
    var graph = ONNXGraph(name: "made")
    graph.inputs = [ONNXGraph.Value(name: "x", dimensions: [nil, 4, 6, 8])]
    graph.outputs = [ONNXGraph.Value(name: "y", dimensions: [nil])]
    graph.nodes = [
      ONNXGraph.Node(
        name: "weight", type: "Constant", inputs: [], output: name,
        attributes: [.init("value", .tensor(ONNXGraph.Constant([1, 4, 1, 1], .floats([1, 2, 3, 4]))))]),
      ONNXGraph.Node(name: "Conv_0", type: "Conv", inputs: ["x", name], output: "y", attributes: []),
    ]
    let network = try ONNXRefusalTests.network(graph, producer: "onnxruntime")
    #expect(network.graph.nodes.map(\.name) == ["input", "layer1.0.conv1"])
  }

  /// A residual block and a gate, whose convolutions have these weights.
  private static func names(_ weights: [String]) throws -> [String] {
    var graph = ONNXGraph(name: "made")
    graph.inputs = [ONNXGraph.Value(name: "x", dimensions: [nil, 4, 6, 8])]
    graph.outputs = [ONNXGraph.Value(name: "y", dimensions: [nil])]
    graph.nodes = weights.map { name in
      let numbers = ONNXGraph.Constant([4, 4, 1, 1], .floats([Float](repeating: 0.25, count: 16)))
      return ONNXGraph.Node(
        name: name, type: "Constant", inputs: [], output: name, attributes: [.init("value", .tensor(numbers))])
    }
    func add(_ type: String, _ inputs: [String], _ output: String) {
      let name = "\(type)_\(graph.nodes.count - weights.count)"
      graph.nodes.append(ONNXGraph.Node(name: name, type: type, inputs: inputs, output: output, attributes: []))
    }
    add("Conv", ["x", weights[0]], "a")
    add("Relu", ["a"], "b")
    add("Conv", ["b", weights[1]], "c")
    add("Relu", ["c"], "d")
    add("Conv", ["d", weights[2]], "e")
    add("Add", ["e", "b"], "f")
    add("Relu", ["f"], "g")
    add("GlobalAveragePool", ["g"], "h")
    add("Conv", ["h", weights[3]], "i")
    add("Relu", ["i"], "j")
    add("Conv", ["j", weights[4]], "k")
    add("Sigmoid", ["k"], "l")
    add("Mul", ["l", "g"], "m")
    add("Conv", ["m", weights[5]], "y")
    return try ONNXRefusalTests.network(graph, producer: "pytorch").graph.nodes.map(\.name)
  }

  @Test("layers without weights are in the modules that the names of weights tell")
  func modules() throws {
    let paths = ["stem.0", "block.0.conv1", "block.0.conv2", "block.1.fc1", "block.1.fc2", "head"]
    #expect(
      try Self.names(paths.map { "\($0).weight" }) == [
        "input", "stem.0", "stem.1", "block.0.conv1", "block.0.relu", "block.0.conv2", "block.0.add", "block.0.relu_2",
        "block.1.global_average_pool", "block.1.fc1", "block.1.relu", "block.1.fc2", "block.1.sigmoid",
        "block.1.multiply", "head",
      ])
  }

  @Test("where a weight has no name that tells it, layers are called as their nodes are")
  func unnamed() throws {
    let weights = ["stem.0.weight", "onnx::Conv_31", "12", "block.1.fc1.weight", "block.1.fc2.weight", "head.weight"]
    let names = try Self.names(weights)
    #expect(names[1...5] == ["stem.0", "Relu_1", "Conv_2", "Relu_3", "Conv_4"])
    #expect(names[6...9] == ["Add_5", "Relu_6", "GlobalAveragePool_7", "block.1.fc1"])
  }

  @Test("modules deeper than any program's are not looked for")
  func deep() throws {
    let deep = [String](repeating: "a", count: 100).joined(separator: ".")
    let names = try Self.names(["stem.0", "b.0.c1", "b.0.c2", "b.1.fc1", "b.1.fc2", deep].map { "\($0).weight" })
    #expect(names[1...4] == ["stem.0", "Relu_1", "b.0.c1", "Relu_3"])
  }
}
