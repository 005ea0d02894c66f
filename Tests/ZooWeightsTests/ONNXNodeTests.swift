import Testing
import ZooTensor
import ZooTestSupport
import ZooWeights

/// ONNX weights by the nodes that use them.
@Suite struct ONNXNodeTests {
  private typealias Node = ForgedONNX.Node
  private typealias Tensor = ForgedONNX.Tensor

  private static let matrix = Tensor.raw("fc.weight", [3, 2], littleEndian(counting(6)))
  private static let transposed: [Float] = [0, 2, 4, 1, 3, 5]

  private func open(_ nodes: [ForgedONNX.Node], _ tensors: [ForgedONNX.Tensor]) throws -> Checkpoint {
    try Checkpoint.open(bytes: ForgedONNX.model(nodes, tensors), name: "a.onnx")
  }

  // MARK: Orientation

  struct Product: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let nodes: [ForgedONNX.Node]
    let shape: Shape
    let floats: [Float]

    init(_ name: String, _ shape: Shape, _ floats: [Float], _ nodes: ForgedONNX.Node...) {
      testDescription = name
      self.nodes = nodes
      self.shape = shape
      self.floats = floats
    }
  }

  static let products: [Product] = [
    Product("Gemm", [2, 3], transposed, Node("Gemm", ["x", "fc.weight"], "y")),
    Product(
      "Gemm, transB = 0", [2, 3], transposed, Node("Gemm", ["x", "fc.weight"], "y", [("transB", .integer(0))])),
    Product(
      "Gemm, transB = 1", [3, 2], counting(6), Node("Gemm", ["x", "fc.weight"], "y", [("transB", .integer(1))])),
    Product("MatMul", [2, 3], transposed, Node("MatMul", ["x", "fc.weight"], "y")),
    Product(
      "MatMul of a transpose", [3, 2], counting(6), Node("Transpose", ["fc.weight"], "t"),
      Node("MatMul", ["x", "t"], "y")),
    Product(
      "two transposes", [2, 3], transposed, Node("Transpose", ["fc.weight"], "t", [("perm", .integers([1, 0]))]),
      Node("Transpose", ["t"], "u", [("perm", .integers([1, 0]))]), Node("MatMul", ["x", "u"], "y")),
    Product(
      "through names and types", [2, 3], transposed, Node("Identity", ["fc.weight"], "i"),
      Node("Cast", ["i"], "c", [("to", .integer(11))]), Node("MatMul", ["x", "c"], "y")),
    Product(
      "a reshape that is told by a constant", [3, 2], [0, 3, 1, 4, 2, 5],
      .constant(Tensor("", [2], type: 7) { $0.integers(7, [2, -1]) }, "shape"),
      Node("Reshape", ["fc.weight", "shape"], "r"), Node("MatMul", ["x", "r"], "y")),
    Product(
      "a factor that is a power of two", [3, 2], counting(6).map { $0 * -0.5 },
      Node("Gemm", ["x", "fc.weight"], "y", [("alpha", .float(-0.5)), ("transB", .integer(1))])),
    Product(
      "a factor of what is not added", [2, 3], transposed, Node("Gemm", ["x", "fc.weight"], "y", [("beta", .float(0))])),
    Product("read by nobody", [3, 2], counting(6)),
    Product(
      "read in one way by two", [2, 3], transposed, Node("MatMul", ["x", "fc.weight"], "y"),
      Node("Gemm", ["z", "fc.weight"], "w")),
  ]

  @Test("A fully connected weight is outputs × inputs, whatever the product", arguments: products)
  func orientation(_ item: Product) throws {
    let tensor = try open(item.nodes, [Self.matrix]).tensor(named: "fc.weight")
    #expect(tensor.shape == item.shape)
    #expect(tensor.floats == item.floats)
  }

  @Test("A transposed weight of several pieces, part by part and through an archive")
  func pieces() throws {
    let (rows, columns) = (700, 800)
    let floats = counting(rows * columns)
    let scratch = try Scratch()
    let bytes = ForgedONNX.model(
      [Node("MatMul", ["x", "w"], "y")], [.raw("w", [rows, columns], littleEndian(floats))])
    let checkpoint = try Checkpoint.open(scratch.write(bytes, to: "a.onnx"))
    try checkpoint.pack(to: scratch.path("a.zoow"))
    let expected = (0..<rows * columns).map { floats[$0 % rows * columns + $0 / rows] }
    #expect(try checkpoint.tensor(named: "w").floats == expected)
    #expect(try Checkpoint.open(scratch.path("a.zoow")).tensor(named: "w").floats == expected)
    var parts: [Float] = []
    try checkpoint.forEachPart(of: "w", elements: 1000..<400_000, unit: 7) { part in
      parts += part.bytes.bindMemory(to: Float.self)
    }
    #expect(parts == Array(expected[1000..<400_000]))
    #expect(try !checkpoint.readsPieces(of: "w"))
  }

  @Test("A vector that is added after a product is its bias, and one that Gemm adds is scaled")
  func biases() throws {
    let sum = try open(
      [Node("MatMul", ["x", "fc.weight"], "p"), Node("Add", ["fc.bias", "p"], "y")],
      [Self.matrix, .raw("fc.bias", [1, 2], littleEndian([7, 8]))])
    #expect(sum.entries.map(\.shape) == [[2, 3], [2]])
    #expect(sum.layers.map(\.tensors) == [["weight": "fc.weight", "bias": "fc.bias"]])
    let product = try open(
      [Node("Gemm", ["x", "fc.weight", "fc.bias"], "y", [("beta", .float(4))])],
      [Self.matrix, .raw("fc.bias", [2], littleEndian([7, 8]))])
    #expect(try product.tensor(named: "fc.bias").floats == [28, 32])
    let convolution = try open(
      [Node("Conv", ["x", "c.weight"], "p"), Node("Add", ["p", "c.bias"], "y")],
      [.raw("c.weight", [2, 1, 1, 1], littleEndian([1, 2])), .raw("c.bias", [1, 2, 1, 1], littleEndian([7, 8]))])
    #expect(try convolution.tensor(named: "c.bias").shape == [2])
  }

  // MARK: Which tensors

  @Test("Constants among the nodes are tensors where they are weights, and only there")
  func constants() throws {
    let checkpoint = try open(
      [
        .constant(.raw("", [2, 1, 1, 1], littleEndian([1, 2])), "conv.weight"),
        Node("Constant", [], "conv.bias", [("value_floats", .floats([3, 4]))]),
        Node("Constant", [], "shape", [("value_ints", .integers([0, -1]))]),
        .constant(.raw("", [1], littleEndian([6])), "high"), .constant(.raw("", [2], littleEndian([6, 7])), "unused"),
        .constant(.raw("", [1, 2, 1, 1], littleEndian([8, 9])), "factor"),
        .constant(Tensor("", [1], type: 8) { $0.text(6, "words") }, "words"),
        Node("Conv", ["x", "conv.weight", "conv.bias"], "c"), Node("Clip", ["c", "", "high"], "d"),
        Node("Mul", ["d", "factor"], "m"), Node("Reshape", ["m", "shape"], "y"),
      ], [])
    #expect(checkpoint.entries.map(\.name) == ["conv.weight", "conv.bias", "factor"])
    #expect(try checkpoint.tensor(named: "conv.bias").floats == [3, 4])
  }

  @Test("What zoo writes has all weights in initializers; its constants are arithmetic")
  func ownConstants() throws {
    let nodes: [Node] = [
      .constant(.raw("", [3, 2], littleEndian(counting(6))), "pool/columns"),
      Node("MatMul", ["x", "pool/columns"], "y"),
    ]
    func names(_ producer: String) throws -> [String] {
      let bytes = ForgedONNX.model(producer: producer, nodes, [.raw("w", [1], littleEndian([1]))])
      return try Checkpoint.open(bytes: bytes, name: "a.onnx").entries.map(\.name)
    }
    #expect(try names("zoo") == ["w"])
    #expect(try names("forge") == ["w", "pool/columns"])
  }

  @Test("Integers that tell an operator what to do are left out")
  func arguments() throws {
    let integers = Tensor("shape", [2], type: 7) { $0.integers(7, [0, -1]) }
    #expect(
      try open([Node("Reshape", ["x", "shape"], "y")], [Self.matrix, integers]).entries.map(\.name) == ["fc.weight"])
    #expect(try open([], [Self.matrix, integers]).entries.map(\.name) == ["fc.weight", "shape"])
  }

  // MARK: Attributes

  @Test("What nodes say about convolutions and batch norms")
  func attributes() throws {
    let vectors = ["s", "b", "m", "v"].map { Tensor.raw($0, [2], littleEndian([1, 1])) }
    let filter = Tensor.raw("w", [2, 1, 3, 3], littleEndian(counting(18)))
    func layer(_ attributes: [(String, ForgedONNX.Node.Attribute)], before: [Node] = []) throws -> StoredLayer? {
      try open(before + [Node("Conv", [before.isEmpty ? "x" : "p", "w"], "y", attributes)], [filter]).layers.first
    }
    let plain = try layer([])
    #expect(plain?.stride == Extent(1) && plain?.dilation == Extent(1) && plain?.groups == 1)
    #expect(plain?.padding == .explicit(.none) && plain?.isWithoutNorm == true)
    let full = try layer([
      ("kernel_shape", .integers([3, 3])), ("strides", .integers([2, 1])), ("dilations", .integers([1, 2])),
      ("group", .integer(2)), ("pads", .integers([1, 2, 3, 4])),
    ])
    #expect(full?.kernel == Extent(3) && full?.stride == Extent(height: 2, width: 1))
    #expect(full?.dilation == Extent(height: 1, width: 2) && full?.groups == 2)
    #expect(full?.padding == .explicit(Padding(top: 1, left: 2, bottom: 3, right: 4)))
    #expect(try layer([("auto_pad", .text("SAME_UPPER"))])?.padding == .sameUpper)
    #expect(try layer([("auto_pad", .text("SAME_LOWER"))])?.padding == .sameLower)
    #expect(try layer([("auto_pad", .text("VALID")), ("pads", .integers([]))])?.padding == .explicit(.none))
    #expect(try layer([("pads", .integers([0, 0, -1, 0]))])?.padding == .other("[0, 0, -1, 0]"))
    let zeros: [Node] = [
      .constant(Tensor("", [8], type: 7) { $0.integers(7, [0, 0, 0, 1, 0, 0, 2, 3]) }, "pads"),
      Node("Pad", ["x", "pads"], "p"),
    ]
    #expect(
      try layer([("pads", .integers([1, 1, 1, 1]))], before: zeros)?.padding
        == .explicit(Padding(top: 1, left: 2, bottom: 3, right: 4)))
    let mirrored = Node(
      "Pad", ["x"], "p", [("mode", .text("reflect")), ("pads", .integers([0, 0, 1, 1, 0, 0, 1, 1]))], name: "pad")
    #expect(try layer([], before: [mirrored])?.padding == .other("made by 'pad'"))

    func norm(_ attributes: [(String, ForgedONNX.Node.Attribute)]) throws -> StoredLayer? {
      try open([Node("BatchNormalization", ["x", "s", "b", "m", "v"], "y", attributes)], vectors).layers.first
    }
    #expect(try norm([])?.epsilon == 1e-5)
    #expect(try norm([("epsilon", .float(0.25))])?.epsilon == 0.25)
    #expect(
      try norm([])?.tensors == ["weight": "s", "bias": "b", "running_mean": "m", "running_var": "v"])
  }

  @Test("The order in which a product reads what was an image")
  func inputOrder() throws {
    func order(_ nodes: [Node]) throws -> [Int]? {
      try open(nodes + [Node("MatMul", ["f", "fc.weight"], "y")], [Self.matrix]).layers.first?.inputOrder
    }
    #expect(try order([Node("Flatten", ["x"], "f")]) == nil)
    let moved = Node("Transpose", ["x"], "t", [("perm", .integers([0, 2, 3, 1]))])
    #expect(try order([moved, Node("Relu", ["t"], "r"), Node("Flatten", ["r"], "f")]) == [1, 2, 0])
    #expect(try order([Node("Reshape", ["f", "f"], "f2"), Node("Flatten", ["f2"], "f")]) == nil)
  }

  // MARK: Names

  struct Naming: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let expected: String
    var name = ""
    var remarks: [(String, String)] = []
  }

  static let namings: [Naming] = [
    Naming(testDescription: "a module", expected: "conv1", name: "/conv1/Conv"),
    Naming(testDescription: "a sequence", expected: "features.0", name: "/features/features.0/Conv"),
    Naming(
      testDescription: "blocks", expected: "layer1.0.downsample.0",
      name: "/layer1/layer1.0/downsample/downsample.0/Conv_1"),
    Naming(
      testDescription: "sequences of sequences", expected: "f.1.conv.0.0", name: "/f/f.1/conv/conv.0/conv.0.0/Conv"),
    Naming(
      testDescription: "name scopes", expected: "layer1.0.conv1",
      remarks: [("pkg.torch.onnx.name_scopes", "['', 'layer1', 'layer1.0', 'layer1.0.conv1', 'conv2d_1']")]),
    Naming(
      testDescription: "a namespace", expected: "layer1.0.conv1", name: "node_Conv_1",
      remarks: [
        (
          "namespace",
          ": Net/layer1: Sequential/layer1.0.conv1: torch.nn.modules.conv.Conv2d/conv2d: aten.conv2d.default"
        )
      ]),
  ]

  @Test("Tensors that an exporter renamed get the names of their layers", arguments: namings)
  func names(_ item: Naming) throws {
    let node = Node("Conv", ["x", "onnx::Conv_7", "8"], "y", name: item.name, remarks: item.remarks)
    let tensors: [Tensor] = [
      .raw("onnx::Conv_7", [2, 1, 1, 1], littleEndian([1, 2])), .raw("8", [2], littleEndian([3, 4])),
    ]
    #expect(try open([node], tensors).entries.map(\.name) == ["\(item.expected).weight", "\(item.expected).bias"])
  }

  @Test(
    "What is no path is none",
    arguments: ["Conv_0", "", "/Conv", "conv1/Conv", "//Conv", "/a//Conv", "/../../Conv"])
  func noNames(name: String) throws {
    let node = Node("Conv", ["x", "onnx::Conv_7"], "y", name: name)
    let checkpoint = try open([node], [.raw("onnx::Conv_7", [2, 1, 1, 1], littleEndian([1, 2]))])
    #expect(checkpoint.entries.map(\.name) == ["onnx::Conv_7"])
  }

  private static func vectors(_ names: String...) -> [Tensor] { names.map { .raw($0, [2], littleEndian([1, 2])) } }

  private static func expected(_ names: String...) -> [ExpectedTensor] {
    names.map { ExpectedTensor(name: $0, shape: $0.hasPrefix("conv") && $0.hasSuffix("weight") ? [2, 1, 1, 1] : [2]) }
  }

  @Test("Names stand; the place of a node helps where they are not the network's, and tensors may be shared")
  func aliases() throws {
    let checkpoint = try open(
      [
        Node("Conv", ["x", "conv1.weight", "conv1.weight_bias"], "c", name: "node_conv"),
        Node(
          "BatchNormalization", ["c", "n1.weight", "n1.bias", "n1.bias", "n1.weight"], "d",
          name: "/n1/BatchNormalization"),
        Node(
          "BatchNormalization", ["d", "n1.weight", "i", "n1.bias", "n1.weight"], "e", name: "/n2/BatchNormalization"),
      ],
      [.raw("conv1.weight", [2, 1, 1, 1], littleEndian([1, 2]))]
        + Self.vectors("conv1.weight_bias", "n1.weight", "n1.bias", "i"))
    let mapped = try NameMapping().resolve(
      Self.expected(
        "conv1.weight", "conv1.bias", "n1.weight", "n1.bias", "n1.running_mean", "n1.running_var", "n2.weight",
        "n2.bias",
        "n2.running_mean", "n2.running_var"), in: checkpoint)
    let sources = mapped.report.lines.map { $0.checkpointName ?? "" }
    #expect(
      sources == [
        "conv1.weight", "conv1.weight_bias", "n1.weight", "n1.bias", "n1.bias", "n1.weight", "n1.weight", "i",
        "n1.bias",
        "n1.weight",
      ])
  }

  // MARK: Folded batch norms

  private static let norm = FoldableNorm(name: "bn", layer: "conv", layerHasBias: false, epsilon: 1e-5)

  private func folded(
    _ nodes: [Node]? = nil, hasBias: Bool = true, _ norm: FoldableNorm = Self.norm, _ names: String...
  ) throws -> MappedCheckpoint {
    let inputs = ["x", "conv.weight"] + (hasBias ? ["conv.bias"] : [])
    let checkpoint = try open(
      nodes ?? [Node("Conv", inputs, "c"), Node("Relu", ["c"], "y")],
      [.raw("conv.weight", [2, 1, 1, 1], littleEndian([1, 2]))]
        + (hasBias ? [.raw("conv.bias", [2], littleEndian([3, 4]))] : []))
    let all = ["conv.weight"] + names + ["bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"]
    return try NameMapping().resolve(
      all.map { ExpectedTensor(name: $0, shape: $0 == "conv.weight" ? [2, 1, 1, 1] : [2]) }, in: checkpoint,
      options: MappingOptions(foldableNorms: [norm]))
  }

  @Test("A batch norm that was folded into the layer before becomes the identity, and the layer's bias its shift")
  func fold() throws {
    let mapped = try folded()
    func floats(_ name: String) throws -> [Float] { try mapped.checkpoint.tensor(named: name).floats }
    #expect(try floats("bn.weight") == [1, 1] && floats("bn.running_mean") == [0, 0])
    #expect(try floats("bn.bias") == [3, 4] && floats("conv.weight") == [1, 2])
    #expect(try floats("bn.running_var") == [Float(1 - 1e-5), Float(1 - 1e-5)])
    #expect(mapped.report.foldedLayers == ["conv"])
    #expect(
      mapped.report.note
        == "the file has batch norms folded into the layers before them, and is read so, which computes the same: conv")
    #expect(mapped.report.summary == "1 matched, 4 folded into the layers before in the file")
    #expect(mapped.report.lines[2].description == "bn.bias: from conv.bias, batch norm folded into conv in the file")
    #expect(mapped.report.lines[2].status.kind == "folded")
    let bias = FoldableNorm(name: "bn", layer: "conv", layerHasBias: true, epsilon: 1e-5)
    let own = try folded(nil, hasBias: true, bias, "conv.bias").checkpoint
    #expect(try own.tensor(named: "conv.bias").floats == [3, 4] && own.tensor(named: "bn.bias").floats == [0, 0])
    let none = try folded(nil, hasBias: false, bias, "conv.bias").checkpoint
    #expect(try none.tensor(named: "conv.bias").floats == [0, 0] && none.tensor(named: "bn.bias").floats == [0, 0])
    #expect(try folded(hasBias: false).checkpoint.tensor(named: "bn.bias").floats == [0, 0])
  }

  @Test(
    "Folded, the identity gives back every weight, bit for bit", arguments: [1e-5, 1e-3, 0, 1e-12, 0.3, 0.5, 0.999])
  func identity(epsilon: Double) throws {
    let norm = FoldableNorm(name: "bn", layer: "conv", layerHasBias: false, epsilon: epsilon)
    let checkpoint = try folded(nil, hasBias: true, norm).checkpoint
    let variance = try checkpoint.tensor(named: "bn.running_var").floats[0]
    let factor = 1 / (Double(variance) + epsilon).squareRoot()
    var random = SplitMix64(seed: 3)
    var weights: [Float] = [
      1, .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude, Float(1).nextUp, Float(2).nextDown,
    ]
    for _ in 0..<100_000 { weights.append(Float(bitPattern: UInt32.random(in: 0..<0x7F80_0000, using: &random))) }
    #expect(weights.allSatisfy { Float(Double($0) * factor) == $0 })
  }

  @Test("Only where nodes show that no batch norm follows")
  func notFolded() throws {
    let conv = Node("Conv", ["x", "conv.weight", "conv.bias"], "c")
    for nodes in [
      [], [conv, Node("BatchNormalization", ["c", "s", "b", "m", "v"], "y")],
      [conv, Node("Mul", ["c", "conv.bias"], "y")], [conv, Node("InstanceNormalization", ["c"], "y")],
      [conv, Node("Identity", ["c"], "d"), Node("BatchNormalization", ["d", "s", "b", "m", "v"], "y")],
      [conv, Node("Norm", ["c"], "y", domain: "custom")],
    ] as [[Node]] {
      #expect(throws: CheckpointMismatch.self, "\(nodes.map(\.type))") { try folded(nodes) }
    }
    for epsilon in [1, 2, -1] as [Double] {
      #expect(throws: CheckpointMismatch.self) {
        try folded(nil, hasBias: true, FoldableNorm(name: "bn", layer: "conv", layerHasBias: false, epsilon: epsilon))
      }
    }
    let bare = try Checkpoint([
      ("conv.weight", ZooTensor.Tensor(shape: [2, 1, 1, 1], floats: [1, 2])),
      ("conv.bias", ZooTensor.Tensor(shape: [2], floats: [1, 2])),
    ])
    #expect(throws: CheckpointMismatch.self) {
      try NameMapping().resolve(
        Self.expected("conv.weight", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"), in: bare,
        options: MappingOptions(foldableNorms: [Self.norm]))
    }
  }

  @Test("Names that the network does not have are told, and what to do")
  func otherNames() throws {
    let checkpoint = try open(
      [
        Node("Conv", ["x", "11", "12"], "c", name: "Conv_0"), Node("Conv", ["c", "13"], "y", name: "/net/conv2/Conv"),
      ],
      [
        .raw("11", [2, 1, 1, 1], littleEndian([1, 2])), .raw("12", [2], littleEndian([1, 2])),
        .raw("13", [2, 1, 1, 1], littleEndian([1, 2])),
      ])
    let report = NameMapping().report(Self.expected("conv1.weight", "conv1.bias"), in: checkpoint)
    let guess = CheckpointMismatch(path: "a.onnx", report: report).guess
    #expect(guess == .otherLayerNames(["Conv_0", "net.conv2"]))
    #expect(
      guess?.description
        == "The nodes of the file call layers 'Conv_0', 'net.conv2', which the model does not have: add rules to "
        + "'weight_names' in the definition, give the .pth, or export it from PyTorch with its names, by "
        + "torch.onnx.export(…, dynamo=False, training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False).")
  }

  // MARK: Refused

  static let cases: [ONNXTests.Case] = {
    func refused(_ name: String, _ problem: ONNXProblem, _ nodes: [Node], _ tensors: [Tensor] = [matrix])
      -> ONNXTests.Case
    {
      ONNXTests.Case(name, .onnx(problem), ForgedONNX.model(nodes, tensors))
    }
    return [
      refused("nodes without weights", .noWeights, [Node("Relu", ["x"], "y")], []),
      refused(
        "one matrix both ways", .contradictoryUse(tensor: "fc.weight", first: "a", second: "b"),
        [
          Node("MatMul", ["x", "fc.weight"], "y", name: "a"),
          Node("Gemm", ["x", "fc.weight"], "z", [("transB", .integer(1))], name: "b"),
        ]),
      refused(
        "the weight on the left", .matrixFirst(tensor: "fc.weight", node: "y"),
        [Node("MatMul", ["fc.weight", "x"], "y")]),
      refused(
        "the weight on the left of Gemm", .matrixFirst(tensor: "fc.weight", node: "y"),
        [Node("Gemm", ["fc.weight", "x"], "y")]),
      refused(
        "an input that is transposed", .transposedInput(tensor: "fc.weight", node: "y"),
        [Node("Gemm", ["x", "fc.weight"], "y", [("transA", .integer(1))])]),
      refused(
        "a factor that rounds", .inexactScale(tensor: "fc.weight", node: "y", attribute: "alpha", 0.3),
        [Node("Gemm", ["x", "fc.weight"], "y", [("alpha", .float(0.3))])]),
      refused(
        "a factor of zero", .inexactScale(tensor: "fc.weight", node: "y", attribute: "beta", 0),
        [Node("Gemm", ["x", "fc.weight", "c"], "y", [("beta", .float(0))])]),
      refused(
        "a product with a vector", .notAMatrix(tensor: "v", node: "y", [2]), [Node("Gemm", ["x", "v"], "y")],
        [.raw("v", [2], littleEndian([1, 2]))]),
      refused(
        "a quantized weight", .computedWeight(tensor: "q", node: "d", operation: "DequantizeLinear", reader: "y"),
        [Node("DequantizeLinear", ["q", "s"], "d"), Node("Conv", ["x", "d"], "y")],
        [.raw("q", [2, 1, 1, 1], type: 3, [1, 2]), .raw("s", [], littleEndian([1]))]),
      refused(
        "a weight that is computed", .computedWeight(tensor: "fc.weight", node: "d", operation: "Mul", reader: "y"),
        [Node("Mul", ["fc.weight", "fc.weight"], "d"), Node("Relu", ["d"], "e"), Node("MatMul", ["x", "e"], "y")]),
      refused(
        "a weight that is narrowed", .computedWeight(tensor: "fc.weight", node: "h", operation: "Cast", reader: "y"),
        [Node("Cast", ["fc.weight"], "h", [("to", .integer(10))]), Node("MatMul", ["x", "h"], "y")]),
      refused(
        "more steps than any weight goes through",
        .computedWeight(tensor: "fc.weight", node: "t9", operation: "Transpose", reader: "y"),
        (0..<20).map { step in
          step % 2 == 0
            ? Node("Transpose", ["t\(step)"], "t\(step + 1)") : Node("Reshape", ["t\(step)", "s"], "t\(step + 1)")
        }.map { node in
          var node = node
          if node.inputs[0] == "t0" { node.inputs[0] = "fc.weight" }
          return node
        } + [Node("MatMul", ["x", "t20"], "y")],
        [matrix, Tensor("s", [2], type: 7) { $0.integers(7, [3, 2]) }]),
      refused(
        "a function", .unknownOperator(tensor: "fc.weight", node: "linear", operation: "torch.Linear"),
        [Node("Linear", ["x", "fc.weight"], "y", name: "linear", domain: "torch")]),
      refused(
        "padding by a rule that is none", .automaticPadding(node: "y", rule: "SAME"),
        [Node("Conv", ["x", "w"], "y", [("auto_pad", .text("SAME"))])], [.raw("w", [1, 1, 1, 1], littleEndian([1]))]),
      refused("a value twice", .valueTwice("y"), [Node("Relu", ["x"], "y"), Node("Relu", ["y"], "y")]),
      refused("an initializer that is made", .valueTwice("fc.weight"), [Node("Relu", ["x"], "fc.weight")]),
      ONNXTests.Case(
        "a constant of too few elements", .onnx(.dataLength(tensor: "w", expected: 8, found: 4)),
        ForgedONNX.model([.constant(.raw("", [2], littleEndian([1])), "w")], [])),
    ]
  }()

  @Test("Refused", arguments: cases)
  func refused(_ item: ONNXTests.Case) {
    #expect(problem { _ = try Checkpoint.open(bytes: item.bytes, name: "a.onnx") } == item.expected)
  }

  @Test("Nodes that lead nowhere, or in circles, are no weights")
  func circles() throws {
    let nodes: [Node] = [
      Node("Identity", ["b"], "a"), Node("Identity", ["a"], "b"), Node("MatMul", ["x", "a"], "y"),
      Node("Transpose", ["fc.weight"], "t", [("perm", .integers([1, 1]))]),
      Node("Reshape", ["fc.weight", "nothing"], "r"), Node("Conv", [], "c"), Node("Conv", ["x", ""], "d"),
      Node("BatchNormalization", ["x"], "n"), Node("Gemm", ["x"], "g"), Node("Constant", [], "k"),
      Node("Squeeze", ["fc.weight"], "q", [("axes", .integers([Int.min, .max]))]),
      Node("Unsqueeze", ["fc.weight"], "u", [("axes", .integers([-9, 9]))]),
      Node("Flatten", ["fc.weight"], "f", [("axis", .integer(.min))]),
      Node("If", ["x"], "i", [("then_branch", .graph)]),
      Node(
        "Conv", ["x", "w"], "z",
        [("pads", .integers([Int](repeating: 1 << 60, count: 1000))), ("strides", .integers([0, 0]))]),
    ]
    let checkpoint = try open(nodes, [Self.matrix, .raw("w", [1, 1, 1, 1], littleEndian([1]))])
    #expect(checkpoint.entries.map(\.name) == ["fc.weight", "w"])
    #expect(try checkpoint.tensor(named: "fc.weight").floats == counting(6))
  }

  @Test("More nodes than a network has")
  func tooLarge() {
    let node = ForgedProtobuf { $0.message(1) { $0.text(1, "x") } }.bytes
    var graph = [UInt8]()
    for _ in 0...(1 << 18) { graph += node }
    let bytes = ForgedProtobuf { model in
      model.integer(1, 8)
      model.text(2, "forge")
      model.data(7, graph)
    }.bytes
    #expect(problem { _ = try Checkpoint.open(bytes: bytes, name: "a.onnx") } == .onnx(.graphTooLarge))
  }

  // MARK: Archives

  @Test("What is said about layers goes along in an archive")
  func archive() throws {
    let scratch = try Scratch()
    let path = try scratch.write(ForgedONNX.seeds[2].bytes, to: "a.onnx")
    let checkpoint = try Checkpoint.open(path)
    let text = try #require(checkpoint.layersText)
    try checkpoint.pack(to: scratch.path("a.zoow"), metadata: [Provenance.layersKey: text])
    #expect(try Checkpoint.open(scratch.path("a.zoow")).layers == checkpoint.layers)
    try checkpoint.pack(to: scratch.path("b.zoow"), metadata: [Provenance.layersKey: "[{}]"])
    #expect(
      problem { _ = try Checkpoint.open(scratch.path("b.zoow")) } == .metadata(.malformed(key: "source.layers")))
  }
}
