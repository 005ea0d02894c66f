import Testing
import ZooGraph
import ZooImport
import ZooKit
import ZooSpec
import ZooTensor

/// The catalogue's networks as PyTorch's exporters write them: without what inference does without, with batch norms in
/// the convolutions before them, sums as Python has them, and a dense layer that joins all before it.
struct ExportedDefinitionTests {
  private static func exported(_ graph: Graph) throws -> Graph {
    var result = Graph(name: graph.name)
    var ids: [NodeID: NodeID] = [:]
    // What a concatenation joins that is no concatenation itself.
    var parts: [NodeID: [NodeID]] = [:]
    let readers = graph.readers()
    for id in graph.ids where !graph[id].isTrainingOnly {
      let node = graph[id]
      var operation = node.operation
      var inputs = node.inputs.compactMap { ids[$0] }
      switch operation {
      case .dropout:
        ids[id] = inputs[0]
        continue
      case .batchNorm(let norm) where norm.hasStatistics:
        if case .convolution = graph[node.inputs[0]].operation {
          ids[id] = inputs[0]
          continue
        }
      case .convolution(var layer):
        if readers[id.index].contains(where: { graph[$0].operation.kind == .batchNorm }) {
          layer.hasBias = true
          operation = .convolution(layer)
        }
      case .join(.add, let activation, _):
        operation = .add(activation)
        if graph[node.inputs[1]].name.split(separator: ".").last != "0" { inputs.swapAt(0, 1) }
      case .concat:
        let all = node.inputs.flatMap { parts[$0] ?? [$0] }
        parts[id] = all
        inputs = all.compactMap { ids[$0] }
      default: break
      }
      ids[id] = try result.append(operation, name: node.name, inputs: inputs)
    }
    result.outputs = graph.outputs.filter { !graph[$0.value].isTrainingOnly }.compactMap { output in
      ids[output.value].map { Output(name: output.name, role: output.role, value: $0) }
    }
    return result
  }

  /// The lines that say what the layers are, of the file that the network is written in or is a variant of.
  private static func lines(_ name: String) throws -> Int {
    let bytes = try #require(Catalogue.file("zoo/\(name).yaml"))
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    if let base = lines.first(where: { $0.hasPrefix("variant_of: ") }) {
      return try Self.lines(String(base.dropFirst("variant_of: ".count).prefix { $0 != "." }))
    }
    var count = 0
    var isInside = false
    for line in lines where line.first != "#" {
      if line.first != " " {
        isInside = ["parameters", "defaults", "blocks", "layers"].contains(line.prefix { $0 != ":" })
      }
      if isInside { count += 1 }
    }
    return count
  }

  static let names = [
    "alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "efficientnet_v2_s", "googlenet", "inception_v3",
    "mnasnet1_0", "mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small", "regnet_x_400mf", "regnet_y_400mf",
    "resnet18", "resnet50", "shufflenet_v2_x1_0", "squeezenet1_0", "vgg16-bn",
  ]

  @Test("an export's definition is not longer than the catalogue's by more than half", arguments: names)
  func length(name: String) throws {
    let definition = try ReadableDefinitionTests.definition(name)
    let graph = try Self.exported(try definition.graph())
    let arranged = try ImportedNetwork(graph: graph, weights: nil, card: definition.card).arranged()
    let found = try ReadableDefinition(arranged.graph, card: definition.card)
    let limit = try Self.lines(name) * 3 / 2
    #expect(found.lineCount <= limit, "\(name), at most \(limit): \(found.text)")
    #expect(found.tensorNames.allSatisfy { $0 == $1 }, "\(name)")
    #expect(found.graph.isIsomorphic(to: arranged.graph), "\(name)")
  }

  /// Lines of defaults, blocks and layers, at most, where no module is told.
  static let limitsWithoutModules: [(String, Int)] = [
    ("convnext_tiny", 32), ("densenet121", 40), ("efficientnet_b0", 55), ("efficientnet_v2_s", 48), ("googlenet", 45),
    ("mnasnet1_0", 40), ("mobilenet_v2", 28), ("regnet_y_400mf", 35), ("resnet18", 22), ("resnet34", 22),
    ("resnet50", 24), ("shufflenet_v2_x1_0", 44), ("squeezenet1_0", 28),
  ]

  @Test(
    "an export that tells no modules is as short, whether or not its weights have names",
    arguments: limitsWithoutModules)
  func lengthWithoutModules(name: String, limit: Int) throws {
    let definition = try ReadableDefinitionTests.definition(name)
    let graph = try Self.exported(try definition.graph())
    for keepsWeights in [false, true] {
      var flat = Graph(name: name)
      for (index, node) in graph.nodes.enumerated() {
        let isNamed = index == 0 || keepsWeights && !node.parameters.isEmpty
        try flat.append(
          node.operation, name: isNamed ? node.name : "\(node.operation.kind.word)_\(index)", inputs: node.inputs)
      }
      flat.outputs = graph.outputs
      let arranged = try ImportedNetwork(graph: flat, weights: nil, card: definition.card).arranged()
      let found = try ReadableDefinition(arranged.graph, card: definition.card)
      #expect(found.lineCount <= limit, "\(name), at most \(limit): \(found.text)")
      #expect(found.graph.isIsomorphic(to: arranged.graph), "\(name)")
    }
  }
}
