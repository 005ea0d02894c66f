import FoundationEssentials
import Testing
import ZooKit
import ZooSpec
import ZooTensor
import ZooWeights

@Suite struct NetworkTests {
  @Test(
    "a definition that does not exist is looked up in the catalogue",
    arguments: ["resnet18", "resnet18.yaml", "resnet18.yml"])
  func find(reference: String) throws {
    let network = try Network.find(reference)
    #expect((network.name, network.origin) == ("resnet18", .catalogue))
  }

  @Test("torchvision's name of a network that has another one here means it", arguments: ["vgg16_bn", "vgg16_bn.yaml"])
  func torchvisionName(reference: String) throws {
    #expect(try Network.find(reference).name == "vgg16-bn")
    #expect(Catalogue.modelName(for: "mobilenet-v2") == "mobilenet_v2")
    #expect(Catalogue.modelName(for: "vgg16bn") == nil)
  }

  @Test(
    "a path names what is there alone",
    arguments: ["nowhere/resnet18.yaml", "./resnet18.yaml", "/resnet18.yml", "./resnet18", "zoo/resnet18"])
  func path(reference: String) {
    #expect(
      throws: ZooError.inputMissing(path: reference, what: "model; that of the catalogue is called resnet18")
    ) {
      try Network.find(reference)
    }
  }

  @Test("a name is not cut at its first point")
  func points() {
    #expect(throws: ZooError.modelNotFound("resnet18.mine.yaml", suggestions: ["resnet18"])) {
      try Network.find("resnet18.mine.yaml")
    }
    #expect(throws: ZooError.inputMissing(path: "resnet18.zoo", what: "model")) { try Network.find("resnet18.zoo") }
  }

  @Test("variant_of and labels with a folder name that file; variant_of without one, else the catalogue's")
  func references() throws {
    let folder = try Folder()
    let variant = "zoo: 1\nname: mine\nvariant_of: BASE\n"
    func find(_ base: String) throws -> Network {
      try folder.write(Array(variant.replacing("BASE", with: base).utf8), to: "mine.yaml")
      return try Network.find("\(folder.path)/mine.yaml")
    }
    #expect(try find("lenet.yaml").definition.sources.map(\.path) == ["\(folder.path)/mine.yaml", "zoo/lenet.yaml"])
    #expect {
      try find("elsewhere/lenet.yaml")
    } throws: {
      "\($0)".contains("there is no definition 'elsewhere/lenet.yaml'")
    }
    let own = try #require(Catalogue.file("zoo/lenet.yaml"))
    try folder.write(own, to: "lenet.yaml")
    #expect(try find("lenet.yaml").definition.sources.last?.path == "\(folder.path)/lenet.yaml")
    let labelled = "zoo: 1\nname: mine\ninput: [1, 1, 1]\nlabels: sub/l.txt\nlayers: [{fc: {name: fc, out: 2}}]\n"
    try folder.write(Array(labelled.utf8), to: "labelled.yaml")
    #expect(throws: ZooError.inputMissing(path: "\(folder.path)/sub/l.txt", what: "file of labels")) {
      try Network.find("\(folder.path)/labelled.yaml")
    }
  }

  @Test("label files are UTF-8, with a byte order mark or not")
  func labelFiles() throws {
    let folder = try Folder()
    let labelled = "zoo: 1\nname: mine\ninput: [1, 1, 1]\nlabels: l.txt\nlayers: [{fc: {name: fc, out: 2}}]\n"
    try folder.write(Array(labelled.utf8), to: "net.yaml")
    func labels(_ bytes: [UInt8]) throws -> [String]? {
      try folder.write(bytes, to: "l.txt")
      return try Network.find("\(folder.path)/net.yaml").labels?.labels.map(\.name)
    }
    #expect(try labels([0xEF, 0xBB, 0xBF] + Array("cat\r\nch\u{E2}t\r\n".utf8)) == ["cat", "ch\u{E2}t"])
    #expect {
      try labels(Array("cat\r\nch".utf8) + [0xE2, 0x74])
    } throws: {
      "\($0)".hasPrefix("\(folder.path)/l.txt:2:3: error: this byte is not UTF-8; save the file as UTF-8\n")
    }
    // UTF-16, as an editor that calls it Unicode saves it.
    #expect {
      try labels([0xFF, 0xFE, 0x63, 0x00])
    } throws: {
      "\($0)".hasPrefix("\(folder.path)/l.txt:1:1: error: this byte is not UTF-8")
    }
    #expect(Labels(text: "\u{FEFF}n01\tcat\n\u{FEFF}dog").labels.map(\.name) == ["cat", "\u{FEFF}dog"])
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
    try Data("hello".utf8).write(to: URL(filePath: "\(folder)/resnet18"))
    for path in [other, "\(folder)/resnet18"] {
      #expect(throws: ZooError.notAModel(path: path, holdsWeights: false)) { try Network.find(path) }
    }
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
    #expect(other.totals.parameters != 431_080)
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

  @Test("a tensor that no other size would make fit is refused for what it is")
  func inputLayout() throws {
    let model = try Model("cifar-small", weights: .synthetic(seed: 0))
    let expected = "3×32×32, or N×3×32×32 for a batch"
    for (shape, isChannelsLast) in [
      ([32, 32, 3], true), ([2, 32, 32, 3], true), ([1, 32, 32], false), ([32, 32], false), ([0, 3, 32, 32], false),
      ([1, 1, 3, 32, 32], false), ([3072], false),
    ] as [(Shape, Bool)] {
      #expect(
        throws: ZooError.inputLayout(
          expected: expected, found: "\(shape)", isChannelsLast: isChannelsLast, path: nil), "\(shape)"
      ) {
        try model.logits(SyntheticCheckpoint.input(shape: shape))
      }
    }
    #expect(throws: ZooError.inputType(found: "float64", path: nil)) {
      try model.logits(
        Tensor(shape: [3, 32, 32], elementType: .float64) { _ = $0.initializeMemory(as: UInt8.self, repeating: 0) })
    }
  }

  @Test("weights of synthetic seeds differ", arguments: [("synthetic", 0 as UInt64), ("synthetic:7", 7)])
  func seeds(argument: String, seed: UInt64) throws {
    guard case .synthetic(seed) = try WeightSource(argument: argument) else {
      Issue.record("'\(argument)' is not the seed \(seed)")
      return
    }
  }

  @Test("seeds that are not numbers", arguments: ["synthetic:", "synthetic:-1", "synthetic:x"])
  func badSeeds(argument: String) {
    #expect(throws: ZooError.seed(argument)) { try WeightSource(argument: argument) }
  }
}

extension [UInt8] {
  var text: String { String(decoding: self, as: UTF8.self) }
}
