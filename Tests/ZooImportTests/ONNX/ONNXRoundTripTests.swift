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
    try ONNXExport(network, weights: weights, operatorSet: operatorSet).write(to: path)
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
    case .adaptiveAveragePool(let extent):
      guard let input, let pooling = Pooling(adaptive: extent, input: input.extent),
        let geometry = try? pooling.geometry(input: input)
      else { return "\(node.operation)" }
      let windows = [0, geometry.output.height - 1].map {
        geometry.window(row: $0, column: $0 == 0 ? 0 : geometry.output.width - 1)
      }
      return "average_pool \(geometry.kernel) \(geometry.stride) \(windows.map { "\($0.rows) \($0.columns)" })"
    case .convolution(var layer):
      layer.padding = .fixed(node.convolutionGeometry.padding)
      return "\(Operation.convolution(layer))"
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

  @Test("a network of the catalogue comes back as it was", arguments: small)
  func catalogue(name: String) throws {
    let network = try Network.find(name)
    try Self.exported(network) { imported in
      let (expected, found) = (try Self.plain(network.graph), try Self.plain(imported.graph))
      let nodes = Dictionary(uniqueKeysWithValues: found.nodes.map { ($0.name, $0) })
      func source(_ id: NodeID, _ graph: Graph) -> Node { graph[id] }
      #expect(found.nodes.count == expected.nodes.count, "\(name)")
      for node in expected.nodes {
        let twin = try #require(nodes[node.name], "\(name): \(node.name)")
        let input = node.inputs.first.map { expected[$0].shape }
        #expect(Self.meaning(twin, input: input) == Self.meaning(node, input: input), "\(name): \(node.name)")
        #expect(twin.shape == node.shape, "\(name): \(node.name)")
        #expect(
          twin.inputs.map { found[$0].name } == node.inputs.map { expected[$0].name }, "\(name): \(node.name)")
      }
      #expect(found.outputs.map { found[$0.value].name } == expected.outputs.map { expected[$0.value].name })
      let synthetic = try LoadedWeights.load(.synthetic(seed: 1), for: network)
      let weights = try #require(imported.weights)
      for tensor in found.tensors {
        let (left, right) = (try weights.tensor(named: tensor.name), try synthetic.tensor(tensor.name))
        #expect(left.shape == right.shape && left.floats == right.floats, "\(name): \(tensor.name)")
      }
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
