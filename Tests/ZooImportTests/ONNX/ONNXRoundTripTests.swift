import FoundationEssentials
import Testing
import ZooGraph
import ZooImport
import ZooKit
import ZooRuntime
import ZooTensor
import ZooWeights

/// zoo's own export, read again: node by node by name, the same operations, shapes, windows and connections, and the same
/// tensors bit for bit. What inference does without is not exported, and two spellings of one window are one.
struct ONNXRoundTripTests {
  private static func exported<Result>(
    _ network: Network, operatorSet: Int = 17, _ body: (ImportedNetwork) throws -> Result
  ) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "zoo-import-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "m.onnx").path
    let weights = try LoadedWeights.load(.synthetic(seed: 1), for: network)
    let export = try ONNXExport(network, weights: weights, operatorSet: operatorSet)
    // One file has no more than 2 GiB, which RegNet-Y 128GF is larger than.
    try export.write(to: path, hasExternalData: export.byteCount > 2_000_000_000)
    return try body(ImportedNetwork(onnx: path))
  }

  /// Without what changes nothing.
  private static func plain(_ graph: Graph) throws -> Graph {
    try graph.optimized([SelectInference(), RemoveDeadNodes(), DropInferenceNoOps()])
  }

  /// What a node computes, in words that do not depend on how it is spelled.
  private static func meaning(_ node: Node, input: Shape?) -> String {
    switch node.operation {
    case .maxPool, .averagePool:
      let geometry = node.poolingGeometry
      let windows = [0, geometry.output.height - 1].map {
        geometry.window(row: $0, column: $0 == 0 ? 0 : geometry.output.width - 1)
      }
      let (words, kernel) = (node.operation.kind.word, geometry.kernel)
      return "\(words) \(kernel) \(geometry.stride) \(windows.map { "\($0.rows) \($0.columns)" })"
    case .adaptiveAveragePool(Extent(1)): return "global_average_pool"
    case .adaptiveMaxPool(Extent(1)): return "global_max_pool"
    case .adaptiveAveragePool(let extent), .adaptiveMaxPool(let extent):
      guard let input, let pooling = Pooling(adaptive: extent, input: input.extent),
        let geometry = try? pooling.geometry(input: input)
      else { return "\(node.operation)" }
      let windows = [0, geometry.output.height - 1].map {
        geometry.window(row: $0, column: $0 == 0 ? 0 : geometry.output.width - 1)
      }
      let word = node.operation == .adaptiveMaxPool(extent) ? "max_pool" : "average_pool"
      return "\(word) \(geometry.kernel) \(geometry.stride) \(windows.map { "\($0.rows) \($0.columns)" })"
    case .convolution(var layer):
      layer.padding = .fixed(node.convolutionGeometry.padding)
      return "\(Operation.convolution(layer))"
    case .locallyConnected(var layer):
      layer.padding = .fixed(node.convolutionGeometry.padding)
      return "\(Operation.locallyConnected(layer))"
    case .transposedConvolution(var layer):
      layer.padding = .fixed(node.transposedGeometry.padding)
      return "\(Operation.transposedConvolution(layer))"
    case .pad, .upsample: return "\(node.operation.kind.word) \(node.resampling)"
    case .localResponseNorm(let norm):
      return "lrn \(norm.size) \(Float(norm.effectiveAlpha * Double(norm.size))) \(norm.beta) \(norm.k)"
    case .join(.add, _, _): return "add"
    default: return "\(node.operation)"
    }
  }

  static let small = [
    "lenet", "lenet5", "lenet-digits", "cifar-small", "resnet20", "resnet56", "mtcnn-pnet", "mtcnn-rnet", "mtcnn-onet",
    "crepe-tiny", "squeezenet1_0", "squeezenet1_1", "shufflenet_v2_x0_5", "mobilenet_v3_small", "mnasnet0_5",
    "mobilenet_v2", "darknet-reference", "linear-classifier",
  ]

  /// All of the catalogue where `tools/round-trip` asks for it, which takes minutes; else those that take a moment.
  static let networks = ProcessInfo.processInfo.environment["ZOO_ROUND_TRIP"] == nil ? small : Catalogue.modelNames

  @Test("a network of the catalogue comes back as it was", arguments: networks)
  func catalogue(name: String) throws {
    let network = try Network.find(name)
    try Self.exported(network) { imported in try Self.expectSame(imported, network) }
  }

  /// Node by node, and number by number.
  private static func expectSame(_ imported: ImportedNetwork, _ network: Network) throws {
    let name = network.name
    let (expected, found) = (try Self.plain(network.graph), try Self.plain(imported.graph))
    let nodes = Dictionary(uniqueKeysWithValues: found.nodes.map { ($0.name, $0) })
    #expect(found.nodes.count == expected.nodes.count, "\(name)")
    for node in expected.nodes {
      let twin = try #require(nodes[node.name], "\(name): \(node.name) is not among \(found.nodes.map(\.name))")
      let input = node.inputs.first.map { expected[$0].shape }
      #expect(Self.meaning(twin, input: input) == Self.meaning(node, input: input), "\(name): \(node.name)")
      #expect(twin.shape == node.shape, "\(name): \(node.name)")
      #expect(
        twin.inputs.map { found[$0].name } == node.inputs.map { expected[$0].name }, "\(name): \(node.name)")
    }
    #expect(found.outputs.map { found[$0.value].name } == expected.outputs.map { expected[$0.value].name })
    let synthetic = try LoadedWeights.load(.synthetic(seed: 1), for: network)
    let weights = try #require(imported.weights)
    #expect(found.tensors.count == expected.tensors.count, "\(name)")
    for tensor in found.tensors {
      let (left, right) = (try weights.tensor(named: tensor.name), try synthetic.tensor(tensor.name))
      #expect(left.shape == right.shape && left.floats == right.floats, "\(name): \(tensor.name)")
    }
  }

  /// A network of these layers.
  private static func network(_ layers: String, input: String = "[3, 9, 8]") throws -> Network {
    try Network(yaml: "zoo: 1\nname: made\ninput: \(input)\nlayers:\n\(layers)", path: "made.yaml")
  }

  @Test("every operation comes back as it was, by both sets of operators", arguments: OperationKind.all.map(\.word))
  func operations(word: String) throws {
    let kind = try #require(OperationKind.all.first { $0.word == word })
    let guide = try #require(kind.guide)
    let network = try Network(yaml: guide.definition, path: "\(word).yaml")
    for operatorSet in ONNXExport.operatorSets {
      try Self.exported(network, operatorSet: operatorSet) { imported in try Self.expectSame(imported, network) }
    }
  }

  /// Layers that ONNX has no operator for.
  private static let unnamed: [String] = [
    "locally_connected: {name: l, out: 4, kernel: [3, 2], stride: 2, padding: 1}",
    "locally_connected: {name: l, out: 2, kernel: 3, bias: false}",
    "locally_connected: {name: l, out: 1, kernel: [9, 8]}",
    "upsample: {name: u, out: [13, 11]}", "upsample: {name: u, out: [18, 11]}", "upsample: {name: u, out: [9, 11]}",
    "upsample: {name: u, out: [13, 8]}", "upsample: {name: u, out: [13, 16]}",
    "upsample: {name: u, out: [13, 11], mode: bilinear}",
    "upsample: {name: u, out: [13, 11], mode: bilinear, align_corners: true}",
    "upsample: {name: u, out: [9, 11], mode: bilinear, align_corners: true}",
    "upsample: {name: u, out: [13, 8], mode: bilinear}",
    "adaptive_average_pool: {name: a, out: [5, 3]}", "adaptive_average_pool: {name: a, out: [5, 8]}",
    "adaptive_average_pool: {name: a, out: [9, 3]}", "adaptive_average_pool: {name: a, out: [1, 3]}",
    "adaptive_average_pool: {name: a, out: [11, 3]}",
    "adaptive_max_pool: {name: a, out: [5, 3]}", "adaptive_max_pool: {name: a, out: [5, 8]}",
    "adaptive_max_pool: {name: a, out: [9, 3]}", "adaptive_max_pool: {name: a, out: [1, 3]}",
    "adaptive_max_pool: {name: a, out: [5, 1]}", "adaptive_max_pool: {name: a, out: [11, 10]}",
    "adaptive_max_pool: {name: a, out: 4}",
  ]

  @Test("what ONNX has no operator for is known by what it is made of", arguments: unnamed)
  func written(layer: String) throws {
    // Between others, once and twice, and as the answer.
    let lines = ["  - relu: {name: r}\n  - \(layer)\n", "  - \(layer)\n  - relu: {name: r}\n"]
    for layers in lines {
      let network = try Self.network(layers)
      for operatorSet in ONNXExport.operatorSets {
        try Self.exported(network, operatorSet: operatorSet) { imported in try Self.expectSame(imported, network) }
      }
    }
  }

  @Test("the network that comes back of it gives the same answer", arguments: unnamed)
  func writtenAnswers(layer: String) throws {
    let network = try Self.network("  - \(layer)\n")
    let image = SyntheticCheckpoint.input(shape: network.input)
    let synthetic = try LoadedWeights.load(.synthetic(seed: 1), for: network)
    let expected = try Interpreter(graph: network.graph) { try synthetic.tensor($0) }.run(image)
    try Self.exported(network) { imported in
      let weights = try #require(imported.weights)
      let found = try Interpreter(graph: imported.graph) { try weights.tensor(named: $0) }.run(image)
      #expect(found[0].floats == expected[0].floats)
    }
  }

  @Test(
    "what the newer set of operators says otherwise comes back, too",
    arguments: ["mean: {name: m, over: height}", "mean: {name: m, over: width}", "mean: {name: m, over: space}"])
  func newerOperators(mean: String) throws {
    let network = try Network(
      yaml: """
        zoo: 1
        name: newer
        input: [6, 9, 8]
        layers:
          - group_norm: {name: gn, groups: 3}
          - gelu: {name: g1}
          - gelu_tanh: {name: g2}
          - \(mean)
          - fc: {name: fc, out: 3}
        """, path: "newer.yaml")
    for operatorSet in ONNXExport.operatorSets {
      try Self.exported(network, operatorSet: operatorSet) { imported in
        let (expected, found) = (try Self.plain(network.graph), try Self.plain(imported.graph))
        #expect(found.nodes.map(\.name) == expected.nodes.map(\.name), "opset \(operatorSet)")
        #expect(found.nodes.map(\.operation) == expected.nodes.map(\.operation), "opset \(operatorSet)")
        #expect(found.nodes.map(\.inputs) == expected.nodes.map(\.inputs), "opset \(operatorSet)")
      }
    }
  }

  @Test("the network that comes back gives the same answer", arguments: ["lenet", "mtcnn-rnet", "cifar-small"])
  func answers(name: String) throws {
    let network = try Network.find(name)
    let image = SyntheticCheckpoint.input(shape: network.input)
    let synthetic = try LoadedWeights.load(.synthetic(seed: 1), for: network)
    let expected = try Interpreter(graph: network.graph) { try synthetic.tensor($0) }.run(image)
    try Self.exported(network) { imported in
      let weights = try #require(imported.weights)
      let found = try Interpreter(graph: imported.graph) { try weights.tensor(named: $0) }.run(image)
      #expect(found[0].floats == expected[0].floats, "\(name)")
    }
  }
}
