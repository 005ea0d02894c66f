import FoundationEssentials
import ZooGraph
import ZooRuntime
import ZooWeights

/// A network with its weights as an ONNX model, for other runtimes and for viewers.
///
/// The model is the network as it was written, without what only training needs: batch norms are nodes of their own, and
/// every tensor has the name that it has in a checkpoint, in float32. The shape of every value is given; the number of
/// images is free, and called `N`. The first output is the network's answer: the class scores, or
/// the probabilities where it makes them itself.
public struct ONNXExport {
  /// The network that is written.
  public let network: Network
  /// What is written beside the graph: the pairs of an archive's metadata, and how an image is prepared in the convention of
  /// transformers' `preprocessor_config.json`, under that name without its ending.
  public let metadata: [String: String]
  private let graph: ONNXGraph

  /// The file beside a model at `path` for weights that do not go into it.
  public static func dataPath(for path: String) -> String { ONNXFile.dataPath(for: path) }

  /// The sets of operators that models are written in, as ONNX numbers them.
  public static let operatorSets = ONNXGraph.OperatorSet.allCases.map(\.rawValue)

  /// - Parameters:
  ///   - network: what is written.
  ///   - weights: its weights.
  ///   - operatorSet: one of `operatorSets`: 17 is read by every runtime since 2022; 21 has operators for more layers, so that
  ///     models are shorter.
  /// - Throws: `ZooError.operatorSet`, `.noLogits`, `WeightsError`, `DefinitionWriter.Failure`.
  public init(_ network: Network, weights: LoadedWeights, operatorSet: Int = 17) throws {
    guard let operators = ONNXGraph.OperatorSet(rawValue: operatorSet) else {
      throw ZooError.operatorSet(operatorSet, known: Self.operatorSets)
    }
    self.network = network
    let evaluator = ParameterEvaluator(source: weights.source)
    let inference = try network.graph.optimized([SelectInference(), RemoveDeadNodes()])
    graph = try ONNXGraphBuilder.build(
      inference, outputs: network.orderedOutputs(of: inference), evaluator,
      operatorSet: operators)
    metadata = try Self.metadata(for: network, weights)
  }

  /// The number of nodes; some operations take several.
  public var nodeCount: Int { graph.nodes.count }
  /// The number of tensors of the checkpoint that are in the model.
  public var tensorCount: Int { graph.initializers.count }
  /// The size of these tensors.
  public var byteCount: Int { graph.initializers.reduce(0) { $0 + $1.byteCount } }

  /// Writes the model, reading the weights part by part.
  ///
  /// - Parameters:
  ///   - path: where the model will be.
  ///   - producerVersion: of the program that writes it.
  ///   - hasExternalData: whether weights go into a file of their own, `dataPath(for: path)`; needed where the model
  ///     would be larger than protobuf's 2 GiB.
  ///   - overwrite: whether a file of that name is replaced.
  ///   - progress: told how many of how many bytes of weights are done.
  /// - Throws: `WeightsError`, with nothing left behind; `RuntimeError` for weights that zoo does not run either.
  public func write(
    to path: String, producerVersion: String = "", hasExternalData: Bool = false, overwrite: Bool = false,
    progress: ((_ done: Int, _ total: Int) -> Void)? = nil
  ) throws {
    try ONNXFile.write(
      graph, metadata: metadata, producerVersion: producerVersion, to: path, hasExternalData: hasExternalData,
      overwrite: overwrite, progress: progress)
  }

  private static func metadata(for network: Network, _ weights: LoadedWeights) throws -> [String: String] {
    let checkpoint = weights.checkpoint
    var metadata = checkpoint.metadata.filter { $0.key == "license" || $0.key == Package.untrainedKey }
    metadata.merge(try checkpoint.provenance()) { first, _ in first }
    metadata.merge(try Package.metadata(for: network, weights)) { $1 }
    if let preprocess = weights.preprocess ?? network.card.preprocess {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      metadata["preprocessor_config"] = String(
        decoding: try encoder.encode(ProcessorConfiguration(preprocess)), as: UTF8.self)
    }
    return metadata
  }
}

extension Network {
  /// The outputs of the network's inference graph: the answer, then the others in their order.
  fileprivate func orderedOutputs(of graph: Graph) throws -> [Output] {
    guard let answer = graph.answer, let scores = graph.outputs.firstIndex(of: answer.output) else {
      throw ZooError.noLogits(model: name)
    }
    var outputs = graph.outputs
    outputs.insert(outputs.remove(at: scores), at: 0)
    return outputs
  }
}
