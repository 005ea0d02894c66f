import ZooGraph
import ZooKernels
import ZooTensor

/// Turns the nodes of a graph into steps, and lists the weights that are to be packed for them.
struct Lowering {
  private(set) var steps: [Step] = []
  private(set) var placement: Placement
  /// In the order of the steps; those of layers that are shared with other networks are packed already.
  private(set) var packings: [LayerPacking] = []
  private let flow: DataFlow
  /// For what is not packed later; `nil` to measure only.
  private let evaluator: ParameterEvaluator?
  private let shared: SharedWeights
  private let threads: Int
  /// Copies without a halo, made for fully connected layers.
  private var compactCopies: [NodeID: Place] = [:]
  /// What the packed weights take so far.
  private var packedBytes = 0.0

  init(_ flow: DataFlow, evaluator: ParameterEvaluator?, shared: SharedWeights, threads: Int) throws {
    self.flow = flow
    self.evaluator = evaluator
    self.shared = shared
    self.threads = threads
    placement = Placement(flow)
    for id in flow.computed {
      do {
        try lower(id)
      } catch let error as GeometryError {
        throw RuntimeError.geometry(node: flow.graph[id].name, error)
      }
    }
  }

  private func place(_ id: NodeID) -> Place {
    let source = flow.source(of: id)
    guard let place = placement.places[source.index] else {
      preconditionFailure("'\(flow.graph[source].name)' has no place")
    }
    return place
  }

  private mutating func emit(
    _ node: Node, _ kernel: String, _ action: Action, output: Shape? = nil, weightByteCount: Int = 0,
    multiplyAccumulates: Int = 0, cost: KernelCost? = nil
  ) {
    let inputs = node.inputs.map { flow.graph[$0].shape }
    let output = output ?? node.shape
    steps.append(
      Step(
        name: node.name, kernel: kernel, inputs: inputs, output: output, weightByteCount: weightByteCount,
        multiplyAccumulates: multiplyAccumulates,
        cost: cost
          ?? .elementwise(
            inputs: inputs, output: output, perElement: node.operation.operationsPerElement(input: inputs.first)),
        action: action))
  }

  /// Counts the packed weights of a node, before memory is taken for them.
  private mutating func reserve(_ cost: KernelCost, for node: Node) throws(RuntimeError) {
    packedBytes += cost.weightBytes
    guard packedBytes <= Double(CompiledNetwork.physicalMemory) else {
      throw .weightsTooLarge(
        node: node.name, byteCount: Int(exactly: packedBytes.rounded()) ?? .max,
        memory: CompiledNetwork.physicalMemory)
    }
  }

  private mutating func lower(_ id: NodeID) throws {
    let node = flow.graph[id]
    func input() -> Place { place(node.inputs[0]) }
    switch node.operation {
    case .input:
      for buffer in placement.planes.values.sorted() { emit(node, "pack planes", .packPlanes(into: buffer)) }
      if placement.places[id.index] != nil { emit(node, "pack", .pack(into: place(id))) }
    case .convolution(let convolution):
      try lower(id, node, convolution)
    case .locallyConnected(let layer):
      let geometry = node.convolutionGeometry
      let cost = KernelCost.locallyConnected(geometry)
      try reserve(cost, for: node)
      let packed =
        shared.locallyConnected(node, geometry)
        ?? PackedLocallyConnected(geometry) { packings.append(LayerPacking($0, for: node)) }
      emit(
        node, "locally connected \(layer.kernel)", .locallyConnect(packed, input(), into: place(id)),
        weightByteCount: packed.byteCount, multiplyAccumulates: packed.geometry.multiplyAccumulates,
        cost: cost)
    case .fullyConnected(let layer):
      try lower(id, node, layer)
    case .maxPool where flow.isPooledAtOnce(id): break
    case .maxPool(let pooling):
      emit(node, "max pool \(pooling.kernel)", .maxPool(node.poolingGeometry, input(), into: place(id)))
    case .averagePool(let pooling, let countsPadding):
      emit(
        node, "average pool \(pooling.kernel)",
        .averagePool(node.poolingGeometry, countsPadding: countsPadding, input(), into: place(id)))
    case .globalAveragePool, .adaptiveAveragePool:
      emit(node, "average pool to \(node.shape.extent)", .adaptiveAveragePool(input(), into: place(id)))
    case .activation(let activation):
      emit(node, activation.name, .activate(activation, input(), into: place(id)))
    case .batchNorm(let norm):
      let scale =
        try shared.scale(node)
        ?? evaluator.map { try ChannelScale(norm, $0.parameters(of: node)) }
        ?? ChannelScale(channels: node.shape.channels)
      emit(
        node, "batch norm", .scale(scale, input(), into: place(id)),
        weightByteCount: 2 * scale.channels * MemoryLayout<Float>.stride)
    case .localResponseNorm(let norm):
      emit(
        node, "local response norm \(norm.size)",
        .normalizeLocalResponse(
          size: norm.size, alpha: Float(norm.effectiveAlpha), beta: Float(norm.beta), k: Float(norm.k), input(),
          into: place(id)))
    case .softmax:
      emit(node, "softmax", .softmax(input(), into: place(id)))
    case .concat:
      lowerConcatenation(id, node)
    case .add(let activation):
      var inputs = node.inputs.map { place($0) }
      // A sum overwrites its first input, if any.
      if inputs.count == 2, inputs[1] == place(id) { inputs.swapAt(0, 1) }
      emit(
        node, "add" + (activation.map { " " + $0.name } ?? ""),
        .add(inputs, activation, into: place(id)))
    case .flatten:
      emit(node, "flatten", .flatten(input(), into: place(id)))
    case .subsample(let subsample):
      emit(
        node, "subsample",
        .subsample(
          stride: subsample.stride, channelsBefore: subsample.channelsBefore, input(), into: place(id)))
    case .dropout:
      preconditionFailure("dropout is looked through")
    }
  }

