import ZooGraph
import ZooSpec
import ZooTensor

/// A definition's layers and blocks as methods of a PyTorch module: a block is a method with its parameters, a repetition a
/// loop, and a layer is made at its path where it is first called.
struct PyTorchWriter {
  /// A part of a path.
  enum PathPart: Hashable {
    case text(String)
    /// Code of a string.
    case code(String)
  }

  /// What is known in a group of layers.
  struct Group {
    var locals: [String: PythonValue]
    /// The value whose channels `$in` is.
    var input: Int
    var current: Int
    var prefix: [PathPart]
    var numbering: Numbering
    var scope: Scope
  }

  final class Scope {
    var names: [String: Int] = [:]
    private var skipped: Set<String> = []
    let parent: Scope?

    init(parent: Scope?) { self.parent = parent }

    func define(_ name: String, _ value: Int, isSkipped: Bool = false) {
      if isSkipped, names[name] != nil, !skipped.contains(name) { return }
      if isSkipped { skipped.insert(name) } else { skipped.remove(name) }
      names[name] = value
    }
  }

  final class Numbering {
    enum Kind {
      /// No `sequential`: layers without weights are called after their operation.
      case words
      /// The next number is known.
      case number(Int)
      /// An iterator gives the paths. `pending`: those of layers that need none, not yet taken.
      /// `next`: the number that comes next, as far as it is known.
      case iterator(String, pending: [String], next: Int?)
    }

    var kind: Kind
    private var counts: [String: Int] = [:]
    var reserved: Set<String> = []

    init(_ kind: Kind) { self.kind = kind }

    func automaticName(_ word: String) -> String {
      while true {
        let count = counts[word, default: 0] + 1
        counts[word] = count
        let name = count == 1 ? word : "\(word)_\(count)"
        if !reserved.contains(name) { return name }
      }
    }
  }

  let network: NetworkSyntax
  let outputs: [OutputSyntax]?
  /// The nodes that a layer of the file became.
  let nodes: [Origin: [Node]]
  let file: [String: PythonValue]
  var helpers = PyTorchHelpers()
  /// The methods, in the order in which they were met.
  var methods: [(function: PythonFunction, names: PythonNames)] = []
  var methodNames: [String: String] = [:]
  var names = PythonNames(PythonText.taken.union(PythonText.methods))
  let counted: Set<String>
  /// The blocks that are named as arguments, so that any of them may be called in place of another.
  let passed: Set<String>
  /// The blocks that do not need to know what their layers' paths start with.
  var pathless: Set<String> = []
  var depth = 0
  /// While a function is written.
  var function = PythonFunction()
  var localNames = PythonNames(PythonText.taken)

  init(_ definition: Definition, graph: Graph) {
    network = definition.network
    outputs = definition.outputs
    file = Dictionary(
      definition.parameters.map { ($0.name, PythonValue($0.value)) }, uniquingKeysWith: { first, _ in first })
    var nodes: [Origin: [Node]] = [:]
    for node in graph.nodes {
      if let origin = node.origin { nodes[origin, default: []].append(node) }
    }
    self.nodes = nodes
    let numbering = PyTorchNumbering(definition.network)
    (counted, passed) = (numbering.countedBlocks, numbering.passedBlocks)
    for (kind, attributes) in definition.network.defaults {
      var given: [String: PyTorchAttribute] = [:]
      for (name, syntax) in attributes {
        if let value = try? attribute(syntax.value, locals: [:], input: nil, kind, name), value.isConstant {
          given[name] = value
        }
      }
      helpers.defaults[kind.word] = given
    }
  }

  /// Writes `forward`, and every method that it calls. `answers`: the names of the outputs, in order.
  mutating func write(answers: [String]) throws {
    function = PythonFunction()
    localNames = PythonNames(PythonText.taken)
    let scope = Scope(parent: nil)
    scope.define("input", function.input)
    let numbering = Numbering(.words)
    numbering.reserved = Set(network.layers.compactMap { $0.name?.value.literalText })
    var group = Group(
      locals: [:], input: function.input, current: function.input, prefix: [], numbering: numbering, scope: scope)
    try write(network.layers, in: &group)
    let values: [Int]
    if let outputs {
      values = try answers.map { name in
        guard let output = outputs.first(where: { $0.name.value == name }) else { throw Irregular() }
        return try resolve(output.from.value, in: scope)
      }
    } else {
      values = [group.current]
    }
    function.statements.append(.result(values.map(PythonFunction.value).joined(separator: ", ")))
    function.header = "def forward(self, x):"
    methods.append((function, localNames))
  }

