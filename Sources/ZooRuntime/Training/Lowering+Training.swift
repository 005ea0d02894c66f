import ZooGraph
import ZooKernels
import ZooTensor

/// What only a training graph has.
extension Lowering {
  /// What is kept between steps.
  private var memory: TrainingMemory {
    guard let training else { preconditionFailure("the graph is not lowered for training") }
    return training
  }

  /// Keeps a layer's weights, where something is trained.
  func keep(
    _ layer: some PackedLayer, of node: Node, weights: TrainedTensor.Layout, bias: TrainedTensor.Layout = .vector
  ) {
    training?.keep(layer, of: node, weights: weights, bias: bias)
  }

  /// Memory for the time that a kernel runs.
  private mutating func workspace(_ floats: Int) -> Int? {
    floats > 0 ? placement.append(.workspace(floats: floats)) : nil
  }

  /// Memory for sums over the images, of a map like a node's value.
  private mutating func batchWorkspace(_ id: NodeID) -> Int? {
    workspace(Machine.batchScratchFloats(BlockedLayout(flow.graph[id].shape), images: memory.batch))
  }

  /// A convolution by Winograd's algorithm, whose weights are transformed before each pass.
  mutating func lowerTrained(
    _ id: NodeID, _ node: Node, _ convolution: Convolution, _ form: WinogradForm
  ) throws {
    let geometry = node.convolutionGeometry
    let cost = KernelCost.convolution(geometry, form)
    try reserve(cost, for: node)
    let layer = PackedConvolution(geometry, activation: convolution.activation, inputForm: .blocked) {
      packings.append(LayerPacking($0, for: node))
    }
    keep(layer, of: node, weights: .convolutionWeights(layer))
    let frequencies = memory.frequencies(PackedWinograd.frequencyFloats(geometry, form))
    let winograd = PackedWinograd(
      of: layer, form, frequencies: frequencies.floats, owner: frequencies, threads: threads)
    let scratch = placement.append(.scratch(winograd.schedule))
    emit(
      node, TrainedWinogradKernel(layer: layer, winograd: winograd, convolution: convolution),
      [place(node.inputs[0])] + addend(node, convolution), into: place(id), scratch: scratch,
      multiplyAccumulates: geometry.multiplyAccumulates, cost: cost)
  }

  /// The gradient to a convolution's input by Winograd's algorithm.
  private mutating func lowerData(
    _ id: NodeID, _ node: Node, _ layer: PackedConvolution, _ form: WinogradForm, _ reads: [Place]
  ) {
    guard let rotated = layer.geometry.rotated else { preconditionFailure("'\(node.name)' cannot be turned round") }
    let frequencies = memory.frequencies(PackedWinograd.frequencyFloats(rotated, form))
    let winograd = PackedWinograd(
      dataGradientOf: layer, form, frequencies: frequencies.floats, owner: frequencies, threads: threads)
    let scratch = placement.append(.scratch(winograd.schedule))
    emit(
      node, WinogradDataGradientKernel(layer: layer, winograd: winograd), reads, into: place(id), scratch: scratch,
      multiplyAccumulates: layer.geometry.multiplyAccumulates, cost: .convolution(rotated, form))
  }

  mutating func lowerMask(_ id: NodeID, _ node: Node, _ mask: RandomMask) {
    emit(node, RandomMaskKernel(mask: mask, position: memory.position), [place(node.inputs[0])], into: place(id))
  }

  mutating func lowerStatistics(_ id: NodeID, _ node: Node) {
    let input = node.inputs[0]
    let statistics = memory.statistics(id, channels: flow.graph[input].shape.channels)
    let scratch = batchWorkspace(input)
    emit(node, BatchStatisticsKernel(statistics: statistics), [place(input)], into: nil, scratch: scratch)
  }

  mutating func lower(_ id: NodeID, _ node: Node, _ norm: BatchNorm) throws {
    let channels = node.shape.channels
    let numbers = try evaluator?.parameters(of: node) ?? [:]
    func pairs(_ roles: [Parameter.Role]) -> ChannelPairs {
      memory.keepPairs(
        roles.map { node.parameter($0)?.value.tensors.first?.name ?? "" }, channels: channels, roles.map { numbers[$0] }
      )
    }
    let parameters = pairs([.weight, .bias])
    let kept = NormMemory(
      parameters: parameters,
      statistics: norm.usesBatch
        ? memory.statistics(node.inputs[1], channels: channels) : pairs([.runningMean, .runningVariance]),
      epsilon: Float(norm.epsilon), activation: norm.activation,
      tensors: [Parameter.Role.weight, .bias].map { node.parameter($0)?.value.tensors.first?.name ?? "" })
    memory.keep(kept, of: node)
    emit(node, BatchNormKernel(norm: kept), [place(node.inputs[0])], into: place(id))
  }

