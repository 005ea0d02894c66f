import ZooGraph
import ZooTensor

/// Works out parameters, conditions, repetitions and blocks, and gives each layer that is left to `Namer` and to `Wirer`, in order:
/// what a layer is may depend on the shape of what it reads.
///
/// However the file multiplies, the number of layers and of steps is bounded, and so is the depth of the recursion.
struct Expander {
  static let maximumRepetitions = 10_000
  static let maximumLayers = 20_000
  static let maximumSteps = 100_000
  static let maximumDepth = 64
  /// Enough to show; after it the rest of the file is not looked at.
  static let maximumComplaints = 200

  let network: NetworkSyntax
  var diagnostics: [Diagnostic] = []
  private(set) var namer = Namer()
  /// `nil`: layers are only worked out and named.
  private(set) var wirer: Wirer?
  private let environment: Environment
  private var layerCount = 0
  private var stepCount = 0
  private var depth = 0
  private var activeBlocks: [String] = []
  private var trace = UseTrace()
  private var flat: [ExpandedItem] = []
  private var blockNames: [String: Set<String>] = [:]

  /// A limit was hit; the last diagnostic says which.
  private struct Stop: Error {}

  init(network: NetworkSyntax, environment: Environment, wirer: Wirer? = nil) {
    self.network = network
    self.environment = environment
    self.wirer = wirer
  }

  /// Builds the wirer's graph for an input of the shape.
  ///
  /// - Returns: whether all layers are there; if not, a limit was hit.
  mutating func expand(input shape: Shape, at range: SourceRange, _ outputs: [OutputSyntax]?) -> Bool {
    checkBlockNames()
    let reserved = layerNames(network.layers)
    guard let group = wirer?.start(input: shape, at: range, environment, reserved) else { return false }
    do throws(Stop) {
      try expand(network.layers, in: group)
    } catch {
      return false
    }
    wirer?.addOutputs(outputs, last: group.current)
    return true
  }

  /// Layers without groups, named and not connected; what there is until a limit is hit.
  mutating func expandFlat() -> [ExpandedItem] {
    let numbering = Numbering(isSequential: false, reserved: layerNames(network.layers))
    let group = Group(
      environment: environment, scope: Scope(parent: nil), numbering: numbering, prefix: "", isTrainingOnly: false,
      input: nil)
    try? expand(network.layers, in: group)
    return flat
  }

  mutating func report(_ diagnostic: Diagnostic) {
    var diagnostic = diagnostic
    diagnostic.notes += trace.notes
    diagnostics.append(diagnostic)
  }

  /// A failure that follows from another complaint is not reported.
  private mutating func report<Value>(_ failure: Expression.Failure, _ place: Located<Value>, text: String) {
    if let diagnostic = place.diagnostic(failure, text: text) { report(diagnostic) }
  }

  private mutating func expand(_ layers: [LayerSyntax], in group: Group) throws(Stop) {
    depth += 1
    defer { depth -= 1 }
    for (index, layer) in layers.enumerated() {
      guard depth <= Self.maximumDepth else { throw stop(.groupsTooDeep(limit: Self.maximumDepth), at: layer) }
      try step(at: layer)
      let later = layers[(index + 1)...]
      switch layer.body {
      case .use(let use): try expand(use, of: layer, in: group, later)
      case .sequential(let children): try expand(children, of: layer, in: group, later)
      case .operation(let kind, let attributes):
        var item = ExpandedItem(
          syntax: layer, body: .broken, name: name(of: layer, group.environment), from: layer.from)
        switch isPresent(layer, group.environment) {
        case nil: break
        case false?: item.body = .skipped
        case true?:
          layerCount += 1
          guard layerCount <= Self.maximumLayers else {
            throw stop(.tooManyLayers(limit: Self.maximumLayers), at: layer)
          }
          if item.isNameKnown, let operation = operation(kind, attributes, of: layer, group.environment) {
            item.body = .operation(operation)
          }
        }
        place(&item, in: group, later)
      }
    }
  }

  /// Names an item that is no group, and lets it read and be read.
  private mutating func place(_ item: inout ExpandedItem, in group: Group, _ later: ArraySlice<LayerSyntax>) {
    if item.isNameKnown { namer.name(&item, in: group, trace) }
    guard wirer != nil else {
      flat.append(item)
      return
    }
    let inputs = wirer?.inputs(of: item, in: group, later: later, trace) ?? []
    let value = wirer?.value(of: item, inputs: inputs, in: group, trace)
    wirer?.define(item, value ?? nil, in: group)
  }

