import FoundationEssentials
import Testing
import ZooGraph
import ZooImport
import ZooRuntime
import ZooTensor
import ZooWeights

/// Models that are made here node by node: what is refused, and what depends on the size alone.
struct ONNXRefusalTests {
  typealias Node = ONNXGraph.Node

  /// The network of nodes from `x`, of 4 channels and 6×8, to `y`.
  static func network(_ nodes: [Node], constants: [(String, Shape, [Int])] = []) throws -> ImportedNetwork {
    var graph = ONNXGraph(name: "made")
    graph.inputs = [ONNXGraph.Value(name: "x", dimensions: [nil, 4, 6, 8])]
    graph.outputs = [ONNXGraph.Value(name: "y", dimensions: [nil])]
    graph.nodes = constants.map { name, shape, numbers in
      Node(
        name: name, type: "Constant", inputs: [], output: name,
        attributes: [.init("value", .tensor(ONNXGraph.Constant(shape, .integers(numbers))))])
    }
    graph.nodes += nodes
    return try network(graph)
  }

  /// `producer`: who wrote the file, as it says itself.
  static func network(_ graph: ONNXGraph, producer: String = "zoo", input: Shape? = nil) throws -> ImportedNetwork {
    let path = FileManager.default.temporaryDirectory.appending(path: "zoo-\(UUID().uuidString).onnx").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try ONNXFile.write(graph, metadata: [:], producerVersion: "", to: path)
    var bytes = Array(try Data(contentsOf: URL(filePath: path)))
    let place = try #require(bytes.firstRange(of: [0x12, 3] + "zoo".utf8))
    bytes.replaceSubrange(place, with: [0x12, UInt8(producer.utf8.count)] + producer.utf8)
    return try ImportedNetwork(onnx: bytes, name: "made.onnx", input: input)
  }

  static func node(_ type: String, _ inputs: [String], _ output: String, _ attributes: ONNXGraph.Attribute...)
    -> Node
  {
    Node(name: "\(type.lowercased())-\(output)", type: type, inputs: inputs, output: output, attributes: attributes)
  }

