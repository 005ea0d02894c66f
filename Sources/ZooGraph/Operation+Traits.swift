import ZooTensor

/// What passes, analyses and back ends rely on in an operation, beside its shape rule.
public struct OperationTraits: Sendable {
  /// What an element of the result depends on.
  public enum Reach: Hashable, Sendable {
    /// On no other value.
    case nothing
    /// On the same position of the inputs.
    case position
    /// On a window of the input.
    case window(kernel: Extent, stride: Extent, padding: PaddingRule, dilation: Extent)
    /// On a window of the input, chosen so that the result has its extent.
    case share
    /// On all positions: the result is of the input's shape, whatever the size.
    case map
    /// On some rows and columns of the input, as the node's geometry has it.
    case geometry
    /// On everything, in an order: the result is a vector.
    case elements
    /// On everything, through weights of its own for each place.
    case everything
  }

  /// Which input an operation may overwrite while it computes, of those that have the result's shape.
  public enum Overwriting: Hashable, Sendable {
    case none
    case any
    /// It goes from left to right, so that of more than two inputs only the first may be overwritten.
    case summand
    /// Any but the first.
    case addend
  }

  /// How the results lie to the numbers of the inputs.
  public enum Range: Hashable, Sendable {
    /// Anywhere.
    case any
    /// Each is a mean of elements of one channel, or one of them.
    case means
    /// Where those of the inputs are from 0 to 1, so are these.
    case unitInterval
  }

  /// How many inputs the operation reads.
  public var inputs = 1...1
  /// What an element of the result depends on.
  public var reach = Reach.position
  /// Which input may be overwritten.
  public var overwrites = Overwriting.none
  /// How the results lie to the numbers of the inputs.
  public var range = Range.any
  /// What it does to small and large numbers, if it is a function of one number.
  public var curve: Activation.Curve?
  /// The inputs, counted from 0, whose gradient is that of the result as it is.
  public var passesGradient = 0..<0
  /// Whether its parameters are those of a norm, which weight decay may leave out.
  public var isNorm = false
  /// Whether the elements are those of the first input in their order, while not training, whatever the shapes.
  public var keepsElements = false
  /// Whether the result is one value for the whole batch, whatever the inputs are.
  public var joinsBatch = false
  /// Whether each element comes from those at its place alone, and numbers that belong to its channel.
  public var isElementwise = false
  /// Whether numbers belong to channels, or channels are compared, so that a vector that was a map before is another thing.
  public var tellsChannels = false
  /// About how many floating-point operations an element takes, where there are no weights.
  public var operations = 1.0
}

