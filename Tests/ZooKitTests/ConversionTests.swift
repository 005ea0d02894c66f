import Testing
import ZooGraph
import ZooKit
import ZooRuntime
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

  @Test("every network of the catalogue converts to a definition that builds", arguments: Catalogue.modelNames)
  func builds(name: String) throws {
    let conversion = try Conversion(Network.find(name), name: "\(name)-conv")
    let converted = try Network(yaml: conversion.definition, path: "\(name)-conv.yaml")
    #expect(converted.graph.nodes.map(\.shape) == conversion.result.graph.nodes.map(\.shape))
    #expect(converted.graph.nodes.map(\.name) == conversion.result.graph.nodes.map(\.name))
    #expect(converted.cost.inference.parameters == conversion.network.cost.inference.parameters)
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
}
