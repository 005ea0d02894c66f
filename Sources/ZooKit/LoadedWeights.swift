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
  /// The preprocessing that belongs to the weights, where it differs from the definition's: as stored with them, or as the
  /// definition says for files of their kind.
  public let preprocessing: Preprocessing?
  /// The labels stored with the weights, if they are those of the network's classes.
  public let labels: Labels?
  /// How many labels were left behind because the network has another number of classes; `nil` when none were.
  public let staleLabelCount: Int?
  /// The tensors that no training has touched: started anew when these weights were loaded, or before they were packed.
  public let untrained: [String]
  /// As `preprocessing`, in the words of a definition that may be in another place.
  let preprocess: Preprocessing?
  /// The checkpoint under its own names.
  private let original: Checkpoint
  /// What they are called in the catalogue, where zoo has them within itself.
  private var shippedName: String?

  /// Finds, opens and matches a network's weights. Tensors are not read yet.
  ///
  /// - Throws: `ZooError.weightsUnavailable`, `.weightsOfAnotherModel`, `.layersDiffer`, `.channelOrder` or `.noHead`, `WeightsError`,
  ///   `CheckpointMismatch`.
  public static func load(
    _ source: WeightSource, for network: Network, options: LoadOptions = LoadOptions()
  ) throws -> LoadedWeights {
    switch source {
    case .synthetic(let seed):
      let tensors = network.graph.tensors.map { (name: $0.name, shape: $0.shape) }
      return try LoadedWeights(
        SyntheticCheckpoint.checkpoint(tensors, seed: seed), for: network, called: "synthetic, seed \(seed)",
        options: options)
    case .file(let path):
      return try LoadedWeights(open(path, for: network), for: network, called: path, options: options)
    case .checkpoint(let checkpoint):
      let name = checkpoint.path.isEmpty ? "tensors in memory" : checkpoint.path
      return try LoadedWeights(checkpoint, for: network, called: name, options: options)
    case .bytes(let bytes, let name):
      return try LoadedWeights(open(bytes, name, for: network), for: network, called: name, options: options)
    case .automatic:
      switch WeightLookup.find(for: network) {
      case .package(let path), .file(let path):
        return try LoadedWeights(open(path, for: network), for: network, called: path, options: options)
      case .shipped(let name):
        guard let bytes = Catalogue.file("zoo/weights/\(name)") else { break }
        var weights = try LoadedWeights(
          Checkpoint.open(bytes: bytes, name: name), for: network, called: "\(name), shipped with zoo",
          options: options)
        weights.shippedName = name
        return weights
      case nil:
        break
      }
      throw ZooError.weightsUnavailable(
        model: network.name, searched: WeightLookup.places(for: network),
        sources: network.card.weights.map { $0.url ?? $0.file })
    }
  }

  package init(
    _ checkpoint: Checkpoint, for network: Network, called name: String, options: LoadOptions = LoadOptions()
  ) throws {
    let own = try Self.network(storedIn: checkpoint, called: name, or: network)
    let claimed = own.map { [$0] } ?? Network.claimed(by: checkpoint, otherThan: network)
    for other in claimed where !options.ignoresOperations {
      guard let difference = network.difference(from: other) else { continue }
      throw ZooError.weightsOfAnotherModel(
        path: name, expected: network.name, found: other.name, node: difference.node, difference: difference.text)
    }
    let expected = network.expectedTensors
    var mappingOptions = MappingOptions(seed: options.seed, foldableNorms: network.foldableNorms)
    if options.hasNewHead {
      mappingOptions.replaced = Set(try network.headTensors())
    }
    let reading = WeightReading.best(
      of: WeightReading.candidates(for: checkpoint, network, isNative: own != nil), expected, in: checkpoint,
      options: mappingOptions)
    mappingOptions.isPartial = options.isPartial
    let mapped = try reading.mapping.resolve(expected, in: checkpoint, options: mappingOptions)
    report = mapped.report
    let contradictions = network.contradictions(checkpoint.layers, report)
    guard contradictions.isEmpty || options.ignoresOperations else {
      throw ZooError.layersDiffer(path: name, model: network.name, contradictions)
    }
    let isForImages = own == nil && reading.source?.preprocess == nil
    if isForImages, checkpoint.originalFormat == .caffe, network.card.preprocess?.channels == .rgb,
      !report.lines.contains(where: \.status.flipsInputChannels)
    {
      throw ZooError.channelOrder(path: name, model: network.name)
    }
    preprocess = own.flatMap { $0.card.preprocess.map($0.portable) } ?? reading.source?.preprocess.map(network.portable)
    let preprocessing = own?.preprocessing ?? reading.source?.preprocess.map(network.complete)
    if let preprocessing, let defined = network.preprocessing, preprocessing.isEquivalent(to: defined) {
      self.preprocessing = nil
    } else {
      self.preprocessing = preprocessing
    }
    let stated = (checkpoint.metadata[Package.untrainedKey] ?? "").split(separator: " ").map(String.init)
    let kept = Set(report.loadable.map(\.name))
    let anew = report.initialized.map(\.name)
    untrained = expected.map(\.name).filter { anew.contains($0) || (stated.contains($0) && kept.contains($0)) }
    var metadata = checkpoint.metadata
    metadata[Package.untrainedKey] = untrained.isEmpty ? nil : untrained.joined(separator: " ")
    let stored = metadata[Package.labelsKey].map(Labels.init(text:))
    let isStale = stored.map { $0.count != network.knownAnswer?.classes } ?? false
    staleLabelCount = isStale && !options.hasNewHead ? stored?.count : nil
    // They are the file's own names, and have been compared.
    metadata[Provenance.layersKey] = nil
    // Another head's classes are not those of the labels.
    if isStale || options.hasNewHead || network.hasHead(among: anew) { metadata[Package.labelsKey] = nil }
    self.checkpoint = mapped.checkpoint.replacingMetadata(metadata)
    labels = metadata[Package.labelsKey].map(Labels.init(text:))
    original = checkpoint
    summary = Self.summary(of: checkpoint, called: name, reading.source, report)
  }

  /// The same weights with other numbers in some tensors, all in memory: what belongs to them stays. `tensors`: by the
  /// network's names, in the shapes that they had. `summary`: what they are now, in words. Throws `WeightsError` when a
  /// tensor that stays cannot be read.
  package init(_ weights: LoadedWeights, replacing tensors: [String: Tensor], called summary: String) throws {
    checkpoint = try Checkpoint(
      weights.checkpoint.entries.map { entry in
        let tensor = try tensors[entry.name] ?? weights.tensor(entry.name)
        precondition(tensor.shape == entry.shape, "\(entry.name): \(tensor.shape) for \(entry.shape)")
        return (name: entry.name, tensor: tensor)
      }, metadata: weights.checkpoint.metadata)
    original = checkpoint
    self.summary = summary
    report = weights.report
    preprocessing = weights.preprocessing
    preprocess = weights.preprocess
    labels = weights.labels
    staleLabelCount = weights.staleLabelCount
    untrained = weights.untrained
  }

  private static func summary(
    of checkpoint: Checkpoint, called name: String, _ source: Card.WeightsSource?, _ report: MatchReport
  ) -> String {
    guard checkpoint.format != .synthetic else { return name }
    let isOther = source != nil && source?.file != checkpoint.fileName
    let reading = isOther ? ", read as \(source?.file ?? "")" : ""
    let folded = report.foldedLayers.count
    let norms =
      folded == 0
      ? ""
      : ", with \(folded) batch norm\(folded == 1 ? "" : "s") folded into the layer\(folded == 1 ? "" : "s") before"
    return "\(name) (\(checkpoint.format)\(reading)\(norms))"
  }

  /// Opens a checkpoint, taking names from the network where it has none.
  private static func open(_ path: String, for network: Network) throws -> Checkpoint {
    do {
      return try Checkpoint.open(path)
    } catch let error where error.problem == .darknet(.needsNetwork) {
      return try Checkpoint.openDarknet(path, layers: network.graph.darknetLayers())
    }
  }

  private static func open(_ bytes: [UInt8], _ name: String, for network: Network) throws -> Checkpoint {
    do {
      return try Checkpoint.open(bytes: bytes, name: name)
    } catch let error where error.problem == .darknet(.needsNetwork) {
      return try Checkpoint.openDarknet(bytes: bytes, name: name, layers: network.graph.darknetLayers())
    }
  }

  /// What tells the checkpoint from any other; `nil` for what is no file.
  ///
  /// - Throws: `WeightsError` when the file cannot be read.
  func contents() throws -> String? { try original.identity() }

  /// The SHA-256 of the file, or of the bytes that are shipped with zoo, in 64 hexadecimal digits; `nil` for a directory and for
  /// what never was a file.
  ///
  /// - Throws: `WeightsError` when the file cannot be read.
  public func fileDigest() throws(WeightsError) -> String? {
    if let shippedName, let bytes = Catalogue.file("zoo/weights/\(shippedName)") {
      return SHA256.digest(of: bytes).hexadecimal
    }
    return try checkpoint.fileDigest()
  }

  /// One tensor in the shape that the network asks for.
  ///
  /// - Throws: `WeightsError` when the file is damaged.
  public func tensor(_ name: String) throws -> Tensor {
    try checkpoint.tensor(named: name)
  }

  /// The tensors for `CompiledNetwork`, large ones part by part, for threads that each ask for something else.
  package var source: ParameterSource {
    ParameterSource(whole: { try checkpoint.tensor(named: $0, threads: 1) }) { name, elements, unit, body in
      try checkpoint.forEachPart(of: name, elements: elements, unit: unit, threads: 1, body)
    } isDivisible: { name in
      try checkpoint.readsPieces(of: name)
    }
  }

  /// The network whose definition the checkpoint carries, if it does. `network`: one that may have been read from there
  /// already.
  private static func network(
    storedIn checkpoint: Checkpoint, called name: String, or network: Network
  ) throws -> Network? {
    guard let definition = checkpoint.metadata[Package.definitionKey] else { return nil }
    if network.origin == .package(name), network.definition.sources.map(\.bytes) == [Array(definition.utf8)] {
      return network
    }
    // Most archives were packed with the definition that the network has.
    if (try? Package.definition(of: network)) == definition { return network }
    let labels = checkpoint.metadata[Package.labelsKey].map(Labels.init(text:))
    return try Network(stored: definition, labels: labels, in: name, origin: .file(name))
  }
}

extension MatchReport.Status {
  fileprivate var flipsInputChannels: Bool {
    if case .transformed(let how) = self { how.steps.contains(.flipInputChannels) } else { false }
  }
}
