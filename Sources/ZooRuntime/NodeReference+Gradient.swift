import ZooGraph
import ZooKernels
import ZooTensor

extension NodeReference {
  /// The gradient with respect to what one image feeds in. `inputs`: the gradient of the operation's value, unless it
  /// is a loss, then what the gradient needs. `image`: which image of the batch it is. `images`: how many there are.
  func computeGradient(
    _ gradient: Gradient, _ inputs: [Reference.Input], _ output: Reference.Output, image: Int, images: Int
  ) {
    guard case .input(let index) = gradient.target else {
      preconditionFailure("a parameter's gradient joins the batch")
    }
    let (from, area) = (gradient.inputs[0].extent, gradient.inputs[0].extent.area)
    let dy = inputs[0]
    switch gradient.operation {
    case .convolution:
      withNumbers(of: [.weight]) {
        Reference.convolutionDataGradient(node.convolutionGeometry, weights: $0[0], dy, into: output)
      }
      if gradient.addsShare {
        for element in output.indices { output[element] += inputs[1][element] }
      }
    case .locallyConnected:
      withNumbers(of: [.weight]) {
        Reference.locallyConnectedDataGradient(node.convolutionGeometry, weights: $0[0], dy, into: output)
      }
    case .fullyConnected:
      withNumbers(of: [.weight]) { Reference.fullyConnectedDataGradient(weights: $0[0], dy, into: output) }
    case .maxPool: Reference.maxPoolGradient(node.poolingGeometry, inputs[1], dy, into: output)
    case .averagePool(_, let countsPadding):
      Reference.averagePoolGradient(node.poolingGeometry, countsPadding: countsPadding, dy, into: output)
    case .globalAveragePool, .adaptiveAveragePool, .mean:
      Reference.adaptiveAveragePoolGradient(from: from, to: input.extent, dy, into: output)
    case .transposedConvolution:
      withNumbers(of: [.weight]) {
        Reference.convolve(
          node.transposedGeometry, weights: $0[0], bias: nil, nil, dy, adding: nil, into: output)
      }
    case .pad(let layer):
      guard case .fixed(let padding) = layer.padding else { preconditionFailure("'\(node.name)' pads by no rule") }
      Reference.padGradient(padding, layer.mode, from: from, to: input.extent, dy, into: output)
    case .upsample(let layer):
      Reference.upsampleGradient(
        isBilinear: layer.mode == .bilinear, alignsCorners: layer.alignsCorners, from: from, to: input.extent, dy,
        into: output)
    case .globalMaxPool, .adaptiveMaxPool:
      Reference.adaptiveMaxPoolGradient(from: from, to: input.extent, inputs[1], dy, into: output)
    case .activation(let function): Reference.activationGradient(function, value: inputs[1], dy, into: output)
    case .prelu:
      withNumbers(of: [.weight]) { Reference.preluGradient(slopes: $0[0], area: area, inputs[1], dy, into: output) }
    case .batchNorm(let norm) where norm.usesBatch:
      let masked = gradient.operation.masksGradient ? Self.masked(dy, by: inputs[5]) : Array(dy)
      withNumbers(of: [.weight]) { scale in
        withPointers(to: [Array(inputs[3]) + Array(inputs[4]), masked]) { numbers in
          Reference.batchNormDataGradient(
            scale: scale[0], statistics: inputs[2], epsilon: norm.epsilon, gradients: numbers[0], count: images * area,
            area: area, inputs[1], numbers[1], into: output)
        }
      }
    case .batchNorm(let norm):
      withNumbers(of: [.weight, .runningVariance]) {
        Reference.batchNormDataGradient(
          scale: $0[0], variance: $0[1], epsilon: norm.epsilon, area: area, dy, into: output)
      }
    case .localResponseNorm(let norm):
      Reference.localResponseNormGradient(
        size: norm.size, alpha: norm.effectiveAlpha, beta: norm.beta, k: norm.k, area: area, inputs[1], dy, into: output
      )
    case .normalization(let norm):
      withNumbers(of: [.weight]) {
        Reference.normalizationGradient(
          groups: norm.groups, weight: $0[0], epsilon: norm.epsilon, area: area, inputs[1], dy, into: output)
      }
    case .randomMask(let mask):
      Reference.dropout(
        position.dropout(key: mask.key, image: image), probability: mask.probability, isPerImage: mask.isPerImage, dy,
        into: output)
    case .softmax: Reference.softmaxGradient(area: area, output: inputs[1], dy, into: output)
    case .concat:
      let before = gradient.inputs[..<index].reduce(0) { $0 + $1.channels }
      Reference.concatenateGradient(channelsBefore: before, area: area, dy, into: output)
    case .join(let join, _, _) where join.takesGates:
      Reference.multiplyGradient(others: Array(inputs.dropFirst()), area: input.extent.area, dy, into: output)
    case .flatten: Reference.copy(dy, into: output)
    case .selectChannels:
      Reference.selectChannels(gradient.channelsOfInput(index), area: area, of: [dy], into: output)
    case .subsample(let subsample):
      Reference.subsampleGradient(
        stride: subsample.stride, channelsBefore: subsample.channelsBefore, from: from, to: input.extent, dy,
        into: output)
    case .loss(let loss, let weight):
      Reference.lossGradient(loss, scores: inputs[0], target: inputs[1], into: output)
      for element in output.indices { output[element] *= weight / Double(images) }
    case .input, .dropout, .join, .parameter, .batchMean, .batchStatistics, .gradient:
      preconditionFailure("\(gradient.operation.kind) has no gradient")
    }
  }

