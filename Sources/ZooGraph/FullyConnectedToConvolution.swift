import ZooTensor

/// A classifier rewritten as convolutions throughout, so that it slides over images larger than its own.
///
/// A fully connected layer that reads a `C×H×W` map is a convolution with an `H×W` kernel whose weight is the same
/// numbers in the same order; the ones that follow are 1×1. Global pooling and means become pooling with the native
/// window; adaptive pooling and padding that depends on the size become what they are at the native size.
/// Flattening vanishes. Batch norm,
/// activations, dropout and softmax act at each position. What only training uses is left out. `record` keeps what the
/// network was, for `ConvolutionToFullyConnected`.
///
/// Requires: a verified graph as it was defined, at its native input size.
/// Guarantees: at the native input size each output has the numbers of the original, as a map of one position. At a
/// larger size it has one position per `outputStride` pixels. Unless the network pads, these are the scores of the
/// native-size crops; where it does, a crop of its own sees zeros where the whole image goes on.
public struct FullyConnectedToConvolution: Hashable, Sendable {
  /// What happened to one layer.
  public struct Change: Hashable, Sendable {
    /// The layer.
    public let node: NodePlace
    /// What it was.
    public let from: Operation
    /// `nil` when the layer is not needed any more.
    public let to: Operation?
    /// The shape of the map that it reads at the native size.
    public let map: Shape
    /// `nil` where the layer has no weight, as a pooling layer.
    public let weight: WeightChange?
  }

  /// The shape of a weight as it was, and as the convolution sees the same numbers.
  public struct WeightChange: Hashable, Sendable {
    /// As it was: `[outputs, features]`.
    public let from: Shape
    /// As it is now: `[outputs, channels, height, width]`.
    public let to: Shape
  }

  /// The rewritten network, at the native size or the one that was asked for.
  public let graph: Graph
  /// The layers that changed, in order.
  public let changes: [Change]
  /// The shape of the images that the network was made for: what one score looks at.
  public let nativeInput: Shape
  /// What one score depends on, padding included; larger than the native input for deep padded networks.
  public let receptiveField: ReceptiveField
  /// What the network was.
  public let record: SlidingRecord

  /// The distance in pixels between the images that neighbouring scores look at.
  public var outputStride: Extent { receptiveField.stride }

  /// - Parameters:
  ///   - graph: as its definition has it.
  ///   - input: the shape of the images to slide over; the native size when `nil`.
  /// - Throws: `ConversionError` naming the layer that cannot be rewritten or does not fit the size.
  public init(_ graph: Graph, input: Shape? = nil) throws(ConversionError) {
    guard let source = graph.inputs.first, graph.inputs.count == 1 else {
      throw .inputCount(found: graph.inputs.count)
    }
    var rewriting = Rewriting(source: graph)
    for id in graph.ids where !graph[id].isTrainingOnly {
      try rewriting.rewrite(id)
    }
    rewriting.finish()
    let fields = rewriting.result.receptiveFields()
    for (id, image) in zip(graph.ids, rewriting.images) where graph[id].inputs.count > 1 && graph[id].shape.rank == 1 {
      guard let inputs = image.map({ rewriting.result[$0].inputs }) else { continue }
      guard Set(inputs.map { fields[$0.index]?.stride }).count == 1 else {
        throw .differentMaps(node: graph[id].place, maps: inputs.map { rewriting.result[$0].shape })
      }
    }
    let answer = rewriting.result.answeringValue ?? source
    guard let field = fields[answer.index] else {
      throw .noImage(node: graph[source].place, input: graph[source].shape)
    }
    record = SlidingRecord(original: graph, converted: rewriting.result, receptiveField: field)
    self.graph = if let input { try rewriting.result.resized(input: input) } else { rewriting.result }
    changes = rewriting.changes
    nativeInput = graph[source].shape
    receptiveField = field
  }
}

extension Graph {
  /// The value that the network answers with: its logits, else its probabilities, else its first output, else the last
  /// node.
  fileprivate var answeringValue: NodeID? {
    (answer?.output ?? outputs.first)?.value ?? ids.last
  }
}

/// The rewriting under way.
private struct Rewriting {
  let source: Graph
  var result: Graph
  /// For each node of the source, the one that has its value as a map `[channels, height, width]`.
  var images: [NodeID?]
  var changes: [FullyConnectedToConvolution.Change] = []

  init(source: Graph) {
    self.source = source
    result = Graph(name: source.name)
    images = [NodeID?](repeating: nil, count: source.nodes.count)
  }