  /// The layer's name with its expressions worked out; `nil` where it has none, or one that was complained about.
  private mutating func name(of layer: LayerSyntax, _ environment: Environment) -> Located<String>? {
    guard let name = layer.name else { return nil }
    if name.value.names.contains("i"), environment["i"] == nil {
      report(name.diagnostic(.indexWithoutRepeat(name.value.text)))
      return nil
    }
    do {
      let text = try name.value.value(in: environment)
      guard !text.isPath else { return name.map { _ in text } }
      report(
        name.diagnostic(
          .wrongValue(
            .key("name"), expected: .layerName, found: .computed(name.value.text, .string(text)), suggestion: nil)))
    } catch {
      report(error, name, text: name.value.text)
    }
    return nil
  }

  private mutating func step(at layer: LayerSyntax) throws(Stop) {
    guard diagnostics.count < Self.maximumComplaints else { throw Stop() }
    stepCount += 1
    guard stepCount <= Self.maximumSteps else { throw stop(.tooManyLayers(limit: Self.maximumLayers), at: layer) }
  }

  private mutating func stop(_ fault: DefinitionFault, at layer: LayerSyntax) -> Stop {
    report(layer.word.diagnostic(fault))
    return Stop()
  }

  /// What `when` says; `nil` when it cannot be worked out.
  private mutating func isPresent(_ layer: LayerSyntax, _ environment: Environment) -> Bool? {
    guard let condition = layer.condition else { return true }
    switch value(condition, environment) {
    case .boolean(let value)?: return value
    case .integer(let value)?: return value != 0
    case .string(let text)?:
      report(
        condition.diagnostic(
          .wrongValue(.key("when"), expected: .condition, found: .text(text), suggestion: nil)))
      return nil
    case .number?, .list?:
      report(
        condition.diagnostic(
          mismatch(condition, value(condition, environment) ?? .list([]), subject: .key("when"), expected: .condition)))
      return nil
    case nil: return nil
    }
  }
}

// MARK: - Blocks

extension Expander {
  /// Blocks named outright must exist, used or not.
  private mutating func checkBlockNames() {
    var count = 0
    func check(_ layers: [LayerSyntax]) -> [Diagnostic] {
      layers.flatMap { layer -> [Diagnostic] in
        switch layer.body {
        case .operation: return []
        case .sequential(let children): return check(children)
        case .use(let use):
          guard case .literal(.string(let name)) = use.block.value, network.blocks[name] == nil,
            count < Self.maximumComplaints
          else { return [] }
          count += 1
          return [use.block.diagnostic(unknownBlock(name))]
        }
      }
    }
    diagnostics += check(network.layers)
    for name in network.blocks.keys.sorted() { diagnostics += check(network.blocks[name]?.layers ?? []) }
  }

  private func unknownBlock(_ name: String) -> DefinitionFault {
    .unknownBlock(name, suggestion: name.nearest(among: network.blocks.keys.sorted()))
  }

  /// The names that the layers have in the file, and those of blocks whose layers belong to the same group.
  private mutating func layerNames(_ layers: [LayerSyntax], depth: Int = 0) -> Set<String> {
    var names: Set<String> = []
    for layer in layers {
      if let name = layer.name {
        if let literal = name.value.literal { names.insert(literal) }
      } else if case .use(let use) = layer.body, case .literal(.string(let block)) = use.block.value {
        names.formUnion(layerNames(ofBlock: block, depth: depth + 1))
      }
    }
    return names
  }

  private mutating func layerNames(ofBlock name: String, depth: Int = 0) -> Set<String> {
    if let known = blockNames[name] { return known }
    guard let block = network.blocks[name], depth <= Self.maximumDepth else { return [] }
    blockNames[name] = []
    let names = layerNames(block.layers, depth: depth)
    blockNames[name] = names
    return names
  }

  private mutating func expand(
    _ children: [LayerSyntax], of layer: LayerSyntax, in group: Group, _ later: ArraySlice<LayerSyntax>
  ) throws(Stop) {
    guard let repetitions = repetitions(of: layer, group.environment) else {
      placeBroken(layer, in: group, later)
      return
    }
    for index in 0..<repetitions.count {
      let environment = repetitions.environment(index, in: group.environment)
      var item = try item(of: layer, index, environment)
      if case .group = item.body {
        let numbering = Numbering(isSequential: true)
        try enter(&item, in: group, later, environment, Scope(parent: group.scope), numbering, children)
      } else {
        place(&item, in: group, later)
      }
      if item.isBroken { return }
    }
  }

