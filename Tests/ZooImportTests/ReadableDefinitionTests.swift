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
}
