import ZooGraph
import ZooTensor

/// One operation on one image.
struct Reference {
  let node: Node
  let inputShapes: [Shape]
  let parameters: [Parameter.Role: Tensor]

  typealias Input = UnsafeBufferPointer<Float>
  typealias Output = UnsafeMutableBufferPointer<Float>

  /// The shape of the first input.
  var input: Shape { inputShapes[0] }

  func compute(_ inputs: [Input], _ output: Output) {
    switch node.operation {
    case .input, .dropout, .flatten: copy(inputs[0], output)
    case .convolution(let convolution):
      convolve(
        node.convolutionGeometry, convolution.activation, inputs[0],
        adding: convolution.addsInput ? inputs[1] : nil, output)
    case .locallyConnected: locallyConnect(node.convolutionGeometry, inputs[0], output)
    case .fullyConnected(let layer): fullyConnect(layer, inputs[0], output)
    case .maxPool: maxPool(node.poolingGeometry, inputs[0], output)
    case .averagePool(_, let countsPadding):
      averagePool(node.poolingGeometry, countsPadding: countsPadding, inputs[0], output)
    case .globalAveragePool: adaptiveAveragePool(Extent(1), inputs[0], output)
    case .adaptiveAveragePool(let extent): adaptiveAveragePool(extent, inputs[0], output)
    case .activation(let activation): activate(activation, inputs[0], output)
    case .prelu: prelu(inputs[0], output)
    case .multiply: multiply(inputs, output)
    case .parameter(let role, _): withParameter(role) { if let numbers = $0 { copy(numbers, output) } }
    case .batchMean: preconditionFailure("a mean over the batch is no operation on one image")
    case .batchNorm(let norm): batchNormalize(norm, inputs[0], output)
    case .localResponseNorm(let norm): normalizeLocalResponse(norm, inputs[0], output)
    case .softmax: softmax(inputs[0], output)
    case .concat: concatenate(inputs, output)
    case .add(let activation): add(inputs, activation, output)
    case .subsample(let subsample): self.subsample(subsample, inputs[0], output)
    }
  }

  /// A parameter's numbers; nil when the node has none of that role.
  func withParameter<Result>(_ role: Parameter.Role, _ body: (Input?) -> Result) -> Result {
    guard let tensor = parameters[role] else { return body(nil) }
    return tensor.withFloats { body($0) }
  }
}
