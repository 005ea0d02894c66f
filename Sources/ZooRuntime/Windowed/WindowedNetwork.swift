import ZooGraph
import ZooKernels
import ZooTensor

/// A network prepared to compute what changes when parts of an image do: only the windows of each value that a changed
/// rectangle reaches, always by the direct algorithms, so that the answers are the bits of a whole pass with
/// `Numerics.direct`.
///
/// Occlusion as incremental view maintenance is due to Nakandala, Kumar and Papakonstantinou (Krypton, SIGMOD 2019); this is
/// its exact form. Where an operation needs all of a map, such as a fully connected layer, the whole map is computed.
///
/// Immutable; any number of runners share the weights and the thread pool.
public struct WindowedNetwork: Sendable {
  /// The network with the same weights, as it computes whole passes.
  public let compiled: CompiledNetwork
  let flow: DataFlow
  /// The weights of each node that has some.
  let layers: [String: any PackedLayer]
  /// The machine with one thread only: whoever calls it.
  let singleThreaded: Machine

  /// Lowers a graph, after passes or before, and packs its weights.
  ///
  /// - Parameters:
  ///   - graph: what is run.
  ///   - options: the numerics are always direct, whatever they say
  ///   - other: a network of the same graph and weights; what it has in the same form is not packed again, and its
  ///     threads are used
  ///   - weights: as for `CompiledNetwork`
  /// - Throws: as `CompiledNetwork.init`; `RuntimeError.inputCount` for a network with several inputs.
  public init(
    graph: Graph, options: ExecutionOptions = ExecutionOptions(), sharing other: CompiledNetwork? = nil,
    weights: ParameterSource
  ) throws {
    var options = options
    options.numerics = .direct
    let outputs = try graph.selectedOutputs(includingTraining: options.includesTraining)
    let inputs = try graph.selectedInputs(for: outputs, includingTraining: options.includesTraining)
    guard inputs.count == 1 else { throw RuntimeError.inputCount(inputs.count) }
    flow = try DataFlow(graph, inputs: inputs, outputs: outputs, numerics: .direct)
    compiled = try CompiledNetwork(
      graph, options, other?.machine ?? options.machine(), shared: SharedWeights(other.map { [$0] } ?? []),
      evaluator: ParameterEvaluator(source: weights))
    singleThreaded = Machine(instructionSet: compiled.machine.instructionSet, pool: ThreadPool(exactly: 1))
    layers = Dictionary(compiled.steps.compactMap { step in step.packed.map { (step.name, $0) } }) { first, _ in first }
  }

  /// As above, with tensors that are whole.
  public init(
    graph: Graph, options: ExecutionOptions = ExecutionOptions(), weights: @escaping ParameterSource.Whole
  ) throws {
    try self.init(graph: graph, options: options, weights: ParameterSource(weights))
  }

  /// The shape of the image.
  public var input: Shape { compiled.input }

  /// What is answered, in order.
  public var outputs: [Output] { flow.outputs }

  var machine: Machine { compiled.machine }
  var inputID: NodeID { flow.inputs[0] }

  /// Which values a node reads, in order.
  func sources(of id: NodeID) -> [NodeID] {
    let node = flow.graph[id]
    if case .fullyConnected = node.operation { return [flow.elements(of: node.inputs[0])] }
    return node.inputs.map { flow.source(of: $0) }
  }

  func extent(_ id: NodeID) -> Extent { flow.graph[id].shape.extent }

  /// Whether a convolution reads the image as planes.
  func isPlanar(_ id: NodeID) -> Bool { flow.algorithms[id.index] == .planar }

  /// Whether anything reads the image in blocks.
  var readsInputInBlocks: Bool {
    flow.isOutput(inputID)
      || flow.computed.contains { id in
        id != inputID
          && sources(of: id).enumerated().contains { $0.element == inputID && !(isPlanar(id) && $0.offset == 0) }
      }
  }

