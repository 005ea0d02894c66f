import ZooGraph
import ZooKernels
import ZooTensor

/// A direct convolution, of a map or of an image's planes.
struct ConvolutionKernel: LayerKernel {
  var layer: PackedConvolution
  let convolution: Convolution

  var algorithm: ConvolutionAlgorithm? {
    switch layer.inputForm {
    case .planar: .planar
    case .blocked: layer.geometry.isDepthwise ? .depthwise : .direct
    }
  }
  var fetchesUpcoming: Bool { layer.fetchesUpcoming }
  var description: String { convolution.name(algorithm) }

  func run(_ operands: Operands, on machine: Machine) {
    switch layer.inputForm {
    case .blocked: machine.convolve(layer, operands.input, adding: operands.addend, into: operands.output)
    case .planar: machine.convolve(layer, planar: operands.planes, adding: operands.addend, into: operands.output)
    }
  }
}

/// A convolution and the batch norm before it, which nothing else reads.
struct ScaledConvolution: PackedLayer {
  var scale: ChannelScale
  /// The node that the scale belongs to.
  let scaleName: String
  var convolution: PackedConvolution

  var buffers: [FloatBuffer] {
    get { convolution.buffers + scale.buffers }
    set {
      convolution.buffers = Array(newValue.prefix(convolution.buffers.count))
      scale.buffers = Array(newValue.suffix(scale.buffers.count))
    }
  }
}

/// A direct convolution of single pixels, of what batch norm makes of the input.
struct ScaledConvolutionKernel: LayerKernel {
  var layer: ScaledConvolution
  let scaleActivation: Activation?
  let convolution: Convolution

  var algorithm: ConvolutionAlgorithm? { .direct }
  var fetchesUpcoming: Bool { true }
  var description: String { "batch norm\(scaleActivation.suffix), " + convolution.name(algorithm) }

  func run(_ operands: Operands, on machine: Machine) {
    machine.convolve(
      layer.convolution, after: .scale(layer.scale, scaleActivation), operands.input,
      adding: convolution.addsInput ? operands.input(1) : nil, into: operands.output, scratch: operands.scratch)
  }
}

/// A direct convolution of single pixels, of the input times a number for each channel.
struct GatedConvolutionKernel: LayerKernel {
  var layer: PackedConvolution
  let convolution: Convolution

  var algorithm: ConvolutionAlgorithm? { .direct }
  var fetchesUpcoming: Bool { true }
  var description: String { "multiply, " + convolution.name(algorithm) }

  func run(_ operands: Operands, on machine: Machine) {
    machine.convolve(
      layer, after: .gate(operands.input(1)), operands.input,
      adding: convolution.addsInput ? operands.input(2) : nil,
      into: operands.output, scratch: operands.scratch)
  }
}

/// A depthwise convolution and the convolution of single pixels before it, which nothing else reads.
struct ExpandedDepthwise: PackedLayer {
  var expansion: PackedConvolution
  /// The node that the expansion is.
  let expansionName: String
  var depthwise: PackedConvolution

  var buffers: [FloatBuffer] {
    get { depthwise.buffers + expansion.buffers }
    set {
      depthwise.buffers = Array(newValue.prefix(depthwise.buffers.count))
      expansion.buffers = Array(newValue.suffix(expansion.buffers.count))
    }
  }
}

/// A depthwise convolution that computes what it reads.
struct ExpandedDepthwiseKernel: LayerKernel {
  var layer: ExpandedDepthwise
  let expansion: Convolution
  let convolution: Convolution

  var algorithm: ConvolutionAlgorithm? { .depthwise }
  var fetchesUpcoming: Bool { true }
  var description: String { expansion.name(.direct) + ", " + convolution.name(algorithm) }

  func run(_ operands: Operands, on machine: Machine) {
    machine.convolve(
      layer.depthwise, after: layer.expansion, operands.input, adding: operands.addend, into: operands.output,
      scratch: operands.scratch)
  }
}

/// A convolution by Winograd's algorithm.
struct WinogradKernel: LayerKernel {
  var layer: PackedWinograd
  let convolution: Convolution
  /// Whether it writes the maximum of every 2×2 pixels.
  let pools: Bool

  var algorithm: ConvolutionAlgorithm? { .winograd(layer.form) }
  var description: String { convolution.name(algorithm) + (pools ? ", max pool 2×2" : "") }

  func run(_ operands: Operands, on machine: Machine) {
    machine.convolve(
      layer, operands.input, adding: operands.addend, pools: pools, into: operands.output, scratch: operands.scratch)
  }
}

struct TransposedConvolutionKernel: LayerKernel {
  var layer: PackedTransposedConvolution

  var description: String { "transposed convolution \(layer.geometry.kernel)" + layer.activation.suffix }

  func run(_ operands: Operands, on machine: Machine) {
    machine.convolveTransposed(layer, operands.input, into: operands.output, scratch: operands.scratch)
  }
}

struct LocallyConnectedKernel: LayerKernel {
  var layer: PackedLocallyConnected

  var description: String { "locally connected \(layer.geometry.kernel)" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.locallyConnect(layer, operands.input, into: operands.output)
  }
}

struct FullyConnectedKernel: LayerKernel {
  var layer: PackedFullyConnected
  let activation: Activation?

  var description: String { "fully connected" + activation.suffix }

  func run(_ operands: Operands, on machine: Machine) {
    machine.fullyConnect(layer, operands.input, into: operands.output)
  }
}

extension Convolution {
  fileprivate func name(_ algorithm: ConvolutionAlgorithm?) -> String {
    (algorithm?.name(kernel: kernel) ?? "") + (addsInput ? " add" : "") + activation.suffix
  }
}