  @Test("all that zoo has nothing for is named at once, each by its node, and what no output needs is not")
  func everything() throws {
    let nodes = [
      Self.node("NonMaxSuppression", ["x"], "a"), Self.node("Relu", ["a"], "b"), Self.node("DFT", ["b"], "c"),
      Self.node(
        "MaxPool", ["x"], "d", .init("kernel_shape", .integers([2, 2])), .init("dilations", .integers([2, 2]))),
      Self.node("Einsum", ["x"], "unused"), Self.node("Add", ["c", "d"], "y"),
    ]
    let error = #expect(throws: ImportError.self) { try Self.network(nodes) }
    #expect(
      error.map { "\($0)" } == """
        made.onnx: zoo has nothing that computes the following:
          nonmaxsuppression-a: NonMaxSuppression
          dft-c: DFT
          maxpool-d: MaxPool with dilations [2, 2]
        """)
  }

  @Test("an output of rearranged parts is refused, one whose axes are in another order is not")
  func rearranged() throws {
    let relu = Self.node("Relu", ["x"], "a")
    let shuffle = [
      relu, Self.node("Reshape", ["a", "apart"], "b"),
      Self.node("Transpose", ["b"], "c", .init("perm", .integers([0, 3, 4, 1, 5, 2]))),
      Self.node("Reshape", ["c", "together"], "y"),
    ]
    let constants: [(String, Shape, [Int])] = [
      ("apart", [6], [1, 2, 2, 1, 6, 8]), ("together", [4], [1, 1, 12, 16]),
    ]
    let error = #expect(throws: ImportError.self) { try Self.network(shuffle, constants: constants) }
    let words = error.map { "\($0)" } ?? ""
    #expect(words.contains("output 'y': ") && words.contains("parts of rows, columns or channels"), "\(words)")
    let turned = try Self.network([relu, Self.node("Transpose", ["a"], "y", .init("perm", .integers([0, 2, 3, 1])))])
    #expect(turned.graph.nodes.count == 2 && turned.notes.contains { $0.place == "output 'y'" })
    let nothing = #expect(throws: ImportError.self) { try Self.network([Self.node("Identity", ["x"], "y")]) }
    #expect(nothing.map { "\($0)" } == "made.onnx: its nodes: none computes anything from the image")
  }

  @Test("an output that is flattened with its axes in another order is refused")
  func otherOutputs() {
    let flattened = [
      Self.node("Transpose", ["x"], "a", .init("perm", .integers([0, 2, 3, 1]))), Self.node("Relu", ["a"], "b"),
      Self.node("Flatten", ["b"], "y"),
    ]
    let error = #expect(throws: ImportError.self) { try Self.network(flattened) }
    #expect(
      error.map { "\($0)" } == """
        made.onnx: zoo has nothing that computes the following:
          output 'y': 1×192 of all rows, columns and channels in another order than channels, rows, columns
        """)
  }

  private static func image(_ sides: [Int], _ nodes: [Node], given: Shape? = nil) throws -> ImportedNetwork {
    var graph = ONNXGraph(name: "made")
    graph.inputs = [ONNXGraph.Value(name: "x", dimensions: [1] + sides)]
    graph.outputs = [ONNXGraph.Value(name: "y", dimensions: [nil])]
    graph.nodes = nodes
    return try network(graph, producer: "other", input: given)
  }

  @Test("the first node that goes not element by element tells where an image has its channels")
  func toldOrder() throws {
    let relu = Self.node("Relu", ["x"], "a")
    let pool = Self.node("GlobalAveragePool", ["a"], "y")
    #expect(try Self.image([6, 8, 3], [relu, pool]).graph.nodes[0].shape == [6, 8, 3])
    let turn = Self.node("Transpose", ["a"], "b", .init("perm", .integers([0, 3, 1, 2])))
    let turnedPool = Self.node("GlobalAveragePool", ["b"], "y")
    // Whatever the sizes say.
    for sides in [[6, 8, 3], [6, 8, 5], [3, 8, 4]] {
      let network = try Self.image(sides, [relu, turn, turnedPool])
      #expect(network.graph.nodes[0].shape.dimensions == [sides[2], sides[0], sides[1]], "\(sides)")
      #expect(network.graph.nodes.map(\.operation.kind.word) == ["input", "relu", "global_average_pool"], "\(sides)")
      #expect(network.notes.first?.text.hasPrefix("the file has the channels last; ") == true, "\(sides)")
    }
    let back = Self.node("Transpose", ["a"], "y", .init("perm", .integers([0, 2, 3, 1])))
    #expect(try Self.image([6, 8, 3], [relu, back]).graph.nodes[0].shape == [6, 8, 3])
  }

  @Test("where no node tells it, a short last axis is taken for the channels, which is said; a given size is heeded")
  func guessedOrder() throws {
    let nodes = [Self.node("Relu", ["x"], "a"), Self.node("Tanh", ["a"], "y")]
    let guessed = try Self.image([6, 8, 3], nodes)
    #expect(guessed.graph.nodes[0].shape == [3, 6, 8])
    #expect(
      guessed.notes.first?.text
        == "no node tells where the channels are: the last axis is taken for them, because it is short; "
        + "zoo's input is 3×6×8, channels first")
    #expect(try Self.image([6, 8, 3], nodes, given: [6, 8, 3]).graph.nodes[0].shape == [6, 8, 3])
    #expect(try Self.image([6, 8, 3], nodes, given: [3, 6, 8]).graph.nodes[0].shape == [3, 6, 8])
    #expect(try Self.image([3, 8, 4], nodes).graph.nodes[0].shape == [3, 8, 4])
    #expect(try Self.image([6, 8, 5], nodes).graph.nodes[0].shape == [6, 8, 5])
  }

  @Test("a number that no definition may say is refused with the numbers that it may")
  func ranges() throws {
    let error = #expect(throws: ImportError.self) {
      try Self.network([Self.node("LeakyRelu", ["x"], "a", .init("alpha", .float(7))), Self.node("Relu", ["a"], "y")])
    }
    #expect(
      error.map { "\($0)" } == """
        made.onnx: zoo has nothing that computes the following:
          leakyrelu-a: leaky_relu with slope 7.0, where numbers of at least 0.0 and at most 1.0 may stand
        """)
  }

  @Test("the logarithm of a softmax is left out at the end, and refused elsewhere")
  func logarithm() throws {
    let flat = [Self.node("Relu", ["x"], "a"), Self.node("Flatten", ["a"], "b")]
    let network = try Self.network(flat + [Self.node("LogSoftmax", ["b"], "y", .init("axis", .integer(1)))])
    #expect(network.graph.nodes.map(\.operation.kind.word) == ["input", "relu", "flatten"])
    #expect(network.notes.contains { $0.place == "logsoftmax-y" && $0.text.contains("is left out") })
    let error = #expect(throws: ImportError.self) {
      try Self.network(flat + [Self.node("LogSoftmax", ["b"], "c"), Self.node("Tanh", ["c"], "y")])
    }
    #expect(error.map { "\($0)".contains("logsoftmax-c: LogSoftmax that is not the end of the network") } == true)
  }

  @Test("a shape that is computed from the image's is known, and so is what is reshaped by it")
  func shapes() throws {
    let nodes = [
      Self.node("Shape", ["x"], "shape"), Self.node("Gather", ["shape", "zero"], "images"),
      Self.node("Unsqueeze", ["images", "axes"], "first"),
      Self.node("Concat", ["first", "rest"], "target", .init("axis", .integer(0))),
      Self.node("Reshape", ["x", "target"], "flat"), Self.node("Softmax", ["flat"], "y", .init("axis", .integer(1))),
    ]
    let graph = try Self.network(nodes, constants: [("zero", [], [0]), ("axes", [1], [0]), ("rest", [1], [-1])]).graph
    #expect(graph.nodes.map(\.operation.kind.word) == ["input", "flatten", "softmax"])
    #expect(graph.nodes.last?.shape == [192])
  }

  @Test(
    "a node that cannot be is refused and does not stop the process",
    arguments: [
      node("Transpose", ["x"], "y", .init("perm", .integers([0, 0, 1, 2]))), node("Reshape", ["x"], "y"),
      node("Flatten", ["x"], "y", .init("axis", .integer(9))),
      node("Concat", ["x", "x"], "y", .init("axis", .integer(2))),
      node("AveragePool", ["x"], "y", .init("kernel_shape", .integers([0, 0]))),
      node("MaxPool", ["x"], "y", .init("kernel_shape", .integers([2, 2])), .init("strides", .integers([0, -1]))),
      node("MaxPool", ["x"], "y", .init("kernel_shape", .integers([2, 2])), .init("pads", .integers([5, 5, 5, 5]))),
      node("LRN", ["x"], "y", .init("size", .integer(2))), node("Split", ["x"], "y", .init("axis", .integer(-9))),
      node("Clip", ["x"], "y", .init("min", .float(.nan)), .init("max", .float(1))), node("Gemm", ["x", "x"], "y"),
      node("Softmax", ["x"], "y", .init("axis", .integer(2))), node("Pad", ["x"], "y", .init("pads", .integers([-1]))),
    ])
  func impossible(node: ONNXGraph.Node) {
    let error = #expect(throws: ImportError.self, "\(node.type) \(node.attributes)") { try Self.network([node]) }
    guard case .unsupported(_, let parts)? = error else {
      Issue.record("\(node.type): \(String(describing: error))")
      return
    }
    #expect(parts.count == 1 && parts[0].what.contains(node.type) || parts[0].what.contains("cannot be"), "\(parts)")
  }

  @Test("a value that nothing makes, one that two nodes make, and an output that is not there contradict the file")
  func contradictions() {
    for nodes in [
      [Self.node("Relu", ["nothing"], "y")], [Self.node("Relu", ["x"], "z")],
      [Self.node("Relu", ["x"], "y"), Self.node("Tanh", ["x"], "y")],
    ] {
      let error = #expect(throws: ImportError.self) { try Self.network(nodes) }
      guard case .invalid? = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
  }

  /// The network of nodes from `x`, of these dimensions, to `y`.
  private static func network(_ dimensions: [Int?], _ nodes: [Node]) throws -> ImportedNetwork {
    var graph = ONNXGraph(name: "made")
    graph.inputs = [ONNXGraph.Value(name: "x", dimensions: dimensions)]
    graph.outputs = [ONNXGraph.Value(name: "y", dimensions: [nil])]
    graph.nodes = nodes
    return try network(graph)
  }

  @Test("a vector is a map of one position, and a signal one of one row")
  func vectors() throws {
    let weight = Self.node(
      "Constant", [], "w",
      .init("value", .tensor(ONNXGraph.Constant([5, 2], .floats((0..<10).map { Float($0) })))))
    let vector = try Self.network(
      [nil, 5], [weight, Self.node("MatMul", ["x", "w"], "a"), Self.node("Relu", ["a"], "y")])
    #expect(vector.graph.nodes.map(\.shape) == [[5, 1, 1], [2], [2]])
    #expect(vector.notes.contains { $0.text == "the file takes a vector; zoo's input is 5×1×1" })
    let weights = try #require(vector.weights)
    let interpreter = try Interpreter(graph: vector.graph) { try weights.tensor(named: $0) }
    #expect(try interpreter.run(Tensor(shape: [5, 1, 1], floats: [1, 0, 0, 0, 2]))[0].floats == [16, 19])
    let signal = try Self.network([2, 3, 7], [Self.node("Softmax", ["x"], "y", .init("axis", .integer(1)))])
    #expect(signal.graph.nodes.map(\.shape) == [[3, 1, 7], [3, 1, 7]])
    let kernel = Self.node(
      "Constant", [], "w", .init("value", .tensor(ONNXGraph.Constant([1, 3, 2], .floats([0, 1, 2, 3, 4, 5])))))
    let error = #expect(throws: ImportError.self) {
      try Self.network([1, 3, 7], [kernel, Self.node("Conv", ["x", "w"], "y")])
    }
    #expect(error.map { "\($0)".contains("conv-y: Conv whose weight is 1×3×2: zoo has two-dimensional") } == true)
    let flat = #expect(throws: ImportError.self) { try Self.network([nil], [Self.node("Relu", ["x"], "y")]) }
    #expect(flat.map { "\($0)".hasPrefix("made.onnx: input 'x': it has 1 dimension where an image has four") } == true)
  }

  /// Tensors of floats, by name.
  private static func floats(_ name: String, _ shape: Shape, _ numbers: [Float]) -> Node {
    node("Constant", [], name, .init("value", .tensor(ONNXGraph.Constant(shape, .floats(numbers)))))
  }

  private static func integers(_ name: String, _ numbers: [Int]) -> Node {
    node("Constant", [], name, .init("value", .tensor(ONNXGraph.Constant([numbers.count], .integers(numbers)))))
  }

  /// What is nearly a layer that zoo's exporter writes in several nodes, and is not; `x` is 4×6×8.
  private static let nearly: [(String, [Node])] = [
    (
      "MatMul of a constant and the image",
      [floats("m", [2, 6], [Float](repeating: 0.2, count: 12)), node("MatMul", ["m", "x"], "y")]
    ),
    (
      "MatMul of a constant and the image",
      [floats("m", [2, 5], [Float](repeating: 0.2, count: 10)), node("MatMul", ["m", "x"], "y")]
    ),
    (
      "MatMul of a constant and the image",
      [floats("m", [1, 6, 6], [Float](repeating: 0, count: 36)), node("MatMul", ["m", "x"], "y")]
    ),
    (
      "MatMul along an axis",
      [floats("m", [8, 3], [Float](repeating: 0.125, count: 24).map { $0 + 1 }), node("MatMul", ["x", "m"], "y")]
    ),
    (
      "Gather of 3 elements", [integers("i", [0, 2, 5]), node("Gather", ["x", "i"], "y", .init("axis", .integer(2)))]
    ),
    (
      "Gather of 8 elements",
      [integers("i", [7, 6, 5, 4, 3, 2, 1, 0]), node("Gather", ["x", "i"], "y", .init("axis", .integer(3)))]
    ),
    (
      "MatMul of a constant and the image",
      [
        floats("k", [16, 1, 2, 2], [Float](repeating: 1, count: 64)),
        floats("m", [5, 7, 3, 16], [Float](repeating: 1, count: 1680)),
        node("Conv", ["x", "k"], "a", .init("group", .integer(4))),
        node("Transpose", ["a"], "b", .init("perm", .integers([2, 3, 1, 0]))), node("MatMul", ["m", "b"], "c"),
        node("Transpose", ["c"], "y", .init("perm", .integers([3, 2, 0, 1]))),
      ]
    ),
    ("ReduceMax over the axes", maxima([(0, 3), (2, 6)])), ("ReduceMax over the axes", maxima([(0, 3), (3, 7)])),
    ("ReduceMax over the axes", maxima([(3, 6), (0, 3)])),
  ]

  /// Maxima of rows, side by side.
  private static func maxima(_ parts: [(Int, Int)]) -> [Node] {
    var nodes: [Node] = [integers("axes", [2])]
    for (index, (start, end)) in parts.enumerated() {
      nodes += [
        integers("s\(index)", [start]), integers("e\(index)", [end]),
        node("Slice", ["x", "s\(index)", "e\(index)", "axes"], "p\(index)"),
        node("ReduceMax", ["p\(index)"], "m\(index)", .init("axes", .integers([2]))),
      ]
    }
    return nodes + [node("Concat", parts.indices.map { "m\($0)" }, "y", .init("axis", .integer(2)))]
  }

  @Test("what is nearly a layer of several nodes is refused, and the layer is not", arguments: nearly)
  func several(what: String, nodes: [ONNXGraph.Node]) {
    let error = #expect(throws: ImportError.self, "\(what)") { try Self.network(nodes) }
    guard case .unsupported(_, let parts)? = error else {
      Issue.record("\(what): \(String(describing: error))")
      return
    }
    #expect(parts.contains { $0.what.contains(what) } || what.hasPrefix("ReduceMax") && !parts.isEmpty, "\(parts)")
  }

  @Test("adaptive pooling, resampling and repetition along one side are layers, whoever wrote them")
  func sides() throws {
    func last(_ nodes: [Node]) throws -> Operation? { try Self.network(nodes).graph.nodes.last?.operation }
    #expect(try last(Self.maxima([(0, 3), (3, 6)])) == .adaptiveMaxPool(Extent(height: 2, width: 8)))
    #expect(try last(Self.maxima([(0, 2), (1, 3), (3, 5), (4, 6)])) == .adaptiveMaxPool(Extent(height: 4, width: 8)))
    let repeated = Self.integers("i", (0..<12).map { $0 / 2 })
    #expect(
      try last([repeated, Self.node("Gather", ["x", "i"], "y", .init("axis", .integer(2)))])
        == .upsample(Upsample(factor: Extent(height: 2, width: 1))))
    let half: [Float] = [0.5, 0.5]
    let means = (0..<3).flatMap { row in
      (0..<6).map { $0 / 2 == row ? half[$0 % 2] : 0 }
    }
    #expect(
      try last([Self.floats("m", [3, 6], means), Self.node("MatMul", ["m", "x"], "y")])
        == .adaptiveAveragePool(Extent(height: 3, width: 8)))
    // The same rows by either rule, and columns that only one of them has.
    let columns: [Float] = (0..<8).flatMap { input in
      (0..<12).map { output -> Float in
        let taps = Resampling(.bilinear(alignsCorners: false), input: Extent(8), output: Extent(12)).vertical
          .taps(output: output)
        return taps.reduce(0) { $1.input == input ? $0 + Float($1.weight) : $0 }
      }
    }
    #expect(
      try last([
        Self.floats("m", [3, 6], means), Self.floats("n", [8, 12], columns), Self.node("MatMul", ["m", "x"], "a"),
        Self.node("MatMul", ["a", "n"], "y"),
      ]) == .upsample(Upsample(output: Extent(height: 3, width: 12), mode: .bilinear)))
    // Rows that something else reads, too, stay a layer of their own.
    let shared = try Self.network([
      Self.floats("m", [3, 6], means), Self.floats("n", [8, 12], columns), Self.node("MatMul", ["m", "x"], "a"),
      Self.node("MatMul", ["a", "n"], "b"), Self.node("MatMul", ["a", "n"], "c"), Self.node("Add", ["b", "c"], "y"),
    ])
    #expect(
      shared.graph.nodes.map(\.operation.kind.word)
        == ["input", "adaptive_average_pool", "upsample", "upsample", "add"])
  }

  @Test("dimensions that would take much memory are refused before it is taken")
  func large() {
    let nodes = [
      Self.node("ConstantOfShape", ["huge"], "filled"), Self.node("Add", ["x", "filled"], "y"),
    ]
    #expect(throws: ImportError.self) {
      try Self.network(nodes, constants: [("huge", [4], [1, 1 << 20, 1 << 20, 1 << 20])])
    }
  }
}
