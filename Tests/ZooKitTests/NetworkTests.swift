import FoundationEssentials
import Testing
import ZooKit
import ZooSpec
import ZooTensor
import ZooWeights

@Suite struct NetworkTests {
  @Test(
    "a definition that does not exist is looked up in the catalogue",
    arguments: ["resnet18", "resnet18.yaml", "nowhere/resnet18.yaml"])
  func find(reference: String) throws {
    let network = try Network.find(reference)
    #expect((network.name, network.origin) == ("resnet18", .catalogue))
  }

  @Test("a name that does not exist has suggestions")
  func suggestions() {
    #expect(throws: ZooError.modelNotFound("resnet81", suggestions: ["resnet18", "resnet101", "resnet110"])) {
      try Network.find("resnet81")
    }
    #expect(throws: ZooError.modelNotFound("vgg", suggestions: ["vgg11", "vgg11-bn", "vgg13"])) {
      try Network.find("vgg")
    }
    #expect(throws: ZooError.modelNotFound("zzzzzzzz", suggestions: [])) { try Network.find("zzzzzzzz") }
  }

  @Test("a checkpoint, or another file, is no model")
  func notAModel() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/zoo-network-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (weights, other) = ("\(folder)/plain.safetensors", "\(folder)/notes.txt")
    try Checkpoint([("w", Tensor(shape: [1], floats: [1]))]).unpack(to: weights)
    try Data("hello".utf8).write(to: URL(filePath: other))
    for path in [weights, "\(weights)#ema"] {
      #expect(throws: ZooError.notAModel(path: path, holdsWeights: true)) { try Network.find(path) }
    }
    #expect(throws: ZooError.notAModel(path: other, holdsWeights: false)) { try Network.find(other) }
  }

  @Test("totals that are not the expected ones fail the build")
  func expected() throws {
    let yaml = try #require(Catalogue.file("zoo/lenet.yaml")).text.replacing(
      "parameters: 431080", with: "parameters: 431081")
    #expect {
      try Network(yaml: yaml, path: "lenet.yaml")
    } throws: { error in
      error is DefinitionErrors
        && "\(error)".contains("the network has 431,080 parameters, but 'expected' says 431,081")
    }
    let other = try Network(yaml: yaml, path: "lenet.yaml", input: [1, 32, 32])
    #expect(other.cost.inference.parameters != 431_080)
  }

  @Test(
    "the expanded definition builds the same network",
    arguments: ["resnet50-v1", "googlenet", "cifar-small", "lenet-digits"])
  func expanded(name: String) throws {
    let network = try Network.find(name)
    let flat = try Network(yaml: network.expandedDefinition(), path: "flat.yaml")
    #expect(flat.graph.nodes.map(\.operation) == network.graph.nodes.map(\.operation))
    #expect(flat.graph.tensors == network.graph.tensors)
    #expect(flat.preprocessing == network.preprocessing)
  }

  @Test("a tensor of another shape is refused")
  func inputShape() throws {
    let model = try Model("lenet", weights: .synthetic(seed: 0))
    let expected = "1×28×28, or N×1×28×28 for a batch"
    #expect(throws: ZooError.inputShape(expected: expected, found: "1×27×28", path: nil)) {
      try model.logits(SyntheticCheckpoint.input(shape: [1, 27, 28]))
    }
  }

  @Test("weights of synthetic seeds differ", arguments: [("synthetic", 0 as UInt64), ("synthetic:7", 7)])
  func seeds(argument: String, seed: UInt64) throws {
    #expect(try WeightSource(argument: argument) == .synthetic(seed: seed))
  }

  @Test("seeds that are not numbers", arguments: ["synthetic:", "synthetic:-1", "synthetic:x"])
  func badSeeds(argument: String) {
    #expect(throws: ZooError.seed(argument)) { try WeightSource(argument: argument) }
  }
}

extension [UInt8] {
  var text: String { String(decoding: self, as: UTF8.self) }
}
