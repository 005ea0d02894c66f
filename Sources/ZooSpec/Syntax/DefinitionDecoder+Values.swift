import ZooGraph
import ZooTensor

/// The values of a mapping whose keys are known.
struct Fields {
  let node: YAMLNode
  let place: DefinitionFault.Place
  private var pairs: [String: YAMLPair] = [:]

  init(node: YAMLNode, place: DefinitionFault.Place, pairs: [YAMLPair]) {
    self.node = node
    self.place = place
    for pair in pairs { self.pairs[pair.name] = pair }
  }

  subscript(key: String) -> YAMLNode? { pairs[key]?.value }

  func keyNode(_ key: String) -> YAMLNode? { pairs[key]?.key }
}

extension DefinitionDecoder {
  typealias Subject = DefinitionFault.Subject
  typealias Expectation = DefinitionFault.Expectation

  mutating func report(_ node: YAMLNode, _ subject: Subject, _ expected: Expectation, suggestion: String? = nil) {
    diagnostics.append(
      Diagnostic(
        node: node,
        fault: .wrongValue(subject, expected: expected, found: node.found, suggestion: suggestion)))
  }

  // MARK: Mappings and lists

  mutating func pairs(of node: YAMLNode, _ subject: Subject) -> [YAMLPair] {
    if case .mapping(let pairs) = node.content { return pairs }
    report(node, subject, .mapping)
    return []
  }

  /// The pairs of a mapping of parameters, of which there are few.
  mutating func parameterPairs(of node: YAMLNode, _ subject: Subject) -> [YAMLPair] {
    let pairs = pairs(of: node, subject)
    guard pairs.count > Self.maximumParameters else { return pairs }
    report(node, subject, .parameters(limit: Self.maximumParameters))
    return []
  }

  mutating func fields(
    of node: YAMLNode, subject: Subject, place: DefinitionFault.Place, keys: [String]
  ) -> Fields? {
    guard case .mapping(let pairs) = node.content else {
      report(node, subject, .mapping)
      return nil
    }
    for pair in pairs where !keys.contains(pair.name) {
      let foreign = keys.contains(OperationKind.convolution.word) ? ForeignOperation(pair.name) : nil
      let fault =
        foreign?.fault(pair.name, known: keys)
        ?? .unknownKey(pair.name, place: place, known: keys, suggestion: pair.name.nearest(among: keys))
      diagnostics.append(Diagnostic(node: pair.key, fault: fault))
    }
    return Fields(node: node, place: place, pairs: pairs)
  }

  mutating func require(_ key: String, of fields: Fields) -> YAMLNode? {
    if let node = fields[key] { return node }
    diagnostics.append(Diagnostic(node: fields.node, fault: .missingKey(key, place: fields.place)))
    return nil
  }

  /// The items of a list that must not be empty.
  mutating func items(of node: YAMLNode, _ subject: Subject, _ expected: Expectation = .list) -> [YAMLNode] {
    if case .sequence(let items) = node.content, !items.isEmpty { return items }
    report(node, subject, expected)
    return []
  }

  // MARK: Scalars

  mutating func text(
    _ node: YAMLNode, _ subject: Subject, _ expected: Expectation = .text,
    where accepts: (String) -> Bool = { !$0.isEmpty }
  ) -> String? {
    if case .string(let text)? = node.scalar, accepts(text) { return text }
    report(node, subject, expected)
    return nil
  }

  /// A text, or the digits of an integer: a layer may be called `0`. `8.0` is no more a name than `8.1` is, although a schema
  /// takes it for an integer.
  mutating func word(
    _ node: YAMLNode, _ subject: Subject, _ expected: Expectation, where accepts: (String) -> Bool
  ) -> String? {
    if case .string(let text)? = node.scalar, accepts(text) { return text }
    if case .integer(let value)? = node.scalar, (0...maximumInteger).contains(value), accepts("\(value)") {
      return "\(value)"
    }
    report(node, subject, expected)
    return nil
  }

  mutating func choice(_ node: YAMLNode, _ subject: Subject, _ choices: [String]) -> String? {
    if case .string(let text)? = node.scalar, choices.contains(text) { return text }
    report(node, subject, .choice(choices), suggestion: node.text?.nearest(among: choices))
    return nil
  }

  mutating func boolean(_ node: YAMLNode, _ subject: Subject) -> Bool? {
    if case .boolean(let value)? = node.scalar { return value }
    report(node, subject, .boolean)
    return nil
  }

  mutating func integer(_ node: YAMLNode, _ subject: Subject, _ range: ClosedRange<Int>) -> Int? {
    if let value = node.scalar?.integer, range.contains(value) { return value }
    report(node, subject, .integer(range))
    return nil
  }

  mutating func number(_ node: YAMLNode, _ subject: Subject, _ range: NumberRange) -> Double? {
    switch node.scalar {
    case .integer(let value)? where range.contains(Double(value)): return Double(value)
    case .number(let value)? where range.contains(value): return value
    default:
      report(node, subject, .number(range))
      return nil
    }
  }

