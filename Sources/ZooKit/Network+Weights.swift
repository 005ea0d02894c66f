import ZooSpec
import ZooWeights

extension Network {
  /// The network with the preprocessing and the labels that belong to its weights, where these are others than its
  /// definition's. Layers and their names stay.
  ///
  /// - Throws: what writing a definition throws.
  package func adopting(_ weights: LoadedWeights) throws -> Network {
    guard weights.preprocess != nil || weights.labels != nil else { return self }
    var card = portableCard
    card.preprocess = weights.preprocess ?? card.preprocess
    card.labels = nil
    let text = try DefinitionWriter(graph: graph, card: card).text()
    return try Network(stored: text, labels: weights.labels ?? labels, in: name, origin: origin, input: nil)
  }
}
