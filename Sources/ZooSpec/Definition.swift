import ZooGraph
import ZooTensor

/// A network as its YAML file describes it: a card, and layers that can be expanded into a graph.
public struct Definition: Sendable {
  /// What the file says besides the layers; for a variant, completed by the other file.
  public let card: Card
  /// The scalar parameters with their values, in the file's order; a variant's values replace the other file's.
  public let parameters: [Parameter]
  /// The file that this definition varies.
  public let variantOf: String?
  /// Where the value of a key is: `labels`, `preprocess.crop`, `expected.macs`.
  public let marks: [String: SourceRange]
  /// The file, and for a variant the other one.
  public let sources: [SourceFile]

  /// The recipe under `train`, and the file that it stands in: what to read it from, and to point at in complaints.
  package let training: (node: YAMLNode, source: SourceFile)?

  package let network: NetworkSyntax
  package let outputs: [OutputSyntax]?

  /// A scalar parameter of a definition.
  public struct Parameter: Hashable, Sendable {
    /// Without the `$`.
    public let name: String
    /// A number, a word, a truth value or a list of those.
    public let value: ScalarValue
  }

  /// Finds the file that a definition names: `name` as written and the path of the definition; `nil` when there is none.
  public typealias Loader = (_ name: String, _ relativeTo: String) throws -> SourceFile?

  /// Reads a definition and checks its structure: keys, types, ranges. `graph()` checks the rest.
  ///
  /// - Throws: every structural error of the file, and of the file that it varies.
  public static func parse(
    _ source: SourceFile, loader: Loader = { _, _ in nil }
  ) throws(DefinitionErrors) -> Definition {
    let (syntax, complaints) = read(source)
    guard let syntax, let variantOf = syntax.variantOf else {
      guard let syntax, complaints.isEmpty else { throw DefinitionErrors(complaints, sources: [source]) }
      return Definition(syntax: syntax, sources: [source])
    }
    var diagnostics = complaints
    var sources = [source]
    let base = load(variantOf, for: source, loader: loader, sources: &sources, diagnostics: &diagnostics)
    guard let base else { throw DefinitionErrors(diagnostics, sources: sources) }
    let merged = base.varied(by: syntax, diagnostics: &diagnostics)
    guard diagnostics.isEmpty else { throw DefinitionErrors(diagnostics, sources: sources) }
    return Definition(syntax: merged, sources: sources)
  }

  private init(syntax: DefinitionSyntax, sources: [SourceFile]) {
    card = syntax.card
    parameters = syntax.network.parameters.map { Parameter(name: $0.name.value, value: $0.value.value) }
    variantOf = syntax.variantOf?.value
    marks = syntax.marks
    network = syntax.network
    outputs = syntax.outputs
    self.sources = sources
    training = syntax.training.flatMap { node in
      sources.first { $0.path == node.range.file }.map { (node, $0) }
    }
  }

  private static func read(_ source: SourceFile) -> (DefinitionSyntax?, [Diagnostic]) {
    let (root, complaints) = YAMLReader.read(source)
    guard let root else { return (nil, complaints) }
    var decoder = DefinitionDecoder(source: source)
    let syntax = decoder.decode(root)
    return (syntax, complaints + decoder.diagnostics)
  }

  /// The definition that a variant starts from.
  private static func load(
    _ name: Located<String>, for source: SourceFile, loader: Loader, sources: inout [SourceFile],
    diagnostics: inout [Diagnostic]
  ) -> DefinitionSyntax? {
    let file: SourceFile?
    do {
      file = try loader(name.value, source.path)
    } catch {
      diagnostics.append(name.diagnostic(.definitionUnreadable(name.value, reason: "\(error)")))
      return nil
    }
    guard let file else {
      diagnostics.append(name.diagnostic(.definitionMissing(name.value)))
      return nil
    }
    sources.append(file)
    let (syntax, complaints) = read(file)
    if let syntax, syntax.variantOf != nil {
      diagnostics.append(name.diagnostic(.variantOfVariant(name.value)))
      return nil
    }
    let note = Diagnostic.Note(range: name.site, fact: .variant(of: name.value))
    diagnostics += complaints.map { complaint in
      var complaint = complaint
      complaint.notes.append(note)
      return complaint
    }
    return complaints.isEmpty ? syntax : nil
  }
}

