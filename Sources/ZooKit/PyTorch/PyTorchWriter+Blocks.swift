import ZooGraph
import ZooSpec
import ZooTensor

/// Uses of blocks, which are calls of methods.
extension PyTorchWriter {
  mutating func write(
    _ use: UseSyntax, _ layer: LayerSyntax, input: Int, condition: PythonValue?, in group: inout Group,
    repetition: (lists: [String: PythonValue], index: PythonValue)?
  ) throws {
    let block = try value(use.block, group)
    let callee: String
    let candidates: [BlockSyntax]
    let isCounted: Bool
    if case .text(let name) = block {
      guard let syntax = network.blocks[name] else { throw Irregular() }
      candidates = [syntax]
      isCounted = counted.contains(name)
      callee = "self.\(try method(for: name))"
    } else if block.type == .string {
      candidates = []
      isCounted = counted.contains(PyTorchNumbering.anyBlock)
      callee = block.text
    } else {
      throw Irregular()
    }
    let isSpliced = layer.name == nil
    let usesPath = block.constantText.map { !pathless.contains($0) } ?? true
    var arguments = [PythonFunction.value(input)]
    var local: String?
    if isSpliced {
      if usesPath { arguments.append(Self.code(group.prefix)) }
      if case .number = group.numbering.kind { group.numbering.kind = .words }
      if isCounted {
        guard case .iterator(let name, _, let number) = group.numbering.kind else { throw Irregular() }
        flush(group.numbering)
        // Of a block that is one layer or group, the number is the name of the result.
        let isOne = condition == nil && candidates.first.map { $0.layers.count == 1 && $0.layers[0].isOne } == true
        if isOne, let number { local = "\(number)" }
        group.numbering.kind = .iterator(name, pending: [], next: isOne ? number.map { $0 + 1 } : nil)
        arguments.append(name)
      }
    } else {
      let (prefix, name) = try prefix(of: layer, condition: condition, in: &group)
      local = name
      if usesPath { arguments.append(Self.code(prefix)) }
      if isCounted {
        arguments.append("numbered(\(Self.code(prefix)))")
        helpers.usesNumbers = true
      }
    }
    for argument in use.arguments + use.firstArguments {
      if case .text(let name) = try value(argument.value, group, as: .string), network.blocks[name] != nil {
        _ = try method(for: name)
      }
    }
    let given = try self.arguments(use, candidates.first, group, repetition)
    arguments += given.map { "\($0.name)=\($0.value)" }
    let call = "\(callee)(\(arguments.joined(separator: ", ")))"
    let value = function.value(hint: local)
    if let condition {
      let text = "\(call) if \(condition.text(within: .either)) else \(PythonFunction.value(input))"
      function.statements.append(.assign(value, text, absorbs: false))
    } else {
      function.statements.append(.assign(value, call, absorbs: false))
    }
    if let local { group.scope.define(local, value) }
    group.current = value
  }

  /// What is passed for a block's parameters; `block`: `nil` where it is a parameter itself.
  func arguments(
    _ use: UseSyntax, _ block: BlockSyntax?, _ group: Group,
    _ repetition: (lists: [String: PythonValue], index: PythonValue)?
  ) throws -> [(name: String, value: String)] {
    typealias Parameter = (name: String, type: ScalarType, standard: PythonValue?)
    let parameters: [Parameter]
    if let block {
      parameters = block.parameters.map { ($0.name.value, $0.type, $0.standard.map(PythonValue.init)) }
    } else {
      parameters = try argumentNames(use, repetition).map { ($0, try dynamicType(of: $0), nil) }
    }
    return try parameters.compactMap { parameter in
      func term(in arguments: [ArgumentSyntax]) throws -> PythonValue? {
        try arguments.last { $0.name.value == parameter.name }.map {
          try self.value($0.value, group, as: parameter.type)
        }
      }
      var value = try term(in: use.arguments) ?? repetition?.lists[parameter.name] ?? parameter.standard
      if let first = try term(in: use.firstArguments) {
        guard let index = repetition?.index else { return (parameter.name, try code(first)) }
        let isFirst: PythonValue =
          index == .integer(0)
          ? .boolean(true) : .code("\(index.text) == 0", binding: .comparison, type: .boolean)
        guard let other = try value ?? (isFirst == .boolean(true) ? first : commonStandard(of: parameter.name)) else {
          throw Irregular()
        }
        value = .either(isFirst, first, other)
      }
      guard let value else {
        if block == nil { return nil }
        throw Irregular()
      }
      if let standard = parameter.standard, standard == value { return nil }
      return (PythonText.identifier(pythonName(parameter.name)), try code(value))
    }
  }

