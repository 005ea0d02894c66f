import ZooTensor

/// A fully connected layer's weights in the order in which they are streamed, with its bias and non-linearity.
///
/// The layer is a convolution whose kernel covers the map.
public struct PackedFullyConnected: Sendable {
  let convolution: PackedConvolution

  /// Prepares a layer to run on any machine.
  ///
  /// - Parameters:
  ///   - inputShape: the feature map or vector that the layer reads, as it is before any flattening
  ///   - weights: `[outputs, inputs]`, inputs in C, H, W order, float32
  ///   - bias: `[outputs]`, or `nil` for zeros
  ///   - pool: shares the work of packing
  /// - Throws: `GeometryError` if the map is larger than a convolution's may be.
  public init(
    inputShape: Shape, weights: Tensor, bias: Tensor?, nonlinearity: Nonlinearity = .identity, pool: ThreadPool
  ) throws(GeometryError) {
    let geometry = try Self.geometry(inputShape: inputShape, outputFeatures: weights.shape.channels)
    convolution = Self.convolution(geometry, bias: bias, nonlinearity: nonlinearity, pool: pool) { $0.pack(weights) }
  }

  /// As above, with weights that arrive part by part.
  ///
  /// - Parameter deliver: hands all of the weights to the packer.
  /// - Throws: also what `deliver` throws.
  public init(
    inputShape: Shape, outputFeatures: Int, bias: Tensor?, nonlinearity: Nonlinearity = .identity, pool: ThreadPool,
    weights deliver: (WeightPacker) throws -> Void
  ) throws {
    let geometry = try Self.geometry(inputShape: inputShape, outputFeatures: outputFeatures)
    convolution = try Self.convolution(
      geometry, bias: bias, nonlinearity: nonlinearity, pool: pool, weights: deliver)
  }

  private static func geometry(inputShape: Shape, outputFeatures: Int) throws(GeometryError) -> ConvolutionGeometry {
    try ConvolutionGeometry(
      inputChannels: inputShape.channels, outputChannels: outputFeatures, input: inputShape.extent,
      kernel: inputShape.extent)
  }

  private static func convolution(
    _ geometry: ConvolutionGeometry, bias: Tensor?, nonlinearity: Nonlinearity, pool: ThreadPool,
    weights deliver: (WeightPacker) throws -> Void
  ) rethrows -> PackedConvolution {
    try PackedConvolution(
      geometry, bias: bias, nonlinearity: nonlinearity, inputForm: .blocked, longestChain: 256, pool: pool,
      weights: deliver)
  }

  public var outputFeatures: Int { convolution.geometry.outputChannels }
  public var nonlinearity: Nonlinearity { convolution.nonlinearity }

  /// The memory of the packed weights and bias.
  public var byteCount: Int { convolution.byteCount }
}
