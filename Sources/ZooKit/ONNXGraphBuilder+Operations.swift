import ZooGraph
import ZooTensor
import ZooWeights

extension ONNXGraphBuilder {
  /// The ONNX nodes for an operation, and which of them has the layer's name.
  mutating func steps(for node: Node, inputShape input: Shape) throws -> (steps: [Call], main: Int) {
    let shape = node.shape
    switch node.operation {
    case .input, .dropout, .parameter:
      preconditionFailure("\(node.name) takes no node")
    case .convolution(let convolution):
      return (steps(convolution, node, input: input), 0)
    case .locallyConnected(let layer):
      return (steps(layer, node, node.convolutionGeometry), 2)
    case .fullyConnected(let layer):
      let flattening = input.rank == 1 ? [] : [Call("Flatten", [input.elementCount], [integer("axis", 1)])]
      return (flattening + steps(layer, node), flattening.count)
    case .maxPool:
      return ([maxPool(node.poolingGeometry, shape)], 0)
    case .averagePool(_, let countsPadding):
      return averagePool(node.poolingGeometry, countsPadding: countsPadding, node)
    case .globalAveragePool:
      return ([Call("GlobalAveragePool", shape)], 0)
    case .adaptiveAveragePool(let extent):
      return (adaptiveAveragePool(extent, node, input: input), 0)
    case .globalMaxPool:
      return ([Call("GlobalMaxPool", shape)], 0)
    case .adaptiveMaxPool(let extent):
      return adaptiveMaxPool(extent, node, input: input)
    case .transposedConvolution(let layer):
      return (steps(layer, node), 0)
    case .pad(let layer):
      return ([pad(layer, node)], 0)
    case .upsample(let layer):
      return (resize(layer, node, input: input), 0)
    case .mean(let side):
      return ([mean(over: side, node)], 0)
    case .activation(let activation):
      return (steps(activation, node), 0)
    case .prelu(let isShared):
      return (preluSteps(node, isShared: isShared), 0)
    case .batchNorm(let norm) where !norm.hasStatistics:
      return (scaleSteps(norm, node), 0)
    case .batchNorm(let norm):
      let roles: [Parameter.Role] = [.weight, .bias, .runningMean, .runningVariance]
      let parameters = roles.compactMap { parameter($0, of: node) }
      return (
        [Call("BatchNormalization", shape, [float("epsilon", norm.epsilon)]) { [$0] + parameters }], 0
      )
    case .localResponseNorm(let norm):
      // ONNX's alpha is that of the mean of the squares.
      let attributes = [
        float("alpha", norm.effectiveAlpha * Double(norm.size)), float("beta", norm.beta), float("bias", norm.k),
        integer("size", norm.size),
      ]
      return ([Call("LRN", shape, attributes)], 0)
    case .normalization(let norm):
      return normalizationSteps(norm, node)
    case .softmax:
      return ([Call("Softmax", shape, [integer("axis", 1)])], 0)
    case .concat:
      let inputs = inputs(of: node)
      return ([Call("Concat", shape, [integer("axis", 1)]) { _ in inputs }], 0)
    case .join(.add, let activation, _):
      let inputs = inputs(of: node)
      let sum = Call(inputs.count == 2 ? "Add" : "Sum", shape) { _ in inputs }
      return ([sum] + steps(activation, node), 0)
    case .join(.multiply, let activation, _):
      let products = productSteps(node)
      return (products + steps(activation, node), products.count - 1)
    case .flatten:
      return ([Call("Flatten", shape, [integer("axis", 1)])], 0)
    case .selectChannels(let selection):
      return (steps(selection, node), 0)
    case .subsample(let subsample):
      return (steps(subsample, node, input: input), 0)
    case .batchMean:
      return ([reduction("ReduceMean", dimensions: shape.dimensions, axes: [0], keepsAxes: false, node)], 0)
    case .randomMask, .batchStatistics, .loss, .gradient:
      preconditionFailure("'\(node.name)' is of a training graph, which definitions do not give")
    }
  }

