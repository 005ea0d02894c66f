import ZooGraph
import ZooTensor

extension DefinitionDecoder {
  private static let common = ["name", "from", "when", "training_only"]

  mutating func layers(_ node: YAMLNode, _ subject: Subject = .key("layers")) -> [LayerSyntax] {
    items(of: node, subject).compactMap { layer($0) }
  }

  private mutating func layer(_ node: YAMLNode) -> LayerSyntax? {
    switch node.content {
    case .sequence: break
    case .scalar:
      guard case .string(let word)? = node.scalar else { break }
      return bareLayer(word, at: node)
    case .mapping(let pairs):
      guard let pair = pairs.first, pairs.count == 1 else {
        let fault = DefinitionFault.layerNeedsOneOperation(found: pairs.prefix(3).map(\.name))
        diagnostics.append(Diagnostic(node: node, fault: fault))
        return nil
      }
      return layer(Located(pair.name, at: pair.key), at: pair.key, attributes: pair.value)
    }
    report(node, .item(of: "layers"), .layer)
    return nil
  }

  private mutating func bareLayer(_ word: String, at node: YAMLNode) -> LayerSyntax? {
    let needed: String
    switch word {
    case "use": needed = "block"
    case "sequential": needed = "layers"
    default:
      guard let kind = kind(word, at: node) else { return nil }
      guard kind.joins else {
        return LayerSyntax(word: Located(word, at: node), body: .operation(kind, [:]))
      }
      needed = "from"
    }
    diagnostics.append(Diagnostic(node: node, fault: .operationNeedsAttributes(word, needed: needed)))
    return nil
  }

  private mutating func kind(_ word: String, at node: YAMLNode) -> OperationKind? {
    if let kind = OperationKind(word: word) { return kind }
    let known = OperationKind.all.map(\.word) + ["use", "sequential"]
    let fault =
      ForeignOperation(word)?.fault(word, known: known)
      ?? .unknownOperation(word, known: known, suggestion: word.nearest(among: known))
    diagnostics.append(Diagnostic(node: node, fault: fault))
    return nil
  }

  private mutating func layer(
    _ word: Located<String>, at key: YAMLNode, attributes node: YAMLNode
  ) -> LayerSyntax? {
    let place = DefinitionFault.Place.operation(word.value)
    switch word.value {
    case "use":
      let keys = Self.common + ["block", "repeat", "with", "first"]
      guard let fields = fields(of: node, subject: .key("use"), place: place, keys: keys), let use = use(fields) else {
        return nil
      }
      return layer(word, fields, body: .use(use))
    case "sequential":
      if case .sequence = node.content {
        return LayerSyntax(word: word, body: .sequential(layers(node, .key("sequential"))))
      }
      let keys = Self.common + ["repeat", "layers"]
      guard let fields = fields(of: node, subject: .key("sequential"), place: place, keys: keys) else { return nil }
      let children = require("layers", of: fields).map { layers($0) } ?? []
      return layer(word, fields, body: .sequential(children))
    default:
      guard let kind = kind(word.value, at: key) else { return nil }
      let keys = Self.common + kind.attributes.map(\.name)
      guard let fields = fields(of: node, subject: .key(word.value), place: place, keys: keys) else { return nil }
      if kind.joins { _ = require("from", of: fields) }
      return layer(word, fields, body: .operation(kind, attributes(kind, fields)))
    }
  }

  private mutating func layer(_ word: Located<String>, _ fields: Fields, body: LayerSyntax.Body) -> LayerSyntax {
    var layer = LayerSyntax(word: word, body: body)
    if let node = fields["name"] {
      layer.name = name(node)
    }
    if let node = fields["from"] {
      if case .sequence = node.content {
        layer.from = items(of: node, .key("from"), .references).compactMap { reference($0, .reference) }
      } else {
        layer.from = reference(node, .references).map { [$0] }
      }
    }
    layer.condition = fields["when"].flatMap { condition($0) }
    layer.repetition = fields["repeat"].flatMap { repetition($0) }
    layer.isTrainingOnly = fields["training_only"].flatMap { boolean($0, .key("training_only")) } ?? false
    return layer
  }

