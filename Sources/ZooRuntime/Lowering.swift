import ZooGraph
import ZooKernels
import ZooTensor

/// Turns the nodes of a graph into steps, and lists the weights that are to be packed for them.
struct Lowering {
  private(set) var steps: [Step] = []
  var placement: Placement
  /// In the order of the steps; those of layers that are shared with other networks are packed already.
  var packings: [LayerPacking] = []
  let flow: DataFlow
  /// For what is not packed later; `nil` to measure only.
  let evaluator: ParameterEvaluator?
  private let shared: SharedWeights
  let threads: Int
  /// Copies without a halo, made for fully connected layers.
  private var compactCopies: [NodeID: Place] = [:]
  /// What the packed weights take so far.
  private var packedBytes = 0.0
  /// What is kept between steps of training; `nil` where nothing is trained.
  var training: TrainingMemory?

  init(
    _ flow: DataFlow, evaluator: ParameterEvaluator?, shared: SharedWeights, threads: Int,
    training: TrainingMemory? = nil
  ) throws {
    self.flow = flow
    self.training = training
    self.evaluator = evaluator
    self.shared = shared
    self.threads = threads
    placement = Placement(flow)
    for id in flow.computed { try lower(id) }
  }

  func place(_ id: NodeID) -> Place {
    let source = flow.source(of: id)
    guard let place = placement.places[source.index] else {
      preconditionFailure("'\(flow.graph[source].name)' has no place")
    }
    return place
  }

  /// Appends a step. `output`: the shape that is written, if not the node's. `perElement`: about how many
  /// floating-point operations each element of the result takes, where no cost is given and the operation's traits do
  /// not know.
  mutating func emit(
    _ node: Node, _ kernel: some Kernel, _ reads: [Place], into writes: Place?, scratch: Int? = nil,
    output: Shape? = nil, multiplyAccumulates: Int = 0, cost: KernelCost? = nil, perElement: Double? = nil
  ) {
    let inputs = node.inputs.map { flow.graph[$0].shape }
    let output = output ?? node.shape
    steps.append(
      Step(
        name: node.name, kernel: kernel, reads: reads, writes: writes, scratch: scratch, inputs: inputs,
        output: output, multiplyAccumulates: multiplyAccumulates,
        cost: cost
          ?? .elementwise(
            inputs: inputs, output: output, perElement: perElement ?? node.operation.traits.operations)))
  }

  /// Counts the packed weights of a node, before memory is taken for them.
  mutating func reserve(_ cost: KernelCost, for node: Node) throws(RuntimeError) {
    packedBytes += cost.weightBytes
    guard packedBytes <= Double(CompiledNetwork.physicalMemory) else {
      throw .weightsTooLarge(
        node: node.name, byteCount: Int(exactly: packedBytes.rounded()) ?? .max,
        memory: CompiledNetwork.physicalMemory)
    }
  }

