import ZooGraph
import ZooSpec

extension OperationKind {
  /// Whether layers of the kind have weights at their path.
  var hasPath: Bool { hasWeights || word == "prelu" }
}

extension NameTemplate {
  /// The name where nothing in it has to be worked out.
  var literalText: String? { parts.allSatisfy { if case .text = $0 { true } else { false } } ? text : nil }
}

extension LayerSyntax {
  /// Whether the children belong to the group around.
  var isSplicedUse: Bool { if case .use = body { name == nil } else { false } }

  /// Whether it is there once, with one number.
  var isOne: Bool { condition == nil && repetition == nil && !isSplicedUse }

  /// Whether anything of a repetition depends on its number.
  var usesIndex: Bool {
    func mentions(_ term: Term) -> Bool {
      switch term {
      case .literal: false
      case .expression(let expression): expression.root.mentionsIndex
      case .list(let items): items.contains { mentions($0.value) }
      }
    }
    func mentions(_ layers: [LayerSyntax]) -> Bool { layers.contains { $0.usesIndex } }
    if let name = name?.value {
      for case .expression(let expression, _) in name.parts where expression.root.mentionsIndex { return true }
    }
    if let condition, mentions(condition.value) { return true }
    switch body {
    case .operation(_, let attributes):
      return attributes.values.contains { attribute in
        switch attribute.value {
        case .integer(let term), .boolean(let term), .number(let term): mentions(term.value)
        case .extent(let height, let width): mentions(height.value) || mentions(width.value)
        case .padding(let sides): sides.contains { mentions($0.value) }
        case .samePadding, .choice: false
        }
      }
    case .sequential(let layers): return mentions(layers)
    case .use(let use):
      return !use.firstArguments.isEmpty || mentions(use.block.value)
        || use.arguments.contains { mentions($0.value.value) }
    }
  }
}

extension Expression.Term {
  fileprivate var mentionsIndex: Bool {
    switch self {
    case .integer, .number: false
    case .parameter(let name, _): name == "i"
    case .negated(let term, _), .not(let term): term.mentionsIndex
    case .binary(_, let left, let right, _), .comparison(_, let left, let right), .both(let left, let right),
      .either(let left, let right):
      left.mentionsIndex || right.mentionsIndex
    }
  }
}
