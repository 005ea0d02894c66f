import ZooTensor

extension Operation {
  /// How many inputs the operation reads.
  public var inputCount: ClosedRange<Int> {
    switch self {
    case .input: 0...0
    case .convolution(let convolution): convolution.addsInput ? 2...2 : 1...1
    case .add: 2...16
    case .concat: 1...1024
    case .locallyConnected, .fullyConnected, .maxPool, .averagePool, .globalAveragePool, .adaptiveAveragePool,
      .activation, .batchNorm, .localResponseNorm, .dropout, .softmax, .flatten, .subsample:
      1...1
    }
  }

  /// The shape of the operation's value for inputs of the given shapes.
  ///
  /// - Throws: `ShapeError` when the inputs do not fit.
  public func outputShape(inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputCount.contains(inputs.count) else { throw .inputCount(expected: inputCount, found: inputs.count) }
    let input = inputs.first ?? []
    switch self {
    case .input(let shape):
      return try checked(shape.dimensions, "the input")
    case .convolution(let convolution):
      let output = try convolution.geometry(input: input).output
      let shape = try checked([convolution.outputChannels, output.height, output.width], "the output")
      if convolution.addsInput, inputs[1] != shape { throw .shapesDiffer([shape, inputs[1]]) }
      return shape
    case .locallyConnected(let layer):
      let output = try layer.geometry(input: input).output
      return try checked([layer.outputChannels, output.height, output.width], "the output")
    case .fullyConnected(let layer):
      try require(layer.outputFeatures, in: 1...ConvolutionGeometry.maximumChannels, "output features")
      return [layer.outputFeatures]
    case .maxPool(let pooling), .averagePool(let pooling, _):
      let output = try pooling.geometry(input: input).output
      return try checked([input.channels, output.height, output.width], "the output")
    case .globalAveragePool:
      try requireFeatureMap(input)
      return [input.channels, 1, 1]
    case .adaptiveAveragePool(let extent):
      try requireFeatureMap(input)
      try require(extent.height, in: 1...ConvolutionGeometry.maximumSide, "output height")
      try require(extent.width, in: 1...ConvolutionGeometry.maximumSide, "output width")
      return try checked([input.channels, extent.height, extent.width], "the output")
    case .localResponseNorm(let norm):
      try requireFeatureMap(input)
      guard (1...1025).contains(norm.size), norm.size % 2 == 1 else {
        throw .attributeOutOfRange(attribute: "size", value: "\(norm.size)", expected: "an odd number from 1 to 1025")
      }
      return input
    case .dropout(let probability):
      guard (0..<1).contains(probability) else {
        throw .attributeOutOfRange(
          attribute: "probability", value: "\(probability)", expected: "at least 0 and below 1")
      }
      return input
    case .batchNorm, .activation, .softmax:
      return input
    case .concat:
      guard inputs.allSatisfy({ $0.rank == input.rank && $0.dimensions.dropFirst() == input.dimensions.dropFirst() })
      else { throw .extentsDiffer(inputs) }
      return try checked(
        [inputs.reduce(0) { $0 + $1.channels }] + Array(input.dimensions.dropFirst()), "the output")
    case .add:
      guard inputs.allSatisfy({ $0 == input }) else { throw .shapesDiffer(inputs) }
      return input
    case .flatten:
      return [input.elementCount]
    case .subsample(let subsample):
      try requireFeatureMap(input)
      try require(subsample.stride.height, in: 1...ConvolutionGeometry.maximumSide, "stride")
      try require(subsample.stride.width, in: 1...ConvolutionGeometry.maximumSide, "stride")
      try require(subsample.channelsBefore, in: 0...ConvolutionGeometry.maximumChannels, "channels before")
      try require(subsample.channelsAfter, in: 0...ConvolutionGeometry.maximumChannels, "channels after")
      return try checked(
        [
          subsample.channelsBefore + input.channels + subsample.channelsAfter,
          (input.extent.height - 1) / subsample.stride.height + 1,
          (input.extent.width - 1) / subsample.stride.width + 1,
        ], "the output")
    }
  }