  private mutating func lower(_ id: NodeID) throws {
    let node = flow.graph[id]
    func input() -> [Place] { [place(node.inputs[0])] }
    switch node.operation {
    case .input:
      lowerInput(id, node)
    case .convolution(let convolution):
      try lower(id, node, convolution)
    case .locallyConnected:
      let geometry = node.convolutionGeometry
      let cost = KernelCost.locallyConnected(geometry)
      try reserve(cost, for: node)
      let packed =
        shared.locallyConnected(node, geometry)
        ?? PackedLocallyConnected(geometry) { packings.append(LayerPacking($0, for: node)) }
      keep(
        packed, of: node, weights: .locallyConnectedWeights(packed), bias: .locallyConnectedBias(packed))
      emit(
        node, LocallyConnectedKernel(layer: packed), input(), into: place(id),
        multiplyAccumulates: geometry.multiplyAccumulates, cost: cost)
    case .fullyConnected(let layer):
      try lower(id, node, layer)
    case .maxPool where flow.isPooledAtOnce(id): break
    case .maxPool:
      emit(
        node, MaxPoolKernel(geometry: node.poolingGeometry), input(), into: place(id))
    case .averagePool(_, let countsPadding):
      emit(
        node, AveragePoolKernel(geometry: node.poolingGeometry, countsPadding: countsPadding), input(),
        into: place(id))
    case .globalAveragePool, .adaptiveAveragePool, .mean:
      lowerShares(node, AdaptiveAveragePoolKernel(extent: node.shape.extent), into: place(id))
    case .transposedConvolution(let layer):
      try lower(id, node, layer)
    case .pad, .upsample:
      emit(node, ResamplingKernel(node.resampling, what: node.operation.kind.name), input(), into: place(id))
    case .globalMaxPool, .adaptiveMaxPool:
      lowerShares(node, AdaptiveMaxPoolKernel(extent: node.shape.extent), into: place(id))
    case .activation(let activation):
      emit(node, ActivationKernel(activation: activation), input(), into: place(id))
    case .prelu(let isShared):
      let slopes =
        try shared.slopes(node)
        ?? evaluator.map { evaluator in
          ChannelSlopes(
            try evaluator.parameters(of: node)[.weight]?.floats ?? [], channels: node.shape.channels)
        }
        ?? ChannelSlopes(channels: node.shape.channels)
      keep(slopes, of: node, weights: isShared ? .repeated : .vector)
      emit(node, PReLUKernel(layer: slopes), input(), into: place(id))
    case .batchNorm(let norm) where training != nil:
      try lower(id, node, norm)
    case .batchNorm(let norm):
      let kernel = ScaleKernel(
        layer: try scale(node, norm), name: node.operation.kind.name, activation: norm.activation)
      emit(node, kernel, input(), into: place(id))
    case .localResponseNorm(let norm):
      emit(node, LocalResponseNormKernel(norm: norm), input(), into: place(id))
    case .normalization(let norm):
      try lower(id, node, norm)
    case .softmax:
      emit(node, SoftmaxKernel(), input(), into: place(id))
    case .concat:
      lowerConcatenation(id, node)
    case .join(let join, let activation, _):
      emit(node, JoinKernel(join: join, activation: activation), joined(id, node), into: place(id))
    case .flatten:
      emit(node, FlattenKernel(), input(), into: place(id))
    case .selectChannels:
      if placement.views.contains(id) { break }
      let channels = node.operation.selectedChannels(of: node.inputs.map { flow.graph[$0].shape }) ?? []
      emit(
        node, SelectChannelsKernel(name: node.operation.kind.name, channels: channels),
        node.inputs.map { place($0) }, into: place(id))
    case .subsample(let subsample):
      emit(node, SubsampleKernel(subsample: subsample), input(), into: place(id))
    case .dropout:
      preconditionFailure("dropout is looked through")
    case .randomMask(let mask): lowerMask(id, node, mask)
    case .batchStatistics:
      lowerStatistics(id, node)
    case .loss(let loss, let weight):
      emit(node, LossKernel(loss: loss, weight: weight), node.inputs.map { place($0) }, into: place(id))
    case .gradient(let gradient):
      try lower(id, node, gradient)
    case .parameter, .batchMean:
      preconditionFailure("'\(node.name)' is one for the batch, which the data flow refuses")
    }
  }

  private func scale(_ node: Node, _ norm: BatchNorm) throws -> ChannelScale {
    try shared.scale(node)
      ?? evaluator.map { try ChannelScale(norm, $0.parameters(of: node)) }
      ?? ChannelScale(channels: node.shape.channels)
  }

  private mutating func lower(_ id: NodeID, _ node: Node, _ norm: Normalization) throws {
    let channels = node.shape.channels
    let layer =
      try shared.affine(node)
      ?? evaluator.map { evaluator in
        let numbers = try evaluator.parameters(of: node)
        return ChannelAffine(weight: numbers[.weight]?.floats ?? [], bias: numbers[.bias]?.floats ?? [])
      }
      ?? ChannelAffine(channels: channels)
    keep(layer, of: node, weights: .vector)
    let scratch = Machine.normalizationScratch(BlockedLayout(node.shape), groups: norm.groups).map {
      placement.append(.blocked($0))
    }
    emit(
      node, NormalizationKernel(layer: layer, groups: norm.groups, epsilon: Float(norm.epsilon)),
      [place(node.inputs[0])], into: place(id), scratch: scratch)
  }

  /// Pooling over windows chosen by the extent of the result.
  private mutating func lowerShares(_ node: Node, _ kernel: some Kernel, into writes: Place) {
    let (from, to) = (flow.graph[node.inputs[0]].shape.extent, node.shape.extent)
    emit(
      node, kernel, [place(node.inputs[0])], into: writes, perElement: to == Extent(1) ? Double(from.area) : 1)
  }

  /// What is joined, with what is overwritten first, if anything is: of two, the order does not matter.
  private func joined(_ id: NodeID, _ node: Node) -> [Place] {
    var inputs = node.inputs.map { place($0) }
    if inputs.count == 2, inputs[1] == place(id) { inputs.swapAt(0, 1) }
    return inputs
  }

