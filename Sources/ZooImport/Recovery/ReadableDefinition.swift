import ZooGraph
import ZooSpec
import ZooTensor

/// A definition that a person can read, recovered from a graph: what repeats is a block with parameters.
///
/// The text has been read again, and what it builds is the graph that was given, node by node: the same operations with the
/// same attributes, the same inputs in the same order, the same outputs.
public struct ReadableDefinition: Sendable {
  /// The file.
  public let text: String
  /// The definition's path for each node of the graph that was given, by the node's name; most are the same.
  public let paths: [String: String]
  /// The definition's name for each tensor of the graph that was given; most are the same.
  public let tensorNames: [String: String]
  /// What the text builds.
  public let graph: Graph
  /// The lines from `defaults` to the end.
  public let lineCount: Int

  /// Larger graphs are written flat.
  static let maximumNodes = 20_000

  /// - Parameters:
  ///   - graph: what no pass has rewritten; it has one input.
  ///   - card: what the file says besides the layers.
  ///   - comments: beside layers that stand alone in the file, by the node's name.
  ///   - header: comment lines at the top of the file.
  /// - Throws: `DefinitionWriter.Failure` for a graph that no definition can express.
  public init(
    _ graph: Graph, card: Card, comments: [String: String] = [:], header: [String] = []
  ) throws(DefinitionWriter.Failure) {
    var writer = DefinitionWriter(graph: graph, card: card)
    writer.header = header
    writer.comments = comments
    let flat = try writer.text()
    let start = flat.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0 != "layers:" }
      .map(String.init)
    var comments = comments
    for (name, comment) in comments { comments[name] = comment.onOneLine }
    var best: ReadableDefinition?
    if graph.nodes.count > 1, graph.nodes.count <= Self.maximumNodes, graph.inputs == [NodeID(index: 0)] {
      for paths in Self.namings(of: graph) {
        var shortest: ReadableDefinition?
        for numbersGroups in [true, false] {
          let source = RecoverySource(graph: graph, paths: paths, numbersGroups: numbersGroups)
          for folding in Recovery.Folding.allCases {
            guard let lines = Self.lines(source, folding, comments) else { continue }
            let text = (start + lines).joined(separator: "\n") + "\n"
            guard let found = ReadableDefinition(text, of: graph, lineCount: lines.count),
              zip(found.graph.nodes, paths).allSatisfy({ $0.parameters.isEmpty || $0.name == $1 })
            else { continue }
            if shortest.map({ found.lineCount < $0.lineCount }) ?? true { shortest = found }
            break
          }
        }
        // Other names than those that were given must be worth it.
        if let shortest, best.map({ shortest.lineCount * 3 < $0.lineCount * 2 }) ?? true { best = shortest }
      }
    }
    if let best {
      self = best
      return
    }
    let lines = flat.split(separator: "\n").count - start.filter { !$0.isEmpty }.count
    guard let found = ReadableDefinition(flat, of: graph, lineCount: lines) else {
      throw .notExpressible(node: graph.nodes.last?.name ?? "")
    }
    self = found
  }

  /// `nil` when the text does not build the graph.
  private init?(_ text: String, of graph: Graph, lineCount: Int) {
    guard let definition = try? Definition.parse(SourceFile(path: "\(graph.name).yaml", text: text)),
      let built = try? definition.graph(), built.isIsomorphic(to: graph)
    else { return nil }
    var paths: [String: String] = [:]
    var tensors: [String: String] = [:]
    for (node, other) in zip(graph.nodes, built.nodes) {
      paths[node.name] = other.name
      for (parameter, new) in zip(node.parameters, other.parameters) {
        if case .tensor(let name, _) = parameter.value, case .tensor(let newName, _) = new.value {
          tensors[name] = newName
        }
      }
    }
    self.text = text
    self.paths = paths
    tensorNames = tensors
    self.graph = built
    self.lineCount = lineCount
  }

  /// The ways to name the nodes, the likeliest first.
  private static func namings(of graph: Graph) -> [[String]] {
    let given = graph.nodes.map(\.name)
    var structure = StructureNames(graph)
    // Weights may have names with modules in them where nothing else does, as after an optimiser.
    let free = graph.nodes.filter(\.parameters.isEmpty)
    let isFlat = free.filter { $0.name.contains(".") }.count * 10 < free.count
    let made = isFlat ? structure.names() : nil
    if StructureNames.areMeaningless(graph), let made { return [made] }
    return [given, plain(graph)] + (made.map { [$0] } ?? [])
  }

  /// The given names, but for layers without weights, which are named after their operations.
  private static func plain(_ graph: Graph) -> [String] {
    var counts: [String: Int] = [:]
    let given = Set(graph.nodes.filter { !$0.parameters.isEmpty }.map(\.name))
    return graph.nodes.map { node in
      guard node.parameters.isEmpty else { return node.name }
      let parts = node.name.split(separator: ".", omittingEmptySubsequences: false)
      if let last = parts.last, last.allSatisfy(\.isNumber) { return node.name }
      let prefix = parts.dropLast().map { "\($0)." }.joined() + node.operation.kind.word
      var name = ""
      repeat {
        counts[prefix, default: 0] += 1
        name = counts[prefix] == 1 ? prefix : "\(prefix)_\(counts[prefix, default: 1])"
      } while given.contains(name)
      return name
    }
  }

  static func lines(
    _ source: RecoverySource, _ folding: Recovery.Folding, _ comments: [String: String]
  ) -> [String]? {
    var recovery = Recovery(source: source, folding: folding, comments: comments)
    guard let items = recovery.items() else { return nil }
    let writer = RecoveryWriter(
      blocks: recovery.blocks, defaults: recovery.defaults, depths: DepthRule(source.graph))
    return writer.lines(items) + outputLines(source, recovery.names)
  }

  private static func outputLines(_ source: RecoverySource, _ names: [Int: String]) -> [String] {
    let graph = source.graph
    guard !graph.outputs.isEmpty else { return [] }
    if let last = graph.ids.last(where: { !graph[$0].isTrainingOnly }), graph.outputs == [graph.standardOutput(last)] {
      return []
    }
    func path(_ output: Output) -> String {
      output.value.index == 0 ? "input" : (names[output.value.index] ?? source.paths[output.value.index]).yamlName
    }
    func isPlain(_ output: Output) -> Bool {
      output.lossWeight == 1 && [.logits, .probabilities].contains(output.role) && output.role.rawValue == output.name
    }
    if graph.outputs.count == 1, let output = graph.outputs.first, isPlain(output) {
      return ["outputs: {\(output.name): \(path(output))}"]
    }
    return ["outputs:"]
      + graph.outputs.map { output in
        if isPlain(output) { return "  \(output.name): \(path(output))" }
        let weight = output.lossWeight == 1 ? "" : ", loss_weight: \(SlotValue.number(output.lossWeight).text)"
        return "  \(output.name.yamlName): {from: \(path(output)), role: \(output.role.rawValue)\(weight)}"
      }
  }
}

extension Graph {
  /// Whether the other graph has the same nodes in the same order, but for their names: operations with their attributes,
  /// inputs, shapes and outputs.
  package func isIsomorphic(to other: Graph) -> Bool {
    guard nodes.count == other.nodes.count, outputs == other.outputs else { return false }
    return zip(nodes, other.nodes).allSatisfy { node, other in
      node.operation == other.operation && node.inputs == other.inputs && node.shape == other.shape
        && node.isTrainingOnly == other.isTrainingOnly && node.parameters.map(\.shape) == other.parameters.map(\.shape)
    }
  }
}

extension String {
  /// Without line breaks, for a comment.
  fileprivate var onOneLine: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.map { scalar in
          scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value)
            || [0x2028, 0x2029, 0xfeff].contains(scalar.value)
            ? " " : scalar
        }))
  }
}
