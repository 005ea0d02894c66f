import ZooGraph
import ZooTensor

extension Definition {
  /// What a definition builds.
  public struct Building: Sendable {
    /// Verified, before any pass.
    public let graph: Graph
    /// What `original(of:)` says of the graph.
    public let original: ConvolutionToFullyConnected?
  }

  /// The graph that `build` gives.
  ///
  /// - Throws: as `build`.
  public func graph(
    input: Shape? = nil, parameters overrides: [String: ScalarValue] = [:]
  ) throws(DefinitionErrors) -> Graph {
    try build(input: input, parameters: overrides).graph
  }

  /// Expands blocks and repetitions, connects the layers and infers every shape.
  ///
  /// - Parameters:
  ///   - input: `[channels, height, width]` in place of the definition's `input`.
  ///   - overrides: values in place of those of the definition's scalar parameters.
  /// - Throws: every error found; a layer that depends on a broken one is not complained about.
  /// - Returns: The graph, with what is worth knowing about it.
  public func build(
    input: Shape? = nil, parameters overrides: [String: ScalarValue] = [:]
  ) throws(DefinitionErrors) -> Building {
    var diagnostics: [Diagnostic] = []
    let environment = Environment(file: values(overrides, diagnostics: &diagnostics))
    guard let shape = input ?? card.input else {
      throw DefinitionErrors([Diagnostic(range: start, fault: .noInput)], sources: sources)
    }
    guard diagnostics.isEmpty else { throw DefinitionErrors(diagnostics, sources: sources) }

    var expander = Expander(
      network: network, environment: environment, wirer: Wirer(name: card.name, network: network))
    let isComplete = expander.expand(input: shape, at: marks["input"] ?? start, outputs)
    diagnostics += expander.diagnostics
    if isComplete, let wirer = expander.wirer {
      diagnostics += expander.namer.diagnostics
      if wirer.graph.nodes.count == 1, diagnostics.isEmpty, wirer.diagnostics.isEmpty {
        diagnostics.append(Diagnostic(range: network.layersRange ?? start, fault: .noLayers))
      }
      diagnostics += wirer.diagnostics
      if diagnostics.isEmpty { diagnostics += labelComplaints(wirer.graph) }
      if diagnostics.isEmpty {
        return Building(graph: wirer.graph, original: try original(of: wirer.graph))
      }
    }
    throw DefinitionErrors(firstPerPlace(diagnostics).map(notingVariant), sources: sources)
  }

  /// Says for a complaint about the varied file which variant brought it about.
  private func notingVariant(_ diagnostic: Diagnostic) -> Diagnostic {
    guard let variantOf, let range = marks["with"] ?? marks["variant_of"], diagnostic.range.file != range.file else {
      return diagnostic
    }
    var diagnostic = diagnostic
    diagnostic.notes.append(Diagnostic.Note(range: range, fact: .variant(of: variantOf)))
    return diagnostic
  }

  private var start: SourceRange {
    let first = SourcePosition(line: 1, column: 1)
    return SourceRange(file: sources.first?.path ?? "", start: first, end: SourcePosition(line: 1, column: 2))
  }

  private func values(
    _ overrides: [String: ScalarValue], diagnostics: inout [Diagnostic]
  ) -> [String: ScalarValue] {
    var values = Dictionary(parameters.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    for (name, value) in overrides.sorted(by: { $0.key < $1.key }) {
      let range = marks["parameters"] ?? start
      guard let standard = values[name] else {
        let fault = DefinitionFault.unknownParameter(name, suggestion: name.nearest(among: parameters.map(\.name)))
        diagnostics.append(Diagnostic(range: range, fault: fault))
        continue
      }
      guard let converted = value.converted(to: standard.type) else {
        diagnostics.append(
          Diagnostic(range: range, fault: .parameterType(name, expected: standard.type, found: value)))
        continue
      }
      values[name] = converted
    }
    return values
  }

  private func labelComplaints(_ graph: Graph) -> [Diagnostic] {
    guard case .list(let labels)? = card.labels, let answer = graph.answer,
      let range = marks["labels"]
    else { return [] }
    guard answer.classes != labels.count else { return [] }
    return [Diagnostic(range: range, fault: .labelCount(labels: labels.count, classes: answer.classes))]
  }

  /// A layer of a block is expanded many times; what is wrong with it is said once.
  private func firstPerPlace(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
    struct Place: Hashable {
      var text: SourceRange
      var site: SourceRange
      var fault: DefinitionFault?
    }
    var seen: Set<Place> = []
    return diagnostics.filter { diagnostic in
      switch diagnostic.fault {
      case .missingAttribute, .missingArgument:
        seen.insert(Place(text: diagnostic.text, site: diagnostic.range, fault: diagnostic.fault)).inserted
      default: seen.insert(Place(text: diagnostic.text, site: diagnostic.range)).inserted
      }
    }
  }
}