  private mutating func expand(
    _ use: UseSyntax, of layer: LayerSyntax, in group: Group, _ later: ArraySlice<LayerSyntax>
  ) throws(Stop) {
    guard let repetitions = repetitions(of: layer, group.environment) else {
      placeBroken(layer, in: group, later)
      return
    }
    for index in 0..<repetitions.count {
      let environment = repetitions.environment(index, in: group.environment)
      var item = try item(of: layer, index, environment)
      let block = block(use, environment)
      if let block, let start = activeBlocks.firstIndex(of: block.name.value) {
        report(use.block.diagnostic(.blockCycle(Array(activeBlocks[start...]) + [block.name.value])))
        item.body = .broken
      }
      if block == nil || index == 0 && !areUsed(repetitions, use, layer, block) { item.body = .broken }
      if case .group = item.body, let block,
        let arguments = arguments(use, block, repetitions, index: index, environment)
      {
        activeBlocks.append(block.name.value)
        let inside = Environment(file: environment.file, local: arguments)
        let numbering =
          layer.name == nil
          ? group.numbering : Numbering(isSequential: false, reserved: layerNames(ofBlock: block.name.value))
        try enter(
          &item, in: group, later, inside, Scope(parent: nil), numbering, block.layers, block: block.name.value)
        activeBlocks.removeLast()
      } else {
        if case .group = item.body { item.body = .broken }
        place(&item, in: group, later)
      }
      if item.isBroken { return }
    }
  }

  /// A repetition of a use or a group, present or not.
  private mutating func item(
    of layer: LayerSyntax, _ index: Int, _ environment: Environment
  ) throws(Stop) -> ExpandedItem {
    try step(at: layer)
    var item = ExpandedItem(
      syntax: layer, body: .broken, name: name(of: layer, environment), from: index == 0 ? layer.from : nil,
      continuesRepetition: index > 0)
    switch isPresent(layer, environment) {
    case nil: break
    case false?: item.body = .skipped
    case true?: item.body = item.isNameKnown ? .group : .broken
    }
    return item
  }

  private mutating func placeBroken(_ layer: LayerSyntax, in group: Group, _ later: ArraySlice<LayerSyntax>) {
    let name = layer.name.flatMap { name in name.value.literal.map { literal in name.map { _ in literal } } }
    var item = ExpandedItem(syntax: layer, body: .broken, name: name, from: layer.from)
    place(&item, in: group, later)
  }

  /// Names a group, expands what is in it, and lets its name stand for what it ends with.
  private mutating func enter(
    _ item: inout ExpandedItem, in group: Group, _ later: ArraySlice<LayerSyntax>, _ environment: Environment,
    _ scope: Scope, _ numbering: Numbering, _ layers: [LayerSyntax], block: String? = nil
  ) throws(Stop) {
    namer.name(&item, in: group, trace)
    let inputs = wirer?.inputs(of: item, in: group, later: later, trace) ?? []
    guard !item.isBroken else {
      wirer?.define(item, nil, in: group)
      return
    }
    let input = wirer?.single(inputs, of: item, trace) ?? nil
    let path = item.path ?? group.path
    let inner = Group(
      environment: wirer?.environment(environment, reading: input) ?? environment, scope: scope, numbering: numbering,
      prefix: item.isSpliced ? group.prefix : path + ".",
      isTrainingOnly: group.isTrainingOnly || item.syntax.isTrainingOnly, input: input)
    if let block { trace.enter(block: block, path: path, at: item.syntax.word.site) }
    try expand(layers, in: inner)
    if block != nil { trace.leave() }
    if item.isSpliced { group.scope.adopt(scope) }
    wirer?.define(item, input == nil ? nil : inner.current, in: group)
  }

  private mutating func block(_ use: UseSyntax, _ environment: Environment) -> BlockSyntax? {
    switch value(use.block, environment) {
    case nil: return nil
    case .string(let name)?:
      if let block = network.blocks[name] { return block }
      if case .expression = use.block.value { report(use.block.diagnostic(unknownBlock(name))) }
      return nil
    case .integer(let number)?:
      report(
        use.block.diagnostic(
          .wrongValue(.key("block"), expected: .blockName, found: .integer("\(number)"), suggestion: nil)))
      return nil
    case .boolean(let value)?:
      report(
        use.block.diagnostic(
          .wrongValue(.key("block"), expected: .blockName, found: .boolean("\(value)"), suggestion: nil)))
      return nil
    case .number?, .list?:
      guard let value = value(use.block, environment) else { return nil }
      report(use.block.diagnostic(mismatch(use.block, value, subject: .key("block"), expected: .blockName)))
      return nil
    }
  }

  /// Whether the block, or what is written for it, uses each list of the repetition; complains where it does not.
  private mutating func areUsed(
    _ repetitions: Repetitions, _ use: UseSyntax, _ layer: LayerSyntax, _ block: BlockSyntax?
  ) -> Bool {
    guard let block, case .lists(let lists)? = layer.repetition else { return true }
    let known = block.parameters.map(\.name.value)
    var used = Set(known).union(layer.name?.value.names ?? []).union(layer.condition?.value.names ?? [])
    used.formUnion(use.block.value.names)
    for argument in use.arguments + use.firstArguments { used.formUnion(argument.value.value.names) }
    let unused = lists.filter { !used.contains($0.name.value) }
    for list in unused {
      let name = list.name.value
      let fault = DefinitionFault.unknownArgument(
        block: block.name.value, parameter: name, known: known, suggestion: name.nearest(among: known))
      report(list.name.diagnostic(fault))
    }
    return unused.isEmpty
  }

