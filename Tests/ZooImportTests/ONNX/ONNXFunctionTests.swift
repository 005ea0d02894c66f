import Testing
import ZooGraph
import ZooImport
import ZooRuntime
import ZooTensor
import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Functions of single elements that ONNX has and zoo has only parts of, and what several nodes make of one value.
struct ONNXFunctionTests {
  typealias Node = ONNXGraph.Node

  struct Case: CustomTestStringConvertible {
    let name: String
    let nodes: [Node]
    let function: @Sendable (Double) -> Double
    var testDescription: String { name }

    init(_ name: String, _ nodes: [Node], _ function: @escaping @Sendable (Double) -> Double) {
      (self.name, self.nodes, self.function) = (name, nodes, function)
    }
  }

  private static func node(_ type: String, _ inputs: [String], _ output: String, _ attributes: ONNXGraph.Attribute...)
    -> Node
  {
    Node(name: "\(type.lowercased())-\(output)", type: type, inputs: inputs, output: output, attributes: attributes)
  }

  private static func constant(_ name: String, _ number: Float) -> Node {
    node("Constant", [], name, .init("value", .tensor(ONNXGraph.Constant([], .floats([number])))))
  }

  static let cases: [Case] = [
    Case("hard sigmoid of Keras and Paddle", [node("HardSigmoid", ["x"], "y")]) { min(max(0.2 * $0 + 0.5, 0), 1) },
    Case(
      "hard sigmoid of another slope",
      [node("HardSigmoid", ["x"], "y", .init("alpha", .float(0.25)), .init("beta", .float(0.375)))]
    ) { min(max(0.25 * $0 + 0.375, 0), 1) },
    Case(
      "hard swish of a slope of its own", [node("HardSigmoid", ["x"], "a"), node("Mul", ["x", "a"], "y")]
    ) { $0 * min(max(0.2 * $0 + 0.5, 0), 1) },
    Case("SELU", [node("Selu", ["x"], "y")]) {
      1.0507009873554805 * ($0 > 0 ? $0 : 1.6732632423543773 * (exp($0) - 1))
    },
    Case("CELU", [node("Celu", ["x"], "y", .init("alpha", .float(0.5)))]) {
      max($0, 0) + min(0, 0.5 * (exp($0 / 0.5) - 1))
    },
    Case(
      "a limit above a rectifier",
      [constant("six", 2), node("Relu", ["x"], "a"), node("Min", ["a", "six"], "y")]
    ) { min(max($0, 0), 2) },
    Case(
      "a limit above a rectifier that is read elsewhere",
      [
        constant("six", 2), node("Relu", ["x"], "a"), node("Min", ["a", "six"], "b"), node("Add", ["a", "b"], "y"),
      ]
    ) { min(max($0, 0), 2) + max($0, 0) },
    Case("a square", [constant("two", 2), node("Pow", ["x", "two"], "y")]) { $0 * $0 },
    Case(
      "a function less its argument", [node("Sigmoid", ["x"], "a"), node("Sub", ["a", "x"], "y")]
    ) { 1 / (1 + exp(-$0)) - $0 },
    Case(
      "a line of a function that is written out",
      [
        constant("root", 1.4142135), constant("one", 1), constant("half", 0.5), constant("three", 3),
        node("Div", ["x", "root"], "a"), node("Erf", ["a"], "b"), node("Add", ["b", "one"], "c"),
        node("Mul", ["x", "c"], "d"), node("Mul", ["d", "half"], "e"), node("Mul", ["e", "three"], "f"),
        node("Sub", ["f", "one"], "y"),
      ]
    ) { 1.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) - 1 },
    Case(
      "a summand that is small",
      [constant("small", 4e-5), node("Relu", ["x"], "a"), node("Add", ["a", "small"], "y")]
    ) { max($0, 0) + 4e-5 },
    Case(
      "nodes in another order than their values'", [node("Tanh", ["a"], "y"), node("Relu", ["x"], "a")]
    ) { tanh(max($0, 0)) },
  ]

  @Test("what zoo has no single layer for is several", arguments: cases)
  func composed(wanted: Case) throws {
    try Self.check(wanted)
  }

  @Test(
    "a value that a layer computes together with what follows is none of its values, in whatever order the nodes are")
  func values() throws {
    let constants = [
      Self.node(
        "Constant", [], "w",
        .init("value", .tensor(ONNXGraph.Constant([4, 4, 1, 1], .floats((0..<16).map { Float($0) }))))),
      Self.node(
        "Constant", [], "b", .init("value", .tensor(ONNXGraph.Constant([1, 4, 1, 1], .floats([1, 2, 3, 4]))))),
    ]
    let nodes = [
      Self.node("Conv", ["x", "w"], "a"), Self.node("Add", ["a", "b"], "c"), Self.node("Relu", ["c"], "y"),
    ]
    for ordered in [constants + nodes, nodes.reversed() + constants] {
      let network = try ONNXRefusalTests.network(ordered)
      #expect(network.graph.nodes.count == 3, "\(network.graph)")
      #expect(network.values.map(\.name).sorted() == ["c", "x", "y"], "\(ordered.map(\.type))")
    }
  }

  private static func check(_ wanted: Case) throws {
    let network = try ONNXRefusalTests.network(wanted.nodes)
    try network.graph.verify()
    let weights = try #require(network.weights)
    let numbers = (0..<192).map { Float($0 - 96) / 24 }
    let interpreter = try Interpreter(graph: network.graph) { try weights.tensor(named: $0) }
    let found = try interpreter.run(Tensor(shape: [4, 6, 8], floats: numbers))[0].floats
    for (x, y) in zip(numbers, found) {
      let right = wanted.function(Double(x))
      #expect(abs(Double(y) - right) < 2e-6 * max(1, abs(right)), "\(wanted.name) of \(x) is \(y), not \(right)")
    }
  }

  @Test("what two nodes make of one normalisation does not change what either reads")
  func readTwice() throws {
    let channels = ONNXGraph.Constant([4], .floats([1, 2, 3, 4]))
    let nodes = [
      Self.node("Constant", [], "scale", .init("value", .tensor(channels))), Self.constant("two", 2),
      Self.constant("three", 3), Self.node("InstanceNormalization", ["x", "scale", "scale"], "a"),
      Self.node("Mul", ["a", "two"], "b"), Self.node("Add", ["b", "three"], "c"), Self.node("Relu", ["c"], "d"),
      Self.node("MaxPool", ["b"], "e", .init("kernel_shape", .integers([1, 1]))), Self.node("Add", ["d", "e"], "y"),
    ]
    let network = try ONNXRefusalTests.network(nodes)
    let weights = try #require(network.weights)
    let numbers = (0..<192).map { sin(Float($0)) }
    let interpreter = try Interpreter(graph: network.graph) { try weights.tensor(named: $0) }
    let found = try interpreter.run(Tensor(shape: [4, 6, 8], floats: numbers))[0].floats
    for channel in 0..<4 {
      let part = numbers[channel * 48..<channel * 48 + 48].map { Double($0) }
      let mean = part.reduce(0, +) / 48
      let variance = part.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 48
      for (index, x) in part.enumerated() {
        let normed = 2 * Double(channel + 1) * ((x - mean) / (variance + 1e-5).squareRoot() + 1)
        let right = max(normed + 3, 0) + normed
        let y = Double(found[channel * 48 + index])
        #expect(abs(y - right) < 1e-4, "channel \(channel): \(y), not \(right)")
      }
    }
  }

  @Test("a small image that a convolution reads has its channels first")
  func smallImage() throws {
    var graph = ONNXGraph(name: "small")
    graph.inputs = [ONNXGraph.Value(name: "x", dimensions: [nil, 8, 3, 3])]
    graph.outputs = [ONNXGraph.Value(name: "y", dimensions: [nil])]
    graph.nodes = [Self.node("GlobalAveragePool", ["x"], "y")]
    let network = try ONNXRefusalTests.network(graph)
    #expect(network.graph.nodes[0].shape == [8, 3, 3])
  }
}
