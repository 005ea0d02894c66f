import Testing
import ZooGraph
import ZooKit
import ZooRuntime
import ZooTensor
import ZooWeights

/// Files that say how their layers compute, against definitions that say the same or something else.
@Suite struct StoredLayerTests {
  private static func path(_ name: String) -> String { "\(Fixtures.folder)/faults/onnx/\(name)" }

  private static let square = """
    zoo: 1
    name: sq
    input: [2, 2, 2]
    layers:
      - fc: {name: fc, out: 8}
      - relu
      - fc: {name: fc2, out: 8, bias: false}
    outputs: {logits: fc2}
    """

  private static func tiny(
    conv1: String = "kernel: 3, padding: 1", norm: String = "", conv2: String = "kernel: 3, groups: 2"
  ) -> String {
    """
    zoo: 1
    name: tiny
    input: [3, 12, 12]
    layers:
      - conv: {name: conv1, out: 4, bias: false, \(conv1)}
      - batch_norm: {name: bn1\(norm)}
      - relu
      - max_pool: {kernel: 2}
      - conv: {name: conv2, out: 6, \(conv2)}
      - relu
      - fc: {name: fc, out: 5}
    outputs: {logits: fc}
    """
  }

  private func logits(_ yaml: String, _ file: String, of input: String) throws -> [Float] {
    let network = try Network(yaml: yaml, path: "net.yaml")
    return try Model(network, weights: .file(Self.path(file))).logits(NumPyFile.read(Self.path(input))).floats
  }

  @Test("Square matrices, as ONNX Runtime multiplies with them", arguments: ["gemm-transB0.onnx", "matmul.onnx"])
  func orientation(file: String) throws {
    let expected = [
      -4.389756202697754, 0.04137725755572319, 0.38339078426361084, -1.9679678678512573, -0.047712549567222595,
      1.3313565254211426, -0.5838974714279175, -0.685285747051239, -3.5847086906433105, 0.29063522815704346,
      -2.5889763832092285, 1.5418001413345337, 0.41934508085250854, -1.4054558277130127, 4.159343242645264,
      -0.04846818000078201,
    ]
    #expect(relativeError(try logits(Self.square, file, of: "xs.npy"), expected) <= 1e-6)
  }

  @Test(
    "Batch norms folded and tensors renamed by PyTorch, and weights in constants",
    arguments: ["legacy.onnx", "dynamo.onnx", "constant-nodes.onnx"])
  func exporters(file: String) throws {
    let expected = [
      -0.13998174667358398, 0.13202357292175293, -0.06674639880657196, -0.002136381110176444, 0.06283685564994812,
      -0.13648372888565063, 0.12615734338760376, -0.0822574719786644, 0.034812022000551224, 0.033642664551734924,
      -0.1300390660762787, -0.00982598401606083, 0.03334638476371765, -0.09770861268043518, 0.10851576924324036,
    ]
    #expect(relativeError(try logits(Self.tiny(), file, of: "x.npy"), expected) <= 2e-6)
  }

  @Test("What was folded is said, and is in the weights bit for bit")
  func folded() throws {
    let network = try Network(yaml: Self.tiny(), path: "net.yaml")
    let weights = try LoadedWeights.load(.file(Self.path("legacy.onnx")), for: network)
    #expect(weights.summary.hasSuffix("legacy.onnx (ONNX, with 1 batch norm folded into the layer before)"))
    #expect(weights.report.foldedLayers == ["conv1"])
    try Fixtures.withTemporaryFolder { folder in
      // What is written as one layer comes back as the file had it.
      let graph = try network.graph.optimized()
      let evaluator = ParameterEvaluator(source: ParameterSource { try weights.tensor($0) })
      let convolution = try #require(graph.nodes.first { $0.name == "bn1" || $0.name == "conv1" })
      let filter = try #require(convolution.parameter(.weight))
      let stored = try Checkpoint.open(Self.path("legacy.onnx")).tensor(named: "conv1.weight")
      #expect(try evaluator.tensor(filter.value).floats.map(\.bitPattern) == stored.floats.map(\.bitPattern))
      try Package.write(network, weights: weights, to: "\(folder)/tiny.zoo")
      let again = try LoadedWeights.load(.file("\(folder)/tiny.zoo"), for: network)
      #expect(try again.tensor("bn1.bias").floats == weights.tensor("bn1.bias").floats)
    }
  }