  /// A block's parameters for one repetition: its own defaults, then the items of the repetition's lists, then `with`, then
  /// `first`.
  private mutating func arguments(
    _ use: UseSyntax, _ block: BlockSyntax, _ repetitions: Repetitions, index: Int, _ environment: Environment
  ) -> [String: ScalarValue]? {
    let declared = Dictionary(block.parameters.map { ($0.name.value, $0) }, uniquingKeysWith: { first, _ in first })
    var values = declared.compactMapValues(\.standard)
    var isValid = true
    for argument in use.arguments + use.firstArguments where declared[argument.name.value] == nil {
      let known = block.parameters.map(\.name.value)
      let fault = DefinitionFault.unknownArgument(
        block: block.name.value, parameter: argument.name.value, known: known,
        suggestion: argument.name.value.nearest(among: known))
      report(argument.name.diagnostic(fault))
      isValid = false
    }
    var given = repetitions.arguments(index)
    for argument in use.arguments + (index == 0 ? use.firstArguments : []) { given[argument.name.value] = argument }
    for parameter in block.parameters {
      let name = parameter.name.value
      guard let argument = given[name] else {
        if parameter.standard == nil {
          report(use.block.diagnostic(.missingArgument(block: block.name.value, parameter: name)))
          isValid = false
        }
        continue
      }
      guard let value = value(argument.value, as: parameter.type, environment) else {
        isValid = false
        continue
      }
      guard let converted = value.converted(to: parameter.type) else {
        let fault = DefinitionFault.argumentType(
          block: block.name.value, parameter: name, expected: parameter.type, found: value)
        report(argument.value.diagnostic(fault))
        isValid = false
        continue
      }
      values[name] = converted
    }
    return isValid ? values : nil
  }

  /// An argument's value; where the block wants no text, a text such as `2 * 3` is arithmetic.
  private mutating func value(
    _ term: Located<Term>, as type: ScalarType, _ environment: Environment
  ) -> ScalarValue? {
    guard case .literal(.string(let text)) = term.value, type != .string, Expression.isMeant(by: text) else {
      return value(term, environment, isDecimal: type == .number)
    }
    do {
      return try Expression(text).value(in: environment, isDecimal: type == .number)
    } catch {
      report(error, term, text: text)
      return nil
    }
  }
}

// MARK: - Terms

extension Expander {
  mutating func value(
    _ term: Located<Term>, _ environment: Environment, isDecimal: Bool = false
  ) -> ScalarValue? {
    switch term.value {
    case .literal(let value): return value
    case .list(let items):
      // Working it out again and again is work too.
      stepCount += items.count
      let values = items.map { value($0, environment, isDecimal: isDecimal) }
      return values.contains(nil) ? nil : .list(values.compactMap(\.self))
    case .expression(let expression):
      do {
        return try expression.value(in: environment, isDecimal: isDecimal)
      } catch {
        report(error, term, text: expression.text)
        return nil
      }
    }
  }

  mutating func number(
    _ term: Located<Term>, _ range: NumberRange, subject: DefinitionFault.Subject, _ environment: Environment
  ) -> Double? {
    guard let value = value(term, environment, isDecimal: true) else { return nil }
    if let number = value.decimal, range.contains(number) { return number }
    report(term.diagnostic(mismatch(term, value, subject: subject, expected: .number(range))))
    return nil
  }

  mutating func integer(
    _ term: Located<Term>, _ range: ClosedRange<Int>, subject: DefinitionFault.Subject, _ environment: Environment
  ) -> Int? {
    guard let value = value(term, environment) else { return nil }
    if case .integer(let number) = value, range.contains(number) { return number }
    report(term.diagnostic(mismatch(term, value, subject: subject, expected: .integer(range))))
    return nil
  }

  mutating func boolean(
    _ term: Located<Term>, subject: DefinitionFault.Subject, _ environment: Environment
  ) -> Bool? {
    guard let value = value(term, environment) else { return nil }
    if case .boolean(let truth) = value { return truth }
    report(term.diagnostic(mismatch(term, value, subject: subject, expected: .boolean)))
    return nil
  }

  func mismatch(
    _ term: Located<Term>, _ value: ScalarValue, subject: DefinitionFault.Subject,
    expected: DefinitionFault.Expectation
  ) -> DefinitionFault {
    let text = if case .expression(let expression) = term.value { expression.text } else { "\(value)" }
    return .wrongValue(subject, expected: expected, found: .computed(text, value), suggestion: nil)
  }
}