  /// The nodes for a function of what the step before gives; none for none.
  private mutating func steps(_ activation: Activation?, _ node: Node) -> [Call] {
    let shape = node.shape
    switch activation {
    case nil: return []
    case .relu: return [Call("Relu", shape)]
    case .leakyRelu(let slope): return [Call("LeakyRelu", shape, [float("alpha", Double(slope))])]
    case .tanh: return [Call("Tanh", shape)]
    case .sigmoid: return [Call("Sigmoid", shape)]
    case .clamp(let lower, let upper):
      let bounds = [
        constant("lower", of: node, shape: [], .floats([lower])),
        constant("upper", of: node, shape: [], .floats([upper])),
      ]
      return [Call("Clip", shape) { [$0] + bounds }]
    // PyTorch's slope; the operator's default is another.
    case .hardsigmoid: return [Call("HardSigmoid", shape, [float("alpha", 1.0 / 6), float("beta", 0.5)])]
    case .hardswish: return [Call("HardSwish", shape)]
    // No set of operators that is written has one of the kind.
    case .silu: return [Call("Sigmoid", shape), Call("Mul", shape, readsBack: 1)]
    case .elu(let alpha): return [Call("Elu", shape, [float("alpha", Double(alpha))])]
    case .gelu, .geluTanh:
      guard operatorSet == .v17 else {
        return [Call("Gelu", shape, [.init("approximate", .string(activation == .gelu ? "none" : "tanh"))])]
      }
      return geluSteps(node, usesTanh: activation == .geluTanh)
    }
  }

  /// The formula, step by step, as PyTorch exports it: the older set of operators has none of the kind.
  private mutating func geluSteps(_ node: Node, usesTanh: Bool) -> [Call] {
    let shape = node.shape
    func number(_ type: String, _ word: String, _ number: Double) -> Call {
      let name = constant(word, of: node, shape: [], .floats([Float(number)]))
      return Call(type, shape) { [$0, name] }
    }
    let share: [Call]
    if usesTanh {
      let cubic = number("Mul", "cubic", 0.044715)
      let scaled = number("Mul", "scale", (2 / Double.pi).squareRoot())
      share = [
        Call("Mul", shape) { [$0, $0] }, Call("Mul", shape, readsBack: 1), cubic, Call("Add", shape, readsBack: 3),
        scaled, Call("Tanh", shape),
      ]
    } else {
      share = [number("Div", "scale", 2.0.squareRoot()), Call("Erf", shape)]
    }
    let shifted = number("Add", "one", 1)
    let product = Call("Mul", shape, readsBack: share.count + 1)
    return share + [shifted, product, number("Mul", "half", 0.5)]
  }

  private mutating func preluSteps(_ node: Node, isShared: Bool) -> [Call] {
    let slope = isShared ? parameter(.weight, of: node) ?? "" : perChannel(.weight, "slope", of: node)
    return [Call("PRelu", node.shape) { [$0, slope] }]
  }

  private mutating func scaleSteps(_ norm: BatchNorm, _ node: Node) -> [Call] {
    let weight = perChannel(.weight, "scale", of: node)
    let product = Call("Mul", node.shape) { [$0, weight] }
    guard norm.hasShift else { return [product] }
    let bias = perChannel(.bias, "shift", of: node)
    return [product, Call("Add", node.shape) { [$0, bias] }]
  }

  /// A parameter of as many numbers as channels, in a shape that goes with the node's value. Shapes are lined up from the last
  /// axis, which for a vector is the channels.
  private mutating func perChannel(_ role: Parameter.Role, _ word: String, of node: Node) -> String {
    let numbers = parameter(role, of: node) ?? ""
    guard node.shape.isFeatureMap else { return numbers }
    let form = constant("form", of: node, [node.shape.channels, 1, 1])
    return aside(Call("Reshape", dimensions: [node.shape.channels, 1, 1]) { _ in [numbers, form] }, word, of: node)
  }

