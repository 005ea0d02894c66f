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
  private var paths = Scope.Names()

  init(name: String, network: NetworkSyntax) {
    graph = Graph(name: name)
    self.network = network
  }

  /// The group of all layers, which reads the image.
  mutating func start(input shape: Shape, at range: SourceRange, _ environment: Environment, _ reserved: Set<String>)
    -> Group
  {
    var input: NodeID?
    do throws(ShapeError) {
      input = try graph.append(.input(shape), name: "input", origin: Origin(range))
    } catch {
      let fault = DefinitionFault.shape(error, layer: "input", operation: "input", inputs: [])
      report(Diagnostic(range: range, fault: fault), UseTrace())
    }
    return Group(
      environment: self.environment(environment, reading: input), scope: top,
      numbering: Numbering(isSequential: false, reserved: reserved), prefix: "", isTrainingOnly: false, input: input)
  }

  /// The environment in which `$in` stands for the channels of the value, or the features of a vector.
  func environment(_ environment: Environment, reading input: NodeID?) -> Environment {
    var environment = environment
    environment.input = input.flatMap { graph[$0].shape.dimensions.first }.map { .channels($0) } ?? .unknown
    return environment
  }

  /// The values that the item reads; `nil` for one that is broken. `later`: the layers that come after it in its group.
  mutating func inputs(
    of item: ExpandedItem, in group: Group, later: ArraySlice<LayerSyntax>, _ trace: UseTrace
  ) -> [NodeID?] {
    var inputs = [item.continuesRepetition ? group.previous : group.current]
    if let from = item.from {
      inputs = from.map { resolve($0, in: group.scope, later: later, trace) }
    }
    let isSide = group.isTrainingOnly || item.syntax.isTrainingOnly
    for (position, id) in inputs.enumerated() where !isSide {
      guard let id, graph[id].isTrainingOnly else { continue }
      let site = item.from.map { $0[position] } ?? item.syntax.word
      let reader = item.path ?? item.syntax.word.value
      report(site.diagnostic(.readsTrainingOnly(reader: reader, value: graph[id].name)), trace)
      inputs[position] = nil
    }
    return inputs
  }

  /// Lets the item's names stand for its value, which the next layer reads.
  mutating func define(_ item: ExpandedItem, _ value: NodeID?, in group: Group) {
    if item.isBroken, item.leavesNamesUnknown {
      group.scope.hasUnknownNames = true
      top.hasUnknownNames = true
    }
    if let name = item.localName { group.scope.names.define(name, value, isSkipped: item.isSkipped) }
    if let path = item.path { paths.define(path, value, isSkipped: item.isSkipped) }
    if !item.syntax.isTrainingOnly { group.current = value }
    group.previous = value
  }

  /// The value of an item that is no group.
  mutating func value(of item: ExpandedItem, inputs: [NodeID?], in group: Group, _ trace: UseTrace) -> NodeID? {
    switch item.body {
    case .broken, .group: return nil
    case .skipped:
      // What joins values stands for the first of them: the way without the shortcut.
      if case .operation(let kind, _) = item.syntax.body, kind.joins { return inputs.first ?? nil }
      if inputs.count == 1 { return inputs[0] }
      report(item.syntax.word.diagnostic(.skippedWithSeveralInputs(operation: item.syntax.word.value)), trace)
      return nil
    case .operation(let operation):
      let known = inputs.compactMap { $0 }
      guard known.count == inputs.count, let path = item.path else { return nil }
      do throws(ShapeError) {
        return try graph.append(
          operation, name: path, inputs: known, isTrainingOnly: group.isTrainingOnly || item.syntax.isTrainingOnly,
          origin: Origin(item.syntax.word.site))
      } catch {
        report(diagnostic(error, item, path: path, inputs: known), trace)
        return nil
      }
    }
  }

  /// The one value that a group reads.
  mutating func single(_ inputs: [NodeID?], of item: ExpandedItem, _ trace: UseTrace) -> NodeID? {
    if inputs.count == 1 { return inputs[0] }
    let known = inputs.compactMap { $0 }
    let error = ShapeError.inputCount(expected: 1...1, found: inputs.count)
    report(diagnostic(error, item, path: item.path ?? item.syntax.word.value, inputs: known), trace)
    return nil
  }

  // MARK: Names

  /// `later`: the layers that come after the one that reads; `nil` for an output.
  private mutating func resolve(
    _ name: Located<String>, in scope: Scope, later: ArraySlice<LayerSyntax>?, _ trace: UseTrace
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
      report(name.diagnostic(.unknownOutput(name.value, suggestion: suggestion)), trace)
      return nil
    }
    var diagnostic = name.diagnostic(.unknownValue(name.value, suggestion: suggestion))
    if let layer = later.first(where: { ($0.name?.value.text ?? $0.word.value) == name.value }) {
      let site = layer.name?.site ?? layer.word.site
      diagnostic.notes.append(Diagnostic.Note(range: site, fact: .laterLayer(name.value)))
    }
    report(diagnostic, trace)
    return nil
  }

  /// `last`: the value that the layers end with.
  mutating func addOutputs(_ outputs: [OutputSyntax]?, last: NodeID?) {
    guard let outputs else {
      if let last { graph.outputs = [graph.standardOutput(last)] }
      return
    }
    for output in outputs {
      let role = output.knownRole
      guard let value = resolve(output.from, in: top, later: nil, UseTrace()) else { continue }
      if graph[value].isTrainingOnly, role != .auxiliary {
        let fault = DefinitionFault.outputReadsTrainingOnly(output: output.name.value, value: graph[value].name)
        report(output.from.diagnostic(fault), UseTrace())
        continue
      }
      if role == .probabilities, !graph.isProbabilities(value) {
        let fault = DefinitionFault.notProbabilities(output: output.name.value, value: graph[value].name)
        report(output.from.diagnostic(fault), UseTrace())
        continue
      }
      graph.outputs.append(
        Output(name: output.name.value, role: role, value: value, lossWeight: output.lossWeight))
    }
  }

  // MARK: Complaints

  private mutating func report(_ diagnostic: Diagnostic, _ trace: UseTrace) {
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
