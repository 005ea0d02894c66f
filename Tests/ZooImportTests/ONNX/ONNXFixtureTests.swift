import FoundationEssentials
import Testing
import ZooGraph
import ZooImport
import ZooRuntime
import ZooTensor
import ZooWeights

/// Models that PyTorch's exporters wrote, with the answers that PyTorch gave in double precision; `onnx_fixtures.py` makes them.
struct ONNXFixtureTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/onnx").path

  static let networks = ["residual", "functions", "shuffle", "channels-last", "decoder"]
  static let exporters = ["script11", "script17", "dynamo"]

  /// The largest difference between the answers, relative to the largest number.
  static func difference(_ network: ImportedNetwork, _ name: String) throws -> Double {
    let weights = try #require(network.weights)
    let input = try NumPyFile.read("\(folder)/\(name)-in.npy")
    let expected = try NumPyFile.read("\(folder)/\(name)-out.npy")
    let interpreter = try Interpreter(graph: network.graph) { try weights.tensor(named: $0) }
    let found = try interpreter.run(input)[0]
    try #require(found.shape.elementCount == expected.shape.elementCount, "\(found.shape) for \(expected.shape)")
    var (largest, most) = (0.0, 0.0)
    for (a, b) in zip(found.floats, expected.convertedToFloat32().floats) {
      most = max(most, abs(Double(a) - Double(b)))
      largest = max(largest, abs(Double(b)))
    }
    return most / largest
  }

  @Test("what PyTorch's exporters write gives PyTorch's answers", arguments: networks, exporters)
  func answers(name: String, exporter: String) throws {
    let network = try ImportedNetwork(onnx: "\(Self.folder)/\(name)-\(exporter).onnx")
    try network.graph.verify()
    let difference = try Self.difference(network, name)
    #expect(difference < 1e-6, "\(name) by \(exporter) differs by \(difference)")
    #expect(network.weights?.entries.map(\.name) == network.graph.tensors.map(\.name))
  }

  @Test("all exporters give the same layers of one network", arguments: networks)
  func sameLayers(name: String) throws {
    let networks = try Self.exporters.map { try ImportedNetwork(onnx: "\(Self.folder)/\(name)-\($0).onnx") }
    for (exporter, network) in zip(Self.exporters, networks).dropFirst() {
      #expect(
        network.graph.nodes.map(\.operation.kind.word) == networks[0].graph.nodes.map(\.operation.kind.word),
        "\(name) by \(exporter)")
    }
  }

  @Test("layers are called as in the program that was exported", arguments: exporters)
  func names(exporter: String) throws {
    let graph = try ImportedNetwork(onnx: "\(Self.folder)/residual-\(exporter).onnx").graph
    let names = graph.nodes.map(\.name)
    for name in ["conv", "layer.0.conv1", "layer.0.conv2", "layer.0.fc1", "layer.1.relu", "layer.1.conv1", "fc"] {
      #expect(names.contains(name), "\(name) is not among \(names)")
    }
  }

  @Test("a model with the channels last, SAME padding and what depends on the size alone gives PyTorch's answer")
  func tensorflow() throws {
    let network = try ImportedNetwork(onnx: "\(Self.folder)/tensorflow.onnx")
    #expect(try Self.difference(network, "tensorflow") < 1e-6)
    #expect(network.graph.nodes[0].shape == [3, 15, 18])
    #expect(
      network.graph.nodes.map(\.operation.kind.word) == ["input", "conv", "scale", "relu", "max_pool", "fc", "softmax"])
    #expect(network.notes.map(\.text).contains { $0.contains("columns of its weight") })
    #expect(network.graph.outputs.map(\.role) == [.probabilities])
  }

  @Test("a file that is cut short or changed is refused and stops nothing")
  func damaged() throws {
    let bytes = Array(try Data(contentsOf: URL(filePath: "\(Self.folder)/shuffle-script17.onnx")))
    for length in stride(from: 0, to: bytes.count, by: 97) {
      let network = try? ImportedNetwork(onnx: Array(bytes[..<length]), name: "cut")
      if let network { try network.graph.verify() }
    }
    for position in stride(from: 3, to: bytes.count, by: 61) {
      var changed = bytes
      changed[position] ^= 0x55
      let network = try? ImportedNetwork(onnx: changed, name: "changed")
      if let network { try network.graph.verify() }
    }
  }
}