  // MARK: Layers

  mutating func write(_ layers: [LayerSyntax], in group: inout Group) throws {
    depth += 1
    defer { depth -= 1 }
    guard depth < 40 else { throw Irregular() }
    for layer in layers where !layer.isTrainingOnly {
      switch layer.body {
      case .operation(let kind, let attributes): try write(kind, attributes, layer, in: &group)
      case .sequential, .use: try writeRepeated(layer, in: &group)
      }
    }
  }

  mutating func write(
    _ kind: OperationKind, _ own: [String: Located<AttributeSyntax>], _ layer: LayerSyntax, in group: inout Group
  ) throws {
    let condition = try condition(of: layer, group)
    let inputs = try inputs(of: layer, group)
    if condition == .boolean(false) {
      guard inputs.count == 1 || kind.joins, let first = inputs.first else { throw Irregular() }
      if let name = try name(of: layer, group)?.constant { group.scope.define(name, first, isSkipped: true) }
      group.current = first
      return
    }
    let (path, local) = try place(layer, kind: kind, condition: condition, in: &group)
    let site = Origin(
      file: layer.word.site.file, line: layer.word.site.start.line, column: layer.word.site.start.column)
    let written = (network.defaults[kind] ?? [:]).merging(own) { _, own in own }
    var attributes: [String: PyTorchAttribute] = [:]
    for attribute in kind.attributes {
      if let syntax = written[attribute.name] {
        attributes[attribute.name] = try self.attribute(
          syntax.value, locals: group.locals, input: group.input, kind, attribute.name)
      } else {
        switch attribute.standard {
        case .required: throw Irregular()
        case .value(let value): attributes[attribute.name] = PyTorchAttribute(value)
        case .attribute(let other): attributes[attribute.name] = attributes[other]
        }
      }
    }
    let nodes = nodes[site] ?? []
    let ranks = nodes.map { node in self.ranks[node.name] ?? [] }
    let layer = PyTorchLayer(
      kind: kind, attributes: attributes, inputs: inputs.map(PythonFunction.value), path: path, ranks: ranks,
      features: Set(nodes.compactMap { node in node.parameter(.weight).map(\.shape) }))
    let code = try helpers.code(for: layer)
    let value = function.value(hint: local)
    if let condition {
      let text =
        "\(code.text) if \(condition.text(within: .either)) else \(PythonFunction.value(inputs.first ?? 0))"
      function.statements.append(.assign(value, text, absorbs: false))
    } else {
      function.statements.append(.assign(value, code.text, absorbs: code.absorbs))
    }
    if let local { group.scope.define(local, value) }
    group.current = value
  }

  /// The ranks of what each node reads, by its name.
  var ranks: [String: [Int]] = [:]

