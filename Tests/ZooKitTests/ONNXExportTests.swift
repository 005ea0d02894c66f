import FoundationEssentials
import Testing
import ZooGraph
import ZooKit
import ZooRuntime
import ZooTensor
import ZooWeights

@Suite struct ONNXExportTests {
  private static func network(_ layers: String, input: String = "[4, 11, 14]", outputs: String = "") throws -> Network {
    try Network(yaml: "zoo: 1\nname: net\ninput: \(input)\nlayers:\n\(layers)\n\(outputs)", path: "net.yaml")
  }

  private static func export(
    _ network: Network, hasExternalData: Bool = false, _ inspect: (String) throws -> Void
  ) throws {
    try Fixtures.withTemporaryFolder { folder in
      let weights = try LoadedWeights.load(.synthetic(seed: 1), for: network)
      try ONNXExport(network, weights: weights).write(to: "\(folder)/m.onnx", hasExternalData: hasExternalData)
      try inspect("\(folder)/m.onnx")
    }
  }

  @Test(
    "tensors keep their names and bits, every value has its shape",
    arguments: ["lenet", "resnet20", "googlenet", "zfnet", "vgg11-bn"], [false, true])
  func catalogue(name: String, hasExternalData: Bool) throws {
    let network = try Network.find(name)
    try Self.export(network, hasExternalData: hasExternalData) { path in
      let weights = try LoadedWeights.load(.synthetic(seed: 1), for: network)
      let needed = network.graph.tensors.filter { !$0.isTrainingOnly }
      let again = try Checkpoint.open(path)
      #expect(again.entries.map(\.name).sorted() == needed.map(\.name).sorted())
      for tensor in needed {
        let (expected, found) = (try weights.tensor(tensor.name), try again.tensor(named: tensor.name))
        #expect(found.shape == tensor.shape && found.floats.map(\.bitPattern) == expected.floats.map(\.bitPattern))
      }
      let model = try DecodedONNX(path: path)
      let graph = try network.graph.optimized([SelectInference(), RemoveDeadNodes()])
      let outputs = Dictionary(graph.outputs.map { (graph[$0.value].name, $0.name) }) { first, _ in first }
      for node in graph.nodes {
        if case .dropout = node.operation { continue }
        let shape = model.shapes[outputs[node.name] ?? node.name]
        #expect(shape == ["N"] + node.shape.dimensions.map(String.init), "\(node.name)")
        if case .input = node.operation { continue }
        #expect(model.node(node.name) != nil, "\(node.name)")
      }
      #expect(model.outputs == graph.outputs.map(\.name) && model.inputs == ["input"])
      let made = model.nodes.flatMap(\.outputs)
      #expect(made.allSatisfy { model.shapes[$0] != nil } && Set(made).count == made.count)
      #expect(Set(model.nodes.map(\.name)).count == model.nodes.count)
      // Only what was made before is read.
      var known = Set(model.inputs + needed.map(\.name))
      for node in model.nodes {
        #expect(known.isSuperset(of: node.inputs), "\(node.name)")
        known.formUnion(node.outputs)
      }
    }
  }

  @Test("what the file says about itself")
  func metadata() throws {
    try Self.export(Network.find("resnet18")) { path in
      let model = try DecodedONNX(path: path)
      #expect(model.model.numbers(1) == [8])
      let operators = try model.model.messages(8)
      #expect(operators.map { $0.texts(1) } == [[""]] && operators.map { $0.numbers(2) } == [[17]])
      #expect(model.model.texts(2) == ["zoo"])
      #expect(model.metadata["zoo.model"] == "resnet18")
      #expect(model.metadata["zoo.labels"]?.hasPrefix("n01440764\ttench") == true)
      #expect(model.metadata["zoo.definition"]?.contains("shorter_side: 256") == true)
      #expect(model.metadata["preprocessor_config"]?.contains("\"size\":{\"shortest_edge\":256}") == true)
      #expect(model.metadata["source.format"] == "synthetic")
    }
  }

