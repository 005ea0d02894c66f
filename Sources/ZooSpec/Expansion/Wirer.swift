import ZooGraph
import ZooTensor

/// Looks up what each layer reads and appends it to the graph.
///
/// A layer that reads a broken one is broken too, without a complaint of its own.
struct Wirer {
  private(set) var graph: Graph
  private(set) var diagnostics: [Diagnostic] = []
  private let network: NetworkSyntax
  private let top = Scope(parent: nil)
  private var paths = Names()
  private var last: NodeID?
  private var trace = UseTrace()

  /// The values that names stand for; the name of a skipped layer gives way to a layer that is there.
  private struct Names {
    private var values: [String: NodeID?] = [:]
    private var skipped: Set<String> = []

    subscript(name: String) -> NodeID?? { values[name] }

    var all: [String] { Array(values.keys) }

    mutating func define(_ name: String, _ value: NodeID?, isSkipped: Bool) {
      if isSkipped, values[name] != nil, !skipped.contains(name) { return }
      if isSkipped { skipped.insert(name) } else { skipped.remove(name) }
      values.updateValue(value, forKey: name)
    }
  }

  /// The names that the layers of a group can use.
  private final class Scope {
    var names = Names()
    /// Whether a broken use of a block leaves names unknown, so that none can be said to be missing.
    var hasUnknownNames = false
    /// The group around, when its names are visible; a block sees only its own.
    let parent: Scope?

    init(parent: Scope?) {
      self.parent = parent
    }
  }

  init(name: String, network: NetworkSyntax) {
    graph = Graph(name: name)
    self.network = network
  }

  mutating func wire(_ items: [ExpandedItem], input shape: Shape, at range: SourceRange) {
    do throws(ShapeError) {
      let input = try graph.append(.input(shape), name: "input", origin: Origin(range))
      top.names.define("input", input, isSkipped: false)
      last = wire(items, in: top, reading: input, isTrainingOnly: false)
    } catch {
      let fault = DefinitionFault.shape(error, layer: "input", operation: "input", inputs: [])
      report(Diagnostic(range: range, fault: fault))
    }
  }

  /// - Returns: the value of the last layer that is no side branch; `nil` when it is broken.
  private mutating func wire(
    _ items: [ExpandedItem], in scope: Scope, reading input: NodeID?, isTrainingOnly: Bool
  ) -> NodeID? {
    var current = input
    var previous = input
    for (index, item) in items.enumerated() {
      let isSide = isTrainingOnly || item.syntax.isTrainingOnly
      var inputs = [item.continuesRepetition ? previous : current]
      if let from = item.from {
        inputs = from.map { resolve($0, in: scope, later: items[(index + 1)...]) }
      }
      for (position, id) in inputs.enumerated() where !isSide {
        guard let id, graph[id].isTrainingOnly else { continue }
        let site = item.from.map { $0[position] } ?? item.syntax.word
        let reader = item.path ?? item.syntax.word.value
        report(site.diagnostic(.readsTrainingOnly(reader: reader, value: graph[id].name)))
        inputs[position] = nil
      }
      let value = value(of: item, inputs: inputs, in: scope, isTrainingOnly: isSide)
      var isSkipped = false
      if case .skipped = item.body { isSkipped = true }
      if let name = item.localName { scope.names.define(name, value, isSkipped: isSkipped) }
      if let path = item.path { paths.define(path, value, isSkipped: isSkipped) }
      if !item.syntax.isTrainingOnly { current = value }
      previous = value
    }
    return current
  }

  private mutating func value(
    of item: ExpandedItem, inputs: [NodeID?], in scope: Scope, isTrainingOnly: Bool
  ) -> NodeID? {
    switch item.body {
    case .broken:
      if case .use = item.syntax.body {
        scope.hasUnknownNames = true
        top.hasUnknownNames = true
      }
      return nil
    case .skipped:
      if inputs.count == 1 { return inputs[0] }
      report(item.syntax.word.diagnostic(.skippedWithSeveralInputs(operation: item.syntax.word.value)))
      return nil
    case .operation(let operation):
      let known = inputs.compactMap { $0 }
      guard known.count == inputs.count, let path = item.path else { return nil }
      do throws(ShapeError) {
        return try graph.append(
          operation, name: path, inputs: known, isTrainingOnly: isTrainingOnly,
          origin: Origin(item.syntax.word.site))
      } catch {
        report(diagnostic(error, item, path: path, inputs: known))
        return nil
      }
    case .sequential(let children):
      guard let input = single(inputs, of: item) else { return nil }
      let inner = Scope(parent: scope)
      inner.names.define("input", input, isSkipped: false)
      return wire(children, in: inner, reading: input, isTrainingOnly: isTrainingOnly)
    case .block(let block, let children):
      guard let input = single(inputs, of: item) else { return nil }
      let inner = Scope(parent: nil)
      inner.names.define("input", input, isSkipped: false)
      trace.enter(block: block, path: item.path ?? "", at: item.syntax.word.site)
      let value = wire(children, in: inner, reading: input, isTrainingOnly: isTrainingOnly)
      trace.leave()
      if item.isSpliced {
        for name in inner.names.all where name != "input" {
          if let value = inner.names[name] { scope.names.define(name, value, isSkipped: false) }
        }
      }
      return value
    }
  }

