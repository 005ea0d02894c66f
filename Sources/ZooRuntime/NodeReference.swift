import ZooGraph
import ZooKernels
import ZooTensor

/// One operation on one image, by the plain loops of `Reference`.
struct NodeReference {
  let node: Node
  let inputShapes: [Shape]
  let parameters: [Parameter.Role: Tensor]

  /// The shape of the first input.
  private var input: Shape { inputShapes[0] }

  func compute(_ inputs: [Reference.Input], _ output: Reference.Output) {
    switch node.operation {
    case .input, .dropout, .flatten: Reference.copy(inputs[0], into: output)
    case .convolution(let convolution):
      withWeights { weights, bias in
        Reference.convolve(
          node.convolutionGeometry, weights: weights, bias: bias, convolution.activation, inputs[0],
          adding: convolution.addsInput ? inputs[1] : nil, into: output)
      }
    case .locallyConnected:
      withWeights { weights, bias in
        Reference.locallyConnect(
          node.convolutionGeometry, weights: weights, bias: bias, nil, inputs[0], into: output)
      }
    case .fullyConnected(let layer):
      withWeights { weights, bias in
        Reference.fullyConnect(weights: weights, bias: bias, layer.activation, inputs[0], into: output)
      }
    case .maxPool: Reference.maxPool(node.poolingGeometry, inputs[0], into: output)
    case .averagePool(_, let countsPadding):
      Reference.averagePool(node.poolingGeometry, countsPadding: countsPadding, inputs[0], into: output)
    case .globalAveragePool:
      Reference.adaptiveAveragePool(from: input.extent, to: Extent(1), inputs[0], into: output)
    case .adaptiveAveragePool(let extent):
      Reference.adaptiveAveragePool(from: input.extent, to: extent, inputs[0], into: output)
    case .activation(let activation): Reference.activate(activation, inputs[0], into: output)
    case .prelu:
      withFloats(of: .weight) { Reference.prelu(slopes: $0, area: input.extent.area, inputs[0], into: output) }
    case .multiply: Reference.multiply(inputs, area: node.shape.extent.area, nil, into: output)
    case .parameter(let role, _): withFloats(of: role) { Reference.copy($0, into: output) }
    case .batchMean: preconditionFailure("a mean over the batch is no operation on one image")
    case .batchNorm(let norm):
      withFloats(of: .weight) { scale in
        withFloats(of: .bias) { shift in
          withFloats(of: .runningMean) { mean in
            withFloats(of: .runningVariance) { variance in
              Reference.batchNormalize(
                scale: scale, shift: shift, mean: mean, variance: variance, epsilon: norm.epsilon,
                area: input.extent.area, inputs[0], into: output)
            }
          }
        }
      }
    case .localResponseNorm(let norm):
      Reference.normalizeLocalResponse(
        size: norm.size, alpha: norm.effectiveAlpha, beta: norm.beta, k: norm.k, area: input.extent.area, inputs[0],
        into: output)
    case .softmax: Reference.softmax(area: input.extent.area, inputs[0], into: output)
    case .concat: Reference.concatenate(inputs, into: output)
    case .add(let activation): Reference.add(inputs, activation, into: output)
    case .subsample(let subsample):
      Reference.subsample(
        stride: subsample.stride, channelsBefore: subsample.channelsBefore, from: input.extent, to: node.shape.extent,
        inputs[0], into: output)
    }
  }

  private func withWeights(_ body: (_ weights: Reference.Input, _ bias: Reference.Input?) -> Void) {
    withFloats(of: .weight) { weights in
      guard let bias = parameters[.bias] else { return body(weights, nil) }
      bias.withFloats { body(weights, $0) }
    }
  }

  /// The numbers of a parameter that the graph gives the node.
  private func withFloats(of role: Parameter.Role, _ body: (Reference.Input) -> Void) {
    guard let tensor = parameters[role] else {
      preconditionFailure("'\(node.name)' has no \(role)")
    }
    tensor.withFloats(body)
  }
}