  /// The part of each computed value that depends on a part of the image, by the nodes' indices. Where an operation
  /// computes whole maps only, it is the whole map.
  func windows(of region: MapRegion) -> [MapRegion] {
    var windows = [MapRegion](repeating: .empty, count: flow.graph.nodes.count)
    for id in flow.computed {
      guard id != inputID else {
        windows[id.index] = region
        continue
      }
      let node = flow.graph[id]
      let window = sources(of: id).enumerated().reduce(MapRegion.empty) { window, source in
        window.union(
          node.influence(of: windows[source.element.index], ofInput: source.offset, extent: extent(source.element)))
      }
      let isWhole = node.operation.computesWholeMaps || exceedsSides(node, window)
      windows[id.index] = isWhole && !window.isEmpty ? MapRegion(node.shape.extent) : window
    }
    return windows
  }

  /// All of every value.
  func wholeWindows() -> [MapRegion] { flow.graph.nodes.map { MapRegion($0.shape.extent) } }

  /// Whether a window reads more rows or columns, with its padding, than a map may have.
  private func exceedsSides(_ node: Node, _ window: MapRegion) -> Bool {
    let read = node.footprint(of: window, inInput: 0, extent: extent(flow.source(of: node.inputs[0]))).extent
    return max(read.height, read.width) > ConvolutionGeometry.maximumSide
  }

  /// The part of a source that is read for a window: what lies outside of it, in the padding of convolutions, is zero.
  func region(of id: NodeID, _ window: MapRegion, source index: Int, _ source: NodeID) -> MapRegion {
    let node = flow.graph[id]
    let whole = MapRegion(extent(source))
    let read = node.footprint(of: window, inInput: index, extent: whole.extent)
    switch node.operation {
    // A whole map is computed as by a whole pass, with the map's own geometry.
    case .convolution, .locallyConnected:
      return index == 0 && window == MapRegion(node.shape.extent) ? read.union(whole) : read
    case .maxPool, .averagePool: return read.intersection(whole)
    // A whole map with the zeros around it that its data gradient reads.
    case .transposedConvolution:
      let halo = node.transposedGeometry.dataGradientHalo
      return MapRegion(
        rows: -halo.top..<whole.rows.upperBound + halo.bottom,
        columns: -halo.left..<whole.columns.upperBound + halo.right)
    case .input, .fullyConnected, .globalAveragePool, .adaptiveAveragePool, .activation, .prelu, .batchNorm,
      .globalMaxPool, .adaptiveMaxPool, .mean, .pad, .upsample, .localResponseNorm, .normalization, .dropout,
      .softmax, .concat, .join, .flatten, .selectChannels, .subsample, .parameter, .batchMean,
      .randomMask, .batchStatistics, .loss, .gradient:
      return read
    }
  }

  /// Multiply-accumulate operations of one element of each channel of a node's value, over all channels.
  func multiplyAccumulatesPerPixel(of id: NodeID) -> Int {
    let node = flow.graph[id]
    switch node.operation {
    case .convolution, .locallyConnected:
      return node.convolutionGeometry.multiplyAccumulates / node.shape.extent.area
    case .transposedConvolution:
      return node.transposedGeometry.multiplyAccumulates / node.shape.extent.area
    case .fullyConnected(let layer):
      return flow.graph[flow.elements(of: node.inputs[0])].shape.elementCount * layer.outputFeatures
    case .input, .maxPool, .averagePool, .globalAveragePool, .adaptiveAveragePool, .activation, .prelu, .batchNorm,
      .globalMaxPool, .adaptiveMaxPool, .mean, .pad, .upsample, .localResponseNorm, .normalization, .dropout,
      .softmax, .concat, .join, .flatten, .selectChannels, .subsample, .parameter, .batchMean,
      .randomMask, .batchStatistics, .loss, .gradient:
      return 0
    }
  }
}

extension Operation {
  /// Whether no kernel computes a part of the result: its weights or its windows are different in each place, or it is a
  /// vector.
  fileprivate var computesWholeMaps: Bool {
    switch self {
    case .locallyConnected, .adaptiveAveragePool, .globalAveragePool, .fullyConnected, .flatten,
      .globalMaxPool, .adaptiveMaxPool, .mean, .transposedConvolution:
      true
    case .input, .convolution, .maxPool, .averagePool, .activation, .prelu, .batchNorm, .localResponseNorm, .dropout,
      .pad, .upsample, .softmax, .concat, .join, .selectChannels, .subsample, .parameter, .batchMean,
      .randomMask, .batchStatistics, .loss,
      .gradient:
      false
    case .normalization(let norm): norm.groups != nil
    }
  }
}
