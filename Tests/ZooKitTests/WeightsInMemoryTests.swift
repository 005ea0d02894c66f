import FoundationEssentials
import Testing
import ZooKit
import ZooTensor
import ZooWeights

/// Weights and definitions that are in no file.
@Suite struct WeightsInMemoryTests {
  private static let archive = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../zoo/weights/lenet-digits.zoow").path

  private func bits(_ tensor: Tensor) -> [UInt32] { tensor.floats.map(\.bitPattern) }

  @Test("the bytes of an archive, and the tensors of one, give the bits of the file")
  func archive() throws {
    let network = try Network.find("lenet")
    let input = SyntheticCheckpoint.input(shape: network.input)
    let model = try Model(network, weights: .file(Self.archive))
    let expected = bits(try model.logits(input))
    let bytes = Array(try Data(contentsOf: URL(filePath: Self.archive)))
    let fromBytes = try Model(network, weights: .bytes(bytes))
    #expect(bits(try fromBytes.logits(input)) == expected)
    #expect(fromBytes.preprocessing == model.preprocessing)
    #expect(fromBytes.labels?.count == model.labels?.count)
    #expect(fromBytes.weights.summary.hasPrefix("weights in memory"))
    let opened = try Model(network, weights: .checkpoint(Checkpoint.open(Self.archive)))
    #expect(bits(try opened.logits(input)) == expected)
    let tensors = try network.graph.tensors.map { ($0.name, try model.weights.tensor($0.name)) }
    let made = try Model(network, weights: .checkpoint(Checkpoint(tensors.map { (name: $0, tensor: $1) })))
    #expect(bits(try made.logits(input)) == expected)
    #expect(made.weights.summary.hasPrefix("tensors in memory"), "\(made.weights.summary)")
    // An archive is known again by its index, tensors are not.
    let unknown = try Model(
      network, weights: .checkpoint(Checkpoint(tensors.map { (name: $0, tensor: $1) })),
      options: Model.Options(cache: "/nowhere"))
    #expect(unknown.cacheUse == .unrecognisable)
  }

  @Test("bytes that are no checkpoint, and tensors that do not fit, are refused by name")
  func refused() throws {
    let network = try Network.find("lenet")
    #expect {
      try Model(network, weights: .bytes(Array("no weights".utf8), name: "upload"))
    } throws: {
      ($0 as? WeightsError)?.path == "upload"
    }
    #expect(throws: WeightsError.self) { try Model(network, weights: .bytes([])) }
    #expect(throws: CheckpointMismatch.self) { try Model(network, weights: .checkpoint(Checkpoint([]))) }
  }

  @Test("weights of darknet's, which need the network, are read from memory too")
  func darknet() throws {
    let network = try Network(
      definition: """
        zoo: 1
        name: tiny
        input: [2, 3, 3]
        layers:
          - fc: {name: fc, out: 4}
        """)
    let floats = (0..<4 + 4 * 18).map { Float($0) / 64 }
    var bytes: [UInt8] = [0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 8)
    for value in floats { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 } }
    try Fixtures.withTemporaryFolder { folder in
      let path = "\(folder)/tiny.weights"
      try Data(bytes).write(to: URL(filePath: path))
      let input = SyntheticCheckpoint.input(shape: network.input)
      let expected = bits(try Model(network, weights: .file(path)).logits(input))
      #expect(bits(try Model(network, weights: .bytes(bytes, name: "tiny.weights")).logits(input)) == expected)
    }
  }

  @Test("a definition from a string speaks of nothing but the catalogue")
  func definition() throws {
    let text = """
      zoo: 1
      name: small
      variant_of: resnet50.yaml
      """
    let network = try Network(definition: text)
    #expect(network.name == "small")
    #expect(network.input == [3, 224, 224])
    #expect(try Network(definition: text, input: [3, 96, 96]).input == [3, 96, 96])
    try Fixtures.withTemporaryFolder { folder in
      let path = "\(folder)/other.yaml"
      try Data("zoo: 1\nname: other\ninput: [2, 3, 3]\nlayers:\n  - fc: {name: fc, out: 4}\n".utf8)
        .write(to: URL(filePath: path))
      #expect(try Network.find(path).name == "other")
      #expect(throws: (any Error).self) { try Network(definition: "zoo: 1\nname: a\nvariant_of: \(path)\n") }
    }
  }
}
