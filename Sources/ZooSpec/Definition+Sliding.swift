import ZooGraph

extension Definition {
  /// The network that this one was before its fully connected layers became convolutions, as `sliding` records it.
  ///
  /// - Parameter graph: what `graph()` built of the definition, for any size of image.
  /// - Returns: `nil` when nothing is recorded.
  /// - Throws: where the record contradicts the layers.
  public func original(of graph: Graph) throws(DefinitionErrors) -> ConvolutionToFullyConnected? {
    guard let record = card.sliding?.record else { return nil }
    do throws(RestorationError) {
      return try ConvolutionToFullyConnected(graph, record: record)
    } catch {
      let place = place(of: error, record) ?? marks["sliding"]
      let range = place ?? SourceRange(file: sources.first?.path ?? "", start: .first, end: .first)
      throw DefinitionErrors([Diagnostic(range: range, fault: .sliding(error))], sources: sources)
    }
  }

  /// What a rewriting of the graph complains about, at the layer's place.
  ///
  /// - Returns: `nil` when it is about no layer of these files.
  public func errors(_ error: ConversionError) -> DefinitionErrors? {
    guard let range = error.node?.origin.flatMap(range) else { return nil }
    return DefinitionErrors([Diagnostic(range: range, fault: .conversion(error))], sources: sources)
  }

  private func place(of error: RestorationError, _ record: SlidingRecord) -> SourceRange? {
    switch error {
    case .lastSharedMissing: return marks["sliding.after"]
    case .outputMissing, .outputsDiffer: return marks["sliding.outputs"]
    case .strideDiffers: return marks["sliding.stride"]
    case .receptiveFieldDiffers: return marks["sliding.receptive_field"]
    case .inputMissing, .shape, .conversion, .layersDiffer, .operationsDiffer, .inputsDiffer:
      guard let node = error.node else { return nil }
      let index = record.layers.firstIndex { $0.name == node.name }
      return node.origin.flatMap(range) ?? index.flatMap { marks["sliding.layers.\($0)"] }
    }
  }

  /// The word that starts where a layer was written.
  private func range(of origin: Origin) -> SourceRange? {
    guard let source = sources.first(where: { $0.path == origin.file }) else { return nil }
    let lines = source.lines()
    guard lines.indices.contains(origin.line - 1), origin.column >= 1 else { return nil }
    let word = lines[origin.line - 1].dropFirst(origin.column - 1).prefix { $0 == "_" || $0.properties.isAlphabetic }
    let start = SourcePosition(line: origin.line, column: origin.column)
    let end = SourcePosition(line: origin.line, column: origin.column + max(word.count, 1))
    return SourceRange(file: origin.file, start: start, end: end)
  }
}

extension SourcePosition {
  fileprivate static let first = SourcePosition(line: 1, column: 1)
}