  mutating func writeRepeated(_ layer: LayerSyntax, in group: inout Group) throws {
    guard let repetition = layer.repetition else {
      try writeGroup(layer, in: &group, repetition: nil)
      return
    }
    var header: String
    var locals = group.locals
    var lists: [String: PythonValue] = [:]
    let index: PythonValue
    var variables: [String] = []
    var names: [String] = []
    let usesIndex = layer.usesIndex
    switch repetition {
    case .count(let term):
      let count = try value(term, group)
      if count == .integer(0) { return }
      if count == .integer(1) {
        locals["i"] = .integer(0)
        var inner = group
        inner.locals = locals
        try writeGroup(layer, in: &inner, repetition: (lists: [:], index: .integer(0)))
        group.current = inner.current
        return
      }
      guard count.type == .integer else { throw Irregular() }
      let name = usesIndex ? localNames.take("i") : "_"
      variables = [name]
      index = .name(name, .integer)
      header = "for \(name) in range(\(count.text)):"
    case .lists(let arguments):
      var values: [String] = []
      for argument in arguments {
        let list = try value(argument.value, group)
        let name = localNames.take(argument.name.value)
        names.append(name)
        values.append(list.text)
        let type: ScalarType
        if case .list(let items) = list, let first = items.first {
          type = items.contains { $0.type == .number } ? .number : first.type
          guard items.allSatisfy({ $0.type == type || type == .number && $0.type == .integer }), type != .string else {
            throw Irregular()
          }
        } else if list.type == .list, !list.isConstant {
          type = .integer
        } else {
          throw Irregular()
        }
        lists[argument.name.value] = .name(name, type)
        locals[argument.name.value] = .name(name, type)
      }
      let joined = names.joined(separator: ", ")
      let items = values.count == 1 ? values[0] : "zip(\(values.joined(separator: ", ")))"
      if usesIndex {
        let name = localNames.take("i")
        variables.append(name)
        index = .name(name, .integer)
        header = "for \(name), \(names.count == 1 ? joined : "(\(joined))") in enumerate(\(items)):"
      } else {
        index = .name("_", .integer)
        header = "for \(joined) in \(items):"
      }
    }
    if case .lists = repetition { variables += names }
    locals["i"] = index
    guard layer.from == nil || layer.from?.count == 1 else { throw Irregular() }
    let from = try layer.from.map { try resolve($0[0].value, in: group.scope) } ?? group.current
    // Paths that are taken in a loop are not known.
    var numbering = group.numbering
    if case .number = numbering.kind, layer.name == nil, !layer.isSplicedUse { throw Irregular() }
    if case .number = numbering.kind {
      numbering.kind = .words
      numbering = Numbering(.words)
    }
    flush(group.numbering)
    let value = function.value()
    let input = function.value()
    let outer = function.statements
    function.statements = []
    var inner = Group(
      locals: locals, input: group.input, current: input, prefix: group.prefix, numbering: numbering,
      scope: Scope(parent: group.scope))
    var body = layer
    body.from = nil
    try writeGroup(body, in: &inner, repetition: (lists: lists, index: index))
    flush(numbering)
    let statements = function.statements
    function.statements = outer
    for name in variables { localNames.release(name) }
    function.statements.append(
      .loop(value, from: from, header: header, body: statements, input: input, output: inner.current))
    group.current = value
  }

  mutating func writeGroup(
    _ layer: LayerSyntax, in group: inout Group, repetition: (lists: [String: PythonValue], index: PythonValue)?
  ) throws {
    let condition = try condition(of: layer, group)
    let inputs = try inputs(of: layer, group)
    guard inputs.count == 1 else { throw Irregular() }
    let input = inputs[0]
    if condition == .boolean(false) {
      if let name = try name(of: layer, group)?.constant { group.scope.define(name, input, isSkipped: true) }
      group.current = input
      return
    }
    switch layer.body {
    case .operation: throw Irregular()
    case .sequential(let children):
      if condition != nil { flush(group.numbering) }
      let outer = function.statements
      if condition != nil { function.statements = [] }
      let (prefix, local) = try prefix(of: layer, condition: condition, in: &group)
      let numbering = numbering(for: children)
      if case .iterator(let name, _, _) = numbering.kind {
        function.statements.append(.plain("\(name) = numbered(\(Self.code(prefix)))"))
        helpers.usesNumbers = true
      }
      var inner = Group(
        locals: group.locals, input: input, current: input, prefix: prefix, numbering: numbering,
        scope: Scope(parent: group.scope))
      inner.scope.define("input", input)
      try write(children, in: &inner)
      var value = inner.current
      if let condition {
        let body = function.statements
        function.statements = outer
        value = function.value(hint: local)
        function.statements.append(
          .branch(value, from: input, condition: condition.text, body: body, output: inner.current))
      }
      if let local {
        function.suggest(local, for: value)
        group.scope.define(local, value)
      }
      group.current = value
    case .use(let use):
      try write(use, layer, input: input, condition: condition, in: &group, repetition: repetition)
    }
  }
}
