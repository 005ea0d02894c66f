import ZooTensor

/// Works out parameters, conditions, repetitions and blocks; what it returns has no expression left.
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
  private let environment: Environment
  private var layerCount = 0
  private var stepCount = 0
  private var depth = 0
  private var activeBlocks: [String] = []
  private var trace = UseTrace()
  private var prefix: [String] = []

  /// A limit was hit; the last diagnostic says which.
  private struct Stop: Error {}

  init(network: NetworkSyntax, environment: Environment) {
    self.network = network
    self.environment = environment
  }

  /// The items, and whether they are all there; if not, a limit was hit.
  mutating func expand() -> (items: [ExpandedItem], isComplete: Bool) {
    checkBlockNames()
    do throws(Stop) {
      return (try expand(network.layers, environment), true)
    } catch {
      return ([], false)
    }
  }

  mutating func report(_ diagnostic: Diagnostic) {
    var diagnostic = diagnostic
    diagnostic.notes += trace.notes
    diagnostics.append(diagnostic)
  }

  private mutating func expand(
    _ layers: [LayerSyntax], _ environment: Environment
  ) throws(Stop) -> [ExpandedItem] {
    depth += 1
    defer { depth -= 1 }
    var items: [ExpandedItem] = []
    for layer in layers {
      guard depth <= Self.maximumDepth else { throw stop(.groupsTooDeep(limit: Self.maximumDepth), at: layer) }
      try step(at: layer)
      switch layer.body {
      case .use(let use):
        try expand(use, of: layer, environment, into: &items)
      case .operation(let kind, let attributes):
        if layer.name?.value.hasIndex == true { complain(.indexWithoutRepeat(layer.name?.value ?? ""), about: layer) }
        var item = ExpandedItem(syntax: layer, body: .broken, name: layer.name, from: layer.from)
        switch isPresent(layer, environment) {
        case nil: break
        case false?: item.body = .skipped
        case true?:
          layerCount += 1
          guard layerCount <= Self.maximumLayers else {
            throw stop(.tooManyLayers(limit: Self.maximumLayers), at: layer)
          }
          if let operation = operation(kind, attributes, of: layer, environment) { item.body = .operation(operation) }
        }
        items.append(item)
      case .sequential(let children):
        if layer.name?.value.hasIndex == true { complain(.indexWithoutRepeat(layer.name?.value ?? ""), about: layer) }
        var item = ExpandedItem(syntax: layer, body: .broken, name: layer.name, from: layer.from)
        switch isPresent(layer, environment) {
        case nil: break
        case false?: item.body = .skipped
        case true?:
          prefix.append(layer.name?.value ?? "")
          item.body = .sequential(try expand(children, environment))
          prefix.removeLast()
        }
        items.append(item)
      }
    }
    return items
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

  private mutating func complain(_ fault: DefinitionFault, about layer: LayerSyntax) {
    report((layer.name ?? layer.word).diagnostic(fault))
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

  private mutating func expand(
    _ use: UseSyntax, of layer: LayerSyntax, _ environment: Environment, into items: inout [ExpandedItem]
  ) throws(Stop) {
    let broken = ExpandedItem(syntax: layer, body: .broken, name: layer.name, from: layer.from)
    guard let block = block(use, environment) else {
      items.append(broken)
      return
    }
    if let start = activeBlocks.firstIndex(of: block.name.value) {
      report(use.block.diagnostic(.blockCycle(Array(activeBlocks[start...]) + [block.name.value])))
      items.append(broken)
      return
    }
    var count = 1
    if let term = use.count {
      guard let value = integer(term, 0...Self.maximumRepetitions, subject: .key("repeat"), environment) else {
        items.append(broken)
        return
      }
      count = value
    }
    if let name = layer.name, name.value.hasIndex != (use.count != nil) {
      complain(use.count == nil ? .indexWithoutRepeat(name.value) : .indexNeeded(name.value), about: layer)
      items.append(broken)
      return
    }
    for index in 0..<count {
      try step(at: layer)
      var local = environment
      if use.count != nil { local.local["i"] = .integer(index) }
      var item = ExpandedItem(
        syntax: layer, body: .broken, name: layer.name?.map { $0.replacingIndex(with: "\(index)") },
        from: index == 0 ? layer.from : nil, continuesRepetition: index > 0)
      switch isPresent(layer, local) {
      case nil: break
      case false?: item.body = .skipped
      case true?:
        guard let arguments = arguments(use, block, isFirst: index == 0, local) else { break }
        prefix.append(item.name?.value ?? "")
        trace.enter(
          block: block.name.value, path: prefix.filter { !$0.isEmpty }.joined(separator: "."), at: layer.word.site)
        activeBlocks.append(block.name.value)
        let inside = Environment(file: environment.file, local: arguments)
        item.body = .block(block.name.value, try expand(block.layers, inside))
        activeBlocks.removeLast()
        trace.leave()
        prefix.removeLast()
      }
      items.append(item)
      if case .broken = item.body { return }
    }
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
    }
  }

  /// A block's parameters for one repetition: its own defaults, then `with`, then `first`.
  private mutating func arguments(
    _ use: UseSyntax, _ block: BlockSyntax, isFirst: Bool, _ environment: Environment
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
    var given: [String: ArgumentSyntax] = [:]
    for argument in use.arguments + (isFirst ? use.firstArguments : []) { given[argument.name.value] = argument }
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
      guard value.type == parameter.type else {
        let fault = DefinitionFault.argumentType(
          block: block.name.value, parameter: name, expected: parameter.type, found: value)
        report(argument.value.diagnostic(fault))
        isValid = false
        continue
      }
      values[name] = value
    }
    return isValid ? values : nil
  }

  /// An argument's value; where the block wants no text, a text such as `2 * 3` is arithmetic.
  private mutating func value(
    _ term: Located<Term>, as type: ScalarType, _ environment: Environment
  ) -> ScalarValue? {
    guard case .literal(.string(let text)) = term.value, type != .string, Expression.isMeant(by: text) else {
      return value(term, environment)
    }
    do {
      return try Expression(text).value(in: environment)
    } catch {
      report(term.diagnostic(error, text: text))
      return nil
    }
  }
}

// MARK: - Terms

extension Expander {
  mutating func value(_ term: Located<Term>, _ environment: Environment) -> ScalarValue? {
    switch term.value {
    case .literal(let value): return value
    case .expression(let expression):
      do {
        return try expression.value(in: environment)
      } catch {
        report(term.diagnostic(error, text: expression.text))
        return nil
      }
    }
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

  private func mismatch(
    _ term: Located<Term>, _ value: ScalarValue, subject: DefinitionFault.Subject,
    expected: DefinitionFault.Expectation
  ) -> DefinitionFault {
    let text = if case .expression(let expression) = term.value { expression.text } else { "\(value)" }
    return .wrongValue(subject, expected: expected, found: .computed(text, value), suggestion: nil)
  }
}
