import ZooGraph
import ZooTensor

extension KerasImporter {
  // MARK: Numbers of the file

  /// The tensor at `index` of the `count` that a layer must have.
  func numbers(_ call: KerasCall, _ index: Int, of count: Int) throws -> Tensor {
    guard call.tensors.count == count, index < count else {
      throw invalid(
        call.layer.name,
        "\(call.layer.type) must have \(count) tensors, and the file has \(call.tensors.count) for it"
          + (call.tensors.isEmpty ? "" : " (\(call.tensors.prefix(8).joined(separator: ", ")))"))
    }
    return try checkpoint.tensor(named: call.tensors[index]).convertedToFloat32()
  }

  /// As above, with its axes in another order; `shape`: what the file must have.
  private func numbers(
    _ call: KerasCall, _ index: Int, of count: Int, shape: [Int], order: [Int]
  ) throws -> Tensor {
    let tensor = try numbers(call, index, of: count)
    guard tensor.shape.dimensions == shape else {
      let expected = shape.map(String.init).joined(separator: "×")
      throw invalid(call.layer.name, "'\(call.tensors[index])' must be \(expected), found \(tensor.shape)")
    }
    return transposed(tensor, order)
  }

  /// The tensor whose axis `i` is the file's axis `order[i]`.
  private func transposed(_ tensor: Tensor, _ order: [Int]) -> Tensor {
    let sides = tensor.shape.dimensions
    var strides = [Int](repeating: 1, count: sides.count)
    for axis in sides.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * sides[axis + 1] }
    let (target, steps) = (order.map { sides[$0] }, order.map { strides[$0] })
    let source = tensor.floats
    var values: [Float] = []
    values.reserveCapacity(source.count)
    var index = [Int](repeating: 0, count: target.count)
    var place = 0
    for _ in 0..<source.count {
      values.append(source[place])
      for axis in target.indices.reversed() {
        index[axis] += 1
        place += steps[axis]
        if index[axis] < target[axis] { break }
        place -= steps[axis] * target[axis]
        index[axis] = 0
      }
    }
    return Tensor(shape: Shape(target), floats: values)
  }

  private func bias(_ call: KerasCall, _ hasBias: Bool, at index: Int) throws -> [Parameter.Role: Tensor] {
    hasBias ? [.bias: try numbers(call, index, of: index + 1)] : [:]
  }

  private func rule(_ isSame: Bool) -> PaddingRule { isSame ? .same : .fixed(.none) }

  /// Adds what a layer says about its activation.
  private mutating func activated(_ call: KerasCall, _ node: NodeID, isVector: Bool = false) throws -> KerasValue {
    try activation(call.attributes.json["activation"], call, KerasValue(node: node, isVector: isVector))
  }

  // MARK: Convolutions

  mutating func convolution(_ call: KerasCall, _ value: KerasValue) throws -> KerasValue {
    guard !value.isVector else { throw KerasRefusal("Conv2D of a vector") }
    let attributes = call.attributes
    let (filters, hasBias) = (try attributes.integer("filters"), attributes.bool("use_bias", or: true))
    let (kernel, stride) = (try attributes.extent("kernel_size"), try attributes.extent("strides", or: 1))
    let dilation = try attributes.extent("dilation_rate", or: 1)
    let groups = attributes.json["groups"] == nil ? 1 : try attributes.integer("groups")
    let channels = graph[value.node].shape.channels
    guard channels % groups == 0 else {
      throw KerasRefusal("Conv2D whose \(groups) groups do not divide \(channels) channels")
    }
    let weight = try numbers(
      call, 0, of: hasBias ? 2 : 1, shape: [kernel.height, kernel.width, channels / groups, filters],
      order: [3, 2, 0, 1])
    let bias = try bias(call, hasBias, at: 1)
    guard graph[value.node].shape.rank == 3 else {
      // A vector that was made a map with one position.
      guard kernel == Extent(1), groups == 1 else {
        throw KerasRefusal("Conv2D of a vector that was made a map with one position")
      }
      return try fullyConnected(call, value, filters, weight.reshaped(to: [filters, channels]), bias, isVector: false)
    }
    let isSame = try attributes.isSame()
    let layer = Convolution(
      outputChannels: filters, kernel: kernel, stride: stride, padding: rule(isSame), dilation: dilation,
      groups: groups,
      hasBias: hasBias)
    let node = try append(
      .convolution(layer), call, [value.node], bias.merging([.weight: weight]) { first, _ in first })
    if isSame { notePadding(call, node, layer.padding(for: graph[value.node].shape.extent)) }
    return try activated(call, node)
  }

  /// A convolution of each channel, and what its kernel is in the file.
  private mutating func depthwise(
    _ call: KerasCall, _ value: KerasValue, hasBias: Bool, of count: Int, suffix: String?
  ) throws -> NodeID {
    guard !value.isVector, graph[value.node].shape.rank == 3 else {
      throw KerasRefusal("\(call.layer.type) of a vector")
    }
    let attributes = call.attributes
    let kernel = try attributes.extent("kernel_size")
    let channels = graph[value.node].shape.channels
    let multiplier = attributes.json["depth_multiplier"] == nil ? 1 : try attributes.integer("depth_multiplier")
    let isSame = try attributes.isSame()
    // Keras' outputs are ordered as zoo's: all of the first channel, then all of the second.
    let kernels = try numbers(
      call, 0, of: count, shape: [kernel.height, kernel.width, channels, multiplier], order: [2, 3, 0, 1])
    let layer = Convolution(
      outputChannels: channels * multiplier, kernel: kernel, stride: try attributes.extent("strides", or: 1),
      padding: rule(isSame), dilation: try attributes.extent("dilation_rate", or: 1), groups: channels, hasBias: hasBias
    )
    var tensors: [Parameter.Role: Tensor] = hasBias ? [.bias: try numbers(call, count - 1, of: count)] : [:]
    tensors[.weight] = kernels.reshaped(to: [channels * multiplier, 1, kernel.height, kernel.width])
    let node = try append(.convolution(layer), call, [value.node], suffix: suffix, tensors)
    if isSame { notePadding(call, node, layer.padding(for: graph[value.node].shape.extent)) }
    return node
  }

  mutating func depthwiseConvolution(_ call: KerasCall, _ value: KerasValue) throws -> KerasValue {
    let hasBias = call.attributes.bool("use_bias", or: true)
    return try activated(
      call, try depthwise(call, value, hasBias: hasBias, of: hasBias ? 2 : 1, suffix: nil))
  }

  mutating func separableConvolution(_ call: KerasCall, _ value: KerasValue) throws -> KerasValue {
    let (filters, hasBias) = (try call.attributes.integer("filters"), call.attributes.bool("use_bias", or: true))
    let count = hasBias ? 3 : 2
    let first = try depthwise(call, value, hasBias: false, of: count, suffix: ".depthwise")
    let channels = graph[first].shape.channels
    var tensors = try bias(call, hasBias, at: 2)
    tensors[.weight] = try numbers(call, 1, of: count, shape: [1, 1, channels, filters], order: [3, 2, 0, 1])
    let node = try append(
      .convolution(Convolution(outputChannels: filters, kernel: Extent(1), hasBias: hasBias)), call, [first],
      suffix: ".pointwise", tensors)
    note(call.layer.name, "a separable convolution is two: of each channel, then of all with kernel 1×1", node: node)
    return try activated(call, node)
  }

  mutating func transposedConvolution(_ call: KerasCall, _ value: KerasValue) throws -> KerasValue {
    guard !value.isVector, graph[value.node].shape.rank == 3 else { throw KerasRefusal("Conv2DTranspose of a vector") }
    let attributes = call.attributes
    let (filters, hasBias) = (try attributes.integer("filters"), attributes.bool("use_bias", or: true))
    let (kernel, stride) = (try attributes.extent("kernel_size"), try attributes.extent("strides", or: 1))
    guard try attributes.extent("dilation_rate", or: 1) == Extent(1) else {
      throw KerasRefusal("Conv2DTranspose with dilation")
    }
    guard attributes.json["output_padding"]?.isNull ?? true else {
      throw KerasRefusal("Conv2DTranspose with output_padding")
    }
    let isSame = try attributes.isSame()
    // The size of the result is `input · stride`, and with no padding `kernel − stride` more.
    func side(_ kernel: Int, _ stride: Int) -> (before: Int, after: Int, more: Int) {
      let excess = isSame ? max(kernel - stride, 0) : 0
      return (excess / 2, excess - excess / 2, max(stride - kernel, 0))
    }
    let (down, across) = (side(kernel.height, stride.height), side(kernel.width, stride.width))
    let padding = Padding(top: down.before, left: across.before, bottom: down.after, right: across.after)
    let channels = graph[value.node].shape.channels
    var tensors = try bias(call, hasBias, at: 1)
    tensors[.weight] = try numbers(
      call, 0, of: hasBias ? 2 : 1, shape: [kernel.height, kernel.width, filters, channels], order: [3, 2, 0, 1])
    let node = try append(
      .transposedConvolution(
        TransposedConvolution(
          outputChannels: filters, kernel: kernel, stride: stride, padding: .fixed(padding),
          outputPadding: Extent(height: down.more, width: across.more), hasBias: hasBias)), call, [value.node], tensors)
    notePadding(call, node, padding)
    return try activated(call, node)
  }

  // MARK: Fully connected

  mutating func dense(_ call: KerasCall, _ value: KerasValue) throws -> KerasValue {
    let (units, hasBias) = (try call.attributes.integer("units"), call.attributes.bool("use_bias", or: true))
    let shape = graph[value.node].shape
    let isMap = !value.isVector && shape.rank == 3
    guard !isMap || !isChannelsFirst else { throw KerasRefusal("Dense over the columns of a map") }
    let inputs = isMap ? shape.channels : shape.elementCount
    var weight = try numbers(call, 0, of: hasBias ? 2 : 1, shape: [inputs, units], order: [1, 0])
    let bias = try bias(call, hasBias, at: 1)
    if isMap {
      let node = try append(
        .convolution(Convolution(outputChannels: units, kernel: Extent(1), hasBias: hasBias)), call, [value.node],
        bias.merging([.weight: weight.reshaped(to: [units, inputs, 1, 1])]) { first, _ in first })
      note(call.layer.name, "Dense of a map works at each position: a convolution with kernel 1×1", node: node)
      return try activated(call, node)
    }
    if !value.order.isPlain {
      let places = value.order.places(inputs)
      let source = weight.floats
      var values: [Float] = []
      values.reserveCapacity(source.count)
      for unit in 0..<units {
        for place in places { values.append(source[unit * inputs + place]) }
      }
      weight = Tensor(shape: [units, inputs], floats: values)
      note(call.layer.name, "its inputs are put from Keras' order, channels last, into zoo's")
    }
    return try fullyConnected(call, value, units, weight, bias, isVector: value.isVector)
  }

  private mutating func fullyConnected(
    _ call: KerasCall, _ value: KerasValue, _ units: Int, _ weight: Tensor, _ bias: [Parameter.Role: Tensor],
    isVector: Bool
  ) throws -> KerasValue {
    let node = try append(
      .fullyConnected(FullyConnected(outputFeatures: units, hasBias: !bias.isEmpty)), call, [value.node],
      bias.merging([.weight: weight]) { first, _ in first })
    return try activated(call, node, isVector: isVector)
  }

  // MARK: Normalisation

  /// The axis of a layer, a number or a list of one, must be that of the channels.
  private func requireChannelAxis(_ call: KerasCall, _ value: KerasValue, or standard: Int = -1) throws(KerasRefusal) {
    let json = call.attributes.json["axis"]
    let axes = json?.integer.map { [$0] } ?? json?.array?.compactMap(\.integer) ?? [standard]
    guard axes.count == 1, isChannelAxis(axes[0], of: value) else {
      throw KerasRefusal(
        "\(call.layer.type) along axis \(axes.map(String.init).joined(separator: ", ")), which is not the channels'")
    }
  }

  mutating func batchNorm(_ call: KerasCall, _ value: KerasValue) throws -> KerasValue {
    try requireChannelAxis(call, value)
    let attributes = call.attributes
    var norm = BatchNorm(epsilon: try attributes.number("epsilon", or: 1e-3))
    let (hasScale, hasShift) = (attributes.bool("scale", or: true), attributes.bool("center", or: true))
    let roles: [Parameter.Role] =
      (hasScale ? [.weight] : []) + (hasShift ? [.bias] : []) + [.runningMean, .runningVariance]
    // Definitions have both or neither.
    norm.hasScale = hasScale || hasShift
    norm.hasShift = norm.hasScale
    var value = try vector(value, named: graph[value.node].name + "_flatten")
    let channels = graph[value.node].shape.channels
    var tensors: [Parameter.Role: Tensor] = [:]
    for (index, role) in roles.enumerated() {
      let tensor = try numbers(call, index, of: roles.count)
      guard tensor.shape == [channels] else {
        throw invalid(call.layer.name, "'\(call.tensors[index])' must be \(channels), found \(tensor.shape)")
      }
      tensors[role] = ordered(tensor.floats, by: value.order)
    }
    if hasScale != hasShift { tensors[hasScale ? .bias : .weight] = constant(hasScale ? 0 : 1, channels) }
    value.node = try append(.batchNorm(norm), call, [value.node], tensors)
    if hasScale != hasShift {
      note(
        call.layer.name,
        hasScale
          ? "it has a scale and no shift: shifts of 0 are written"
          : "it has a shift and no scale: scales of 1 are written",
        node: value.node)
    }
    if attributes.json["epsilon"] == nil { note(call.layer.name, "epsilon is Keras' own, 0.001", node: value.node) }
    return value
  }

  /// `inGroups`: over all positions and a group of channels, not over the channels of each position.
  mutating func normalization(_ call: KerasCall, _ value: KerasValue, inGroups: Bool) throws -> KerasValue {
    try requireChannelAxis(call, value)
    let attributes = call.attributes
    guard !attributes.bool("rms_scaling", or: false) else { throw KerasRefusal("\(call.layer.type) with rms_scaling") }
    var value = try vector(value, named: graph[value.node].name + "_flatten")
    let channels = graph[value.node].shape.channels
    var norm = Normalization(epsilon: try attributes.number("epsilon", or: 1e-3))
    if inGroups {
      let groups = attributes.json["groups"]?.integer ?? 32
      norm.groups = groups == -1 ? channels : groups
      guard value.order.isPlain else { throw KerasRefusal("\(call.layer.type) of a flattened map") }
    } else if value.isVector {
      // All elements of a vector are its channels, at one position.
      norm.groups = 1
    }
    let (hasScale, hasShift) = (attributes.bool("scale", or: true), attributes.bool("center", or: true))
    let count = (hasScale ? 1 : 0) + (hasShift ? 1 : 0)
    func part(_ isThere: Bool, _ index: Int, otherwise: Float) throws -> Tensor {
      guard isThere else { return constant(otherwise, channels) }
      let tensor = try numbers(call, index, of: count)
      guard tensor.shape == [channels] else {
        throw invalid(call.layer.name, "'\(call.tensors[index])' must be \(channels), found \(tensor.shape)")
      }
      return ordered(tensor.floats, by: value.order)
    }
    let tensors: [Parameter.Role: Tensor] = [
      .weight: try part(hasScale, 0, otherwise: 1), .bias: try part(hasShift, hasScale ? 1 : 0, otherwise: 0),
    ]
    value.node = try append(.normalization(norm), call, [value.node], tensors)
    return value
  }

  // MARK: What comes before the first layer

  /// `scale · x + offset` with a number for each channel.
  private mutating func scaled(
    _ call: KerasCall, _ value: KerasValue, by scale: [Double], offset: [Double], _ what: String
  ) throws -> KerasValue {
    var value = try vector(value, named: graph[value.node].name + "_flatten")
    let channels = graph[value.node].shape.channels
    func list(_ numbers: [Double]) throws -> Tensor {
      guard numbers.count == channels || numbers.count == 1 else {
        throw invalid(call.layer.name, "\(call.layer.type) has \(numbers.count) numbers for \(channels) channels")
      }
      guard numbers.count > 1 else { return constant(Float(numbers[0]), channels) }
      return ordered(numbers.map { Float($0) }, by: value.order)
    }
    let isFirst = if case .input = graph[value.node].operation { true } else { false }
    let tensors: [Parameter.Role: Tensor] = [.weight: try list(scale), .bias: try list(offset)]
    value.node = try append(.batchNorm(.scale()), call, [value.node], tensors)
    note(call.layer.name, "\(what): a factor and a summand for each channel", node: value.node)
    if isFirst { takePictures(call, channels) }
    return value
  }

  /// A network that scales its input itself takes pictures as they are.
  private mutating func takePictures(_ call: KerasCall, _ channels: Int) {
    let extent = graph[graph.inputs[0]].shape.extent
    guard channels == 1 || channels == 3, card.preprocess == nil else { return }
    setPreprocessing(
      Preprocessing(
        resize: .exact(extent, .bilinear), channels: channels == 1 ? .grey : .rgb, scale: .none))
    note(
      call.layer.name,
      "the network scales its input itself: pictures go in with samples from 0 to 255, \(channels == 1 ? "grey" : "RGB"), "
        + "stretched to \(extent), which the file does not say")
  }

  mutating func rescaling(_ call: KerasCall, _ value: KerasValue) throws -> KerasValue {
    guard let scale = call.attributes.numbers("scale") else { throw KerasRefusal("Rescaling whose scale is no number") }
    let offset = call.attributes.numbers("offset") ?? [0]
    return try scaled(call, value, by: scale, offset: offset, "x · scale + offset")
  }

  /// `(x − mean) / max(√variance, 1e-7)`, with statistics of the data or of the description.
  mutating func fixedNormalization(_ call: KerasCall, _ value: KerasValue) throws -> KerasValue {
    try requireChannelAxis(call, value)
    guard !call.attributes.bool("invert", or: false) else { throw KerasRefusal("Normalization with invert") }
    let mean: [Double]
    let variance: [Double]
    if let given = call.attributes.numbers("mean"), let spread = call.attributes.numbers("variance") {
      (mean, variance) = (given, spread)
    } else {
      // The third is how many images they were taken of.
      mean = try numbers(call, 0, of: 3).floats.map { Double($0) }
      variance = try numbers(call, 1, of: 3).floats.map { Double($0) }
    }
    guard mean.count == variance.count || mean.count == 1 || variance.count == 1 else {
      throw invalid(call.layer.name, "\(mean.count) means and \(variance.count) variances")
    }
    let scale = variance.map { 1 / max($0.squareRoot(), 1e-7) }
    let count = max(mean.count, scale.count)
    let offset = (0..<count).map { -mean[mean.count == 1 ? 0 : $0] * scale[scale.count == 1 ? 0 : $0] }
    return try scaled(call, value, by: scale, offset: offset, "(x − mean) / √variance")
  }
}
