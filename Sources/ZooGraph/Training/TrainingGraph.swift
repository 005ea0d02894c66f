import ZooTensor

/// A network as one step of training computes it: its layers in the mode of training, a loss for each classifier, and the
/// gradient of the loss's mean over the batch with respect to every tensor that learns.
public struct TrainingGraph: Sendable {
  /// A tensor of the checkpoint.
  public struct Tensor: Hashable, Sendable {
    /// Its name, shape and role.
    public let declaration: TensorDeclaration
    /// The layer that it belongs to.
    public let layer: String
    /// Its gradient; `nil` where it does not learn.
    public let gradient: NodeID?
    /// Whether it belongs to a normalisation.
    public let isNorm: Bool
  }

  /// What a batch norm does in training.
  public enum NormState: String, Hashable, Sendable, CaseIterable {
    /// It normalises with the statistics of the batch, and keeps a running mean of them.
    case training
    /// It normalises with the stored statistics; scale and shift learn.
    case fixedStatistics = "statistics fixed"
    /// Nothing of it changes.
    case frozen
  }

  /// A batch norm with its state, and the value that has the statistics of the batch.
  public struct Norm: Hashable, Sendable {
    /// The path of the batch norm.
    public let layer: String
    /// Whether its statistics are those of the batch, and whether they are kept.
    public let state: NormState
    /// The value that has them, mean and variance; `nil` where the stored ones are used.
    public let statistics: NodeID?
    /// The tensors of the running means and variances, each a number for each channel.
    public let runningStatistics: [String]
    /// How many channels it normalises.
    public let channels: Int
    /// The numbers that a channel's statistics are taken over, for one image.
    public let area: Int
  }

  /// A classifier with its loss.
  public struct Head: Hashable, Sendable {
    /// The name of the output that it is made for.
    public let output: String
    /// What the loss reads, `[classes]` for each image.
    public let scores: NodeID
    /// One number for each image.
    public let loss: NodeID
    /// What the loss was multiplied with.
    public let weight: Double
  }

  /// Forward and backward.
  public let graph: Graph
  /// The node that takes the images.
  public let input: NodeID
  /// The node that takes the targets, `[classes]` for each image.
  public let target: NodeID
  /// The network's own classifier first, then auxiliary ones.
  public let heads: [Head]
  /// In the definition's order.
  public let tensors: [Tensor]
  /// In the order of the graph.
  public let norms: [Norm]

  /// The number of classes.
  public var classes: Int { graph[target].shape.elementCount }

  /// - Parameters:
  ///   - network: the graph as it was defined, before passes, with one input
  ///   - loss: what is minimised.
  ///   - learns: whether a tensor of the checkpoint learns; running statistics do not
  ///   - norm: what a batch norm does, given its layer's name
  /// - Throws: `TrainingGraphError` when the network has no class scores or not one input; what passes throw.
  public init(
    _ network: Graph, loss: Loss, learns: (TensorDeclaration) -> Bool, norm: (String) -> NormState
  ) throws {
    let prepared = try SeparateActivation().apply(to: network).prepared(norm)
    // Functions whose derivative is one of their value.
    var graph = try FuseActivation { !$0.gradientReadsInput }.apply(to: prepared.graph)
    guard let answer = graph.answer else { throw TrainingGraphError.noClassScores }
    guard let scores = answer.scores else { throw TrainingGraphError.mixedProbabilities(output: answer.output.name) }
    guard graph.inputs.count == 1, let input = graph.inputs.first else {
      throw TrainingGraphError.inputCount(graph.inputs.count)
    }
    let classes = graph[scores].shape
    guard classes.elementCount == classes.channels else {
      throw TrainingGraphError.scoresAreAMap(output: answer.output.name, shape: classes)
    }
    let names = Set(graph.nodes.map(\.name))
    func free(_ name: String) -> String {
      var name = name
      while names.contains(name) { name += "′" }
      return name
    }
    let target = try graph.append(.input([classes.channels]), name: free("target"))
    let auxiliary = graph.outputs.filter { $0.role == .auxiliary }
    var heads: [Head] = []
    var seeds: [(value: NodeID, gradient: NodeID)] = []
    for output in [answer.output] + auxiliary {
      let value = output == answer.output ? scores : output.value
      guard graph[value].shape.elementCount == classes.channels else {
        throw TrainingGraphError.classesDiffer(
          output: output.name, expected: classes.channels, found: graph[value].shape.elementCount)
      }
      let weight = output.role == .auxiliary ? output.lossWeight : 1
      let name = free(heads.isEmpty ? "loss" : "loss of \(output.name)")
      let node = try graph.append(.loss(loss, weight: weight), name: name, inputs: [value, target])
      heads.append(Head(output: output.name, scores: value, loss: node, weight: weight))
      let shapes = [graph[value].shape, graph[target].shape]
      let gradient = try graph.append(
        .gradient(Gradient(of: .loss(loss, weight: weight), layer: name, target: .input(0), inputs: shapes)),
        name: name + "′",
        inputs: [value, target])
      seeds.append((value, gradient))
    }
    let declarations = graph.tensors
    let frozen = Set(prepared.norms.filter { $0.state == .frozen }.map(\.layer))
    let layers = Dictionary(
      network.nodes.flatMap { node in node.parameters.flatMap { $0.value.tensors.map { ($0.name, node) } } },
      uniquingKeysWith: { first, _ in first })
    let learning = Set(
      declarations.filter { tensor in
        tensor.role.isTrainable && learns(tensor) && layers[tensor.name].map { !frozen.contains($0.name) } ?? false
      }.map(\.name))
    let gradients = try graph.appendGradients(from: seeds, parameters: learning.contains)
    let values = Dictionary(uniqueKeysWithValues: gradients.parameters.map { ($0.tensor, $0.value) })
    graph.outputs =
      [
        Output(name: "loss", role: .features, value: heads[0].loss),
        Output(name: "scores", role: .logits, value: scores),
      ]
      + heads.dropFirst().map { Output(name: "loss of \($0.output)", role: .features, value: $0.loss) }
      + gradients.parameters.map { Output(name: $0.tensor, role: .features, value: $0.value) }
    // Passes change places, but names stay.
    let fused = try FuseGradientSum().apply(to: graph)
    let places = Dictionary(uniqueKeysWithValues: fused.ids.map { (fused[$0].name, $0) })
    func moved(_ id: NodeID, of before: Graph? = nil) throws(TrainingGraphError) -> NodeID {
      let name = (before ?? graph)[id].name
      guard let place = places[name] else { throw .lost(name) }
      return place
    }
    self.graph = fused
    self.input = try moved(input)
    self.target = try moved(target)
    self.heads = try heads.map {
      Head(output: $0.output, scores: try moved($0.scores), loss: try moved($0.loss), weight: $0.weight)
    }
    norms = try prepared.norms.map { norm in
      Norm(
        layer: norm.layer, state: norm.state, statistics: try norm.statistics.map { try moved($0, of: prepared.graph) },
        runningStatistics: norm.runningStatistics, channels: norm.channels, area: norm.area)
    }
    let gradientPlaces = try values.mapValues { try moved($0) }
    // The network's own order, with the statistics that training does not read.
    tensors = network.tensors.map { declaration in
      let layer = layers[declaration.name]
      return Tensor(
        declaration: declaration, layer: layer?.name ?? "", gradient: gradientPlaces[declaration.name],
        isNorm: layer?.operation.traits.isNorm ?? false)
    }
  }
}