  private mutating func lowerInput(_ id: NodeID, _ node: Node) {
    guard let input = flow.inputs.firstIndex(of: id) else { preconditionFailure("'\(node.name)' is fed no images") }
    for planes in placement.planes(of: id) { emit(node, PackPlanesKernel(input: input), [], into: planes) }
    if placement.places[id.index] != nil { emit(node, PackKernel(input: input), [], into: place(id)) }
  }

  private mutating func lower(_ id: NodeID, _ node: Node, _ convolution: Convolution) throws {
    guard let algorithm = flow.algorithms[id.index] else { preconditionFailure("'\(node.name)' has no algorithm") }
    switch algorithm {
    case .winograd(let form) where training != nil: try lowerTrained(id, node, convolution, form)
    case .winograd(let form): try lower(id, node, convolution, form)
    case .direct, .depthwise:
      if let prologue = flow.prologues[id] {
        try lower(id, node, convolution, after: prologue)
      } else {
        try lower(id, node, convolution, .blocked, from: place(node.inputs[0]))
      }
    case .planar:
      let image = flow.source(of: node.inputs[0])
      guard let planes = placement.planes(of: image, padding: node.convolutionGeometry.padding) else {
        preconditionFailure("'\(node.name)' has no planes to read")
      }
      try lower(id, node, convolution, .planar, from: planes)
    }
  }

  func addend(_ node: Node, _ convolution: Convolution) -> [Place] {
    convolution.addsInput ? [place(node.inputs[1])] : []
  }

  private mutating func lower(
    _ id: NodeID, _ node: Node, _ convolution: Convolution, _ form: WinogradForm
  ) throws {
    let geometry = node.convolutionGeometry
    let pooling = flow.poolings[id]
    let cost = KernelCost.convolution(geometry, form, pools: pooling != nil)
    try reserve(cost, for: node)
    let packed =
      shared.winograd(node, geometry, form)
      ?? PackedWinograd(geometry, form, activation: convolution.activation, threads: threads) {
        packings.append(LayerPacking($0, for: node))
      }
    let scratch = placement.append(.scratch(packed.schedule))
    emit(
      node, WinogradKernel(layer: packed, convolution: convolution, pools: pooling != nil),
      [place(node.inputs[0])] + addend(node, convolution), into: place(pooling ?? id), scratch: scratch,
      output: pooling.map { flow.graph[$0].shape }, multiplyAccumulates: geometry.multiplyAccumulates, cost: cost)
  }

  private mutating func lower(
    _ id: NodeID, _ node: Node, _ convolution: Convolution, _ form: PackedConvolution.InputForm, from input: Place
  ) throws {
    let cost = KernelCost.convolution(node.convolutionGeometry, isPlanar: form == .planar)
    let packed = try pack(node, convolution, form, cost)
    keep(packed, of: node, weights: .convolutionWeights(packed))
    emit(
      node, ConvolutionKernel(layer: packed, convolution: convolution), [input] + addend(node, convolution),
      into: place(id), multiplyAccumulates: node.convolutionGeometry.multiplyAccumulates, cost: cost)
  }

  private mutating func pack(
    _ node: Node, _ convolution: Convolution, _ form: PackedConvolution.InputForm, _ cost: KernelCost
  ) throws -> PackedConvolution {
    let geometry = node.convolutionGeometry
    try reserve(cost, for: node)
    return shared.convolution(node, geometry, form)
      ?? PackedConvolution(geometry, activation: convolution.activation, inputForm: form) {
        packings.append(LayerPacking($0, for: node))
      }
  }

  /// A convolution that computes the node before, too.
  private mutating func lower(
    _ id: NodeID, _ node: Node, _ convolution: Convolution, after prologue: NodeID
  ) throws {
    let before = flow.graph[prologue]
    var cost = KernelCost.convolution(node.convolutionGeometry)
    let packed = try pack(node, convolution, .blocked, cost)
    let reads = flow.graph.prologueInputs(of: prologue).map { place($0) } + addend(node, convolution)
    var multiplyAccumulates = node.convolutionGeometry.multiplyAccumulates
    let kernel: any Kernel
    let floats: Int
    if case .convolution(let expansion) = before.operation {
      let ownCost = KernelCost.convolution(before.convolutionGeometry)
      let layer = ExpandedDepthwise(
        expansion: try pack(before, expansion, .blocked, ownCost), expansionName: before.name, depthwise: packed)
      kernel = ExpandedDepthwiseKernel(layer: layer, expansion: expansion, convolution: convolution)
      floats = packed.expandedFloats(after: layer.expansion, threads: threads)
      multiplyAccumulates += before.convolutionGeometry.multiplyAccumulates
      cost.add(ownCost)
    } else {
      cost.elementOperations += before.operation.traits.operations * Double(before.shape.elementCount)
      floats = packed.prologueFloats(threads: threads)
      if case .batchNorm(let norm) = before.operation {
        let layer = ScaledConvolution(scale: try scale(before, norm), scaleName: before.name, convolution: packed)
        kernel = ScaledConvolutionKernel(layer: layer, scaleActivation: norm.activation, convolution: convolution)
      } else {
        kernel = GatedConvolutionKernel(layer: packed, convolution: convolution)
      }
    }
    emit(
      node, kernel, reads, into: place(id), scratch: placement.append(.workspace(floats: floats)),
      multiplyAccumulates: multiplyAccumulates, cost: cost)
  }

