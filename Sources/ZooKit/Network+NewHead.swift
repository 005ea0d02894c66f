import ZooGraph
import ZooSpec

extension Network {
  /// The network with classifiers for other classes: those of the answer and of auxiliary outputs, whose last layers get as
  /// many outputs as there are labels. Everything else stays, and so do the names of all layers.
  ///
  /// - Throws: `ZooError.noLogits` or `.noHead`; what a definition with these layers cannot say.
  public func replacingHead(labels: [String]) throws -> Network {
    let heads = Set(
      try [head().name] + graph.outputs.filter { $0.role == .auxiliary }.map { try head(of: $0.value).name })
    var changed = Graph(name: graph.name)
    for node in graph.nodes {
      try changed.append(
        heads.contains(node.name) ? node.operation.withOutputs(labels.count) : node.operation, name: node.name,
        inputs: node.inputs, isTrainingOnly: node.isTrainingOnly, origin: node.origin)
    }
    changed.outputs = graph.outputs
    var card = portableCard
    card.labels = nil
    card.weights = []
    card.expected = Card.Expected()
    let text = try DefinitionWriter(graph: changed, card: card).text()
    let names = Labels(labels.map { Labels.Label(name: $0, wordNetID: nil) })
    return try Network(stored: text, labels: names, in: name, origin: origin, input: nil)
  }
}

extension ZooGraph.Operation {
  fileprivate func withOutputs(_ count: Int) -> ZooGraph.Operation {
    switch self {
    case .convolution(var layer):
      layer.outputChannels = count
      return .convolution(layer)
    case .transposedConvolution(var layer):
      layer.outputChannels = count
      return .transposedConvolution(layer)
    case .fullyConnected(var layer):
      layer.outputFeatures = count
      return .fullyConnected(layer)
    case .input, .locallyConnected, .maxPool, .averagePool, .globalAveragePool, .adaptiveAveragePool, .activation,
      .globalMaxPool, .adaptiveMaxPool, .mean, .pad, .upsample, .prelu, .batchNorm, .localResponseNorm,
      .normalization, .dropout, .softmax, .concat, .join, .flatten, .selectChannels, .subsample,
      .parameter, .batchMean, .randomMask, .batchStatistics, .loss, .gradient:
      return self
    }
  }
}

extension Network {
  /// The path of the last layer with weights before the class scores.
  ///
  /// - Throws: `ZooError.noLogits` or `.noHead`.
  public func headName() throws -> String { try head().name }
}