extension Definition {
  /// Where the totals of a built network differ from the definition's `expected`.
  ///
  /// - Parameters:
  ///   - parameters: trainable parameters that inference uses.
  ///   - macs: multiply-accumulate operations of one inference, for the definition's own input.
  /// - Returns: `nil` when they agree, or nothing is expected.
  public func difference(parameters: Int, macs: Int) -> DefinitionErrors? {
    let totals: [(DefinitionFault.Quantity, Int?, Int)] = [
      (.parameters, card.expected.parameters, parameters), (.macs, card.expected.macs, macs),
    ]
    let diagnostics = totals.compactMap { quantity, expected, found -> Diagnostic? in
      guard let expected, expected != found, let range = marks["expected.\(quantity.rawValue)"] else { return nil }
      return Diagnostic(range: range, fault: .expectedDiffers(quantity, expected: expected, found: found))
    }
    return diagnostics.isEmpty ? nil : DefinitionErrors(diagnostics, sources: sources)
  }
}

extension DefinitionSyntax {
  /// This definition with another's scalar parameters and the card keys that the other gives.
  ///
  /// `title`, `description`, `expected` and `weights` describe one network and are not inherited.
  fileprivate func varied(by variant: DefinitionSyntax, diagnostics: inout [Diagnostic]) -> DefinitionSyntax {
    var result = variant
    result.network = network
    let names = network.parameters.map(\.name.value)
    for (name, value) in variant.overrides {
      guard let index = names.firstIndex(of: name.value) else {
        diagnostics.append(
          name.diagnostic(.unknownParameter(name.value, suggestion: name.value.nearest(among: names))))
        continue
      }
      let declared = network.parameters[index]
      guard let converted = value.value.converted(to: declared.value.value.type) else {
        let fault = DefinitionFault.parameterType(
          name.value, expected: declared.value.value.type, found: value.value)
        var diagnostic = value.diagnostic(fault)
        diagnostic.notes.append(
          Diagnostic.Note(range: declared.name.site, fact: .parameterDeclared(name.value)))
        diagnostics.append(diagnostic)
        continue
      }
      result.network.parameters[index].value = value.map { _ in converted }
    }
    result.outputs = variant.outputs ?? outputs
    result.card.paper = variant.card.paper ?? card.paper
    result.card.license = variant.card.license ?? card.license
    result.card.input = variant.card.input ?? card.input
    result.card.preprocess = variant.card.preprocess ?? card.preprocess
    result.card.labels = variant.card.labels ?? card.labels
    // A recipe is one whole: half of another network's would be nobody's.
    result.card.training = variant.card.training ?? card.training
    result.training = variant.training ?? training
    if variant.card.weightNames.isEmpty { result.card.weightNames = card.weightNames }
    let inherited = ["paper", "license", "input", "labels", "preprocess", "weight_names", "train", "outputs"]
    for (key, range) in marks where variant.marks[key] == nil {
      let section = String(key.prefix { $0 != "." })
      if inherited.contains(section), variant.marks[section] == nil { result.marks[key] = range }
    }
    for key in DefinitionDecoder.keysNotInVariant where result.marks[key] == nil { result.marks[key] = marks[key] }
    var decoder = DefinitionDecoder(source: SourceFile(path: "", bytes: []))
    switch (variant.marks["preprocess"], variant.marks["input"]) {
    case (_, nil): decoder.checkPreprocess(result)
    // The variant's own weights have been compared with its own input.
    case (nil, _?): decoder.checkPreprocess(result.card.preprocess, path: "preprocess", result)
    case (_?, _?): break
    }
    diagnostics += decoder.diagnostics
    return result
  }
}
