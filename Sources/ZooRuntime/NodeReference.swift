import ZooGraph
import ZooKernels
import ZooTensor

/// One operation on the images of a batch, by the plain loops of `Reference`.
struct NodeReference {
  let node: Node
  let inputShapes: [Shape]
  let parameters: [Parameter.Role: [Double]]
  /// For what is drawn at random.
  let position: TrainingPoint

  /// What a node reads: the numbers of each image one after the other, or those that all images have in common.
  struct Value {
    let numbers: [Double]
    /// How many values there are.
    let count: Int

    init(_ numbers: [Double], count: Int) {
      self.numbers = numbers
      self.count = count
    }
  }

  /// The shape of the first input.
  var input: Shape { inputShapes[0] }

  /// The numbers of each image one after the other, or those that all have in common.
  func values(of inputs: [Value], images: Int) -> [Double] {
    let count = node.scope == .image ? images : 1
    var result = [Double](repeating: .nan, count: count * node.shape.elementCount)
    result.withUnsafeMutableBufferPointer { result in
      withPointers(to: inputs.map(\.numbers)[...]) { pointers in
        let values = zip(pointers, inputs).map { numbers, value in
          let size = numbers.count / value.count
          return (0..<value.count).map { UnsafeBufferPointer(rebasing: numbers[$0 * size..<($0 + 1) * size]) }
        }
        if node.scope == .batch, node.inputs.isEmpty || !computeJoining(values, result) {
          compute(values.map { $0[0] }, result, image: 0)
        } else if node.scope == .image {
          for image in 0..<count {
            let size = node.shape.elementCount
            compute(
              values.map { $0[$0.count == 1 ? 0 : image] },
              UnsafeMutableBufferPointer(rebasing: result[image * size..<(image + 1) * size]), image: image,
              images: images)
          }
        }
      }
    }
    return result
  }

  /// What joins the images of a batch.
  ///
  /// - Returns: whether the operation does.
  private func computeJoining(_ inputs: [[Reference.Input]], _ output: Reference.Output) -> Bool {
    switch node.operation {
    case .batchMean: Reference.average(inputs[0], into: output)
    case .batchStatistics: Reference.batchStatistics(inputs[0], area: input.extent.area, into: output)
    case .gradient(let gradient):
      guard case .parameter(let role) = gradient.target else { return false }
      computeGradient(gradient, role, inputs, output)
    case .input, .convolution, .locallyConnected, .fullyConnected, .maxPool, .averagePool, .globalAveragePool,
      .globalMaxPool, .adaptiveMaxPool, .mean, .pad, .upsample, .transposedConvolution, .adaptiveAveragePool,
      .activation, .prelu, .batchNorm, .localResponseNorm, .normalization, .dropout, .softmax, .concat, .join, .flatten,
      .selectChannels, .subsample, .parameter, .randomMask, .loss:
      return false
    }
    return true
  }

