import ZooGraph
import ZooSpec
import ZooTensor
import ZooWeights

/// A network that `Conversion` rewrote turned back into the classifier that it was: `Conversion`, undone.
///
/// The definition builds the original's graph, node for node, and its card says what the original's said; only blocks,
/// repetitions and comments of the original's text are gone.
public struct Restoration: Sendable {
  /// The network that slides.
  public let network: Network
  /// The original's graph, and what became of each layer.
  public let result: ConvolutionToFullyConnected
  /// The original network.
  public let original: Network
  /// The original's definition, in YAML, every layer written out.
  public let definition: String

  /// - Throws: `ZooError.notConverted` when the definition records nothing to go back to; what `Network` throws.
  public init(_ network: Network) throws {
    guard let sliding = network.card.sliding, let result = network.rewriting else {
      throw ZooError.notConverted(model: network.name)
    }
    self.network = network
    self.result = result
    var card = network.portableCard
    card.name = sliding.record.name
    card.title = sliding.title
    card.expected = sliding.expected
    card.weights = sliding.weights
    card.sliding = nil
    var writer = DefinitionWriter(graph: result.graph, card: card)
    writer.header = ["\(card.name), restored from \(network.definition.sources.first?.path ?? network.name)"]
    definition = try writer.text()
    original = try Network(yaml: definition, path: "\(card.name).yaml")
  }

  /// Writes an archive for the original network: the same numbers under their old shapes.
  ///
  /// - Parameters:
  ///   - weights: loaded for `original`.
  ///   - path: where the archive will be.
  ///   - overwrite: whether a file of that name is replaced.
  /// - Throws: `WeightsError`, with nothing left behind.
  public func write(_ weights: LoadedWeights, to path: String, overwrite: Bool = false) throws {
    let metadata = try Package.metadata(for: original, weights)
    try weights.checkpoint.pack(to: path, metadata: metadata, overwrite: overwrite)
  }

  /// Runs both networks on a made-up image of the native size.
  ///
  /// - Parameters:
  ///   - weights: loaded for `original`.
  ///   - tolerance: the largest difference, relative to the largest score.
  /// - Throws: `ZooError.conversionDiffers` above `tolerance`; `WeightsError`, `RuntimeError`.
  /// - Returns: the largest difference of a logit, relative to the largest logit.
  public func verify(_ weights: LoadedWeights, tolerance: Double = 1e-5) throws -> Double {
    try Conversion(original, name: network.name).verify(weights, tolerance: tolerance)
  }
}
