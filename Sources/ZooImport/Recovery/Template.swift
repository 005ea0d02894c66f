import ZooGraph

/// An item as it is written: a layer, a group or the use of a block with its arguments.
struct Template {
  enum Body {
    case layer(OperationKind)
    case group
    case use(Block)
  }

  var body: Body
  var name: String
  var isImplied: Bool
  var inputs: [Target]
  var arguments: [(field: Field, terms: [Term])]
  var condition: Condition?
  var isTrainingOnly: Bool
  var children: [Template] = []
  /// Of a group: whether its items are numbered, and whether they are those of the group around.
  var isNumbered = false
  var isRun = false
  var comment: String?

  var block: Block? { if case .use(let block) = body { block } else { nil } }

  var joins: Bool { if case .layer(let kind) = body { kind.joins } else { false } }

  var isGroup: Bool { if case .group = body { true } else { false } }

  /// With other terms in place of a block's parameters.
  func replacing(_ terms: [Field.Parameter: Term]) -> Template {
    var result = self
    result.arguments = arguments.map { ($0.field, $0.terms.map { $0.replacing(terms) }) }
    result.condition = condition?.replacing(terms)
    result.children = children.map { $0.replacing(terms) }
    return result
  }

  /// Whether a term or a condition depends on what the group reads.
  var dependsOnInput: Bool {
    arguments.contains { $0.terms.contains(where: \.dependsOnInput) } || condition?.dependsOnInput == true
  }

  /// The item that a lone item of the graph is.
  init(_ item: Item) {
    self.init(item, inputs: item.inputs, terms: item.slots.map { .literal($0) })
    children = item.children.map { Template($0) }
    comment = item.comment
  }

  init(_ item: Item, inputs: [Target], terms: [Term]) {
    body =
      switch item.body {
      case .layer(let kind): .layer(kind)
      case .group: .group
      case .use(let block): .use(block)
      }
    name = item.name
    isImplied = item.isImplied
    self.inputs = inputs
    isTrainingOnly = item.isTrainingOnly
    isNumbered = item.isNumbered
    isRun = item.isRun
    arguments = []
    var next = 0
    for field in item.fields {
      arguments.append((field, Array(terms[next..<next + field.count])))
      next += field.count
    }
  }
}