  private func compute(_ inputs: [Reference.Input], _ output: Reference.Output, image: Int, images: Int = 1) {
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
    case .globalAveragePool, .adaptiveAveragePool, .mean:
      Reference.adaptiveAveragePool(from: input.extent, to: node.shape.extent, inputs[0], into: output)
    case .transposedConvolution(let layer):
      withWeights { weights, bias in
        Reference.convolutionDataGradient(node.transposedGeometry, weights: weights, inputs[0], into: output)
        let area = node.shape.extent.area
        for element in output.indices {
          let sum = output[element] + (bias?[element / area] ?? 0)
          output[element] = layer.activation?(sum) ?? sum
        }
      }
    case .pad(let layer):
      guard case .fixed(let padding) = layer.padding else { preconditionFailure("'\(node.name)' pads by no rule") }
      Reference.pad(padding, layer.mode, from: input.extent, to: node.shape.extent, inputs[0], into: output)
    case .upsample(let layer):
      Reference.upsample(
        isBilinear: layer.mode == .bilinear, alignsCorners: layer.alignsCorners, from: input.extent,
        to: node.shape.extent, inputs[0], into: output)
    case .globalMaxPool, .adaptiveMaxPool:
      Reference.adaptiveMaxPool(from: input.extent, to: node.shape.extent, inputs[0], into: output)
    case .activation(let activation): Reference.activate(activation, inputs[0], into: output)
    case .prelu:
      withNumbers(of: [.weight]) { Reference.prelu(slopes: $0[0], area: input.extent.area, inputs[0], into: output) }
    case .parameter(let role, _): withNumbers(of: [role]) { Reference.copy($0[0], into: output) }
    case .batchMean, .batchStatistics:
      preconditionFailure("\(node.operation.kind) is no operation on one image")
    case .batchNorm(let norm):
      withNumbers(of: [.weight, .bias]) { affine in
        withStatistics(norm.usesBatch ? inputs[1] : nil) { mean, variance in
          Reference.batchNormalize(
            scale: affine[0], shift: affine[1], mean: mean, variance: variance, epsilon: norm.epsilon,
            area: input.extent.area, inputs[0], into: output)
        }
      }
      if let function = norm.activation {
        for element in output.indices { output[element] = function(output[element]) }
      }
    case .randomMask(let mask):
      Reference.dropout(
        position.dropout(key: mask.key, image: image), probability: mask.probability, isPerImage: mask.isPerImage,
        inputs[0], into: output)
    case .loss(let loss, let weight):
      output[0] = weight * Reference.loss(loss, scores: inputs[0], target: inputs[1])
    case .gradient(let gradient): computeGradient(gradient, inputs, output, image: image, images: images)
    case .localResponseNorm(let norm):
      Reference.normalizeLocalResponse(
        size: norm.size, alpha: norm.effectiveAlpha, beta: norm.beta, k: norm.k, area: input.extent.area, inputs[0],
        into: output)
    case .normalization(let norm):
      withWeights { weights, bias in
        guard let bias else { preconditionFailure("'\(node.name)' has no bias") }
        Reference.normalize(
          groups: norm.groups, weight: weights, bias: bias, epsilon: norm.epsilon, area: input.extent.area, inputs[0],
          into: output)
      }
    case .softmax: Reference.softmax(area: input.extent.area, inputs[0], into: output)
    case .concat: Reference.concatenate(inputs, into: output)
    case .join(let join, let activation, _):
      Reference.join(join, inputs, area: node.shape.extent.area, activation, into: output)
    case .selectChannels:
      let channels = node.operation.selectedChannels(of: inputShapes) ?? []
      Reference.selectChannels(channels, area: input.extent.area, of: inputs, into: output)
    case .subsample(let subsample):
      Reference.subsample(
        stride: subsample.stride, channelsBefore: subsample.channelsBefore, from: input.extent, to: node.shape.extent,
        inputs[0], into: output)
    }
  }

  private func withWeights(_ body: (_ weights: Reference.Input, _ bias: Reference.Input?) -> Void) {
    withNumbers(of: parameters[.bias] == nil ? [.weight] : [.weight, .bias]) { body($0[0], $0.dropFirst().first) }
  }

  /// The numbers of parameters that the graph gives the node.
  func withNumbers(of roles: [Parameter.Role], _ body: ([Reference.Input]) -> Void) {
    let numbers = roles.map { role in
      guard let numbers = parameters[role] else { preconditionFailure("'\(node.name)' has no \(role)") }
      return numbers
    }
    withPointers(to: numbers[...], body)
  }

  /// Means and variances: the halves of a value, or the stored ones.
  func withStatistics(_ value: Reference.Input?, _ body: (_ mean: Reference.Input, _ variance: Reference.Input) -> Void)
  {
    guard let value else {
      return withNumbers(of: [.runningMean, .runningVariance]) { body($0[0], $0[1]) }
    }
    let channels = value.count / 2
    body(UnsafeBufferPointer(rebasing: value[..<channels]), UnsafeBufferPointer(rebasing: value[channels...]))
  }
}

/// Calls `body` with pointers to all arrays.
func withPointers(to arrays: ArraySlice<[Double]>, _ body: ([Reference.Input]) -> Void) {
  guard let first = arrays.first else { return body([]) }
  first.withUnsafeBufferPointer { first in
    withPointers(to: arrays.dropFirst()) { body([first] + $0) }
  }
}