  private mutating func name(_ node: YAMLNode) -> Located<NameTemplate>? {
    var failure: Expression.Failure?
    var template: NameTemplate?
    let text = word(node, .key("name"), .layerName) { text in
      do throws(Expression.Failure) {
        template = try NameTemplate(text)
        return text.utf8.count <= Namer.maximumPathLength && template?.replacingExpressions(with: "0").isPath == true
      } catch {
        failure = error
        return true
      }
    }
    guard let text else { return nil }
    if let failure, let diagnostic = Located(text, at: node).diagnostic(failure, text: text) {
      diagnostics.append(diagnostic)
    }
    return template.map { Located($0, at: node) }
  }

  private mutating func repetition(_ node: YAMLNode) -> RepetitionSyntax? {
    guard case .mapping(let pairs) = node.content, !pairs.isEmpty else {
      return integerTerm(node, .key("repeat"), 0...Expander.maximumRepetitions, .repetitions).map { .count($0) }
    }
    return .lists(
      parameterPairs(of: node, .key("repeat")).compactMap { pair in
        guard let name = parameterName(pair.key), let list = column(pair.value, .parameter(pair.name)) else {
          return nil
        }
        return ArgumentSyntax(name: name, value: list)
      })
  }

  /// One of the lists of a repetition.
  private mutating func column(_ node: YAMLNode, _ subject: Subject) -> Located<Term>? {
    switch node.content {
    case .sequence(let items) where !items.isEmpty: return argument(node, subject)
    case .scalar(let text, _) where text.hasPrefix("$") && String(text.dropFirst()).isIdentifier:
      return expression(node)
    case .sequence, .scalar, .mapping:
      report(node, subject, .column)
      return nil
    }
  }

  private mutating func use(_ fields: Fields) -> UseSyntax? {
    let arguments = fields["with"].map { self.arguments($0, key: "with") } ?? []
    let first = fields["first"].map { self.arguments($0, key: "first") } ?? []
    guard let node = require("block", of: fields) else { return nil }
    let block: Located<Term>
    if let name = node.text, name.hasPrefix("$"), String(name.dropFirst()).isIdentifier, let term = expression(node) {
      block = term
    } else if let name = text(node, .key("block"), .blockName, where: \.isBlockName) {
      block = Located(.literal(.string(name)), at: node)
    } else {
      return nil
    }
    return UseSyntax(block: block, arguments: arguments, firstArguments: first)
  }

  private mutating func arguments(_ node: YAMLNode, key: String) -> [ArgumentSyntax] {
    pairs(of: node, .key(key)).compactMap { pair in
      argument(pair.value, .parameter(pair.name))
        .map { ArgumentSyntax(name: Located(pair.name, at: pair.key), value: $0) }
    }
  }

  // MARK: Attributes

  private mutating func attributes(_ kind: OperationKind, _ fields: Fields) -> [String: Located<AttributeSyntax>] {
    var attributes: [String: Located<AttributeSyntax>] = [:]
    for rule in kind.attributes {
      guard let node = fields[rule.name], let value = attribute(rule, node) else { continue }
      attributes[rule.name] = Located(value, at: node)
    }
    return attributes
  }

  private mutating func attribute(_ rule: OperationAttribute, _ node: YAMLNode) -> AttributeSyntax? {
    let subject = Subject.key(rule.name)
    switch rule.form {
    case .integer(let range): return integerTerm(node, subject, range).map { .integer($0) }
    case .boolean: return booleanTerm(node, subject).map { .boolean($0) }
    case .number(let range): return numberTerm(node, subject, range).map { .number($0) }
    case .choice(let choices): return choice(node, subject, choices).map { .choice($0) }
    case .extent(let range):
      let expected = Expectation.extent(range)
      guard case .sequence(let items) = node.content else {
        return integerTerm(node, subject, range, expected).map { .extent($0, $0) }
      }
      guard items.count == 2 else {
        report(node, subject, expected)
        return nil
      }
      let height = integerTerm(items[0], .item(of: rule.name), range)
      let width = integerTerm(items[1], .item(of: rule.name), range)
      guard let height, let width else { return nil }
      return .extent(height, width)
    case .padding(let range):
      if case .string("same")? = node.scalar { return .samePadding }
      return padding(node, subject, range).map { .padding($0) }
    }
  }