  mutating func rewrite(_ id: NodeID) throws(ConversionError) {
    let node = source[id]
    var inputs: [NodeID] = []
    for input in node.inputs {
      guard let image = images[input.index] else {
        throw .readsTrainingOnly(node: node.place, input: source[input].name)
      }
      inputs.append(image)
    }
    var draft = NodeDraft(node)
    draft.inputs = inputs
    guard let input = inputs.first else {
      images[id.index] = try append(draft)
      return
    }
    let map = result[input].shape
    let traits = node.operation.traits
    switch traits.reach {
    case .everything:
      try rewriteFullyConnected(node, &draft, map: map)
    case .map: throw .normalizesWholeMap(node: node.place, operation: node.operation, map: map)
    case .elements:
      record(node, to: nil, map: map)
      images[id.index] = input
      return
    case .share:
      guard let operation = try fixedPooling(node, map: map) else {
        record(node, to: nil, map: map)
        images[id.index] = input
        return
      }
      draft.operation = operation
      record(node, to: operation, map: map)
    case .window:
      if case .locallyConnected = node.operation { throw .locallyConnected(node: node.place) }
      draft.operation = node.operation.withFixedPadding(for: map.extent)
      if draft.operation != node.operation { record(node, to: draft.operation, map: map) }
    case .geometry:
      try checkSlides(node, inputs[0])
    case .position, .nothing:
      break
    }
    guard !traits.tellsChannels || node.shape.isFeatureMap || !map.isFeatureMap || map.extent.area == 1 else {
      throw .mixesPositions(node: node.place, operation: node.operation, map: map)
    }
    if inputs.count > 1 { try checkMaps(node, inputs) }
    images[id.index] = try append(draft)
  }

  /// `map`: the shape of what it reads.
  private mutating func rewriteFullyConnected(
    _ node: Node, _ draft: inout NodeDraft, map: Shape
  ) throws(ConversionError) {
    guard case .fullyConnected(let layer) = node.operation else { return }
    guard map.isFeatureMap else { throw .noImage(node: node.place, input: map) }
    draft.operation = .convolution(
      Convolution(
        outputChannels: layer.outputFeatures, kernel: map.extent, hasBias: layer.hasBias, activation: layer.activation))
    let weight: Shape = [layer.outputFeatures, map.channels, map.extent.height, map.extent.width]
    draft.parameters = node.parameters.map { parameter in
      parameter.role == .weight ? Parameter(role: .weight, value: .reshaped(parameter.value, weight)) : parameter
    }
    record(node, to: draft.operation, map: map, weight: weight)
  }

  /// What is enlarged must be enlarged on a larger image too, to pixels that lie whole pixels of the image apart.
  private func checkSlides(_ node: Node, _ input: NodeID) throws(ConversionError) {
    let factor: Extent
    if case .upsample(let layer) = node.operation {
      guard layer.output == Extent(0) else { throw .fixedUpsampling(node: node.place, output: node.shape.extent) }
      guard !layer.alignsCorners else { throw .alignsCorners(node: node.place) }
      factor = layer.factor
    } else if case .transposedConvolution(let layer) = node.operation {
      factor = layer.stride
    } else {
      return
    }
    guard let stride = result.receptiveFields()[input.index]?.stride else { return }
    guard stride.height % factor.height == 0, stride.width % factor.width == 0 else {
      throw .finerThanPixels(node: node.place, factor: factor, stride: stride)
    }
  }

  /// Values that are joined must line up on a larger image too.
  private func checkMaps(_ node: Node, _ inputs: [NodeID]) throws(ConversionError) {
    let maps = inputs.map { result[$0].shape }
    let extents = Set(maps.map(\.extent))
    guard extents.count > 1 else { return }
    // Of operations, products alone join a map with numbers that stand for the whole of it.
    guard node.shape.isFeatureMap, let gate = zip(node.inputs, maps).first(where: { $1.extent.area == 1 })?.0 else {
      throw .differentMaps(node: node.place, maps: maps)
    }
    throw .gate(node: node.place, gate: source[gate].name, map: node.shape)
  }

  mutating func finish() {
    result.outputs = source.outputs.compactMap { output in
      guard output.role != .auxiliary, let value = images[output.value.index] else { return nil }
      return Output(name: output.name, role: output.role, value: value, lossWeight: output.lossWeight)
    }
  }

  /// The pooling with fixed windows that does the same at this size; `nil` when that is nothing.
  private func fixedPooling(_ node: Node, map: Shape) throws(ConversionError) -> Operation? {
    let extent = node.shape.extent
    guard extent != map.extent else { return nil }
    guard let pooling = Pooling(adaptive: extent, input: map.extent) else {
      throw .irregularAdaptivePooling(node: node.place, input: map.extent, output: extent)
    }
    return node.operation.takesMaxima ? .maxPool(pooling) : .averagePool(pooling, countsPadding: false)
  }

  private mutating func append(_ draft: NodeDraft) throws(ConversionError) -> NodeID {
    do throws(LocatedShapeError) {
      return try result.append(draft)
    } catch {
      throw .shape(error)
    }
  }

  private mutating func record(_ node: Node, to operation: Operation?, map: Shape, weight: Shape? = nil) {
    let old = node.parameter(.weight)?.shape
    changes.append(
      FullyConnectedToConvolution.Change(
        node: node.place, from: node.operation, to: operation, map: map,
        weight: weight.flatMap { new in old.map { FullyConnectedToConvolution.WeightChange(from: $0, to: new) } }))
  }
}

extension Operation {
  fileprivate var takesMaxima: Bool {
    if case .adaptiveMaxPool = self { true } else { self == .globalMaxPool }
  }
}
