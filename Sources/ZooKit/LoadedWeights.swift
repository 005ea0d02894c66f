import ZooGraph
import ZooImages
import ZooRuntime
import ZooSpec
import ZooTensor
import ZooWeights

/// A checkpoint that was found to fit a network, under the network's names.
public struct LoadedWeights: Sendable {
  /// The tensors, read when they are asked for.
  public let checkpoint: Checkpoint
  /// What became of each tensor of the file and of the network.
  public let report: MatchReport
  /// Where they come from, in words.
  public let summary: String
  /// The preprocessing stored with the weights, where it differs from the definition's.
  public let preprocessing: Preprocessing?
  /// The labels stored with the weights.
  public let labels: Labels?

  /// Finds, opens and matches a network's weights. Tensors are not read yet.
  ///
  /// - Throws: `ZooError.weightsUnavailable` or `.weightsOfAnotherModel`, `WeightsError`, `CheckpointMismatch`.
  public static func load(_ source: WeightSource, for network: Network) throws -> LoadedWeights {
    switch source {
    case .synthetic(let seed):
      let tensors = network.graph.tensors.map { (name: $0.name, shape: $0.shape) }
      return try LoadedWeights(
        SyntheticCheckpoint.checkpoint(tensors, seed: seed), for: network, called: "synthetic, seed \(seed)")
    case .file(let path):
      return try LoadedWeights(Checkpoint.open(path), for: network, called: path)
    case .automatic:
      switch WeightLookup.find(for: network) {
      case .package(let path), .file(let path):
        return try LoadedWeights(Checkpoint.open(path), for: network, called: path)
      case .shipped(let name):
        guard let bytes = Catalogue.file("zoo/weights/\(name)") else { break }
        return try LoadedWeights(
          Checkpoint.open(bytes: bytes, name: name), for: network, called: "\(name), shipped with zoo")
      case nil:
        break
      }
      throw ZooError.weightsUnavailable(
        model: network.name, searched: WeightLookup.places(for: network),
        sources: network.card.weights.map { $0.url ?? $0.file })
    }
  }

  init(_ checkpoint: Checkpoint, for network: Network, called name: String) throws {
    let own = try Self.network(storedIn: checkpoint, called: name)
    if let own, let node = Self.conflict(own.graph, network.graph) {
      throw ZooError.weightsOfAnotherModel(path: name, expected: network.name, found: own.name, node: node)
    }
    let rules = network.card.weightNames.map { NameRule.rename(from: $0.from, to: $0.to) }
    let expected = network.graph.tensors.map {
      ExpectedTensor(name: $0.name, shape: $0.shape, isRequired: !$0.isTrainingOnly)
    }
    let mapped = try NameMapping(rules: rules).resolve(expected, in: checkpoint)
    self.checkpoint = mapped.checkpoint
    report = mapped.report
    summary = checkpoint.format == .synthetic ? name : "\(name) (\(checkpoint.format))"
    let stored = own?.preprocessing
    preprocessing = stored == network.preprocessing ? nil : stored
    labels = checkpoint.metadata[Package.labelsKey].map(Labels.init(text:))
  }

  /// One tensor in the shape that the network asks for.
  ///
  /// - Throws: `WeightsError` when the file is damaged.
  public func tensor(_ name: String) throws -> Tensor {
    try checkpoint.tensor(named: name)
  }

  /// The tensors for `CompiledNetwork`, large ones part by part.
  var source: ParameterSource {
    ParameterSource(whole: tensor) { name, unit, body in
      try checkpoint.forEachPart(of: name, unit: unit, body)
    }
  }

  /// The network whose definition the checkpoint carries, if it does.
  private static func network(storedIn checkpoint: Checkpoint, called name: String) throws -> Network? {
    guard let definition = checkpoint.metadata[Package.definitionKey] else { return nil }
    let labels = checkpoint.metadata[Package.labelsKey].map(Labels.init(text:))
    return try Network(stored: definition, labels: labels, in: name, origin: .file(name))
  }

  /// A convolution of both graphs that slides differently in each: the same weights, another network, as ResNet v1 and
  /// v1.5.
  private static func conflict(_ stored: Graph, _ graph: Graph) -> String? {
    var convolutions: [String: Convolution] = [:]
    for node in stored.nodes {
      if case .convolution(let convolution) = node.operation { convolutions[node.name] = convolution }
    }
    return graph.nodes.first { node in
      guard case .convolution(let convolution) = node.operation, let other = convolutions[node.name] else {
        return false
      }
      return convolution != other
    }?.name
  }
}