  /// Channels become the last axis for the time that they are normalised over; groups become the channels of maps of one
  /// row.
  private mutating func normalizationSteps(_ norm: Normalization, _ node: Node) -> (steps: [Call], main: Int) {
    let shape = node.shape
    let affine = [parameter(.weight, of: node), parameter(.bias, of: node)].compactMap { $0 }
    let epsilon = float("epsilon", norm.epsilon)
    guard let groups = norm.groups else {
      func normalized(_ dimensions: [Int]) -> Call {
        Call("LayerNormalization", dimensions: [nil] + dimensions, [integer("axis", -1), epsilon]) { [$0] + affine }
      }
      guard shape.isFeatureMap else { return ([normalized(shape.dimensions)], 0) }
      let last = [shape.extent.height, shape.extent.width, shape.channels]
      let steps = [
        Call("Transpose", dimensions: [nil] + last, [integers("perm", [0, 2, 3, 1])]), normalized(last),
        Call("Transpose", shape, [integers("perm", [0, 3, 1, 2])]),
      ]
      return (steps, 1)
    }
    if operatorSet == .v21, shape.isFeatureMap {
      let attributes = [epsilon, integer("num_groups", groups)]
      return ([Call("GroupNormalization", shape, attributes) { [$0] + affine }], 0)
    }
    let row = shape.elementCount / groups
    let rows = constant("groups", of: node, [0, groups, row])
    let form = constant("form", of: node, [0] + shape.dimensions)
    let ones = constant("ones", of: node, shape: [groups], .floats([Float](repeating: 1, count: groups)))
    let zeros = constant("zeros", of: node, shape: [groups], .floats([Float](repeating: 0, count: groups)))
    var factors = affine
    if shape.isFeatureMap {
      let perChannel = constant("channels", of: node, [shape.channels, 1, 1])
      factors = zip(affine, ["scale", "shift"]).map { name, word in
        aside(Call("Reshape", dimensions: [shape.channels, 1, 1]) { _ in [name, perChannel] }, word, of: node)
      }
    }
    let (scale, shift) = (factors[0], factors[1])
    let steps = [
      Call("Reshape", dimensions: [nil, groups, row]) { [$0, rows] },
      Call("InstanceNormalization", dimensions: [nil, groups, row], [epsilon]) { [$0, ones, zeros] },
      Call("Reshape", shape) { [$0, form] }, Call("Mul", shape) { [$0, scale] }, Call("Add", shape) { [$0, shift] },
    ]
    return (steps, 1)
  }

  /// Products of two, one after the other; a vector that stands for a number per channel becomes a map of one position.
  private mutating func productSteps(_ node: Node) -> [Call] {
    let factors = zip(node.inputs, inputs(of: node)).map { id, name in
      let shape = self.shape(of: id)
      guard shape.rank < node.shape.rank else { return name }
      let form = constant("form", of: node, [-1, shape.channels, 1, 1])
      return aside(Call("Reshape", dimensions: [nil, shape.channels, 1, 1]) { _ in [name, form] }, "gate", of: node)
    }
    return factors.indices.dropFirst().map { index in
      Call("Mul", node.shape) { [index == 1 ? factors[0] : $0, factors[index]] }
    }
  }

  private mutating func steps(_ convolution: Convolution, _ node: Node, input: Shape) -> [Call] {
    let parameters = [parameter(.weight, of: node), parameter(.bias, of: node)].compactMap { $0 }
    let attributes = [
      extent("dilations", convolution.dilation), integer("group", convolution.groups),
      extent("kernel_shape", convolution.kernel), pads(convolution.padding(for: input.extent)),
      extent("strides", convolution.stride),
    ]
    var steps = [Call("Conv", node.shape, attributes) { [$0] + parameters }]
    if convolution.addsInput {
      let addend = inputs(of: node)[1]
      steps.append(Call("Add", node.shape) { [$0, addend] })
    }
    return steps + self.steps(convolution.activation, node)
  }

  private mutating func steps(_ layer: FullyConnected, _ node: Node) -> [Call] {
    let parameters = [parameter(.weight, of: node), parameter(.bias, of: node)].compactMap { $0 }
    let product = Call("Gemm", node.shape, [integer("transB", 1)]) { [$0] + parameters }
    return [product] + steps(layer.activation, node)
  }

  /// A convolution with filters that have a single one in them lays out the patch that each position reads; then positions
  /// are what the product is batched over.
  private mutating func steps(
    _ layer: LocallyConnected, _ node: Node, _ geometry: ConvolutionGeometry
  ) -> [Call] {
    let (channels, kernel, output) = (geometry.inputChannels, geometry.kernel, geometry.output)
    let patch = channels * kernel.area
    var ones = [Float](repeating: 0, count: patch * kernel.area)
    for tap in 0..<patch { ones[tap * kernel.area + tap % kernel.area] = 1 }
    let filters = constant("patches", of: node, shape: [patch, 1, kernel.height, kernel.width], .floats(ones))
    let form = [output.height, output.width, layer.outputChannels, patch]
    let shape = constant("form", of: node, form)
    let weight = parameter(.weight, of: node) ?? ""
    let matrices = aside(Call("Reshape", dimensions: form) { _ in [weight, shape] }, "matrices", of: node)
    let steps = [
      Call(
        "Conv", [patch, output.height, output.width],
        [
          integer("group", channels), extent("kernel_shape", kernel), pads(geometry.padding),
          extent("strides", geometry.stride),
        ]
      ) { [$0, filters] },
      Call("Transpose", dimensions: [output.height, output.width, patch, nil], [integers("perm", [2, 3, 1, 0])]),
      Call("MatMul", dimensions: [output.height, output.width, layer.outputChannels, nil]) { [matrices, $0] },
      Call("Transpose", node.shape, [integers("perm", [3, 2, 0, 1])]),
    ]
    guard let bias = parameter(.bias, of: node) else { return steps }
    return steps + [Call("Add", node.shape) { [$0, bias] }]
  }

