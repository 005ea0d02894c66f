import ZooTensor

extension Operation {
  /// What a node with this operation has: its value's shape, its geometry and the parameters that it needs.
  public struct Signature: Hashable, Sendable {
    /// Of the value of one image, or of the batch where the operation joins it.
    public let shape: Shape
    /// `nil` where shapes say all.
    public let geometry: Geometry?
    /// In PyTorch's order.
    public let parameters: [Requirement]

    /// A parameter that an operation needs.
    public struct Requirement: Hashable, Sendable {
      /// What it is for.
      public let role: ZooGraph.Parameter.Role
      /// What a checkpoint must have, row-major.
      public let shape: Shape
      /// What all its numbers are, where a checkpoint has none.
      public let constant: Float?

      init(_ role: ZooGraph.Parameter.Role, _ shape: Shape, constant: Float? = nil) {
        self.role = role
        self.shape = shape
        self.constant = constant
      }
    }

    init(_ shape: Shape, _ geometry: Geometry? = nil, _ parameters: [Requirement] = []) {
      self.shape = shape
      self.geometry = geometry
      self.parameters = parameters
    }
  }

  /// What the operation makes of inputs of the given shapes.
  ///
  /// - Throws: `ShapeError` when the inputs do not fit.
  public func signature(inputs: [Shape]) throws(ShapeError) -> Signature {
    let expected = traits.inputs
    guard expected.contains(inputs.count) else { throw .inputCount(expected: expected, found: inputs.count) }
    let input = inputs.first ?? []
    switch self {
    case .input(let shape):
      return Signature(try checked(shape.dimensions, "the input"))
    case .convolution(let layer):
      let geometry = try layer.geometry(input: input)
      let shape = try checked(
        [geometry.outputChannels, geometry.output.height, geometry.output.width], "the output")
      if layer.addsInput, inputs[1] != shape { throw .shapesDiffer([shape, inputs[1]]) }
      let weight = try checked(
        [
          geometry.outputChannels, geometry.inputChannelsPerGroup, geometry.kernel.height, geometry.kernel.width,
        ], "the weight")
      return Signature(
        shape, .convolution(geometry), weights(weight, bias: layer.hasBias ? [geometry.outputChannels] : nil))
    case .locallyConnected(let layer):
      let geometry = try layer.geometry(input: input)
      let output = geometry.output
      let shape = try checked([geometry.outputChannels, output.height, output.width], "the output")
      let weight = try checked(
        [
          output.height, output.width, geometry.outputChannels, geometry.inputChannels, geometry.kernel.height,
          geometry.kernel.width,
        ], "the weight")
      return Signature(shape, .convolution(geometry), weights(weight, bias: layer.hasBias ? shape : nil))
    case .fullyConnected(let layer):
      try require(layer.outputFeatures, in: 1...ConvolutionGeometry.maximumChannels, "output features")
      let weight = try checked([layer.outputFeatures, input.elementCount], "the weight")
      return Signature(
        [layer.outputFeatures], nil, weights(weight, bias: layer.hasBias ? [layer.outputFeatures] : nil))
    case .maxPool(let pooling), .averagePool(let pooling, _):
      let geometry = try pooling.geometry(input: input)
      return Signature(
        try checked([input.channels, geometry.output.height, geometry.output.width], "the output"),
        .pooling(geometry))
    case .globalAveragePool, .globalMaxPool:
      try requireFeatureMap(input)
      return Signature([input.channels, 1, 1])
    case .adaptiveAveragePool(let extent), .adaptiveMaxPool(let extent):
      try requireFeatureMap(input)
      try require(extent.height, in: 1...ConvolutionGeometry.maximumSide, "output height")
      try require(extent.width, in: 1...ConvolutionGeometry.maximumSide, "output width")
      return Signature(try checked([input.channels, extent.height, extent.width], "the output"))
    case .transposedConvolution(let layer):
      let geometry = try layer.geometry(input: input)
      let weight = try checked(
        [
          geometry.outputChannels, geometry.inputChannelsPerGroup, geometry.kernel.height, geometry.kernel.width,
        ], "the weight")
      return Signature(
        try checked([geometry.inputChannels, geometry.input.height, geometry.input.width], "the output"),
        .transposedConvolution(geometry), weights(weight, bias: layer.hasBias ? [geometry.inputChannels] : nil))
    case .pad(let layer):
      let resampling = try layer.resampling(input: input)
      let output = resampling.output
      return Signature(
        try checked([input.channels, output.height, output.width], "the output"), .resampling(resampling))
    case .upsample(let layer):
      let resampling = try layer.resampling(input: input)
      let output = resampling.output
      return Signature(
        try checked([input.channels, output.height, output.width], "the output"), .resampling(resampling))
    case .mean(let side):
      try requireFeatureMap(input)
      return Signature(side.shape(of: input))
    case .batchNorm(let norm):
      let shape: Shape = [input.channels]
      if norm.usesBatch, inputs[1] != [2 * input.channels] { throw .shapesDiffer([[2 * input.channels], inputs[1]]) }
      let parameters: [(role: ZooGraph.Parameter.Role, isThere: Bool, otherwise: Float)] = [
        (.weight, norm.hasScale, 1), (.bias, norm.hasShift, 0), (.runningMean, norm.hasStatistics, 0),
        (.runningVariance, norm.hasStatistics, 1),
      ]
      return Signature(
        input, nil,
        parameters.prefix(norm.usesBatch ? 2 : 4).map {
          Signature.Requirement($0.role, shape, constant: $0.isThere ? nil : $0.otherwise)
        })
    case .localResponseNorm(let norm):
      try requireFeatureMap(input)
      guard (1...LocalResponseNorm.maximumSize).contains(norm.size), norm.size % 2 == 1 else {
        throw .attributeOutOfRange(
          attribute: "size", value: "\(norm.size)", expected: "an odd number from 1 to \(LocalResponseNorm.maximumSize)"
        )
      }
      return Signature(input)
    case .normalization(let norm):
      if let groups = norm.groups, groups < 1 || input.channels % groups != 0 {
        throw .attributeOutOfRange(
          attribute: "groups", value: "\(groups)", expected: "a divisor of the input's \(input.channels) channels")
      }
      let shape: Shape = [input.channels]
      return Signature(input, nil, weights(shape, bias: shape))
    case .dropout(let probability):
      guard (0..<1).contains(probability) else {
        throw .attributeOutOfRange(
          attribute: "probability", value: "\(probability)", expected: "at least 0 and below 1")
      }
      return Signature(input)
    case .activation(.clamp(let lower, let upper)):
      guard lower <= upper else {
        throw .attributeOutOfRange(
          attribute: "lower", value: Double(lower).short, expected: "at most upper, \(Double(upper).short)")
      }
      return Signature(input)
    case .randomMask(let mask):
      return try Operation.dropout(probability: mask.probability).signature(inputs: inputs)
    case .batchStatistics:
      return Signature([2 * input.channels])
    case .loss:
      guard inputs[0].elementCount == inputs[1].elementCount else { throw .shapesDiffer(inputs) }
      return Signature([1])
    case .gradient(let gradient):
      return try gradient.signature(inputs: inputs)
    case .activation, .softmax, .batchMean:
      return Signature(input)
    case .prelu(let isShared):
      return Signature(input, nil, [Signature.Requirement(.weight, isShared ? [1] : [input.channels])])
    case .concat:
      guard inputs.allSatisfy({ $0.rank == input.rank && $0.dimensions.dropFirst() == input.dimensions.dropFirst() })
      else { throw .extentsDiffer(inputs) }
      return Signature(
        try checked([inputs.reduce(0) { $0 + $1.channels }] + Array(input.dimensions.dropFirst()), "the output"))
    case .join(let join, _, _) where join.takesGates:
      guard let whole = inputs.max(by: { $0.elementCount < $1.elementCount || $0.rank < $1.rank }),
        inputs.allSatisfy({ $0 == whole || $0.isOneNumberPerChannel(of: whole) })
      else { throw .factorsDiffer(inputs) }
      return Signature(whole)
    case .join(_, _, let depth):
      guard inputs.allSatisfy({ $0 == input }) else { throw .shapesDiffer(inputs) }
      guard (0..<1).contains(depth) else {
        throw .attributeOutOfRange(
          attribute: "stochastic_depth", value: "\(depth)", expected: "at least 0 and below 1")
      }
      return Signature(input)
    case .flatten:
      return Signature([input.elementCount])
    case .selectChannels(let selection):
      let rest = input.dimensions.dropFirst()
      guard inputs.allSatisfy({ $0.rank == input.rank && $0.dimensions.dropFirst() == rest }) else {
        throw .extentsDiffer(inputs)
      }
      let sources = try selection.sources(of: inputs.reduce(0) { $0 + $1.channels })
      return Signature(try checked([sources.count] + Array(rest), "the output"))
    case .subsample(let subsample):
      try requireFeatureMap(input)
      try require(subsample.stride.height, in: 1...ConvolutionGeometry.maximumSide, "stride")
      try require(subsample.stride.width, in: 1...ConvolutionGeometry.maximumSide, "stride")
      try require(subsample.channelsBefore, in: 0...ConvolutionGeometry.maximumChannels, "channels before")
      try require(subsample.channelsAfter, in: 0...ConvolutionGeometry.maximumChannels, "channels after")
      return Signature(
        try checked(
          [
            subsample.channelsBefore + input.channels + subsample.channelsAfter,
            (input.extent.height - 1) / subsample.stride.height + 1,
            (input.extent.width - 1) / subsample.stride.width + 1,
          ], "the output"))
    case .parameter(let role, let shape):
      let shape = try checked(shape.dimensions, "the parameter")
      return Signature(shape, nil, [Signature.Requirement(role, shape)])
    }
  }