  /// The parameters that the operation needs, in PyTorch's order.
  ///
  /// - Throws: `ShapeError` when the inputs do not fit.
  public func parameterShapes(inputs: [Shape]) throws(ShapeError) -> [(role: Parameter.Role, shape: Shape)] {
    guard inputCount.contains(inputs.count) else { throw .inputCount(expected: inputCount, found: inputs.count) }
    let input = inputs.first ?? []
    switch self {
    case .convolution(let convolution):
      let geometry = try convolution.geometry(input: input)
      let weight = try checked(
        [
          geometry.outputChannels, geometry.inputChannelsPerGroup, geometry.kernel.height, geometry.kernel.width,
        ], "the weight")
      return [(.weight, weight)] + (convolution.hasBias ? [(.bias, [geometry.outputChannels])] : [])
    case .locallyConnected(let layer):
      let geometry = try layer.geometry(input: input)
      let output = geometry.output
      let weight = try checked(
        [
          output.height, output.width, geometry.outputChannels, geometry.inputChannels, geometry.kernel.height,
          geometry.kernel.width,
        ], "the weight")
      return [(.weight, weight)]
        + (layer.hasBias ? [(.bias, [geometry.outputChannels, output.height, output.width])] : [])
    case .fullyConnected(let layer):
      try require(layer.outputFeatures, in: 1...ConvolutionGeometry.maximumChannels, "output features")
      let weight = try checked([layer.outputFeatures, input.elementCount], "the weight")
      return [(.weight, weight)] + (layer.hasBias ? [(.bias, [layer.outputFeatures])] : [])
    case .batchNorm:
      let shape: Shape = [input.channels]
      return [(.weight, shape), (.bias, shape), (.runningMean, shape), (.runningVariance, shape)]
    case .input, .maxPool, .averagePool, .globalAveragePool, .adaptiveAveragePool, .activation, .localResponseNorm,
      .dropout, .softmax, .concat, .add, .flatten, .subsample:
      return []
    }
  }
}

extension Convolution {
  /// The geometry for an input `[channels, height, width]`.
  public func geometry(input: Shape) throws(ShapeError) -> ConvolutionGeometry {
    try requireFeatureMap(input)
    do throws(GeometryError) {
      return try ConvolutionGeometry(
        inputChannels: input.channels, outputChannels: outputChannels, groups: groups, input: input.extent,
        kernel: kernel, stride: stride, padding: padding(for: input.extent), dilation: dilation)
    } catch {
      throw .geometry(error, input: input)
    }
  }
}

extension LocallyConnected {
  /// The geometry for an input `[channels, height, width]`.
  public func geometry(input: Shape) throws(ShapeError) -> ConvolutionGeometry {
    try Convolution(outputChannels: outputChannels, kernel: kernel, stride: stride, padding: padding)
      .geometry(input: input)
  }
}

extension Pooling {
  /// The geometry for an input `[channels, height, width]`.
  public func geometry(input: Shape) throws(ShapeError) -> PoolingGeometry {
    try requireFeatureMap(input)
    guard padding != .same || rounding == .floor else {
      throw .attributeOutOfRange(
        attribute: "rounding", value: rounding.rawValue, expected: "floor, since with padding 'same' nothing is rounded"
      )
    }
    do throws(GeometryError) {
      return try PoolingGeometry(
        input: input.extent, kernel: kernel, stride: stride, padding: padding(for: input.extent), rounding: rounding)
    } catch {
      throw .geometry(error, input: input)
    }
  }
}

private func requireFeatureMap(_ shape: Shape) throws(ShapeError) {
  guard shape.isFeatureMap else { throw .needsFeatureMap(found: shape) }
}

private func require(_ value: Int, in range: ClosedRange<Int>, _ attribute: String) throws(ShapeError) {
  guard range.contains(value) else {
    throw .attributeOutOfRange(
      attribute: attribute, value: "\(value)", expected: "\(range.lowerBound) to \(range.upperBound)")
  }
}

private func checked(_ dimensions: [Int], _ what: String) throws(ShapeError) -> Shape {
  guard let shape = Shape(validating: dimensions), (1...ShapeError.maximumElements).contains(shape.elementCount) else {
    throw .tooLarge(what: what, dimensions: dimensions)
  }
  return shape
}