  mutating func lower(_ id: NodeID, _ node: Node, _ gradient: Gradient) throws {
    switch gradient.target {
    case .input(let index): lower(id, node, gradient, input: index)
    case .parameter(let role): lower(id, node, gradient, parameter: role)
    }
  }

  /// The gradient with respect to what the images feed in.
  private mutating func lower(_ id: NodeID, _ node: Node, _ gradient: Gradient, input index: Int) {
    func reads(_ count: Int) -> [Place] { node.inputs.prefix(count).map { place($0) } }
    switch gradient.operation {
    case .convolution:
      let layer: PackedConvolution = memory.layer(gradient.layer)
      if case .winograd(let form)? = flow.algorithms[id.index] {
        return lowerData(id, node, layer, form, reads(gradient.addsShare ? 2 : 1))
      }
      // Of windows that lie in the padding alone no weight is read.
      let scratch = workspace(max(1, layer.geometry.dataGradientScratchFloats(inputForm: layer.inputForm)))
      let cost = KernelCost.convolution(layer.geometry)
      emit(
        node, DataGradientKernel(layer: layer), reads(gradient.addsShare ? 2 : 1), into: place(id), scratch: scratch,
        multiplyAccumulates: layer.geometry.multiplyAccumulates, cost: cost)
    case .locallyConnected:
      let layer: PackedLocallyConnected = memory.layer(gradient.layer)
      emit(
        node, LocallyConnectedDataGradientKernel(layer: layer), reads(1), into: place(id),
        multiplyAccumulates: layer.geometry.multiplyAccumulates, cost: .locallyConnected(layer.geometry))
    case .fullyConnected(let connected):
      let layer: PackedFullyConnected = memory.layer(gradient.layer)
      emit(
        node, FullyConnectedDataGradientKernel(layer: layer), reads(1), into: place(id),
        multiplyAccumulates: node.shape.elementCount * connected.outputFeatures,
        cost: .fullyConnected(input: node.shape, outputFeatures: connected.outputFeatures))
    case .maxPool:
      emit(node, MaxPoolGradientKernel(geometry: node.poolingGeometry), reads(2), into: place(id))
    case .averagePool(_, let countsPadding):
      emit(
        node, AveragePoolGradientKernel(geometry: node.poolingGeometry, countsPadding: countsPadding), reads(1),
        into: place(id))
    case .globalAveragePool, .adaptiveAveragePool, .mean:
      emit(node, AdaptiveAveragePoolGradientKernel(), reads(1), into: place(id))
    case .transposedConvolution:
      let layer: PackedTransposedConvolution = memory.layer(gradient.layer)
      emit(
        node, TransposedDataGradientKernel(layer: layer), reads(1), into: place(id),
        multiplyAccumulates: layer.geometry.multiplyAccumulates, cost: .convolution(layer.geometry))
    case .pad, .upsample:
      emit(
        node, ResamplingKernel(gradientOf: node.resampling, what: gradient.operation.kind.name), reads(1),
        into: place(id))
    case .globalMaxPool, .adaptiveMaxPool:
      emit(node, AdaptiveMaxPoolGradientKernel(), reads(2), into: place(id))
    case .activation(let function):
      emit(node, ActivationGradientKernel(function: function), reads(2), into: place(id))
    case .prelu:
      let slopes: ChannelSlopes = memory.layer(gradient.layer)
      emit(node, PReLUGradientKernel(slopes: slopes), reads(2), into: place(id))
    case .batchNorm(let norm) where norm.usesBatch:
      let mask = gradient.operation.masksGradient ? [place(node.inputs[5])] : []
      emit(
        node, BatchNormDataGradientKernel(norm: memory.norm(gradient.layer), isThroughStatistics: true),
        reads(2) + mask, into: place(id))
    case .batchNorm:
      let kernel = BatchNormDataGradientKernel(norm: memory.norm(gradient.layer), isThroughStatistics: false)
      emit(node, kernel, reads(1), into: place(id))
    case .localResponseNorm(let norm):
      emit(node, LocalResponseNormGradientKernel(norm: norm), reads(2), into: place(id))
    case .normalization(let norm):
      let scratch = Machine.normalizationScratch(BlockedLayout(node.shape), groups: norm.groups).map {
        placement.append(.blocked($0))
      }
      emit(
        node,
        NormalizationGradientKernel(
          layer: memory.layer(gradient.layer), groups: norm.groups, epsilon: Float(norm.epsilon)),
        reads(2), into: place(id), scratch: scratch)
    case .randomMask(let mask): lowerMask(id, node, mask)
    case .softmax: emit(node, SoftmaxGradientKernel(), reads(2), into: place(id))
    case .concat:
      let before = gradient.inputs[..<index].reduce(0) { $0 + $1.channels }
      let channels = Array(before..<before + node.shape.channels)
      emit(node, SelectChannelsKernel(name: "slice", channels: channels), reads(1), into: place(id))
    case .join(let join, _, _) where join.takesGates:
      emit(node, MultiplyGradientKernel(), reads(node.inputs.count), into: place(id))
    case .flatten: emit(node, UnflattenKernel(), reads(1), into: place(id))
    case .selectChannels:
      let kernel = SelectChannelsKernel(
        name: "\(gradient.operation.kind) gradient", channels: gradient.channelsOfInput(index))
      emit(node, kernel, reads(1), into: place(id))
    case .subsample(let subsample):
      emit(node, SubsampleGradientKernel(subsample: subsample), reads(1), into: place(id))
    case .loss(let loss, let weight):
      emit(
        node, LossGradientKernel(loss: loss, weight: weight, factor: memory.lossFactor), reads(2), into: place(id))
    case .input, .dropout, .join, .parameter, .batchMean, .batchStatistics, .gradient:
      preconditionFailure("\(gradient.operation.kind) has no gradient")
    }
  }

