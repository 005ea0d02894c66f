import ZooGraph

/// A definition file as written: typed, but nothing expanded and no name looked up.
struct DefinitionSyntax: Sendable {
  var card: Card
  /// Where the keys' values are: `preprocess`, `preprocess.channels`, `expected.macs`.
  var marks: [String: SourceRange] = [:]
  /// The recipe under `train`.
  var training: YAMLNode?
  var network = NetworkSyntax()
  var outputs: [OutputSyntax]?
  var variantOf: Located<String>?
  var overrides: [(name: Located<String>, value: Located<ScalarValue>)] = []
}

/// Turns YAML into a typed definition and collects every complaint about its structure.
///
/// What it accepts is what `Schemas/model.schema.json` accepts, but for the syntax of expressions and for what needs
/// two places of the file at once.
struct DefinitionDecoder {
  let source: SourceFile
  var diagnostics: [Diagnostic] = []

  static let keys = [
    "zoo", "name", "title", "description", "paper", "license", "input", "preprocess", "labels", "expected", "weights",
    "weight_names", "sliding", "train", "parameters", "defaults", "blocks", "layers", "outputs", "variant_of", "with",
  ]

  /// The most parameters that a file or a block can have.
  static let maximumParameters = 64

  /// What a variant takes from the other file and cannot replace.
  static let keysNotInVariant = ["parameters", "defaults", "blocks", "layers"]

  init(source: SourceFile) {
    self.source = source
  }

  mutating func decode(_ root: YAMLNode) -> DefinitionSyntax? {
    guard let fields = fields(of: root, subject: .file, place: .file, keys: Self.keys) else { return nil }
    if let version = require("zoo", of: fields), version.scalar?.integer != 1 {
      report(version, .key("zoo"), .version)
    }
    let name = require("name", of: fields).flatMap { text($0, .key("name"), .modelName, where: \.isModelName) }
    var syntax = DefinitionSyntax(card: Card(name: name ?? ""))
    for key in Self.keys {
      if let node = fields[key] { syntax.marks[key] = node.site }
    }
    decodeCard(fields, into: &syntax)
    if let node = fields["outputs"] { syntax.outputs = outputs(node) }
    if let node = fields["variant_of"] {
      syntax.variantOf = text(node, .key("variant_of"), .variantFile, where: \.isDefinitionFile)
        .map { Located($0, at: node) }
      for key in Self.keysNotInVariant {
        if let range = fields.keyNode(key) { diagnostics.append(Diagnostic(node: range, fault: .keyNotInVariant(key))) }
      }
      if let with = fields["with"] { syntax.overrides = scalars(with, key: "with") }
    } else {
      if let with = fields.keyNode("with") { diagnostics.append(Diagnostic(node: with, fault: .withOutsideVariant)) }
      _ = require("input", of: fields)
      decodeNetwork(fields, into: &syntax)
    }
    return syntax
  }

  private mutating func decodeNetwork(_ fields: Fields, into syntax: inout DefinitionSyntax) {
    if let node = fields["parameters"] { syntax.network.parameters = scalars(node, key: "parameters") }
    if let node = fields["defaults"] { syntax.network.defaults = defaults(node) }
    if let node = fields["blocks"] { syntax.network.blocks = blocks(node) }
    if let node = require("layers", of: fields) {
      syntax.network.layers = layers(node)
      syntax.network.layersRange = node.range
    }
  }

  /// Parameters with their values, or those that a variant overrides.
  private mutating func scalars(_ node: YAMLNode, key: String) -> [(name: Located<String>, value: Located<ScalarValue>)]
  {
    parameterPairs(of: node, .key(key)).compactMap { pair in
      guard let name = parameterName(pair.key),
        let value = plainValue(pair.value, .parameter(pair.name))
      else { return nil }
      return (name, Located(value, at: pair.value))
    }
  }

  mutating func outputs(_ node: YAMLNode) -> [OutputSyntax] {
    let pairs = pairs(of: node, .key("outputs"))
    if pairs.isEmpty, case .mapping = node.content { report(node, .key("outputs"), .outputs) }
    return pairs.compactMap { pair in
      guard let name = text(pair.key, .name(of: "an output"), .layerName, where: { $0.isPath }) else {
        return nil
      }
      let located = Located(name, at: pair.key)
      guard case .mapping = pair.value.content else {
        guard let from = reference(pair.value, .output) else { return nil }
        return OutputSyntax(name: located, from: from, role: nil, lossWeight: 1)
      }
      guard
        let fields = fields(
          of: pair.value, subject: .key(name), place: .key(name), keys: ["from", "role", "loss_weight"])
      else { return nil }
      let role = fields["role"].flatMap {
        choice($0, .key("role"), ["logits", "probabilities", "auxiliary", "features"])
      }
      let weight = fields["loss_weight"].flatMap { number($0, .key("loss_weight"), NumberRange(0, 1e6)) }
      guard let from = require("from", of: fields).flatMap({ reference($0, .reference) }) else { return nil }
      return OutputSyntax(name: located, from: from, role: role, lossWeight: weight ?? 1)
    }
  }
}