  func argumentNames(
    _ use: UseSyntax, _ repetition: (lists: [String: PythonValue], index: PythonValue)?
  ) -> [String] {
    var names: [String] = []
    for name in use.arguments.map(\.name.value) + use.firstArguments.map(\.name.value)
      + (repetition?.lists.keys.sorted() ?? []) where !names.contains(name)
    { names.append(name) }
    return names
  }

  /// What a parameter of that name is by default in all blocks that have it.
  func commonStandard(of name: String) throws -> PythonValue? {
    let parameters = network.blocks.values.flatMap { $0.parameters.filter { $0.name.value == name } }
    let values = Set(parameters.filter { $0.standard != nil }.compactMap { $0.standard })
    guard values.count == 1 else { return nil }
    return values.first.map(PythonValue.init)
  }

  /// The type of a parameter of that name, which all blocks that have it agree on.
  func dynamicType(of name: String) throws -> ScalarType {
    let types = Set(network.blocks.values.flatMap { $0.parameters.filter { $0.name.value == name }.map(\.type) })
    guard types.count == 1, let type = types.first else { throw Irregular() }
    return type
  }

  /// A value as an argument; a block is the method that it became.
  func code(_ value: PythonValue) throws -> String {
    guard case .text(let name) = value else { return value.text }
    guard let method = methodNames[name] else { throw Irregular() }
    return "self.\(method)"
  }

  func pythonName(_ name: String) -> String {
    PythonText.arguments.contains(name) ? "\(name)_" : name
  }

  /// The method that a block becomes, which is written when it is first asked for.
  mutating func method(for name: String) throws -> String {
    if let method = methodNames[name] { return method }
    guard let block = network.blocks[name] else { throw Irregular() }
    let method = names.take(name)
    methodNames[name] = method
    depth += 1
    defer { depth -= 1 }
    guard depth < 40 else { throw Irregular() }
    let outside = (function, localNames)
    function = PythonFunction()
    localNames = PythonNames(PythonText.arguments.union(block.parameters.map { pythonName($0.name.value) }))
    let isCounted = counted.contains(name)
    let scope = Scope(parent: nil)
    scope.define("input", function.input)
    let numbering = Numbering(isCounted ? .iterator("n", pending: [], next: nil) : .words)
    numbering.reserved = Set(block.layers.compactMap { $0.name?.value.literalText })
    var locals: [String: PythonValue] = [:]
    var required: [String] = []
    var optional: [String] = []
    for parameter in block.parameters {
      let word = PythonText.identifier(pythonName(parameter.name.value))
      locals[parameter.name.value] = .name(word, parameter.type)
      if let standard = parameter.standard {
        if case .string = standard { throw Irregular() }
        optional.append("\(word)=\(PythonValue(standard).text)")
      } else {
        required.append(word)
      }
    }
    var group = Group(
      locals: locals, input: function.input, current: function.input, prefix: [.code("p")], numbering: numbering,
      scope: scope)
    try write(block.layers, in: &group)
    flush(numbering)
    function.statements.append(.result(PythonFunction.value(group.current)))
    let isPathless =
      !passed.contains(name)
      && !function.statements.contains { statement in
        ["{p}", ", p,", ", p)", "(p)"].contains(where: statement.mentions)
      }
    if isPathless { pathless.insert(name) }
    let parameters = ["self", "x"] + (isPathless ? [] : ["p"]) + (isCounted ? ["n"] : []) + required + optional
    function.header = "def \(method)(\(parameters.joined(separator: ", "))):"
    methods.append((function, localNames))
    (function, localNames) = outside
    return method
  }
}
