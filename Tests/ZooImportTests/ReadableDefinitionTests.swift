import Testing
import ZooGraph
import ZooImport
import ZooKit
import ZooSpec
import ZooTensor

/// Definitions that are read out of graphs, of which only the layers are known.
struct ReadableDefinitionTests {
  static func definition(_ name: String) throws -> Definition {
    let path = "zoo/\(name).yaml"
    let source = SourceFile(path: path, bytes: try #require(Catalogue.file(path)))
    return try Definition.parse(source) { file, _ in
      Catalogue.file("zoo/\(file)").map { SourceFile(path: "zoo/\(file)", bytes: $0) }
    }
  }

  /// The graph with names that say nothing.
  static func numbered(_ graph: Graph) throws -> Graph {
    var result = Graph(name: graph.name)
    for (index, node) in graph.nodes.enumerated() {
      try result.append(
        node.operation, name: "n\(index)", inputs: node.inputs, isTrainingOnly: node.isTrainingOnly)
    }
    result.outputs = graph.outputs
    return result
  }

  @Test(arguments: Catalogue.modelNames)
  func `what is recovered of a network builds the same graph with the same names of tensors`(name: String) throws {
    let definition = try Self.definition(name)
    let graph = try definition.graph()
    let found = try ReadableDefinition(graph, card: definition.card)
    let again = try Definition.parse(SourceFile(path: "again.yaml", text: found.text)).graph()
    #expect(again.isIsomorphic(to: graph), "\(name)")
    #expect(again.tensors == graph.tensors, "\(name)")
    #expect(found.tensorNames.allSatisfy { $0 == $1 }, "\(name)")
  }

  /// Lines of defaults, blocks and layers, at most.
  static let limits = [
    ("resnet18", 40), ("resnet50", 40), ("resnet152", 40), ("resnext101_64x4d", 40), ("resnet110", 30), ("vgg16", 40),
    ("vgg19-bn", 40), ("squeezenet1_0", 40), ("googlenet", 90), ("densenet201", 45), ("mnasnet1_0", 75),
    ("efficientnet_b0", 100), ("regnet_x_400mf", 45), ("regnet_y_16gf", 60), ("shufflenet_v2_x1_0", 65),
    ("darknet53", 45),
  ]

  @Test(arguments: limits)
  func `what repeats is written once`(name: String, limit: Int) throws {
    let definition = try Self.definition(name)
    let found = try ReadableDefinition(try definition.graph(), card: definition.card)
    #expect(found.lineCount <= limit, "\(name): \(found.text)")
  }

  /// The same without names, at most.
  static let limitsWithoutNames = [
    ("resnet18", 40), ("resnet50", 40), ("resnet152", 40), ("vgg16", 40), ("vgg19-bn", 40), ("mobilenet_v2", 45),
    ("squeezenet1_0", 40), ("googlenet", 85), ("densenet121", 45), ("mobilenet_v3_small", 80), ("efficientnet_b0", 90),
    ("regnet_y_400mf", 50), ("shufflenet_v2_x1_0", 65), ("convnext_tiny", 45),
  ]

  @Test(arguments: limitsWithoutNames)
  func `what repeats is found without names`(name: String, limit: Int) throws {
    let definition = try Self.definition(name)
    let graph = try Self.numbered(try definition.graph())
    let found = try ReadableDefinition(graph, card: definition.card)
    #expect(found.lineCount <= limit, "\(name): \(found.text)")
    #expect(found.graph.isIsomorphic(to: graph), "\(name)")
    #expect(Set(found.paths.keys) == Set(graph.nodes.map(\.name)), "\(name)")
    #expect(Set(found.tensorNames.values) == Set(found.graph.tensors.map(\.name)), "\(name)")
    // The result does not depend on the order of dictionaries.
    let again = try ReadableDefinition(graph, card: definition.card)
    #expect(again.text == found.text, "\(name)")
  }

  /// Two fire modules after a convolution and its activation, as PyTorch's exporter names them.
  @Test func `a convolution and its activation alone among numbered blocks keep their numbers`() throws {
    func convolution(_ channels: Int, _ size: Int) -> ZooGraph.Operation {
      .convolution(
        Convolution(outputChannels: channels, kernel: Extent(size), padding: Padding(size / 2), hasBias: true))
    }
    var graph = Graph(name: "fire")
    var last = try graph.append(.input([3, 8, 8]), name: "input")
    last = try graph.append(convolution(16, 3), name: "features.0", inputs: [last])
    last = try graph.append(.activation(.relu), name: "features.1", inputs: [last])
    last = try graph.append(.batchNorm(BatchNorm()), name: "features.2", inputs: [last])
    for (number, width) in [(3, 4), (4, 4), (6, 8), (7, 8)] {
      let prefix = "features.\(number)"
      func layer(_ name: String, _ channels: Int, _ size: Int, _ input: NodeID) throws -> NodeID {
        let value = try graph.append(convolution(channels, size), name: "\(prefix).\(name)", inputs: [input])
        return try graph.append(.activation(.relu), name: "\(prefix).\(name)_activation", inputs: [value])
      }
      let squeezed = try layer("squeeze", width, 1, last)
      let expanded = [try layer("expand1x1", 4 * width, 1, squeezed), try layer("expand3x3", 4 * width, 3, squeezed)]
      last = try graph.append(.concat, name: "\(prefix).concat", inputs: expanded)
      if number == 4 { last = try graph.append(.batchNorm(BatchNorm()), name: "features.5", inputs: [last]) }
    }
    graph.outputs = [Output(name: "features", role: .features, value: last)]
    let found = try ReadableDefinition(graph, card: Card(name: "fire"))
    #expect(found.lineCount <= 24, "\(found.text)")
    #expect(found.tensorNames.allSatisfy { $0 == $1 }, "\(found.text)")
    #expect(found.graph.isIsomorphic(to: graph))
  }

  @Test func `a chain with branches at random is the same graph again`() throws {
    var state: UInt64 = 22
    func random(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    for round in 0..<60 {
      var graph = Graph(name: "random")
      var values = [try graph.append(.input([4, 8, 8]), name: "input")]
      for index in 1..<(3 + random(30)) {
        let name = ["n\(index)", "a.\(index)", "b\(random(3)).c\(random(2)).x\(index)", "s.\(index / 4).\(index % 4)"][
          round % 4]
        let near = values[values.count - 1 - min(random(3), values.count - 1)]
        let other = values[values.count - 1 - min(random(6), values.count - 1)]
        let operation: ZooGraph.Operation
        var inputs = [random(3) == 0 ? near : values[values.count - 1]]
        switch random(5) {
        case 0:
          operation = .add(nil, stochasticDepth: 0)
          inputs.append(other)
        case 1: operation = .activation(.relu)
        case 2: operation = .batchNorm(BatchNorm())
        default:
          let padding = random(2)
          operation = .convolution(
            Convolution(
              outputChannels: 4, kernel: Extent(1 + 2 * padding), padding: Padding(padding), hasBias: random(2) == 0))
        }
        values.append(try graph.append(operation, name: name, inputs: inputs))
      }
      graph.outputs = [Output(name: "features", role: .features, value: values[values.count - 1])]
      let found = try ReadableDefinition(graph, card: Card(name: "random"))
      let again = try Definition.parse(SourceFile(path: "again.yaml", text: found.text)).graph()
      #expect(again.isIsomorphic(to: graph), "round \(round): \(found.text)")
    }
  }
}
