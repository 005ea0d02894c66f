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
}