  private func weights(_ weight: Shape, bias: Shape?) -> [Signature.Requirement] {
    [Signature.Requirement(.weight, weight)] + (bias.map { [Signature.Requirement(.bias, $0)] } ?? [])
  }
}

extension Gradient {
  /// - Throws: `ShapeError` when the inputs are not what the gradient needs.
  fileprivate func signature(inputs found: [Shape]) throws(ShapeError) -> Operation.Signature {
    let forward = try operation.signature(inputs: inputs)
    func parameter(_ role: Parameter.Role) -> Shape { forward.parameters.first { $0.role == role }?.shape ?? [] }
    var expected = needs.readsOutputGradient ? [forward.shape] : []
    for value in needs.values {
      switch value {
      case .input(let index): expected.append(inputs[index])
      case .output: expected.append(forward.shape)
      case .gradient(let role): expected.append(parameter(role))
      }
    }
    if addsShare, case .input(let index) = target { expected.append(inputs[index]) }
    guard found == expected else { throw .shapesDiffer(expected + found) }
    let shape: Shape =
      switch target {
      case .input(let index): inputs[index]
      case .parameter(let role): parameter(role)
      }
    return Operation.Signature(
      shape, forward.geometry, forward.parameters.filter { needs.parameters.contains($0.role) })
  }
}

