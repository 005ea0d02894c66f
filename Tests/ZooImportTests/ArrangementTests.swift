import Testing
import ZooGraph
import ZooImport
import ZooSpec
import ZooTensor

/// Joins as definitions have them, with the same numbers.
struct ArrangementTests {
  private static func convolution(_ channels: Int, _ size: Int = 1) -> ZooGraph.Operation {
    .convolution(
      Convolution(outputChannels: channels, kernel: Extent(size), padding: Padding(size / 2), hasBias: true))
  }

  private static func arranged(_ graph: Graph, notes: [ImportNote] = []) throws -> ImportedNetwork {
    try ImportedNetwork(graph: graph, weights: nil, card: Card(name: "made"), notes: notes).arranged()
  }

  /// As PyTorch's exporters write a dense block: each layer joins all before it, in a group of its own.
  private static func dense(layers: Int) throws -> Graph {
    var graph = Graph(name: "dense")
    var features = [try graph.append(.input([8, 6, 6]), name: "input")]
    for number in 1...layers {
      var last = features[0]
      if features.count > 1 { last = try graph.append(.concat, name: "block.layer\(number).concat", inputs: features) }
      last = try graph.append(convolution(16), name: "block.layer\(number).conv1", inputs: [last])
      features.append(try graph.append(convolution(4, 3), name: "block.layer\(number).conv2", inputs: [last]))
    }
    let joined = try graph.append(.concat, name: "block.concat", inputs: features)
    graph.outputs = [Output(name: "features", role: .features, value: joined)]
    return graph
  }

  @Test("the layers of a dense block are alike, each with the concatenation that adds its value")
  func denseBlock() throws {
    let graph = try Self.dense(layers: 5)
    let note = ImportNote(place: "Concat_3", text: "made", node: "block.layer3.concat")
    let found = try Self.arranged(graph, notes: [note])
    let concats = found.graph.nodes.filter { $0.operation == .concat }
    #expect(concats.map(\.name) == (1...5).map { "block.layer\($0).concat" })
    #expect(concats.map { $0.inputs.map { found.graph[$0].name } }[0] == ["input", "block.layer1.conv2"])
    #expect(concats.map { $0.inputs.map { found.graph[$0].name } }[3] == ["block.layer3.concat", "block.layer4.conv2"])
    #expect(found.graph.nodes.map(\.shape) == graph.nodes.map(\.shape))
    #expect(found.graph.outputs == graph.outputs && found.graph.tensors == graph.tensors)
    // Its node joins what the second layer adds.
    #expect(found.notes.map(\.node) == ["block.layer2.concat"])
    let definition = try ReadableDefinition(found.graph, card: found.card)
    #expect(definition.lineCount <= 10, "\(definition.text)")
  }

  /// A value, what is made of it, and their sum, three times; the second shortcut has a layer.
  private static func residual(shortcutFirst: [Bool], hasProjection: Bool) throws -> Graph {
    var graph = Graph(name: "residual")
    var last = try graph.append(.input([8, 6, 6]), name: "input")
    for (number, isFirst) in shortcutFirst.enumerated() {
      let input = last
      last = try graph.append(convolution(8, 3), name: "b\(number).conv1", inputs: [input])
      last = try graph.append(convolution(8, 3), name: "b\(number).conv2", inputs: [last])
      var shortcut = input
      if hasProjection, number == 1 {
        shortcut = try graph.append(convolution(8), name: "b\(number).projection", inputs: [input])
      }
      last = try graph.append(
        .add(nil), name: "b\(number).add", inputs: isFirst ? [shortcut, last] : [last, shortcut])
    }
    graph.outputs = [Output(name: "features", role: .features, value: last)]
    return graph
  }

  @Test("a sum has what is made from the other value first, unless shortcuts with layers stand first too")
  func sums() throws {
    func firsts(_ shortcutFirst: [Bool], hasProjection: Bool = false) throws -> [String] {
      let found = try Self.arranged(Self.residual(shortcutFirst: shortcutFirst, hasProjection: hasProjection)).graph
      return found.nodes.filter { $0.operation == .add(nil) }.map { found[$0.inputs[0]].name }
    }
    let ways = ["b0.conv2", "b1.conv2", "b2.conv2"]
    #expect(try firsts([true, true, true]) == ways)
    #expect(try firsts([false, false, false]) == ways)
    #expect(try firsts([true, false, true], hasProjection: true) == ways)
    #expect(try firsts([true, true, true], hasProjection: true) == ["input", "b1.projection", "b1.add"])
  }

  @Test("what is arranged already stays as it is")
  func unchanged() throws {
    let graph = try Self.residual(shortcutFirst: [false, false], hasProjection: true)
    let again = try Self.arranged(graph).graph
    #expect(again.isIsomorphic(to: graph) && again.nodes.map(\.name) == graph.nodes.map(\.name))
    let dense = try Self.arranged(Self.dense(layers: 3)).graph
    let twice = try Self.arranged(dense).graph
    #expect(twice.isIsomorphic(to: dense) && twice.nodes.map(\.name) == dense.nodes.map(\.name))
  }
}
