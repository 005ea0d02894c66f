internal import CZooKernels
import ZooTensor

/// A transposed convolution's weights: those of the convolution whose data gradient it is, with a bias and an activation for
/// what that gives.
public struct PackedTransposedConvolution: Sendable {
  /// Without a bias.
  public private(set) var convolution: PackedConvolution
  /// Applied to each sum; `nil` for none.
  public let activation: Activation?
  /// The biases of each block, which are zeros where there are none.
  fileprivate var bias: FloatBuffer
  /// A line.
  fileprivate let ones = FloatBuffer(count: BlockedLayout.lanes)

  /// `geometry`: of the convolution: its input is what the transposed one gives. `deliver`: hands all of the weights,
  /// `[inputs, outputs / groups, height, width]`, and biases, `[outputs]`, to the packer, or keeps it to do so before
  /// the layer runs.
  public init(
    _ geometry: ConvolutionGeometry, activation: Activation? = nil, weights deliver: (WeightPacker) throws -> Void
  ) rethrows {
    let lanes = BlockedLayout.lanes
    let bias = FloatBuffer(count: (geometry.inputChannels + lanes - 1) / lanes * lanes)
    convolution = try PackedConvolution(geometry) { packer in
      try deliver(packer.packing(bias: bias, count: geometry.inputChannels))
    }
    self.activation = activation
    self.bias = bias
    ones.floats.update(repeating: 1, count: lanes)
  }

  /// Of the convolution whose data gradient it is.
  public var geometry: ConvolutionGeometry { convolution.geometry }

  /// The same weights, in the same memory, for a map of another size; `nil` where the weights would lie differently.
  public func resized(_ geometry: ConvolutionGeometry) -> PackedTransposedConvolution? {
    guard let resized = convolution.resized(geometry, inputForm: .blocked) else { return nil }
    var result = self
    result.convolution = resized
    return result
  }
}

extension PackedTransposedConvolution: PackedLayer {
  package var buffers: [FloatBuffer] {
    get { [convolution.buffers[0], bias, convolution.buffers[1]] }
    set {
      convolution.buffers = [newValue[0], newValue[2]]
      bias = newValue[1]
    }
  }
}

extension Machine {
  /// A transposed convolution, `f(Wᵀ ∗ x + bias)`: the data gradient of its convolution, then bias and function. Lanes
  /// beyond the last channel become zeros. `input`: of the convolution's output's shape, with at least
  /// `geometry.dataGradientHalo` of zeros around it. `output`: of the convolution's input's shape. `scratch`:
  /// `geometry.dataGradientScratchFloats()` floats, aligned to 64 bytes.
  public func convolveTransposed(
    _ layer: PackedTransposedConvolution, _ input: BlockedView, into output: BlockedView,
    scratch: UnsafeMutablePointer<Float>
  ) {
    dataGradient(of: layer.convolution, outputGradient: input, into: output, scratch: scratch)
    let width = output.layout.extent.width
    forEachRow(clearing: output) { image, block, row in
      let pixels = output.row(row, image: image, block: block)
      kernels.pointee.scale(
        layer.activation.kernel, layer.ones.floats, layer.bias.floats + block * BlockedLayout.lanes, pixels, pixels,
        width)
    }
  }
}