extension Shape {
  /// Whether this is a vector, or a map of one position, with as many channels as the map.
  func isOneNumberPerChannel(of map: Shape) -> Bool {
    map.isFeatureMap && elementCount == map.channels && channels == map.channels
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

extension TransposedConvolution {
  /// The geometry of the convolution that gives a map `[channels, height, width]`, the input of this layer, and whose input
  /// is what this layer gives.
  public func geometry(input: Shape) throws(ShapeError) -> ConvolutionGeometry {
    try requireFeatureMap(input)
    let most = ConvolutionGeometry.maximumSide
    guard case .fixed(let sides) = padding else {
      throw .attributeOutOfRange(
        attribute: "padding", value: "\(padding)",
        expected: "numbers of rows and columns: several sizes of the result have the same input with 'same'")
    }
    for (name, extent) in [("kernel", kernel), ("stride", stride), ("dilation", dilation)] {
      try require(extent.height, in: 1...most, name)
      try require(extent.width, in: 1...most, name)
    }
    try require(outputChannels, in: 1...ConvolutionGeometry.maximumChannels, "output channels")
    try require(groups, in: 1...ConvolutionGeometry.maximumChannels, "groups")
    for (name, channels) in [("input channels", input.channels), ("output channels", outputChannels)]
    where channels % groups != 0 {
      throw .geometry(.channelsNotDivisible(attribute: name, channels: channels, groups: groups), input: input)
    }
    func side(_ length: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ cut: Int, _ extra: Int)
      throws(ShapeError) -> Int
    {
      guard (0..<stride).contains(extra) else {
        throw .attributeOutOfRange(
          attribute: "output_padding", value: "\(extra)", expected: "0 to \(stride - 1), less than the stride")
      }
      let result = (length - 1).multipliedSaturated(by: stride).addingSaturated(
        dilation * (kernel - 1) + 1 + extra - cut)
      guard (1...most).contains(result) else {
        throw .attributeOutOfRange(
          attribute: "padding", value: "\(sides)",
          expected: "what leaves 1 to \(most) rows and columns; this would leave \(result)")
      }
      return result
    }
    guard [sides.top, sides.left, sides.bottom, sides.right].allSatisfy((0..<most).contains) else {
      throw .geometry(.paddingOutOfRange(sides), input: input)
    }
    let extent = input.extent
    let output = Extent(
      height: try side(
        extent.height, kernel.height, stride.height, dilation.height, sides.vertical, outputPadding.height),
      width: try side(extent.width, kernel.width, stride.width, dilation.width, sides.horizontal, outputPadding.width))
    do throws(GeometryError) {
      return try ConvolutionGeometry(
        inputChannels: outputChannels, outputChannels: input.channels, groups: groups, input: output, kernel: kernel,
        stride: stride, padding: sides, dilation: dilation)
    } catch {
      throw .geometry(error, input: input)
    }
  }
}

extension Pad {
  /// How a map `[channels, height, width]` is padded.
  public func resampling(input: Shape) throws(ShapeError) -> Resampling {
    try requireFeatureMap(input)
    func misfit(_ expected: String) -> ShapeError {
      .attributeOutOfRange(attribute: "padding", value: "\(padding)", expected: expected)
    }
    guard case .fixed(let sides) = padding else {
      throw misfit("numbers of rows and columns, since no window says what 'same' is")
    }
    let (extent, most) = (input.extent, ConvolutionGeometry.maximumSide)
    guard [sides.top, sides.left, sides.bottom, sides.right].allSatisfy((0..<most).contains) else {
      throw misfit("0 to \(most - 1) on each side")
    }
    guard
      mode != .reflect || max(sides.top, sides.bottom) < extent.height && max(sides.left, sides.right) < extent.width
    else {
      throw misfit("less than the map of \(extent) has rows and columns, since it is mirrored; use replicate for more")
    }
    let output = Extent(
      height: extent.height.addingSaturated(sides.vertical), width: extent.width.addingSaturated(sides.horizontal))
    guard max(output.height, output.width) <= most else {
      throw misfit("what makes the map of \(extent) no longer than \(most) on any side")
    }
    return Resampling(.padding(sides, mode), input: extent, output: output)
  }
}

extension Upsample {
  /// How a map `[channels, height, width]` is enlarged.
  public func resampling(input: Shape) throws(ShapeError) -> Resampling {
    try requireFeatureMap(input)
    guard mode == .bilinear || !alignsCorners else {
      throw .attributeOutOfRange(
        attribute: "align_corners", value: "true", expected: "false with mode nearest, which takes pixels as they are")
    }
    guard factor != Extent(1) || output != Extent(0) else {
      throw .attributeOutOfRange(
        attribute: "factor", value: "1", expected: "more than 1, or out: the size of the result")
    }
    func side(_ length: Int, _ factor: Int, _ output: Int) throws(ShapeError) -> Int {
      let most = ConvolutionGeometry.maximumSide
      try require(factor, in: 1...most, "factor")
      try require(output, in: 0...most, "out")
      guard output == 0 || factor == 1 else {
        throw .attributeOutOfRange(
          attribute: "out", value: "\(output)", expected: "nothing beside a factor of \(factor), which says the same")
      }
      let result = output == 0 ? length.multipliedSaturated(by: factor) : output
      guard result <= most, length <= most else {
        throw .attributeOutOfRange(
          attribute: output == 0 ? "factor" : "out", value: "\(output == 0 ? factor : output)",
          expected: "what makes no side longer than \(most); the input's is \(length)")
      }
      return result
    }
    let extent = input.extent
    let result = Extent(
      height: try side(extent.height, factor.height, output.height),
      width: try side(extent.width, factor.width, output.width))
    return Resampling(
      mode == .nearest ? .nearest : .bilinear(alignsCorners: alignsCorners), input: extent, output: result)
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