  private func contradictions(_ yaml: String, _ file: String) throws -> [LayerContradiction] {
    let network = try Network(yaml: yaml, path: "net.yaml")
    do {
      _ = try LoadedWeights.load(.file(file), for: network)
      return []
    } catch ZooError.layersDiffer(_, _, let contradictions) {
      return contradictions
    }
  }

  @Test("An epsilon that differs is refused; what differs by rounding is not, and a factor of a half is in the weights")
  func epsilon() throws {
    let file = "bn-eps-0.3-gemm-alpha-0.5.onnx"
    #expect(
      try contradictions(Self.tiny(), Self.path(file)) == [
        LayerContradiction(layer: "bn1", storedName: "b1", attribute: "epsilon", found: "0.3", expected: "1e-05")
      ])
    let expected = [
      -0.1141977533698082, 0.07424623519182205, -0.06316335499286652, -0.007781703025102615, 0.03667193651199341,
      -0.11214019358158112, 0.07378979027271271, -0.07076214253902435, 0.00941108912229538, 0.02129773236811161,
      -0.10928922146558762, 0.011270008981227875, -0.013104576617479324, -0.04710241034626961, 0.05647234246134758,
    ]
    #expect(relativeError(try logits(Self.tiny(norm: ", epsilon: 0.3"), file, of: "x.npy"), expected) <= 1e-6)
    #expect(FailureCategory(of: ZooError.layersDiffer(path: "", model: "", [])) == .badData)
  }

  @Test("Every attribute of a convolution that differs is refused")
  func convolutions() throws {
    func differences(_ yaml: String) throws -> [String] {
      try contradictions(yaml, Self.path("legacy.onnx")).map {
        "\($0.layer) \($0.attribute) \($0.found) \($0.expected)"
      }
    }
    #expect(try differences(Self.tiny(conv1: "kernel: 3, padding: same")) == [])
    // The map has the size that the fully connected layer asks for in each of these.
    #expect(
      try differences(Self.tiny(conv1: "kernel: 3, padding: 2, dilation: 2"))
        == ["conv1 padding 1 2", "conv1 dilation 1×1 2×2"])
    #expect(
      try differences(Self.tiny(conv1: "kernel: 3, padding: {top: 2, left: 0, bottom: 0, right: 2}"))
        == ["conv1 padding 1 top 2, left 0, bottom 0, right 2"])
    #expect(
      try differences(Self.tiny(conv1: "kernel: 3, padding: 7, stride: 2")) == [
        "conv1 stride 1×1 2×2", "conv1 padding 1 7",
      ])
  }

  @Test("Without nodes nothing is folded, and an archive of the file's own names carries what nodes say")
  func archives() throws {
    try Fixtures.withTemporaryFolder { folder in
      let network = try Network(yaml: Self.tiny(), path: "net.yaml")
      let packing = try Packing(input: Self.path("legacy.onnx"), model: nil)
      _ = try packing.write(to: "\(folder)/a.zoow", overwrite: false)
      let weights = try LoadedWeights.load(.file("\(folder)/a.zoow"), for: network)
      #expect(weights.report.foldedLayers == ["conv1"])
      #expect(weights.checkpoint.metadata[Provenance.layersKey] == nil)
      let differing = try Packing(input: Self.path("bn-eps-0.3-gemm-alpha-0.5.onnx"), model: nil)
      _ = try differing.write(to: "\(folder)/b.zoow", overwrite: false)
      #expect(try contradictions(Self.tiny(), "\(folder)/b.zoow").map(\.attribute) == ["epsilon"])

      let bare = try Checkpoint.open(Self.path("legacy.onnx"))
      let tensors = try bare.entries.map { (name: $0.name, tensor: try bare.tensor(named: $0.name)) }
      #expect(throws: CheckpointMismatch.self) {
        try LoadedWeights(Checkpoint(tensors), for: network, called: "bare")
      }
    }
  }

  @Test("Words")
  func words() {
    let differences = (0..<10).map { number in
      LayerContradiction(
        layer: "conv\(number)", storedName: number == 0 ? "conv0" : "node", attribute: "stride", found: "1×1",
        expected: "2×2")
    }
    #expect(
      ZooError.layersDiffer(path: "a.onnx", model: "m", Array(differences.prefix(2))).description == """
        a.onnx: the tensors fit m, but the file computes with them in another way:
          conv0: stride is 1×1 in the file and 2×2 in the definition
          conv1 ('node' in the file): stride is 1×1 in the file and 2×2 in the definition
        Change the definition to what the file says, or give the weights of this network.
        """)
    #expect(
      ZooError.layersDiffer(path: "a.onnx", model: "m", differences).description.contains("  and 2 more\n"))
  }
}
