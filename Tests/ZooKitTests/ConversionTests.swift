import Testing
import ZooGraph
import ZooKit
import ZooRuntime
import ZooSpec
import ZooTensor
import ZooWeights

@Suite struct ConversionTests {
  @Test(
    "at the native size every network answers as before",
    arguments: ["lenet", "alexnet", "zfnet", "googlenet", "googlenet-caffe", "resnet18", "resnet20", "cifar-small"])
  func native(name: String) throws {
    let network = try Network.find(name)
    let conversion = try Conversion(network, name: "\(name)-conv")
    let weights = try LoadedWeights.load(.synthetic(seed: 3), for: network)
    #expect(try conversion.check(weights) <= 1e-5, "\(name)")
  }

  /// A gate is one number for the whole image, of which a larger image would need many.
  private static func slides(_ network: Network) -> Bool {
    !network.graph.nodes.contains { $0.operation == .multiply }
  }

  @Test("each kind of network of the catalogue converts to a definition that builds", arguments: Fixtures.kinds)
  func builds(name: String) throws {
    let network = try Network.find(name)
    guard Self.slides(network) else {
      let error = #expect(throws: DefinitionErrors.self) { _ = try Conversion(network, name: "\(name)-conv") }
      #expect(error?.description.contains("so the network cannot slide") == true, "\(name)")
      return
    }
    let conversion = try Conversion(network, name: "\(name)-conv")
    let converted = try Network(yaml: conversion.definition, path: "\(name)-conv.yaml")
    #expect(converted.graph.nodes.map(\.shape) == conversion.result.graph.nodes.map(\.shape))
    #expect(converted.graph.nodes.map(\.name) == conversion.result.graph.nodes.map(\.name))
    #expect(converted.totals.parameters == conversion.network.totals.parameters)
    #expect(
      !converted.graph.nodes.contains { node in
        switch node.operation {
        case .fullyConnected, .globalAveragePool, .adaptiveAveragePool, .flatten: true
        default: false
        }
      })
  }

  @Test("a network without padding gives each cell what its crop gives alone")
  func cells() throws {
    let network = try Network.find("lenet")
    let conversion = try Conversion(network, name: "lenet-conv")
    let (height, width) = (44, 52)
    let sliding = try Network(yaml: conversion.definition, path: "lenet-conv.yaml", input: [1, height, width])
    let image = SyntheticCheckpoint.input(shape: sliding.input, seed: 5).floats
    let map = try Model(sliding, weights: .synthetic(seed: 1)).logits(Tensor(shape: sliding.input, floats: image))
    #expect(map.shape == [1, 10, 5, 7])
    let classifier = try Model(network, weights: .synthetic(seed: 1))
    let scores = map.floats
    for row in 0..<5 {
      for column in 0..<7 {
        let crop = (0..<28).flatMap { y in (0..<28).map { x in image[(4 * row + y) * width + 4 * column + x] } }
        let alone = try classifier.logits(Tensor(shape: [1, 28, 28], floats: crop)).floats
        let cell = (0..<10).map { scores[($0 * 5 + row) * 7 + column] }
        #expect(relativeError(cell, alone.map { Double($0) }) <= 1e-5, "cell (\(row), \(column))")
      }
    }
  }

  @Test("VGG16 at 384×384 gives a map of 6×6×1000")
  func vgg() throws {
    let conversion = try Conversion(Network.find("vgg16"), name: "vgg16-conv")
    let sliding = try Network(yaml: conversion.definition, path: "vgg16-conv.yaml", input: [3, 384, 384])
    #expect(try sliding.logits() == [1000, 6, 6])
    #expect(conversion.result.outputStride.height == 32)
    #expect(conversion.result.nativeInput == [3, 224, 224])
  }

  @Test("the archive of a converted network is a view of the same numbers")
  func archive() throws {
    try Fixtures.withTemporaryFolder { folder in
      let network = try Network.find("lenet-digits")
      let conversion = try Conversion(network, name: "sliding")
      let weights = try LoadedWeights.load(.automatic, for: network)
      try conversion.write(weights, to: "\(folder)/sliding.zoow")
      try FileSystem.write(conversion.definition.utf8, to: "\(folder)/sliding.yaml")
      let image = SyntheticCheckpoint.input(shape: network.input)
      let converted = try Model("\(folder)/sliding.yaml").logits(image).floats
      let original = try Model(network).logits(image).floats
      #expect(relativeError(converted, original.map { Double($0) }) <= 1e-5)
      let packed = try Checkpoint.open("\(folder)/sliding.zoow").tensor(named: "ip1.weight")
      let source = try weights.tensor("ip1.weight")
      #expect(packed.shape == [500, 50, 4, 4])
      #expect(packed.floats == source.floats)
    }
  }

  @Test("labels in a file beside the definition travel with what is written elsewhere")
  func labels() throws {
    try Fixtures.withTemporaryFolder { folder in
      let yaml = try #require(Catalogue.file("zoo/lenet.yaml")).text.replacing("labels: digits", with: "labels: my.txt")
      try FileSystem.write(yaml.utf8, to: "\(folder)/mine.yaml")
      try FileSystem.write((0..<10).map { "n\($0)\n" }.joined().utf8, to: "\(folder)/my.txt")
      let network = try Network.find("\(folder)/mine.yaml")
      let converted = try Network(yaml: Conversion(network, name: "c").definition, path: "elsewhere/c.yaml")
      let flat = try Network(yaml: network.expandedDefinition(), path: "elsewhere/f.yaml")
      #expect(converted.labels?[3]?.name == "n3")
      #expect(flat.labels == network.labels)
    }
  }

  @Test(
    "converting and converting back gives the same network",
    arguments: try Fixtures.kinds.filter { try slides(Network.find($0)) })
  func restoration(name: String) throws {
    let network = try Network.find(name)
    let conversion = try Conversion(network, name: "\(name)-conv")
    let converted = try Network(yaml: conversion.definition, path: "zoo/\(name)-conv.yaml")
    #expect(converted.original.map(Self.lines) == Self.lines(network.graph))
    let restoration = try Restoration(converted)
    let original = try Network(yaml: restoration.definition, path: "zoo/\(name).yaml")
    #expect(Self.lines(original.graph) == Self.lines(network.graph))
    #expect(original.graph.outputs == network.graph.outputs)
    #expect(original.graph.tensors == network.graph.tensors)
    #expect(original.totals == network.totals)
    #expect(original.card == network.card)
    let again = try Conversion(original, name: "\(name)-conv")
    #expect(Self.lines(again.result.graph) == Self.lines(conversion.result.graph))
    #expect(throws: ZooError.alreadySliding(model: converted.name, original: name)) {
      _ = try Conversion(converted, name: "twice")
    }
    #expect(throws: ZooError.notConverted(model: name)) { _ = try Restoration(network) }
  }

  private static func lines(_ graph: Graph) -> [String] {
    graph.nodes.map { "\($0.name) \($0.operation) \($0.inputs) \($0.shape) \($0.isTrainingOnly)" }
  }

  /// With a head that only training uses, whose weights must not get lost on the way.
  private static let twoHeads = """
    zoo: 1
    name: two-heads
    title: Two heads
    input: [3, 12, 12]
    labels: [cat, dog, fish, bird]
    expected: {parameters: 2893}
    layers:
      - conv: {name: conv, out: 8, kernel: 3}
      - relu
      - max_pool: {name: pool, kernel: 2}
      - fc: {name: side, out: 4, training_only: true}
      - fc: {name: hidden, from: pool, out: 13}
      - relu
      - fc: {name: fc, out: 4}
    outputs:
      logits: fc
      side: {from: side, role: auxiliary, loss_weight: 0.3}
    """

  @Test("weights come back bit for bit, those that only training uses too")
  func weightsBack() throws {
    try Fixtures.withTemporaryFolder { folder in
      try FileSystem.write(Self.twoHeads.utf8, to: "\(folder)/two-heads.yaml")
      let network = try Network.find("\(folder)/two-heads.yaml")
      let weights = try LoadedWeights.load(.synthetic(seed: 4), for: network)
      #expect(weights.checkpoint.entries.contains { $0.name == "side.weight" })
      let conversion = try Conversion(network, name: "wide")
      try FileSystem.write(conversion.definition.utf8, to: "\(folder)/wide.yaml")
      try conversion.write(weights, to: "\(folder)/wide.zoow")
      let wide = try Network.find("\(folder)/wide.yaml")
      #expect(try LoadedWeights.load(.automatic, for: wide).tensor("fc.weight").shape == [4, 13, 1, 1])
      let restoration = try Restoration(wide)
      let back = try LoadedWeights.load(.file("\(folder)/wide.zoow"), for: restoration.original)
      #expect(try restoration.verify(back) <= 1e-5)
      try restoration.write(back, to: "\(folder)/back.zoow")
      let packed = try Checkpoint.open("\(folder)/back.zoow")
      #expect(packed.entries.count == network.graph.tensors.count)
      for tensor in network.graph.tensors {
        let found = try packed.tensor(named: tensor.name)
        #expect(found.shape == tensor.shape, "\(tensor.name)")
        #expect(try found.floats == weights.tensor(tensor.name).floats, "\(tensor.name)")
      }
    }
  }

  @Test("what cannot slide is shown at its line")
  func cannotSlide() throws {
    let network = try Network(
      yaml: """
        zoo: 1
        name: net
        input: [3, 8, 8]
        layers:
          - locally_connected: {name: local, out: 2, kernel: 3}
          - fc: {name: fc, out: 7}
        outputs: {logits: fc}
        """, path: "net.yaml")
    let error = #expect(throws: DefinitionErrors.self) { _ = try Conversion(network, name: "c") }
    #expect(error.map { "\($0)".hasPrefix("net.yaml:5:5: error: layer local: a locally connected layer has") } == true)
    #expect(throws: DefinitionErrors.self) { _ = try SlidingClassifier(network, weights: .synthetic(seed: 0)) }
  }
}
