import ZooGraph
import ZooTensor

/// Writes a graph as a flat definition: no blocks, no parameters, every layer named by its path with all its geometry.
///
/// Parsing the text again gives a graph of the same operations, shapes, names, connections and outputs.
public struct DefinitionWriter: Sendable {
  /// What is written.
  public var graph: Graph
  /// What is written around it: title, paper, preprocessing, labels.
  public var card: Card
  /// Comment lines at the top of the file.
  public var header: [String] = []
  /// A comment beside a layer, by the layer's path.
  public var comments: [String: String] = [:]

  /// Why a graph cannot be written in the language.
  public enum Failure: Error, Hashable, Sendable {
    /// The graph does not have exactly one input.
    case inputCount(Int)
    /// The node's operation has parts that only passes add, or its inputs cannot be named.
    case notExpressible(node: String)
    /// The preprocessing has a mean image that was read and is not named.
    case preprocessingNotExpressible
  }

  /// Nothing is checked: a graph that `verify` accepts can be written.
  public init(graph: Graph, card: Card) {
    self.graph = graph
    self.card = card
  }

  /// The definition's text.
  ///
  /// - Throws: `Failure` for a graph that passes have rewritten beyond the language.
  public func text() throws(Failure) -> String {
    guard let input = graph.inputs.first, graph.inputs.count == 1 else { throw .inputCount(graph.inputs.count) }
    var lines = header.flatMap { $0.split(separator: "\n", omittingEmptySubsequences: false) }
      .map { $0.isEmpty ? "#" : "# \($0)" }
    lines += try cardLines(input: graph[input].shape)
    if let sliding = card.sliding { lines += try slidingLines(sliding, input: graph[input].name) }
    lines += ["", "layers:"]
    var before = input
    for id in graph.ids where id != input {
      let node = graph[id]
      lines.append("  - " + (try layer(node, before: before, input: input)))
      if !node.isTrainingOnly { before = id }
    }
    if !graph.outputs.isEmpty {
      lines.append("outputs:")
      lines += graph.outputs.map { output in
        "  " + line(for: output, from: name(of: output.value, input: input))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: Layers

  private func name(of id: NodeID, input: NodeID) -> String {
    id == input ? "input" : graph[id].name
  }

  private func layer(_ node: Node, before: NodeID, input: NodeID) throws(Failure) -> String {
    let line = try line(
      for: SlidingRecord.Layer(
        name: node.name, operation: node.operation, inputs: node.inputs.map { name(of: $0, input: input) },
        isTrainingOnly: node.isTrainingOnly),
      before: name(of: before, input: input))
    guard let comment = comments[node.name] else { return line }
    return line + "  # " + comment.replacingLineBreaks
  }

  /// `before`: the layer that is read where none is named.
  func line(for layer: SlidingRecord.Layer, before: String) throws(Failure) -> String {
    guard layer.operation.isWritable, layer.name.isPath, layer.name != "input", !layer.inputs.isEmpty
    else { throw .notExpressible(node: layer.name) }
    var parts = ["name: \(scalar(layer.name))"]
    let kind = layer.operation.kind
    if kind.joins {
      parts.append("from: [\(layer.inputs.map { scalar($0) }.joined(separator: ", "))]")
    } else {
      guard layer.inputs.count == 1 else { throw .notExpressible(node: layer.name) }
      if layer.inputs[0] != before { parts.append("from: \(scalar(layer.inputs[0]))") }
    }
    parts += attributes(of: layer.operation)
    if layer.isTrainingOnly { parts.append("training_only: true") }
    return "\(kind.word): {\(parts.joined(separator: ", "))}"
  }

  func line(for output: Output, from value: String) -> String {
    let weight = output.lossWeight == 1 ? "" : ", loss_weight: \(number(output.lossWeight))"
    return "\(scalar(output.name)): {from: \(scalar(value)), role: \(output.role.rawValue)\(weight)}"
  }

  /// All attributes, so that the text does not depend on what is standard.
  private func attributes(of operation: Operation) -> [String] {
    operation.kind.attributes.map { attribute in
      let value =
        switch attribute.value(of: operation) {
        case .integer(let value): "\(value)"
        case .extent(let extent): self.extent(extent)
        case .padding(let rule): padding(rule)
        case .boolean(let value): "\(value)"
        case .number(let value): number(value)
        case .choice(let text): text
        }
      return "\(attribute.name): \(value)"
    }
  }

  private func padding(_ rule: PaddingRule) -> String {
    guard case .fixed(let padding) = rule else { return "same" }
    if padding.top == padding.bottom, padding.left == padding.right {
      return padding.top == padding.left ? "\(padding.top)" : "[\(padding.top), \(padding.left)]"
    }
    return "{top: \(padding.top), left: \(padding.left), bottom: \(padding.bottom), right: \(padding.right)}"
  }
}

// MARK: - Scalars

extension DefinitionWriter {
  func extent(_ extent: Extent) -> String {
    extent.height == extent.width ? "\(extent.height)" : "[\(extent.height), \(extent.width)]"
  }

  /// A number that reads back as the same one; whole numbers without a fraction.
  func number(_ value: Double) -> String {
    Int(exactly: value).map { "\($0)" } ?? "\(value)"
  }

  /// A text without quotes where YAML reads it back as the same text, or as the same layer's number.
  func scalar(_ text: String) -> String {
    if text.isBareYAML { return text }
    if case .integer(let value) = YAMLScalar(plain: text), value >= 0, "\(value)" == text { return text }
    return quoted(text)
  }

  /// A text in double quotes, whatever it holds.
  func quoted(_ text: String) -> String { text.quotedForYAML }
}

extension String {
  fileprivate var replacingLineBreaks: String {
    String(String.UnicodeScalarView(unicodeScalars.map { $0.isLineBreak || !$0.isAllowedInYAML ? " " : $0 }))
  }
}