extension Operation {
  /// The operation's traits.
  public var traits: OperationTraits {
    var traits = OperationTraits()
    switch self {
    case .input:
      traits.inputs = 0...0
      traits.reach = .nothing
    case .parameter:
      traits.inputs = 0...0
      traits.reach = .nothing
      traits.joinsBatch = true
    case .convolution(let layer):
      traits.inputs = layer.addsInput ? 2...2 : 1...1
      traits.reach = .window(
        kernel: layer.kernel, stride: layer.stride, padding: layer.padding, dilation: layer.dilation)
      traits.overwrites = layer.addsInput ? .addend : .none
      traits.passesGradient = layer.addsInput ? 1..<2 : 0..<0
    case .locallyConnected(let layer):
      traits.reach = .window(
        kernel: layer.kernel, stride: layer.stride, padding: layer.padding, dilation: Extent(1))
    case .fullyConnected:
      traits.reach = .everything
    case .maxPool(let pooling):
      traits.reach = pooling.reach
      traits.range = .unitInterval
      traits.operations = Double(pooling.kernel.area)
    case .averagePool(let pooling, let countsPadding):
      traits.reach = pooling.reach
      traits.range = pooling.padding.isNone || !countsPadding ? .means : .unitInterval
      traits.operations = Double(pooling.kernel.area)
    case .globalAveragePool, .adaptiveAveragePool, .mean:
      traits.reach = .share
      traits.range = .means
    case .globalMaxPool, .adaptiveMaxPool:
      traits.reach = .share
      traits.range = .unitInterval
    case .transposedConvolution:
      traits.reach = .geometry
    case .pad(let layer):
      traits.reach = .geometry
      traits.range = layer.mode == .zero ? .unitInterval : .means
    case .upsample(let layer):
      traits.reach = .geometry
      traits.range = .means
      traits.operations = layer.mode == .nearest ? 1 : 8
    case .activation(let function):
      traits.overwrites = .any
      traits.curve = function.curve
      traits.isElementwise = true
      traits.operations = function.operations
    case .prelu:
      traits.overwrites = .any
      traits.curve = .leaky
      traits.isElementwise = true
      traits.tellsChannels = true
      traits.operations = 2
    case .batchNorm(let norm):
      if norm.usesBatch { traits.inputs = 2...2 }
      traits.isNorm = norm.hasStatistics
      traits.overwrites = .any
      traits.isElementwise = true
      traits.tellsChannels = true
      traits.operations = 2
    case .localResponseNorm(let norm):
      traits.tellsChannels = true
      traits.operations = 2 * Double(norm.size) + 50
    case .normalization(let norm):
      traits.reach = norm.groups == nil ? .position : .map
      traits.isNorm = true
      traits.overwrites = .any
      traits.tellsChannels = true
      traits.operations = 8
    case .dropout:
      traits.passesGradient = 0..<1
      traits.keepsElements = true
      traits.isElementwise = true
    case .softmax:
      traits.overwrites = .any
      traits.tellsChannels = true
      traits.operations = 30
    case .concat:
      traits.inputs = 1...1024
      traits.range = .unitInterval
    case .join(let join, _, _):
      traits.inputs = 2...16
      traits.overwrites = .summand
      traits.range = join.keepsUnitInterval ? .unitInterval : .any
      traits.passesGradient = join.takesGates ? 0..<0 : 0..<16
      traits.isElementwise = true
      traits.operations = 2
    case .flatten:
      traits.reach = .elements
      traits.keepsElements = true
    case .selectChannels(let selection):
      if case .listed = selection { traits.inputs = 1...1024 }
      traits.range = .unitInterval
      traits.tellsChannels = true
    case .subsample(let layer):
      traits.reach = .window(
        kernel: Extent(1), stride: layer.stride, padding: .fixed(.none), dilation: Extent(1))
      traits.range = layer.channelsBefore + layer.channelsAfter == 0 ? .means : .unitInterval
    case .batchMean:
      traits.range = .means
      traits.joinsBatch = true
    case .randomMask:
      traits.overwrites = .any
      traits.isElementwise = true
      traits.operations = 8
    case .batchStatistics:
      traits.reach = .everything
      traits.joinsBatch = true
      traits.operations = 4
    case .loss:
      traits.inputs = 2...2
      traits.reach = .everything
      traits.operations = 30
    case .gradient(let gradient):
      let forward = gradient.operation.traits
      let reads =
        gradient.needs.values.count + (gradient.needs.readsOutputGradient ? 1 : 0) + (gradient.addsShare ? 1 : 0)
      traits.inputs = reads...reads
      traits.operations = 2 * forward.operations
      switch gradient.target {
      case .parameter: traits.joinsBatch = true
      case .input:
        traits.keepsElements = gradient.operation == .flatten
        // That of a gate is a sum over its map.
        let isJoined = if case .join = gradient.operation { true } else { false }
        let isElementwise = forward.isElementwise && !isJoined
        traits.isElementwise = isElementwise
        traits.overwrites = gradient.addsShare ? .addend : isElementwise ? .any : .none
      }
      traits.reach = traits.isElementwise ? .position : traits.keepsElements ? .elements : .everything
    }
    return traits
  }

