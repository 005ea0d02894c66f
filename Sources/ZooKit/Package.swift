import ZooImages
import ZooSpec
import ZooTensor
import ZooWeights

/// A package: an archive of weights that carries its network's definition and labels.
public enum Package {
  /// The archive's metadata keys.
  package static let modelKey = "zoo.model"
  package static let definitionKey = "zoo.definition"
  package static let labelsKey = "zoo.labels"
  /// The tensors that no training has touched, with spaces between their names.
  package static let untrainedKey = "zoo.untrained"
  /// The library and version whose resize the preprocessing's is.
  package static let resizeKey = "zoo.resize"
  /// SHA-256 of the definition's text.
  package static let definitionDigestKey = "zoo.definition.sha256"
  /// The type that the tensors were converted to.
  package static let elementTypeKey = "zoo.dtype"

  /// Writes a network with its weights.
  ///
  /// - Parameters:
  ///   - network: what is written.
  ///   - weights: its weights.
  ///   - path: where the package will be.
  ///   - overwrite: whether a file of that name is replaced.
  ///   - progress: told how many of how many bytes are done.
  /// - Throws: `WeightsError` with nothing left behind, or `ZooError`.
  public static func write(
    _ network: Network, weights: LoadedWeights, to path: String, overwrite: Bool = false,
    progress: ((_ done: Int, _ total: Int) -> Void)? = nil
  ) throws {
    let metadata = try weights.checkpoint.provenance().merging(metadata(for: network, weights)) { $1 }
    try weights.checkpoint.pack(to: path, metadata: metadata, overwrite: overwrite, progress: progress)
  }

  /// What an archive says about the network that its weights are for, with the preprocessing and the labels that belong to
  /// these weights.
  static func metadata(for network: Network, _ weights: LoadedWeights) throws -> [String: String] {
    let card = card(of: network, preprocess: weights.preprocess)
    let definition = try DefinitionWriter(graph: network.graph, card: card).text()
    var metadata = [
      modelKey: network.name,
      definitionKey: definition,
      definitionDigestKey: Provenance.digest(of: definition),
    ]
    metadata[labelsKey] = (weights.labels ?? network.labels)?.text
    if card.preprocess?.filter != nil { metadata[resizeKey] = PixelImage.resizeConvention }
    return metadata
  }

  /// The definition that an archive of weights trained for the network as it is would carry.
  static func definition(of network: Network) throws -> String {
    try DefinitionWriter(graph: network.graph, card: card(of: network, preprocess: nil)).text()
  }

  /// `preprocess`: what the weights want, where it is not what the network's definition says.
  private static func card(of network: Network, preprocess: Preprocessing?) -> Card {
    var card = network.portableCard
    card.labels = nil
    card.preprocess = preprocess ?? card.preprocess
    // The definition says it now, and a mean image takes much room.
    for index in card.weights.indices where card.weights[index].preprocess?.meanImage != nil {
      if card.weights[index].preprocess == card.preprocess { card.weights[index].preprocess = nil }
    }
    return card
  }
}

extension Network {
  /// The definition without blocks, repetitions and parameters: every layer with all its geometry.
  ///
  /// - Throws: `DefinitionWriter.Failure`.
  public func expandedDefinition() throws -> String {
    var writer = DefinitionWriter(graph: graph, card: portableCard)
    writer.card.input = input
    writer.header = ["\(name), written out from \(definition.sources.map(\.path).joined(separator: " and "))"]
    return try writer.text()
  }

  static func package(_ path: String, input: Shape?) throws -> Network {
    let checkpoint = try Checkpoint.open(path)
    guard let definition = checkpoint.metadata[Package.definitionKey] else { throw ZooError.notAPackage(path: path) }
    return try Network(
      stored: definition, labels: checkpoint.metadata[Package.labelsKey].map(Labels.init(text:)), in: path,
      origin: .package(path), input: input)
  }
}