  /// The gradient with respect to a parameter. What makes two at once does so with the first.
  private mutating func lower(_ id: NodeID, _ node: Node, _ gradient: Gradient, parameter role: Parameter.Role) {
    let tensor = memory.learning[id]
    let dy = place(node.inputs[0])
    switch (gradient.operation, role) {
    case (.convolution, .weight):
      guard let tensor else { return }
      let layer: PackedConvolution = memory.layer(gradient.layer)
      let bias = memory.learningTensor(.bias, of: gradient.layer).map { memory.gradient($0) }
      let form: WinogradForm? = if case .winograd(let form)? = flow.algorithms[id.index] { form } else { nil }
      let scratch = workspace(
        form.map { layer.geometry.filterGradientScratchFloats($0, images: memory.batch, threads: threads) }
          ?? layer.geometry.filterGradientScratchFloats(
            inputForm: layer.inputForm, images: memory.batch, threads: threads))
      let kernel = FilterGradientKernel(layer: layer, form: form, weights: memory.gradient(tensor), bias: bias)
      emit(
        node, kernel, [dy, input(of: node, layer)], into: nil, scratch: scratch,
        multiplyAccumulates: layer.geometry.multiplyAccumulates, cost: .convolution(layer.geometry))
    case (.transposedConvolution, .weight):
      guard let tensor else { return }
      let packed: PackedTransposedConvolution = memory.layer(gradient.layer)
      let layer = packed.convolution
      let scratch = workspace(
        layer.geometry.filterGradientScratchFloats(inputForm: .blocked, images: memory.batch, threads: threads))
      // What the convolution reads is the value, what it gives the input.
      emit(
        node, FilterGradientKernel(layer: layer, form: nil, weights: memory.gradient(tensor), bias: nil),
        [place(node.inputs[1]), dy], into: nil, scratch: scratch,
        multiplyAccumulates: layer.geometry.multiplyAccumulates, cost: .convolution(layer.geometry))
    case (.transposedConvolution, .bias):
      guard let tensor else { return }
      lowerBias(node, tensor, dy)
    case (.locallyConnected, .weight):
      guard let tensor else { return }
      let layer: PackedLocallyConnected = memory.layer(gradient.layer)
      let kernel = LocallyConnectedFilterGradientKernel(
        layer: layer, weights: memory.gradient(tensor),
        bias: memory.learningTensor(.bias, of: gradient.layer).map { memory.gradient($0) })
      let scratch = workspace(
        layer.geometry.locallyConnectedGradientScratchFloats(images: memory.batch, threads: threads))
      emit(
        node, kernel, [dy, place(node.inputs[1])], into: nil, scratch: scratch,
        multiplyAccumulates: layer.geometry.multiplyAccumulates, cost: .locallyConnected(layer.geometry))
    case (.fullyConnected(let connected), .weight):
      guard let tensor else { return }
      let layer: PackedFullyConnected = memory.layer(gradient.layer)
      let source = flow.elements(of: node.inputs[1])
      let shape = flow.graph[source].shape
      emit(
        node, FullyConnectedWeightGradientKernel(layer: layer, weights: memory.gradient(tensor)),
        [dy, compact(source, for: node)], into: nil,
        multiplyAccumulates: shape.elementCount * connected.outputFeatures,
        cost: .fullyConnected(input: shape, outputFeatures: connected.outputFeatures))
    case (.locallyConnected, .bias):
      // Each position has a bias of its own.
      guard let tensor, memory.learningTensor(.weight, of: gradient.layer) == nil else { return }
      preconditionFailure("'\(tensor)' learns without its weights")
    case (.convolution, .bias):
      guard let tensor, memory.learningTensor(.weight, of: gradient.layer) == nil else { return }
      lowerBias(node, tensor, dy)
    case (.fullyConnected, .bias), (.normalization, .bias):
      guard let tensor else { return }
      lowerBias(node, tensor, dy)
    case (.batchNorm, .weight):
      let mask = gradient.operation.masksGradient ? [place(node.inputs[3])] : []
      lowerNorm(node, gradient, [dy, place(node.inputs[1])] + mask)
    case (.batchNorm, .bias): break
    case (.normalization(let norm), .weight):
      guard let tensor else { return }
      let layout = BlockedLayout(flow.graph[node.inputs[0]].shape)
      let scratch = placement.append(.blocked(Machine.normalizationWeightScratch(layout, groups: norm.groups)))
      emit(
        node,
        NormalizationWeightGradientKernel(
          groups: norm.groups, epsilon: Float(norm.epsilon), weights: memory.gradient(tensor)),
        [dy, place(node.inputs[1])], into: nil, scratch: scratch)
    case (.prelu(let isShared), .weight):
      guard let tensor else { return }
      let scratch = batchWorkspace(node.inputs[0])
      emit(
        node, PReLUSlopeGradientKernel(isShared: isShared, slopes: memory.gradient(tensor)),
        [dy, place(node.inputs[1])], into: nil, scratch: scratch)
    case (.convolution, _), (.locallyConnected, _), (.fullyConnected, _), (.batchNorm, _), (.normalization, _),
      (.prelu, _), (.input, _),
      (.maxPool, _), (.averagePool, _), (.globalAveragePool, _), (.adaptiveAveragePool, _), (.activation, _),
      (.globalMaxPool, _), (.adaptiveMaxPool, _), (.mean, _), (.pad, _), (.upsample, _),
      (.transposedConvolution, _),
      (.localResponseNorm, _), (.dropout, _), (.softmax, _), (.concat, _), (.join, _), (.flatten, _),
      (.selectChannels, _), (.subsample, _), (.parameter, _), (.batchMean, _), (.randomMask, _), (.batchStatistics, _),
      (.loss, _),
      (.gradient, _):
      preconditionFailure("\(gradient.operation.kind) has no gradient to \(role)")
    }
  }