  private mutating func lower(_ id: NodeID, _ node: Node, _ convolution: Convolution) throws {
    let geometry = node.convolutionGeometry
    let addend = convolution.addsInput ? place(node.inputs[1]) : nil
    let fused = (addend == nil ? "" : " add") + (convolution.activation.map { " " + $0.name } ?? "")
    if let form = flow.winograd(id) {
      let pooling = flow.poolings[id]
      let cost = KernelCost.convolution(geometry, form, pools: pooling != nil)
      try reserve(cost, for: node)
      let packed =
        shared.winograd(node, geometry, form)
        ?? PackedWinograd(
          geometry, form, activation: convolution.activation, threads: threads
        ) {
          packings.append(LayerPacking($0, for: node))
        }
      let scratch = placement.append(.scratch(packed.schedule))
      emit(
        node,
        "winograd \(form.outputs)×\(form.outputs), \(convolution.kernel)" + fused
          + (pooling == nil ? "" : ", max pool 2×2"),
        .convolveWinograd(
          packed, place(node.inputs[0]), adding: addend, pools: pooling != nil, into: place(pooling ?? id),
          scratch: scratch),
        output: pooling.map { flow.graph[$0].shape }, weightByteCount: packed.byteCount,
        multiplyAccumulates: geometry.multiplyAccumulates,
        cost: cost)
      return
    }
    let planes = flow.isPlanar(id) ? placement.planes[geometry.padding] : nil
    let cost = KernelCost.convolution(geometry, isPlanar: planes != nil)
    try reserve(cost, for: node)
    let inputForm: PackedConvolution.InputForm = planes == nil ? .blocked : .planar
    let packed =
      shared.convolution(node, geometry, inputForm)
      ?? PackedConvolution(geometry, activation: convolution.activation, inputForm: inputForm) {
        packings.append(LayerPacking($0, for: node))
      }
    let action: Action =
      if let planes {
        .convolvePlanes(packed, planes, adding: addend, into: place(id))
      } else {
        .convolve(packed, place(node.inputs[0]), adding: addend, into: place(id))
      }
    emit(
      node, (planes == nil ? "convolution " : "planar convolution ") + "\(convolution.kernel)" + fused, action,
      weightByteCount: packed.byteCount, multiplyAccumulates: geometry.multiplyAccumulates,
      cost: cost)
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
    emit(
      node, "fully connected" + (layer.activation.map { " " + $0.name } ?? ""),
      .fullyConnect(packed, input, into: place(id)), weightByteCount: packed.byteCount,
      multiplyAccumulates: shape.elementCount * layer.outputFeatures, cost: cost)
  }

  /// Where a map lies without a halo; copies it there if need be.
  private mutating func compact(_ source: NodeID, for node: Node) -> Place {
    let place = place(source)
    guard case .blocked(let layout) = placement.buffers[place.buffer].form, !layout.halo.isNone else { return place }
    if let copy = compactCopies[source] { return copy }
    let shape = flow.graph[source].shape
    let buffer = placement.append(.blocked(BlockedLayout(shape)))
    let copy = Place(buffer: buffer, channels: 0..<shape.channels)
    compactCopies[source] = copy
    emit(node, "copy", .activate(nil, place, into: copy), output: shape)
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
      emit(node, "concatenate", .concatenate(branches, into: whole))
      return
    }
    for (branch, target) in zip(branches, targets) where branch != target {
      emit(node, "copy", .activate(nil, branch, into: target))
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

extension Operation {
  /// About how many floating-point operations each element of the result takes, where there are no weights.
  ///
  /// - Parameter input: the shape of the first input
  fileprivate func operationsPerElement(input: Shape?) -> Double {
    switch self {
    case .maxPool(let pooling), .averagePool(let pooling, _): Double(pooling.kernel.area)
    case .globalAveragePool, .adaptiveAveragePool(Extent(1)): Double(input?.extent.area ?? 1)
    case .add, .batchNorm: 2
    case .activation(let function): function.operations
    case .softmax: 30
    case .localResponseNorm(let norm): 2 * Double(norm.size) + 50
    case .input, .convolution, .locallyConnected, .fullyConnected, .adaptiveAveragePool, .dropout, .concat, .flatten,
      .subsample:
      1
    }
  }
}