  @Test("opset 21 has operators for GELU and group norms, and axes as inputs; others are refused")
  func operatorSets() throws {
    let network = try Self.network(
      "  - group_norm: {name: gn, groups: 2}\n  - gelu: {name: g}\n  - mean: {name: m, over: space}\n  - fc: {name: fc, out: 3}",
      input: "[4, 5, 5]")
    let weights = try LoadedWeights.load(.synthetic(seed: 1), for: network)
    try Fixtures.withTemporaryFolder { folder in
      for (operatorSet, version, nodes) in [(17, 8, 15...30), (21, 10, 5...5)] {
        let path = "\(folder)/\(operatorSet).onnx"
        let export = try ONNXExport(network, weights: weights, operatorSet: operatorSet)
        try export.write(to: path)
        let model = try DecodedONNX(path: path)
        #expect(model.model.numbers(1) == [version])
        #expect(try model.model.messages(8).map { $0.numbers(2) } == [[operatorSet]])
        #expect(nodes.contains(export.nodeCount), "opset \(operatorSet)")
      }
    }
    #expect(throws: ZooError.operatorSet(18, known: [17, 21])) {
      _ = try ONNXExport(network, weights: weights, operatorSet: 18)
    }
    #expect(throws: ZooError.operatorSet(9, known: [17, 21])) { _ = try Export(to: "x.onnx", operatorSet: 9) }
  }

  @Test("the same model gives the same bytes; a file is replaced only when asked for")
  func bytes() throws {
    let network = try Network.find("resnet20")
    var first: Data?
    for _ in 0..<2 {
      try Self.export(network) { path in
        let data = try Data(contentsOf: URL(filePath: path))
        #expect(first == nil || first == data)
        first = data
        let export = try ONNXExport(network, weights: LoadedWeights.load(.synthetic(seed: 1), for: network))
        #expect(throws: WeightsError(path: path, .file(.exists))) { try export.write(to: path) }
        try export.write(to: path, overwrite: true)
        #expect(try Data(contentsOf: URL(filePath: path)) == data)
      }
    }
  }

  @Test("half types become float32")
  func halves() throws {
    let network = try Self.network("  - fc: {name: fc, out: 3}", input: "[5, 1, 1]")
    let halves = Tensor(shape: [3, 5], elementType: .bfloat16) { bytes in
      for index in 0..<15 { bytes.storeBytes(of: UInt16(0x3F80 + index), toByteOffset: 2 * index, as: UInt16.self) }
    }
    let checkpoint = try Checkpoint([("fc.weight", halves), ("fc.bias", Tensor(shape: [3], floats: [1, 2, 3]))])
    try Fixtures.withTemporaryFolder { folder in
      let weights = try LoadedWeights(checkpoint, for: network, called: "w")
      try ONNXExport(network, weights: weights).write(to: "\(folder)/m.onnx")
      let weight = try Checkpoint.open("\(folder)/m.onnx").tensor(named: "fc.weight")
      #expect(weight.elementType == .float32 && weight.floats == halves.convertedToFloat32().floats)
    }
  }

  @Test("more than protobuf holds goes into two files or nowhere")
  func tooLarge() throws {
    let network = try Self.network("  - fc: {name: fc, out: 40000}", input: "[1, 128, 128]")
    let weights = try LoadedWeights.load(.synthetic(seed: 0), for: network)
    try Fixtures.withTemporaryFolder { folder in
      let path = "\(folder)/m.onnx"
      let error = try #require(throws: WeightsError.self) {
        try ONNXExport(network, weights: weights).write(to: path)
      }
      guard case .onnx(.tooLarge(let size)) = error.problem else { throw error }
      #expect(size > 4 * 40_000 * 128 * 128)
      #expect(try FileSystem.list(folder).isEmpty)
    }
  }

  @Test("weights that zoo does not run are not exported")
  func notFinite() throws {
    let network = try Self.network("  - fc: {name: fc, out: 1, bias: false}", input: "[1, 1, 1]")
    let checkpoint = try Checkpoint([("fc.weight", Tensor(shape: [1, 1], floats: [.nan]))])
    try Fixtures.withTemporaryFolder { folder in
      let export = try ONNXExport(network, weights: LoadedWeights(checkpoint, for: network, called: "w"))
      #expect(throws: RuntimeError.notFinite(tensor: "fc.weight", index: [0, 0], value: .notANumber)) {
        try export.write(to: "\(folder)/m.onnx")
      }
      #expect(try FileSystem.list(folder).isEmpty)
    }
  }

  /// A layer, the ONNX nodes for it, and the integers among the attributes of one of them.
  static let operations: [(layer: String, types: [String], attributes: [String: [Int]])] = [
    (
      "conv: {name: x, out: 8, kernel: [3, 5], stride: [2, 1], padding: {top: 0, left: 3, bottom: 2, right: 1}, "
        + "dilation: [1, 2], groups: 2}",
      ["Conv"],
      [
        "kernel_shape": [3, 5], "strides": [2, 1], "pads": [0, 3, 2, 1], "dilations": [1, 2], "group": [2],
      ]
    ),
    (
      "locally_connected: {name: x, out: 3, kernel: 3}",
      ["Reshape", "Conv", "Transpose", "MatMul", "Transpose", "Add"], [:]
    ),
    ("fc: {name: x, out: 3}", ["Flatten", "Gemm"], ["transB": [1]]),
    ("max_pool: {name: x, kernel: 3, stride: 2}", ["MaxPool"], ["pads": [0, 0, 0, 0]]),
    ("max_pool: {name: x, kernel: 3, stride: 2, padding: same}", ["MaxPool"], ["pads": [1, 0, 1, 1]]),
    ("conv: {name: x, out: 2, kernel: 3, stride: 2, padding: same}", ["Conv"], ["pads": [1, 0, 1, 1]]),
    ("conv: {name: x, out: 2, kernel: 1, padding: 3}", ["Conv"], ["pads": [3, 3, 3, 3]]),
    // 11 rows and 14 columns: windows of 3 at every second end at 11 and, with a partial one, at 15.
    ("max_pool: {name: x, kernel: 3, stride: 2, rounding: ceil}", ["MaxPool"], ["pads": [0, 0, 0, 1]]),
    ("max_pool: {name: x, kernel: 3, stride: 3, padding: 1, rounding: ceil}", ["MaxPool"], ["pads": [1, 1, 0, 0]]),
    ("average_pool: {name: x, kernel: 3, stride: 2, padding: 1}", ["AveragePool"], ["count_include_pad": [1]]),
    (
      "average_pool: {name: x, kernel: 3, stride: 2, padding: 1, count_padding: false}", ["AveragePool"],
      ["count_include_pad": [0], "pads": [1, 1, 1, 1]]
    ),
    (
      "average_pool: {name: x, kernel: 3, stride: 2, padding: 1, rounding: ceil}", ["Pad", "AveragePool"],
      ["count_include_pad": [0], "pads": [0, 0, 0, 1]]
    ),
    (
      "average_pool: {name: x, kernel: 3, stride: 2, rounding: ceil}", ["AveragePool"],
      ["count_include_pad": [0], "pads": [0, 0, 0, 1]]
    ),
    ("global_average_pool: {name: x}", ["GlobalAveragePool"], [:]),
    ("adaptive_average_pool: {name: x, out: 1}", ["GlobalAveragePool"], [:]),
    ("adaptive_average_pool: {name: x, out: [5, 7]}", ["AveragePool"], ["kernel_shape": [3, 2], "strides": [2, 2]]),
    ("adaptive_average_pool: {name: x, out: [4, 7]}", ["MatMul", "MatMul"], [:]),
    ("global_max_pool: {name: x}", ["GlobalMaxPool"], [:]),
    ("adaptive_max_pool: {name: x, out: 1}", ["GlobalMaxPool"], [:]),
    ("adaptive_max_pool: {name: x, out: [5, 7]}", ["MaxPool"], ["kernel_shape": [3, 2], "strides": [2, 2]]),
    (
      "adaptive_max_pool: {name: x, out: [4, 2]}",
      Array(repeating: ["Slice", "ReduceMax"], count: 4).flatMap { $0 } + ["Concat"]
        + Array(repeating: ["Slice", "ReduceMax"], count: 2).flatMap { $0 } + ["Concat"],
      ["axis": [2], "axes": [3], "keepdims": [1]]
    ),
    ("pad: {name: x, padding: [1, 2], mode: reflect}", ["Pad"], [:]),
    ("upsample: {name: x, factor: 2}", ["Resize"], [:]),
    ("upsample: {name: x, out: [22, 14], mode: bilinear, align_corners: true}", ["Resize"], [:]),
    ("upsample: {name: x, out: [5, 31], mode: bilinear, align_corners: true}", ["MatMul", "MatMul"], [:]),
    ("upsample: {name: x, out: [5, 31]}", ["Gather", "Gather"], ["axis": [3]]),
    (
      "transposed_conv: {name: x, out: 6, kernel: [2, 3], stride: 2, padding: 1, output_padding: [0, 1], groups: 2}",
      ["ConvTranspose"],
      ["kernel_shape": [2, 3], "strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [0, 1], "group": [2]]
    ),
    ("mean: {name: x}", ["ReduceMean"], ["axes": [2, 3], "keepdims": [0]]),
    ("mean: {name: x, over: height}", ["ReduceMean"], ["axes": [2], "keepdims": [1]]),
    ("relu: {name: x}", ["Relu"], [:]), ("leaky_relu: {name: x}", ["LeakyRelu"], [:]),
    ("tanh: {name: x}", ["Tanh"], [:]), ("sigmoid: {name: x}", ["Sigmoid"], [:]),
    ("relu6: {name: x}", ["Clip"], [:]),
    ("clamp: {name: x, lower: -0.5, upper: 2}", ["Clip"], [:]),
    ("silu: {name: x}", ["Sigmoid", "Mul"], [:]), ("hardswish: {name: x}", ["HardSwish"], [:]),
    ("hardsigmoid: {name: x}", ["HardSigmoid"], [:]),
    ("gelu: {name: x}", ["Div", "Erf", "Add", "Mul", "Mul"], [:]),
    (
      "gelu_tanh: {name: x}",
      ["Mul", "Mul", "Mul", "Add", "Mul", "Tanh", "Add", "Mul", "Mul"], [:]
    ),
    ("elu: {name: x, alpha: 0.5}", ["Elu"], [:]),
    ("prelu: {name: x}", ["Reshape", "PRelu"], [:]), ("prelu: {name: x, shared: true}", ["PRelu"], [:]),
    ("multiply: {name: x, from: [input, input]}", ["Mul"], [:]),
    ("multiply: {name: x, from: [input, input, input]}", ["Mul", "Mul"], [:]),
    ("batch_norm: {name: x}", ["BatchNormalization"], [:]),
    ("batch_norm: {name: x, affine: false}", ["BatchNormalization"], [:]),
    ("scale: {name: x}", ["Reshape", "Reshape", "Mul", "Add"], [:]),
    ("scale: {name: x, shift: false}", ["Reshape", "Mul"], [:]),
    (
      "layer_norm: {name: x, epsilon: 1e-6}", ["Transpose", "LayerNormalization", "Transpose"],
      ["perm": [0, 3, 1, 2], "axis": [-1]]
    ),
    (
      "group_norm: {name: x, groups: 1}",
      ["Reshape", "Reshape", "Reshape", "InstanceNormalization", "Reshape", "Mul", "Add"], [:]
    ),
    ("lrn: {name: x, size: 5, alpha: 0.1, beta: 0.75, k: 2, convention: sum}", ["LRN"], ["size": [5]]),
    ("dropout: {name: x}", ["Identity"], [:]), ("softmax: {name: x}", ["Softmax"], ["axis": [1]]),
    ("concat: {name: x, from: [input, input]}", ["Concat"], ["axis": [1]]),
    ("add: {name: x, from: [input, input]}", ["Add"], [:]),
    ("add: {name: x, from: [input, input, input]}", ["Sum"], [:]), ("flatten: {name: x}", ["Flatten"], ["axis": [1]]),
    ("subsample: {name: x, stride: 2, channels_after: 3}", ["Slice", "Pad"], [:]),
    ("slice: {name: x, first: 1, channels: 2}", ["Slice"], [:]),
    ("channel_shuffle: {name: x, groups: 2}", ["Reshape", "Transpose", "Reshape"], ["perm": [0, 2, 1, 3, 4]]),
    ("subsample: {name: x, stride: 1}", ["Identity"], [:]),
  ]

  @Test("each operation", arguments: operations)
  func operation(_ item: (layer: String, types: [String], attributes: [String: [Int]])) throws {
    let network = try Self.network("  - \(item.layer)")
    try Self.export(network) { path in
      let model = try DecodedONNX(path: path)
      #expect(model.types == item.types)
      for (name, integers) in item.attributes {
        #expect(model.nodes.contains { $0.integers[name] == integers }, "\(name)")
      }
      let shape = try network.logits().dimensions.map(String.init)
      #expect(model.shapes[try #require(model.outputs.first)] == ["N"] + shape)
      #expect(model.nodes.flatMap(\.outputs).allSatisfy { model.shapes[$0] != nil })
      guard !network.graph.tensors.isEmpty else { return }
      let again = try LoadedWeights.load(.file(path), for: network)
      let weights = try LoadedWeights.load(.synthetic(seed: 1), for: network)
      #expect(again.report.lines.map(\.status) == weights.report.lines.map(\.status))
      for tensor in network.graph.tensors {
        #expect(try again.tensor(tensor.name).floats == weights.tensor(tensor.name).floats, "\(tensor.name)")
      }
    }
  }

  @Test("LRN's alpha is that of the mean, whatever the definition's")
  func localResponseNorm() throws {
    for (convention, alpha) in [("sum", Float(0.5)), ("mean", 0.1)] {
      let layer = "  - lrn: {name: x, size: 5, alpha: 0.1, beta: 0.75, k: 2, convention: \(convention)}"
      try Self.export(Self.network(layer)) { path in
        let node = try #require(try DecodedONNX(path: path).node("x"))
        #expect(node.floats == ["alpha": alpha, "beta": 0.75, "bias": 2])
      }
    }
  }

  @Test("layers that are called as others' tensors and outputs get a number")
  func names() throws {
    let network = try Self.network(
      "  - fc: {name: a, out: 3}\n  - relu: {name: a.weight}\n  - fc: {name: scores, out: 3}\n  - tanh: {name: b}",
      input: "[5, 1, 1]",
      outputs: "outputs:\n  first: {from: a.weight, role: features}\n  scores: {from: b, role: logits}\n")
    try Self.export(network) { path in
      let model = try DecodedONNX(path: path)
      #expect(model.outputs == ["scores", "first"])
      #expect(model.nodes.map(\.name) == ["a/flatten", "a", "a.weight", "scores", "b"])
      #expect(model.nodes.map(\.outputs) == [["a/flatten"], ["a"], ["first"], ["scores/2"], ["scores"]])
      #expect(model.nodes[1].inputs == ["a/flatten", "a.weight", "a.bias"])
      #expect(try Checkpoint.open(path).entries.count == 4)
    }
  }

  @Test("a graph after the passes, whose weights are expressions")
  func optimized() throws {
    let network = try Network.find("resnet20")
    let weights = try LoadedWeights.load(.synthetic(seed: 1), for: network)
    let graph = try network.graph.optimized()
    let evaluator = ParameterEvaluator(source: ParameterSource(weights.tensor))
    let model = try ONNXGraphBuilder.build(graph, outputs: graph.outputs, evaluator)
    try Fixtures.withTemporaryFolder { folder in
      let path = "\(folder)/m.onnx"
      try ONNXFile.write(model, metadata: [:], producerVersion: "", to: path)
      let types = Set(try DecodedONNX(path: path).types)
      #expect(types == ["Conv", "Add", "Relu", "Slice", "Pad", "GlobalAveragePool", "Flatten", "Gemm"])
      let again = try Checkpoint.open(path)
      for node in graph.nodes {
        for parameter in node.parameters {
          let found = try again.tensor(named: "\(node.name).\(parameter.role.rawValue)")
          #expect(try found.floats == evaluator.tensor(parameter.value).floats, "\(node.name)")
        }
      }
    }
  }
}