  /// Top, left, bottom and right.
  private mutating func padding(_ node: YAMLNode, _ subject: Subject, _ range: ClosedRange<Int>) -> [Located<Term>]? {
    switch node.content {
    case .scalar:
      return integerTerm(node, subject, range, .padding(range)).map { [$0, $0, $0, $0] }
    case .sequence(let items):
      guard items.count == 2 else { break }
      let vertical = integerTerm(items[0], .item(of: "padding"), range)
      let horizontal = integerTerm(items[1], .item(of: "padding"), range)
      guard let vertical, let horizontal else { return nil }
      return [vertical, horizontal, vertical, horizontal]
    case .mapping(let pairs):
      guard !pairs.isEmpty else { break }
      let sides = ["top", "left", "bottom", "right"]
      guard let fields = fields(of: node, subject: subject, place: .key("padding"), keys: sides) else { return nil }
      let zero = Located(Term.literal(.integer(0)), at: node)
      let terms = sides.map { side in fields[side].map { integerTerm($0, .key(side), range) } ?? zero }
      return terms.contains { $0 == nil } ? nil : terms.compactMap { $0 }
    }
    report(node, subject, .padding(range))
    return nil
  }

  // MARK: Defaults and blocks

  mutating func defaults(_ node: YAMLNode) -> [OperationKind: [String: Located<AttributeSyntax>]] {
    var defaults: [OperationKind: [String: Located<AttributeSyntax>]] = [:]
    let kinds = OperationKind.all.filter { !$0.attributes.isEmpty }
    guard
      let all = fields(
        of: node, subject: .key("defaults"), place: .key("defaults"), keys: kinds.map(\.word))
    else { return [:] }
    for kind in kinds {
      guard let node = all[kind.word] else { continue }
      let fields = fields(
        of: node, subject: .key(kind.word), place: .key("defaults"), keys: kind.attributes.map(\.name))
      if let fields { defaults[kind] = attributes(kind, fields) }
    }
    return defaults
  }

  mutating func blocks(_ node: YAMLNode) -> [String: BlockSyntax] {
    var blocks: [String: BlockSyntax] = [:]
    for pair in pairs(of: node, .key("blocks")) {
      guard pair.name.isBlockName else {
        report(pair.key, .name(of: "a block"), .blockNamePattern)
        continue
      }
      let place = DefinitionFault.Place.block(pair.name)
      guard
        let fields = fields(of: pair.value, subject: .key(pair.name), place: place, keys: ["parameters", "layers"])
      else { continue }
      let parameters = fields["parameters"].map { blockParameters($0) } ?? []
      let layers = require("layers", of: fields).map { self.layers($0) } ?? []
      blocks[pair.name] = BlockSyntax(name: Located(pair.name, at: pair.key), parameters: parameters, layers: layers)
    }
    return blocks
  }

  private mutating func blockParameters(_ node: YAMLNode) -> [BlockSyntax.Parameter] {
    parameterPairs(of: node, .key("parameters")).compactMap { pair in
      guard let name = parameterName(pair.key),
        let value = plainValue(pair.value, .parameter(pair.name))
      else { return nil }
      if case .string(let text) = value, let type = ScalarType(rawValue: text) {
        return BlockSyntax.Parameter(name: name, type: type, standard: nil)
      }
      return BlockSyntax.Parameter(name: name, type: value.type, standard: value)
    }
  }
}
