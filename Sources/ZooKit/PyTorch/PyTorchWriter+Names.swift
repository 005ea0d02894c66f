import ZooGraph
import ZooSpec
import ZooTensor

/// Paths of layers, and what their names stand for.
extension PyTorchWriter {
  /// The local name of a layer where it has one.
  func name(of layer: LayerSyntax, _ group: Group) throws -> LocalName? {
    guard let template = layer.name?.value else { return nil }
    var parts: [PathPart] = []
    for part in template.parts {
      switch part {
      case .text(let text): parts.append(.text(text))
      case .expression(let expression, _):
        let value = try PythonValue(expression.root, isDecimal: false) { name throws(Irregular) in
          try self.parameter(name, group.locals, group.input)
        }
        switch value {
        case .integer(let number): parts.append(.text("\(number)"))
        case .text(let text): parts.append(.text(text))
        default:
          guard value.type == .integer else { throw Irregular() }
          parts.append(.code(value.text))
        }
      }
    }
    return LocalName(parts: parts)
  }

  struct LocalName {
    var parts: [PathPart]

    /// The name, if it is known.
    var constant: String? {
      var text = ""
      for part in parts {
        guard case .text(let part) = part else { return nil }
        text += part
      }
      return text
    }
  }

  /// The path of a layer, and its name in its group as far as that is known.
  mutating func place(
    _ layer: LayerSyntax, kind: OperationKind?, condition: PythonValue?, in group: inout Group
  ) throws -> (path: String, local: String?) {
    let given = try name(of: layer, group)
    let needsPath = kind.map(\.hasPath) ?? true
    switch group.numbering.kind {
    case .words:
      if let given { return (Self.code(group.prefix + given.parts), given.constant) }
      guard let kind, !needsPath else { throw Irregular() }
      return ("", group.numbering.automaticName(kind.word))
    case .number(let number):
      group.numbering.kind = condition == nil ? .number(number + 1) : .words
      if let given { return (Self.code(group.prefix + given.parts), given.constant) }
      return (Self.code(group.prefix + [.text("\(number)")]), "\(number)")
    case .iterator(let name, let pending, let number):
      let next = condition == nil ? number.map { $0 + 1 } : nil
      if given == nil, needsPath {
        flush(group.numbering)
        group.numbering.kind = .iterator(name, pending: [], next: next)
        return ("next(\(name))", number.map { "\($0)" })
      }
      let text = condition.map { "if \($0.text): next(\(name))" } ?? "next(\(name))"
      group.numbering.kind = .iterator(name, pending: pending + [text], next: next)
      return (given.map { Self.code(group.prefix + $0.parts) } ?? "", given?.constant ?? number.map { "\($0)" })
    }
  }

  /// What the paths of a group's layers start with.
  mutating func prefix(
    of layer: LayerSyntax, condition: PythonValue?, in group: inout Group
  ) throws -> (prefix: [PathPart], local: String?) {
    let (path, local) = try place(layer, kind: nil, condition: condition, in: &group)
    if let given = try name(of: layer, group) { return (group.prefix + given.parts + [.text(".")], local) }
    if let local, !path.hasPrefix("next(") { return (group.prefix + [.text(local + ".")], local) }
    // The number is taken once, for all layers of the group.
    let name = localNames.take("q")
    function.statements.append(.plain("\(name) = \(path) + \".\""))
    return ([.code(name)], local)
  }

  /// Takes the numbers of layers that need none.
  mutating func flush(_ numbering: Numbering) {
    guard case .iterator(let name, let pending, let number) = numbering.kind, !pending.isEmpty else { return }
    function.statements += pending.map { .plain("\($0)  # of a layer without weights") }
    numbering.kind = .iterator(name, pending: [], next: number)
  }

  mutating func numbering(for children: [LayerSyntax]) -> Numbering {
    let needsIterator = PyTorchNumbering(network).needsIterator(children) { $0.condition == nil }
    return Numbering(needsIterator ? .iterator(localNames.take("n"), pending: [], next: 0) : .number(0))
  }

  /// A path as code.
  static func code(_ parts: [PathPart]) -> String {
    if parts.isEmpty { return "\"\"" }
    if parts.count == 1, case .code(let code) = parts[0] { return code }
    var isFormatted = false
    var text = ""
    for part in parts {
      switch part {
      case .text(let plain):
        text += PythonText.escaped(plain).replacing("{", with: "{{").replacing("}", with: "}}")
      case .code(let code):
        isFormatted = true
        text += "{\(code)}"
      }
    }
    return isFormatted ? "f\"\(text)\"" : "\"\(text)\""
  }

  func resolve(_ name: String, in scope: Scope) throws -> Int {
    var next: Scope? = scope
    while let scope = next {
      if let value = scope.names[name] { return value }
      next = scope.parent
    }
    throw Irregular()
  }

  func inputs(of layer: LayerSyntax, _ group: Group) throws -> [Int] {
    guard let from = layer.from else { return [group.current] }
    return try from.map { try resolve($0.value, in: group.scope) }
  }
}