  mutating func numbers(_ node: YAMLNode, key: String, _ range: NumberRange) -> [Double] {
    items(of: node, .key(key)).compactMap { number($0, .item(of: key), range) }
  }

  // MARK: Terms

  /// An expression, when the text is meant to be one; complains when it is no good.
  mutating func expression(_ node: YAMLNode) -> Located<Term>? {
    guard case .string(let text)? = node.scalar, Expression.isMeant(by: text) else { return nil }
    do {
      return Located(.expression(try Expression(text)), at: node)
    } catch {
      let placeholder = Located(Term.literal(.string(text)), at: node)
      if let diagnostic = placeholder.diagnostic(error, text: text) { diagnostics.append(diagnostic) }
      return placeholder
    }
  }

  mutating func integerTerm(
    _ node: YAMLNode, _ subject: Subject, _ range: ClosedRange<Int>, _ expected: Expectation? = nil
  ) -> Located<Term>? {
    if let value = node.scalar?.integer, range.contains(value) { return Located(.literal(.integer(value)), at: node) }
    if let term = expression(node) { return term }
    report(node, subject, expected ?? .integer(range))
    return nil
  }

  mutating func numberTerm(_ node: YAMLNode, _ subject: Subject, _ range: NumberRange) -> Located<Term>? {
    expression(node) ?? number(node, subject, range).map { Located(.literal(.number($0)), at: node) }
  }

  mutating func booleanTerm(_ node: YAMLNode, _ subject: Subject) -> Located<Term>? {
    if case .boolean(let value)? = node.scalar { return Located(.literal(.boolean(value)), at: node) }
    if let term = expression(node) { return term }
    report(node, subject, .boolean)
    return nil
  }

  /// What `when` takes: a truth value, or a number that is not zero.
  mutating func condition(_ node: YAMLNode) -> Located<Term>? {
    if case .boolean(let value)? = node.scalar { return Located(.literal(.boolean(value)), at: node) }
    if let value = node.scalar?.integer, value.magnitude <= UInt(maximumInteger) {
      return Located(.literal(.integer(value)), at: node)
    }
    if let term = expression(node) { return term }
    report(node, .key("when"), .condition)
    return nil
  }

  /// The value of a parameter, without expressions.
  mutating func plainValue(_ node: YAMLNode, _ subject: Subject) -> ScalarValue? {
    guard case .sequence(let items) = node.content else { return scalarValue(node, subject, .plainScalar) }
    let values = items.map { scalarValue($0, subject, .plainItem) }
    return values.contains(nil) ? nil : .list(values.compactMap(\.self))
  }

  /// An argument: a value, an expression, or a list of them.
  mutating func argument(_ node: YAMLNode, _ subject: Subject) -> Located<Term>? {
    guard case .sequence(let items) = node.content else { return item(node, subject, .scalar) }
    let terms = items.map { item($0, subject, .plainItem) }
    return terms.contains(nil) ? nil : Located(.list(terms.compactMap(\.self)), at: node)
  }

  private mutating func item(_ node: YAMLNode, _ subject: Subject, _ expected: Expectation) -> Located<Term>? {
    if case .string(let text)? = node.scalar, text.contains("$") { return expression(node) }
    return scalarValue(node, subject, expected).map { Located(.literal($0), at: node) }
  }

  private mutating func scalarValue(_ node: YAMLNode, _ subject: Subject, _ expected: Expectation) -> ScalarValue? {
    switch node.scalar {
    case .boolean(let value)?: return .boolean(value)
    case .string(let text)? where !text.contains("$"): return .string(text)
    case .integer(let value)? where value.magnitude <= UInt(maximumInteger): return .integer(value)
    case .number(let value)? where value.magnitude <= Double(maximumInteger): return .number(value)
    default:
      report(node, subject, expected)
      return nil
    }
  }

  // MARK: Names

  mutating func parameterName(_ key: YAMLNode) -> Located<String>? {
    guard let name = key.text, name.isIdentifier else {
      report(key, .parameter(key.text ?? ""), .identifier)
      return nil
    }
    guard name != "i" else {
      diagnostics.append(Diagnostic(node: key, fault: .reservedParameter(name)))
      return nil
    }
    return Located(name, at: key)
  }

  mutating func reference(_ node: YAMLNode, _ expected: Expectation, key: String = "from") -> Located<String>? {
    word(node, .key(key), expected) { $0.isPath }.map { Located($0, at: node) }
  }
}

extension YAMLNode {
  var found: DefinitionFault.FoundValue {
    switch content {
    case .sequence(let items): .list(count: items.count)
    case .mapping(let pairs): .mapping(count: pairs.count)
    case .scalar(let text, _):
      switch scalar {
      case .null?, nil: .nothing
      case .boolean?: .boolean(text)
      case .integer?, .hugeInteger?: .integer(text)
      case .number?: .number(text)
      case .string?: .text(text)
      }
    }
  }
}
