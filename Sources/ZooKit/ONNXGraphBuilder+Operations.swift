import ZooGraph
import ZooTensor
import ZooWeights

extension ONNXGraphBuilder {
  /// The ONNX nodes for an operation, and which of them has the layer's name.
  mutating func steps(for node: Node, inputShape input: Shape) throws -> (steps: [Step], main: Int) {
    let shape = node.shape
    switch node.operation {
    case .input, .dropout:
      preconditionFailure("\(node.name) takes no node")
    case .convolution(let convolution):
      return (steps(convolution, node, input: input), 0)
    case .locallyConnected(let layer):
      return (steps(layer, node, node.convolutionGeometry), 2)
    case .fullyConnected(let layer):
      let flattening = input.rank == 1 ? [] : [Step("Flatten", [input.elementCount], [integer("axis", 1)])]
      return (flattening + steps(layer, node), flattening.count)
    case .maxPool:
      return ([maxPool(node.poolingGeometry, shape)], 0)
    case .averagePool(_, let countsPadding):
      return averagePool(node.poolingGeometry, countsPadding: countsPadding, node)
    case .globalAveragePool:
      return ([Step("GlobalAveragePool", shape)], 0)
    case .adaptiveAveragePool(let extent):
      return (adaptiveAveragePool(extent, node, input: input), 0)
    case .activation(let activation):
      return ([step(activation, shape)], 0)
    case .batchNorm(let norm):
      let roles: [Parameter.Role] = [.weight, .bias, .runningMean, .runningVariance]
      let parameters = roles.compactMap { parameter($0, of: node) }
      return (
        [Step("BatchNormalization", shape, [float("epsilon", norm.epsilon)]) { [$0] + parameters }], 0
      )
    case .localResponseNorm(let norm):
      // ONNX's alpha is that of the mean of the squares.
      let attributes = [
        float("alpha", norm.effectiveAlpha * Double(norm.size)), float("beta", norm.beta), float("bias", norm.k),
        integer("size", norm.size),
      ]
      return ([Step("LRN", shape, attributes)], 0)
    case .softmax:
      return ([Step("Softmax", shape, [integer("axis", 1)])], 0)
    case .concat:
      let inputs = inputs(of: node)
      return ([Step("Concat", shape, [integer("axis", 1)]) { _ in inputs }], 0)
    case .add(let activation):
      let inputs = inputs(of: node)
      let sum = Step(inputs.count == 2 ? "Add" : "Sum", shape) { _ in inputs }
      return ([sum] + [activation].compactMap { $0 }.map { step($0, shape) }, 0)
    case .flatten:
      return ([Step("Flatten", shape, [integer("axis", 1)])], 0)
    case .subsample(let subsample):
      return (steps(subsample, node, input: input), 0)
    }
  }

  private func step(_ activation: Activation, _ shape: Shape) -> Step {
    switch activation {
    case .relu: Step("Relu", shape)
    case .leakyRelu(let slope): Step("LeakyRelu", shape, [float("alpha", Double(slope))])
    case .tanh: Step("Tanh", shape)
    case .sigmoid: Step("Sigmoid", shape)
    case .clamp, .silu, .hardswish, .hardsigmoid: fatalError("to come")
    }
  }

  private mutating func steps(_ convolution: Convolution, _ node: Node, input: Shape) -> [Step] {
    let parameters = [parameter(.weight, of: node), parameter(.bias, of: node)].compactMap { $0 }
    let attributes = [
      extent("dilations", convolution.dilation), integer("group", convolution.groups),
      extent("kernel_shape", convolution.kernel), pads(convolution.padding(for: input.extent)),
      extent("strides", convolution.stride),
    ]
    var steps = [Step("Conv", node.shape, attributes) { [$0] + parameters }]
    if convolution.addsInput {
      let addend = inputs(of: node)[1]
      steps.append(Step("Add", node.shape) { [$0, addend] })
    }
    return steps + [convolution.activation].compactMap { $0 }.map { step($0, node.shape) }
  }

  private mutating func steps(_ layer: FullyConnected, _ node: Node) -> [Step] {
    let parameters = [parameter(.weight, of: node), parameter(.bias, of: node)].compactMap { $0 }
    let product = Step("Gemm", node.shape, [integer("transB", 1)]) { [$0] + parameters }
    return [product] + [layer.activation].compactMap { $0 }.map { step($0, node.shape) }
  }

  /// A convolution with filters that have a single one in them lays out the patch that each position reads; then positions
  /// are what the product is batched over.
  private mutating func steps(
    _ layer: LocallyConnected, _ node: Node, _ geometry: ConvolutionGeometry
  ) -> [Step] {
    let (channels, kernel, output) = (geometry.inputChannels, geometry.kernel, geometry.output)
    let patch = channels * kernel.area
    var ones = [Float](repeating: 0, count: patch * kernel.area)
    for tap in 0..<patch { ones[tap * kernel.area + tap % kernel.area] = 1 }
    let filters = constant("patches", of: node, shape: [patch, 1, kernel.height, kernel.width], .floats(ones))
    let form = [output.height, output.width, layer.outputChannels, patch]
    let shape = constant("form", of: node, form)
    let weight = parameter(.weight, of: node) ?? ""
    let matrices = aside(Step("Reshape", dimensions: form) { _ in [weight, shape] }, "matrices", of: node)
    let steps = [
      Step(
        "Conv", [patch, output.height, output.width],
        [
          integer("group", channels), extent("kernel_shape", kernel), pads(geometry.padding),
          extent("strides", geometry.stride),
        ]
      ) { [$0, filters] },
      Step("Transpose", dimensions: [output.height, output.width, patch, nil], [integers("perm", [2, 3, 1, 0])]),
      Step("MatMul", dimensions: [output.height, output.width, layer.outputChannels, nil]) { [matrices, $0] },
      Step("Transpose", node.shape, [integers("perm", [3, 2, 0, 1])]),
    ]
    guard let bias = parameter(.bias, of: node) else { return steps }
    return steps + [Step("Add", node.shape) { [$0, bias] }]
  }

  /// Every so many rows and columns, then zeros; what is not asked for is left out.
  private mutating func steps(_ subsample: Subsample, _ node: Node, input: Shape) -> [Step] {
    var steps: [Step] = []
    if subsample.stride != Extent(1) {
      let extent = input.extent
      let limits = [
        constant("starts", of: node, [0, 0]), constant("ends", of: node, [extent.height, extent.width]),
        constant("axes", of: node, [2, 3]),
        constant("steps", of: node, [subsample.stride.height, subsample.stride.width]),
      ]
      let shape: Shape = [input.channels, node.shape.extent.height, node.shape.extent.width]
      steps.append(Step("Slice", shape) { [$0] + limits })
    }
    if subsample.channelsBefore + subsample.channelsAfter > 0 {
      let pads = constant(
        "pads", of: node, [0, subsample.channelsBefore, 0, 0, 0, subsample.channelsAfter, 0, 0])
      steps.append(Step("Pad", node.shape) { [$0, pads] })
    }
    return steps.isEmpty ? [Step("Identity", node.shape)] : steps
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