/// Why a network cannot be trained as a classifier.
public enum TrainingGraphError: Error, Hashable, Sendable {
  case noClassScores
  /// The answer is made of probabilities that the network works on with.
  case mixedProbabilities(output: String)
  /// The scores are one for each position, not one for each class.
  case scoresAreAMap(output: String, shape: Shape)
  case inputCount(Int)
  case classesDiffer(output: String, expected: Int, found: Int)
  /// A pass lost a value, which is an error in the pass.
  case lost(String)
}

extension Graph {
  /// The graph with batch norms in their states and dropout that takes place, without flattening before fully connected
  /// layers, and nothing for training only.
  fileprivate func prepared(_ norm: (String) -> TrainingGraph.NormState) throws -> (
    graph: Graph, norms: [TrainingGraph.Norm]
  ) {
    let scores = Set([answer?.value].compactMap(\.self)).union(outputs.map(\.value))
    let readers = readers()
    var result = Graph(name: name)
    var images: [NodeID] = []
    var norms: [TrainingGraph.Norm] = []
    var key: UInt64 = 0
    for id in ids {
      let node = self[id]
      var draft = NodeDraft(node)
      draft.inputs = node.inputs.map { images[$0.index] }
      draft.isTrainingOnly = false
      switch node.operation {
      case .dropout(let probability) where probability > 0:
        draft.operation = .randomMask(RandomMask(probability: probability, key: key))
        key += 1
      case .join(let join, let activation, let depth) where depth > 0:
        let mask = RandomMask(probability: depth, key: key, isPerImage: true)
        let branch = try result.append(
          .randomMask(mask), name: node.name + " branch", inputs: [draft.inputs[0]], origin: node.origin)
        draft.inputs[0] = branch
        draft.operation = .join(join, activation)
        key += 1
      case .batchNorm(let batchNorm) where batchNorm.hasStatistics && !batchNorm.usesBatch:
        let state = norm(node.name)
        var statistics: NodeID?
        if state == .training {
          let name = node.name + " statistics"
          let value = try result.append(.batchStatistics, name: name, inputs: draft.inputs, origin: node.origin)
          var inBatch = batchNorm
          inBatch.usesBatch = true
          draft.operation = .batchNorm(inBatch)
          draft.inputs.append(value)
          draft.parameters.removeAll { !$0.role.isTrainable }
          statistics = value
        }
        let running = node.parameters.filter { !$0.role.isTrainable }.flatMap { $0.value.tensors.map(\.name) }
        norms.append(
          TrainingGraph.Norm(
            layer: node.name, state: state, statistics: statistics, runningStatistics: running,
            channels: node.shape.channels, area: node.shape.extent.area))
      case .flatten, .dropout:
        let isRead = readers[id.index].allSatisfy { reader in
          if case .fullyConnected = self[reader].operation { true } else { false }
        }
        if node.operation != .flatten || isRead && !scores.contains(id) {
          images.append(draft.inputs[0])
          continue
        }
      case .input, .convolution, .locallyConnected, .fullyConnected, .maxPool, .averagePool, .globalAveragePool,
        .globalMaxPool, .adaptiveMaxPool, .mean, .pad, .upsample, .transposedConvolution, .adaptiveAveragePool,
        .activation, .prelu, .batchNorm, .localResponseNorm, .normalization, .softmax, .concat, .join,
        .selectChannels, .subsample, .parameter, .batchMean, .randomMask, .batchStatistics, .loss, .gradient:
        break
      }
      images.append(try result.append(draft))
    }
    result.outputs = outputs.map {
      Output(name: $0.name, role: $0.role, value: images[$0.value.index], lossWeight: $0.lossWeight)
    }
    return (result, norms)
  }
}
