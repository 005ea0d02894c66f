import Testing
import ZooSpec

/// A validator for the part of JSON Schema draft-07 that `Schemas/model.schema.json` uses. It knows nothing of zoo.
///
/// The schema is JSON, and JSON is YAML, so the schema is read as the definitions are. A keyword that the validator
/// does not know is an error: nothing is passed over.
final class SchemaValidator {
  struct UnknownKeyword: Error {
    var keyword: String
  }

  private let root: YAMLNode
  /// Other schemas, by the names that references call them; what refers to another one is valid.
  private let others: [String: YAMLNode]
  private var patterns: [String: Regex<AnyRegexOutput>] = [:]

  init(_ root: YAMLNode, others: [String: YAMLNode] = [:]) {
    self.root = root
    self.others = others
  }

  /// Why the instance is invalid; empty when it is valid.
  func complaints(_ instance: YAMLNode) throws -> [String] {
    try validate(instance, root, at: "")
  }

  private func validate(_ node: YAMLNode, _ schema: YAMLNode, at path: String) throws -> [String] {
    if case .boolean(let accepts)? = schema.scalar { return accepts ? [] : ["\(path): not allowed"] }
    var complaints: [String] = []
    for (keyword, value) in schema.pairs {
      complaints += try check(node, keyword, value, schema, at: path)
    }
    return complaints
  }

  private func check(
    _ node: YAMLNode, _ keyword: String, _ value: YAMLNode, _ schema: YAMLNode, at path: String
  ) throws -> [String] {
    func fail(_ isWrong: Bool) -> [String] { isWrong ? ["\(path): \(keyword)"] : [] }
    func isValid(_ schema: YAMLNode) throws -> Bool { try validate(node, schema, at: path).isEmpty }
    switch keyword {
    case "$schema", "title", "description", "default", "definitions", "then", "else", "additionalItems": return []
    case "$ref":
      if let name = value.text, !name.hasPrefix("#") {
        return try others[name].map { try validate(node, $0, at: path) } ?? []
      }
      guard let target = value.text.flatMap(resolve) else { throw UnknownKeyword(keyword: "$ref") }
      return try validate(node, target, at: path)
    case "type": return fail(!node.hasType(value.text ?? ""))
    case "const": return fail(node.number != value.number || node.number == nil)
    case "enum": return fail(!value.items.contains { $0.string == node.string && $0.string != nil })
    case "pattern":
      guard let text = node.string else { return [] }
      return fail(try pattern(value.text ?? "").firstMatch(in: text) == nil)
    case "minLength": return fail(node.string.map { Double($0.unicodeScalars.count) < value.limit } ?? false)
    case "maxLength": return fail(node.string.map { Double($0.unicodeScalars.count) > value.limit } ?? false)
    case "minimum": return fail(node.number.map { !($0 >= value.limit) } ?? false)
    case "maximum": return fail(node.number.map { !($0 <= value.limit) } ?? false)
    case "exclusiveMinimum": return fail(node.number.map { !($0 > value.limit) } ?? false)
    case "exclusiveMaximum": return fail(node.number.map { !($0 < value.limit) } ?? false)
    case "minItems": return fail(node.isSequence && Double(node.items.count) < value.limit)
    case "maxItems": return fail(node.isSequence && Double(node.items.count) > value.limit)
    case "minProperties": return fail(node.isMapping && Double(node.pairs.count) < value.limit)
    case "maxProperties": return fail(node.isMapping && Double(node.pairs.count) > value.limit)
    case "required":
      guard node.isMapping else { return [] }
      return value.items.flatMap { key in
        node.pairs.contains { $0.0 == key.text } ? [] : ["\(path): \(key.text ?? "") is required"]
      }
    case "allOf": return try value.items.flatMap { try validate(node, $0, at: path) }
    case "anyOf": return fail(try !value.items.contains { try isValid($0) })
    case "oneOf": return fail(try value.items.filter { try isValid($0) }.count != 1)
    case "if":
      let branch = try isValid(value) ? "then" : "else"
      return try schema[branch].map { try validate(node, $0, at: path) } ?? []
    case "items":
      guard node.isSequence else { return [] }
      guard value.isSequence else {
        return try node.items.enumerated().flatMap { try validate($1, value, at: "\(path)/\($0)") }
      }
      let tuple = value.items
      let isTooLong = node.items.count > tuple.count && schema["additionalItems"]?.scalar == .boolean(false)
      return try zip(node.items, tuple).flatMap { try validate($0, $1, at: path) } + fail(isTooLong)
    case "properties":
      return try node.pairs.flatMap { key, child in
        try value[key].map { try validate(child, $0, at: "\(path)/\(key)") } ?? []
      }
    case "additionalProperties":
      return try node.pairs.flatMap { key, child in
        try schema["properties"]?[key] == nil ? validate(child, value, at: "\(path)/\(key)") : []
      }
    case "propertyNames":
      return try node.pairs.flatMap { key, child in
        let name = YAMLNode(content: .scalar(key, isPlain: false), range: child.range)
        return try validate(name, value, at: "\(path)/\(key)")
      }
    default: throw UnknownKeyword(keyword: keyword)
    }
  }

  private func pattern(_ text: String) throws -> Regex<AnyRegexOutput> {
    if let pattern = patterns[text] { return pattern }
    let pattern = try Regex(text)
    patterns[text] = pattern
    return pattern
  }

  private func resolve(_ reference: String) -> YAMLNode? {
    reference.split(separator: "/").dropFirst().reduce(root as YAMLNode?) { node, part in node?[String(part)] }
  }
}

extension YAMLNode {
  fileprivate var pairs: [(String, YAMLNode)] {
    if case .mapping(let pairs) = content { pairs.map { ($0.name, $0.value) } } else { [] }
  }

  fileprivate var items: [YAMLNode] {
    if case .sequence(let items) = content { items } else { [] }
  }

  fileprivate var isMapping: Bool { if case .mapping = content { true } else { false } }

  fileprivate var isSequence: Bool { if case .sequence = content { true } else { false } }

  fileprivate subscript(key: String) -> YAMLNode? { pairs.first { $0.0 == key }?.1 }

  fileprivate var string: String? {
    if case .string(let text)? = scalar { text } else { nil }
  }

  fileprivate var number: Double? {
    switch scalar {
    case .integer(let value)?: Double(value)
    case .hugeInteger?: text.flatMap { Double($0) } ?? .infinity
    case .number(let value)?: value
    default: nil
    }
  }

  /// The number beside a keyword such as `minimum`.
  fileprivate var limit: Double { number ?? .nan }

  fileprivate func hasType(_ type: String) -> Bool {
    switch type {
    case "object": isMapping
    case "array": isSequence
    case "string": string != nil
    case "boolean": if case .boolean? = scalar { true } else { false }
    case "integer": number.map { $0 == $0.rounded() } ?? false
    case "number": number != nil
    default: false
    }
  }
}