  private mutating func lowerBias(_ node: Node, _ tensor: String, _ dy: Place) {
    let scratch = batchWorkspace(node.inputs[0])
    // A convolution's biases have zeros behind them.
    let gradient = memory.gradient(tensor)
    let count = BlockedLayout(flow.graph[node.inputs[0]].shape).blocks * BlockedLayout.lanes
    let bias = FloatBuffer(UnsafePointer(gradient.floats), count: count, owner: gradient)
    emit(node, BiasGradientKernel(bias: bias), [dy], into: nil, scratch: scratch)
  }

  /// Both gradients of a norm, which its input's gradient needs, whether they are learned from or not.
  private mutating func lowerNorm(_ node: Node, _ gradient: Gradient, _ reads: [Place]) {
    let norm = memory.norm(gradient.layer)
    let scratch = batchWorkspace(node.inputs[0])
    memory.keepGradients(of: norm, learning: Array(memory.learning.values))
    emit(node, BatchNormParameterGradientKernel(norm: norm), reads, into: nil, scratch: scratch)
  }

  /// Where a convolution's input lies as its kernel reads it.
  private func input(of node: Node, _ layer: PackedConvolution) -> Place {
    guard layer.inputForm == .planar else { return place(node.inputs[1]) }
    let image = flow.source(of: node.inputs[1])
    guard let planes = placement.planes(of: image, padding: layer.geometry.padding) else {
      preconditionFailure("'\(node.name)' has no planes to read")
    }
    return planes
  }
}