  /// The gradient with respect to a parameter, summed over the images.
  func computeGradient(
    _ gradient: Gradient, _ role: Parameter.Role, _ inputs: [[Reference.Input]], _ output: Reference.Output
  ) {
    guard gradient.operation.masksGradient, let mask = inputs.last else {
      return computeUnmasked(gradient, role, inputs, output)
    }
    let masked = zip(inputs[0], mask).map { Self.masked($0, by: $1) }
    withPointers(to: masked[...]) { computeUnmasked(gradient, role, [$0] + inputs.dropFirst(), output) }
  }

  /// Where a value is positive, its gradient; else 0.
  private static func masked(_ gradient: Reference.Input, by value: Reference.Input) -> [Double] {
    zip(gradient, value).map { $1 > 0 ? $0 : 0 }
  }

  private func computeUnmasked(
    _ gradient: Gradient, _ role: Parameter.Role, _ inputs: [[Reference.Input]], _ output: Reference.Output
  ) {
    let (dy, area) = (inputs[0], inputShapes[0].extent.area)
    switch (gradient.operation, role) {
    case (.convolution, .weight), (.locallyConnected, .weight):
      let (x, gradients) = (inputs[1].flatMap { $0 }, dy.flatMap { $0 })
      let filterGradient =
        gradient.operation.isLocal ? Reference.locallyConnectedFilterGradient : Reference.convolutionFilterGradient
      x.withUnsafeBufferPointer { x in
        gradients.withUnsafeBufferPointer { gradients in
          filterGradient(node.convolutionGeometry, dy.count, x, gradients, output)
        }
      }
    case (.fullyConnected, .weight):
      Reference.fullyConnectedWeightGradient(inputs: inputs[1], outputGradients: dy, into: output)
    case (.locallyConnected, .bias), (.fullyConnected, .bias):
      Reference.biasGradient(area: 1, outputGradients: dy, into: output)
    case (.transposedConvolution, .weight):
      let (x, gradients) = (inputs[1].flatMap { $0 }, dy.flatMap { $0 })
      x.withUnsafeBufferPointer { x in
        gradients.withUnsafeBufferPointer { gradients in
          Reference.convolutionFilterGradient(
            node.transposedGeometry, images: dy.count, gradients, x, into: output)
        }
      }
    case (.convolution, .bias), (.batchNorm, .bias), (.normalization, .bias), (.transposedConvolution, .bias):
      Reference.biasGradient(area: area, outputGradients: dy, into: output)
    case (.batchNorm(let norm), .weight):
      let channels = output.count
      var both = [Double](repeating: 0, count: 2 * channels)
      withStatistics(norm.usesBatch ? inputs[2][0] : nil) { mean, variance in
        (Array(mean) + Array(variance)).withUnsafeBufferPointer { statistics in
          both.withUnsafeMutableBufferPointer {
            Reference.batchNormParameterGradient(
              statistics: statistics, epsilon: norm.epsilon, area: area, inputs: inputs[1], outputGradients: dy,
              into: $0)
          }
        }
      }
      for channel in 0..<channels { output[channel] = both[channel] }
    case (.normalization(let norm), .weight):
      Reference.normalizationWeightGradient(
        groups: norm.groups, epsilon: norm.epsilon, area: area, inputs: inputs[1], outputGradients: dy, into: output)
    case (.prelu, .weight):
      Reference.preluSlopeGradient(area: area, inputs: inputs[1], outputGradients: dy, into: output)
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
}

extension ZooGraph.Operation {
  fileprivate var isLocal: Bool {
    if case .locallyConnected = self { true } else { false }
  }
}
