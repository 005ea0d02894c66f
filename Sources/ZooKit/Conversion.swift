import ZooGraph
import ZooRuntime
import ZooSpec
import ZooTensor
import ZooWeights

/// A classifier rewritten so that it slides: fully connected layers as convolutions, in a definition of its own.
public struct Conversion: Sendable {
  /// The network that was rewritten.
  public let network: Network
  /// The rewritten graph, and what became of each layer.
  public let result: FullyConnectedToConvolution
  /// The rewritten definition, in YAML.
  public let definition: String

  /// - Parameters:
  ///   - network: what is rewritten.
  ///   - name: what the new network is called.
  /// - Throws: `ZooError.alreadySliding`, and as `Network.fullyConvolutional`.
  public init(_ network: Network, name: String) throws {
    if let record = network.card.sliding?.record {
      throw ZooError.alreadySliding(model: network.name, original: record.name)
    }
    self.network = network
    result = try network.fullyConvolutional()
    var card = network.portableCard
    card.sliding = Card.Sliding(
      record: result.record, title: card.title, expected: card.expected, weights: card.weights)
    card.name = name
    card.title = network.card.title.map { "\($0), fully convolutional" }
    card.weights = []
    card.expected = Card.Expected()
    var writer = DefinitionWriter(graph: result.graph, card: card)
    let (stride, field) = (result.outputStride, result.receptiveField)
    writer.header = [
      "\(name): \(network.name) with its fully connected layers as convolutions, so that it slides.",
      "Native input \(result.nativeInput), one score per \(stride) pixels, each looking at \(field.size) pixels from (\(field.start.row), \(field.start.column)).",
    ]
    for change in result.changes {
      if let weight = change.weight {
        writer.comments[change.node.name] = "was \(change.from.kind), weight \(weight.from)"
      } else if change.to != nil {
        writer.comments[change.node.name] = "was \(change.from.kind)"
      }
    }
    definition = try writer.text()
  }

  /// Writes an archive for the rewritten network: the same numbers, seen as convolutions. What only training uses stays in
  /// it, for the way back.
  ///
  /// - Throws: `WeightsError`, with nothing left behind.
  public func write(_ weights: LoadedWeights, to path: String, overwrite: Bool = false) throws {
    let converted = try Network(yaml: definition, path: network.name)
    let view = try NameMapping().resolve(converted.expectedTensors, in: weights.checkpoint)
    try view.checkpoint.pack(to: path, metadata: Package.metadata(for: converted, weights), overwrite: overwrite)
  }

  /// Runs both networks on a made-up image of the native size.
  ///
  /// - Returns: the largest difference of a logit, relative to the largest logit.
  /// - Throws: `WeightsError`, `RuntimeError`.
  public func check(_ weights: LoadedWeights) throws -> Double {
    let image = SyntheticCheckpoint.input(shape: network.input)
    func logits(_ graph: Graph) throws -> Tensor {
      guard let answer = graph.answer else { throw ZooError.noLogits(model: network.name) }
      let compiled = try CompiledNetwork(graph: graph.computing(answer).optimized(), weights: weights.source)
      guard let index = compiled.outputs.firstIndex(where: { $0.role == .logits }) else {
        throw ZooError.noLogits(model: network.name)
      }
      return try compiled.makeRunner().run(image)[index]
    }
    let original = try logits(network.graph)
    let converted = try logits(result.graph)
    return relativeDifference(converted.reshaped(to: original.shape), original)
  }

  /// Checks, and refuses a result that is off by more than `tolerance`.
  ///
  /// - Throws: `ZooError.conversionDiffers`.
  public func verify(_ weights: LoadedWeights, tolerance: Double = 1e-5) throws -> Double {
    let difference = try check(weights)
    guard difference <= tolerance else {
      throw ZooError.conversionDiffers(maximumDifference: difference, tolerance: tolerance)
    }
    return difference
  }
}

extension Network {
  /// The network with its fully connected layers as convolutions.
  ///
  /// - Throws: `DefinitionErrors` at the line of the layer that cannot be rewritten; `ConversionError` when there is none.
  func fullyConvolutional() throws -> FullyConnectedToConvolution {
    do throws(ConversionError) {
      return try FullyConnectedToConvolution(graph)
    } catch {
      if let located = definition.errors(error) { throw located }
      throw error
    }
  }
}