  /// The one value that a group reads.
  private mutating func single(_ inputs: [NodeID?], of item: ExpandedItem) -> NodeID? {
    if inputs.count == 1 { return inputs[0] }
    let known = inputs.compactMap { $0 }
    let error = ShapeError.inputCount(expected: 1...1, found: inputs.count)
    report(diagnostic(error, item, path: item.path ?? item.syntax.word.value, inputs: known))
    return nil
  }

  // MARK: Names

  /// - Parameter later: the layers that come after the one that reads; `nil` for an output.
  private mutating func resolve(
    _ name: Located<String>, in scope: Scope, later: ArraySlice<ExpandedItem>?
  ) -> NodeID? {
    let isQuiet = diagnostics.count >= Expander.maximumComplaints
    var candidates: [String] = []
    var next: Scope? = scope
    while let scope = next {
      if let value = scope.names[name.value] { return value }
      if scope === top {
        if let value = paths[name.value] { return value }
        if !isQuiet { candidates += paths.all }
      }
      if scope.hasUnknownNames { return nil }
      if !isQuiet { candidates += scope.names.all }
      next = scope.parent
    }
    if isQuiet { return nil }
    let suggestion = name.value.nearest(among: candidates.sorted())
    guard let later else {
      report(name.diagnostic(.unknownOutput(name.value, suggestion: suggestion)))
      return nil
    }
    var diagnostic = name.diagnostic(.unknownValue(name.value, suggestion: suggestion))
    if let item = later.first(where: { $0.localName == name.value }) {
      let site = item.name ?? item.syntax.word
      diagnostic.notes.append(Diagnostic.Note(range: site.site, fact: .laterLayer(name.value)))
    }
    report(diagnostic)
    return nil
  }

  mutating func addOutputs(_ outputs: [OutputSyntax]?) {
    guard let outputs else {
      if let last { graph.outputs = [graph.standardOutput(last)] }
      return
    }
    for output in outputs {
      let role = output.knownRole
      guard let value = resolve(output.from, in: top, later: nil) else { continue }
      if graph[value].isTrainingOnly, role != .auxiliary {
        let fault = DefinitionFault.outputReadsTrainingOnly(output: output.name.value, value: graph[value].name)
        report(output.from.diagnostic(fault))
        continue
      }
      if role == .probabilities, !graph.isProbabilities(value) {
        report(output.from.diagnostic(.notProbabilities(output: output.name.value, value: graph[value].name)))
        continue
      }
      graph.outputs.append(
        Output(name: output.name.value, role: role, value: value, lossWeight: output.lossWeight))
    }
  }

  // MARK: Complaints

  private mutating func report(_ diagnostic: Diagnostic) {
    var diagnostic = diagnostic
    diagnostic.notes += trace.notes
    diagnostics.append(diagnostic)
  }

  private func diagnostic(
    _ error: ShapeError, _ item: ExpandedItem, path: String, inputs: [NodeID]
  ) -> Diagnostic {
    let named = inputs.map { DefinitionFault.NamedShape(name: graph[$0].name, shape: graph[$0].shape) }
    let word = item.syntax.word
    let fault = DefinitionFault.shape(error, layer: path, operation: word.value, inputs: named)
    if error.isAboutInputs, let first = item.from?.first, let last = item.from?.last,
      first.range.file == last.range.file
    {
      let range = SourceRange(file: first.range.file, start: first.range.start, end: last.range.end)
      return Located(word.value, range: range, alias: first.alias).diagnostic(fault)
    }
    guard case .operation(let kind, let own) = item.syntax.body, let attribute = error.attribute else {
      return word.diagnostic(fault)
    }
    if let place = own[attribute] { return place.diagnostic(fault) }
    var diagnostic = word.diagnostic(fault)
    if let place = network.defaults[kind]?[attribute] {
      diagnostic.notes.append(
        Diagnostic.Note(range: place.range, fact: .defaultGiven(attribute: attribute)))
    }
    return diagnostic
  }
}

extension Origin {
  init(_ range: SourceRange) {
    self.init(file: range.file, line: range.start.line, column: range.start.column)
  }
}

extension ShapeError {
  fileprivate var isAboutInputs: Bool {
    switch self {
    case .inputCount, .shapesDiffer, .factorsDiffer, .extentsDiffer: true
    case .duplicateName, .needsFeatureMap, .geometry, .attributeOutOfRange, .tooLarge, .parametersDiffer: false
    }
  }

  /// The attribute of the language to point at.
  fileprivate var attribute: String? {
    switch self {
    case .geometry(.extentOutOfRange(let attribute, _), _): attribute
    case .geometry(.paddingOutOfRange, _), .geometry(.paddingNotBelowKernel, _): "padding"
    case .geometry(.kernelLargerThanInput, _): "kernel"
    case .geometry(.channelsNotDivisible, _): "groups"
    case .geometry(.countOutOfRange(let attribute, _), _): attribute == "groups" ? "groups" : "out"
    case .geometry(.inputOutOfRange, _): nil
    case .attributeOutOfRange(let attribute, _, _): attribute == "output features" ? "out" : attribute
    case .duplicateName, .inputCount, .needsFeatureMap, .shapesDiffer, .factorsDiffer, .extentsDiffer, .tooLarge,
      .parametersDiffer:
      nil
    }
  }
}