  /// The function that is applied to the result at once: set by fusion, but for a sum's own.
  public var fusedActivation: Activation? {
    switch self {
    case .convolution(let layer): layer.activation
    case .fullyConnected(let layer): layer.activation
    case .transposedConvolution(let layer): layer.activation
    case .join(_, let activation, _): activation
    case .batchNorm(let norm): norm.activation
    case .input, .locallyConnected, .maxPool, .averagePool, .globalAveragePool, .adaptiveAveragePool, .activation,
      .globalMaxPool, .adaptiveMaxPool, .mean, .pad, .upsample, .prelu, .localResponseNorm, .normalization, .dropout,
      .softmax, .concat, .flatten, .selectChannels, .subsample, .parameter, .batchMean,
      .randomMask, .batchStatistics, .loss, .gradient:
      nil
    }
  }

  /// The operation with a function applied to its result at once; `nil` where no kernel does, or one is applied already.
  func fusing(_ activation: Activation) -> Operation? {
    fusedActivation == nil ? withActivation(activation) : nil
  }

  /// The operation with another function, or none, applied to its result at once; `nil` where no kernel applies one.
  func withActivation(_ activation: Activation?) -> Operation? {
    switch self {
    case .convolution(var layer):
      layer.activation = activation
      return .convolution(layer)
    case .fullyConnected(var layer):
      layer.activation = activation
      return .fullyConnected(layer)
    case .transposedConvolution(var layer):
      layer.activation = activation
      return .transposedConvolution(layer)
    // A product is computed by what reads it, where that pays.
    case .join(let join, _, let depth):
      return join.takesGates ? nil : .join(join, activation, stochasticDepth: depth)
    // What could be folded into the layer before is, by then.
    case .batchNorm(var norm):
      norm.activation = activation
      return .batchNorm(norm)
    case .input, .locallyConnected, .maxPool, .averagePool, .globalAveragePool, .adaptiveAveragePool, .activation,
      .globalMaxPool, .adaptiveMaxPool, .mean, .pad, .upsample, .prelu, .localResponseNorm, .normalization, .dropout,
      .softmax, .concat, .flatten, .selectChannels, .subsample, .parameter, .batchMean, .randomMask, .batchStatistics,
      .loss, .gradient:
      return nil
    }
  }

  /// Whether a second input is added to the result at once (set by fusion).
  var addsInput: Bool {
    if case .convolution(let layer) = self { layer.addsInput } else { false }
  }

  /// Whether a definition can say it: no part of it was set by fusion, and it is no operation of training.
  public var isWritable: Bool {
    fusedActivation == nil && !addsInput && OperationKind(word: kind.word) != nil
  }

  /// The same with the padding that it has for an input of this extent, whatever the input; `self` where nothing depends
  /// on the input.
  func withFixedPadding(for input: Extent) -> Operation {
    guard case .window(let kernel, let stride, .same, let dilation) = traits.reach,
      let attribute = kind.attribute("padding")
    else { return self }
    var operation = self
    let padding = PaddingRule.same.padding(input: input, kernel: kernel, stride: stride, dilation: dilation)
    attribute.set(.padding(.fixed(padding)), of: &operation)
    return operation
  }
}

extension Pooling {
  fileprivate var reach: OperationTraits.Reach {
    .window(kernel: kernel, stride: stride, padding: padding, dilation: Extent(1))
  }
}

extension Graph {
  /// Whether the node's value has the elements of its input in their order, while not training.
  func keepsValue(_ id: NodeID) -> Bool {
    let node = self[id]
    let traits = node.operation.traits
    if traits.keepsElements { return true }
    guard traits.range != .any, node.inputs.count == 1, self[node.inputs[0]].shape == node.shape else { return false }
    switch traits.reach {
    // A concatenation of one input, a slice of all channels.
    case .position: return node.scope == self[node.inputs[0]].scope && selectsAllInOrder(node)
    case .window(let kernel, let stride, let padding, _):
      return kernel == Extent(1) && stride == Extent(1)
        && padding.padding(input: node.shape.extent, kernel: kernel, stride: stride).isNone
    case .share, .geometry: return true
    case .nothing, .map, .elements, .everything: return false
    }
  }
}
