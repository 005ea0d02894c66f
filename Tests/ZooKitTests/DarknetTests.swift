import FoundationEssentials
import Testing
import ZooKit
import ZooTensor
import ZooWeights

/// Weights without names, which take them from the network.
@Suite struct DarknetTests {
  private func definition(_ layers: String) -> String {
    """
    zoo: 1
    name: tiny
    input: [2, 4, 4]
    layers:
    \(layers)
    outputs: {logits: fc}
    """
  }

  private let plain = """
    - conv: {name: conv1, out: 3, kernel: 3, bias: false}
    - batch_norm: {name: bn1}
    - relu
    - conv: {name: conv2, out: 6, kernel: 1, groups: 3}
    - fc: {name: fc, out: 5}
    """

  /// A file with the numbers 1, 2, 3, … after its header.
  private func file(_ count: Int, in folder: String) throws -> String {
    var bytes: [UInt8] = [0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 8)
    for number in 1...count { withUnsafeBytes(of: Float(number)) { bytes += Array($0) } }
    try Data(bytes).write(to: URL(filePath: "\(folder)/tiny.weights"))
    return "\(folder)/tiny.weights"
  }

  /// 3 · 4 + 54, then 6 + 6, then 5 + 120.
  private let count = 203

  @Test("Names and shapes are the network's, places are darknet's")
  func load() throws {
    try Fixtures.withTemporaryFolder { folder in
      let network = try Network(yaml: definition(plain), path: "\(folder)/tiny.yaml")
      let weights = try LoadedWeights.load(.file(file(count, in: folder)), for: network)
      #expect(weights.checkpoint.format == .darknet)
      let first: [String: Float] = [
        "bn1.bias": 1, "bn1.weight": 4, "bn1.running_mean": 7, "bn1.running_var": 10, "conv1.weight": 13,
        "conv2.bias": 67, "conv2.weight": 73, "fc.bias": 79, "fc.weight": 84,
      ]
      #expect(Set(weights.checkpoint.entries.map(\.name)) == Set(first.keys))
      for tensor in network.graph.tensors {
        let floats = try weights.tensor(tensor.name).floats
        let start = try #require(first[tensor.name])
        #expect(floats == (0..<tensor.shape.elementCount).map { start + Float($0) }, "\(tensor.name)")
      }
      // The same through the model that packs it.
      try Data(definition(plain).utf8).write(to: URL(filePath: "\(folder)/tiny.yaml"))
      let packing = try Packing(input: "\(folder)/tiny.weights", model: "\(folder)/tiny.yaml")
      _ = try packing.write(to: "\(folder)/tiny.zoow", overwrite: false)
      #expect(try Checkpoint.open("\(folder)/tiny.zoow").tensor(named: "fc.weight").floats[119] == 203)
    }
  }

  @Test("A file of another network, and one without a network")
  func otherNetwork() throws {
    try Fixtures.withTemporaryFolder { folder in
      let network = try Network(yaml: definition(plain), path: "\(folder)/tiny.yaml")
      let path = try file(count - 1, in: folder)
      #expect(
        throws: WeightsError(
          path: path, .darknet(.layerPastEnd(layer: "fc", offset: 332, needed: 500, found: 496)))
      ) { try LoadedWeights.load(.file(path), for: network) }
      #expect(throws: WeightsError(path: path, .darknet(.needsNetwork))) { try Packing(input: path, model: nil) }
    }
  }

  static let obstacles: [(layers: String, layer: String, obstacle: DarknetObstacle)] = [
    (
      "- conv: {name: a, out: 3, kernel: 3}\n- batch_norm: {name: b}\n- fc: {name: fc, out: 5}", "a",
      .biasBeforeBatchNorm
    ),
    ("- conv: {name: a, out: 3, kernel: 3, bias: false}\n- relu\n- fc: {name: fc, out: 5}", "a", .noBias),
    (
      "- conv: {name: a, out: 3, kernel: 3}\n- relu\n- batch_norm: {name: b}\n- fc: {name: fc, out: 5}", "b",
      .batchNormAlone
    ),
    ("- locally_connected: {name: a, out: 3, kernel: 3}\n- fc: {name: fc, out: 5}", "a", .locallyConnected),
    (
      "- conv: {name: a, out: 3, kernel: 3}\n- prelu: {name: p}\n- fc: {name: fc, out: 5}", "p",
      .unknown(operation: "prelu")
    ),
  ]

  @Test("Networks that darknet does not have", arguments: obstacles.indices)
  func unlike(position: Int) throws {
    let (layers, layer, obstacle) = Self.obstacles[position]
    try Fixtures.withTemporaryFolder { folder in
      let network = try Network(yaml: definition(layers), path: "\(folder)/tiny.yaml")
      let path = try file(count, in: folder)
      #expect(throws: ZooError.notForDarknet(model: "tiny", layer: layer, obstacle)) {
        try LoadedWeights.load(.file(path), for: network)
      }
    }
  }
}