  private mutating func lower(_ id: NodeID, _ node: Node, _ layer: TransposedConvolution) throws {
    let geometry = node.transposedGeometry
    let cost = KernelCost.convolution(geometry)
    try reserve(cost, for: node)
    let packed =
      shared.transposedConvolution(node, geometry)
      ?? PackedTransposedConvolution(geometry, activation: layer.activation) {
        packings.append(LayerPacking($0, for: node))
      }
    keep(packed, of: node, weights: .convolutionWeights(packed.convolution))
    let scratch = placement.append(.workspace(floats: geometry.dataGradientScratchFloats()))
    emit(
      node, TransposedConvolutionKernel(layer: packed), [place(node.inputs[0])], into: place(id), scratch: scratch,
      multiplyAccumulates: geometry.multiplyAccumulates, cost: cost)
  }

  private mutating func lower(_ id: NodeID, _ node: Node, _ layer: FullyConnected) throws {
    let source = flow.elements(of: node.inputs[0])
    let shape = flow.graph[source].shape
    let input = compact(source, for: node)
    let cost = KernelCost.fullyConnected(input: shape, outputFeatures: layer.outputFeatures)
    try reserve(cost, for: node)
    let packed =
      shared.fullyConnected(node, shape, layer.outputFeatures)
      ?? PackedFullyConnected(
        inputShape: shape, outputFeatures: layer.outputFeatures, activation: layer.activation
      ) {
        packings.append(LayerPacking($0, for: node))
      }
    keep(packed, of: node, weights: .fullyConnectedWeights(packed))
    emit(
      node, FullyConnectedKernel(layer: packed, activation: layer.activation), [input], into: place(id),
      multiplyAccumulates: shape.elementCount * layer.outputFeatures, cost: cost)
  }

  /// Where a map lies without a halo; copies it there if need be.
  mutating func compact(_ source: NodeID, for node: Node) -> Place {
    let place = place(source)
    guard case .blocked(let layout) = placement.buffers[place.buffer].form, !layout.halo.isNone else { return place }
    if let copy = compactCopies[source] { return copy }
    let shape = flow.graph[source].shape
    let buffer = placement.append(.blocked(BlockedLayout(shape)))
    let copy = Place(buffer: buffer, channels: 0..<shape.channels)
    compactCopies[source] = copy
    emit(node, CopyKernel(), [place], into: copy, output: shape)
    return copy
  }

  /// Copies the branches that could not be written straight into the whole.
  private mutating func lowerConcatenation(_ id: NodeID, _ node: Node) {
    let whole = place(id)
    let branches = node.inputs.map { place($0) }
    var offset = whole.channels.lowerBound
    var targets: [Place] = []
    for branch in branches {
      targets.append(Place(buffer: whole.buffer, channels: offset..<offset + branch.channels.count))
      offset += branch.channels.count
    }
    let areWholeBlocks = targets.allSatisfy { $0.channels.lowerBound % BlockedLayout.lanes == 0 }
    guard areWholeBlocks else {
      emit(node, ConcatenateKernel(), branches, into: whole)
      return
    }
    for (branch, target) in zip(branches, targets) where branch != target {
      emit(node, CopyKernel(), [branch], into: target)
    }
  }
}

extension ChannelScale {
  fileprivate init(_ norm: BatchNorm, _ parameters: [Parameter.Role: Tensor]) {
    self.init(
      scale: parameters[.weight]?.floats ?? [], shift: parameters[.bias]?.floats ?? [],
      mean: parameters[.runningMean]?.floats ?? [], variance: parameters[.runningVariance]?.floats ?? [],
      epsilon: norm.epsilon)
  }
}