  /// A slice; a shuffle as its paper writes it, by transposing groups and their channels; anything else by a list.
  private mutating func steps(_ selection: ChannelSelection, _ node: Node) -> [Call] {
    let rest = Array(node.shape.dimensions.dropFirst())
    switch selection {
    case .slice(let first, let channels):
      let limits = [
        constant("starts", of: node, [first]), constant("ends", of: node, [first + channels]),
        constant("axes", of: node, [1]),
      ]
      return [Call("Slice", node.shape) { [$0] + limits }]
    case .shuffle(let groups):
      let each = node.shape.channels / groups
      let split = constant("groups", of: node, [-1, groups, each] + rest)
      let joined = constant("channels", of: node, [-1, groups * each] + rest)
      let axes = [0, 2, 1] + rest.indices.map { $0 + 3 }
      return [
        Call("Reshape", dimensions: [nil, groups, each] + rest) { [$0, split] },
        Call("Transpose", dimensions: [nil, each, groups] + rest, [integers("perm", axes)]),
        Call("Reshape", node.shape) { [$0, joined] },
      ]
    case .listed(let channels):
      let inputs = inputs(of: node)
      let total = node.inputs.reduce(0) { $0 + shape(of: $1).channels }
      let list = constant("list", of: node, channels)
      return [
        Call("Concat", dimensions: [nil, total] + rest, [integer("axis", 1)]) { _ in inputs },
        Call("Gather", node.shape, [integer("axis", 1)]) { [$0, list] },
      ]
    }
  }

  /// Every so many rows and columns, then zeros; what is not asked for is left out.
  private mutating func steps(_ subsample: Subsample, _ node: Node, input: Shape) -> [Call] {
    var steps: [Call] = []
    if subsample.stride != Extent(1) {
      let extent = input.extent
      let limits = [
        constant("starts", of: node, [0, 0]), constant("ends", of: node, [extent.height, extent.width]),
        constant("axes", of: node, [2, 3]),
        constant("steps", of: node, [subsample.stride.height, subsample.stride.width]),
      ]
      let shape: Shape = [input.channels, node.shape.extent.height, node.shape.extent.width]
      steps.append(Call("Slice", shape) { [$0] + limits })
    }
    if subsample.channelsBefore + subsample.channelsAfter > 0 {
      let pads = constant(
        "pads", of: node, [0, subsample.channelsBefore, 0, 0, 0, subsample.channelsAfter, 0, 0])
      steps.append(Call("Pad", node.shape) { [$0, pads] })
    }
    return steps.isEmpty ? [Call("Identity", node.shape)] : steps
  }

  private mutating func steps(_ layer: TransposedConvolution, _ node: Node) -> [Call] {
    let parameters = [parameter(.weight, of: node), parameter(.bias, of: node)].compactMap { $0 }
    let attributes = [
      extent("dilations", layer.dilation), integer("group", layer.groups), extent("kernel_shape", layer.kernel),
      extent("output_padding", layer.outputPadding), pads(node.transposedGeometry.padding),
      extent("strides", layer.stride),
    ]
    return [Call("ConvTranspose", node.shape, attributes) { [$0] + parameters }] + steps(layer.activation, node)
  }

  private mutating func pad(_ layer: Pad, _ node: Node) -> Call {
    guard case .padding(let sides, let mode) = node.resampling.rule else {
      preconditionFailure("'\(node.name)' pads nothing")
    }
    let pads = constant("pads", of: node, [0, 0, sides.top, sides.left, 0, 0, sides.bottom, sides.right])
    let name =
      switch mode {
      case .zero: "constant"
      case .reflect: "reflect"
      case .replicate: "edge"
      }
    return Call("Pad", node.shape, [.init("mode", .string(name))]) { [$0, pads] }
  }

  func integer(_ name: String, _ value: Int) -> ONNXGraph.Attribute { .init(name, .integer(value)) }

  func integers(_ name: String, _ values: [Int]) -> ONNXGraph.Attribute { .init(name, .integers(values)) }

  func float(_ name: String, _ value: Double) -> ONNXGraph.Attribute { .init(name, .float(Float(value))) }

  func extent(_ name: String, _ extent: Extent) -> ONNXGraph.Attribute {
    integers(name, [extent.height, extent.width])
  }

  func pads(_ padding: Padding) -> ONNXGraph.Attribute {
    integers("pads", [padding.top, padding.left, padding.bottom, padding.right])
  }
}
