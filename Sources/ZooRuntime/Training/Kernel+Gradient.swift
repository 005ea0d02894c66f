import ZooGraph
import ZooKernels
import ZooTensor

// The gradient of a value is what a kernel reads first.

struct DataGradientKernel: Kernel {
  let layer: PackedConvolution

  var description: String { layer.geometry.prefix + "data gradient \(layer.geometry.kernel)" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.dataGradient(
      of: layer, outputGradient: operands.input, adding: operands.addend, into: operands.output,
      scratch: operands.scratch)
  }
}

/// The gradient to a transposed convolution's input: the convolution.
struct TransposedDataGradientKernel: Kernel {
  let layer: PackedTransposedConvolution

  var description: String { "transposed convolution data gradient \(layer.geometry.kernel)" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.convolve(layer.convolution, operands.input, into: operands.output)
  }
}

/// The gradients of a convolution's weights and biases.
struct FilterGradientKernel: Kernel {
  let layer: PackedConvolution
  /// Of Winograd's algorithm, unless it is computed directly.
  let form: WinogradForm?
  let weights: FloatBuffer
  let bias: FloatBuffer?

  var description: String {
    (form.map { "winograd \($0.outputs)×\($0.outputs) " } ?? layer.geometry.prefix)
      + "filter gradient \(layer.geometry.kernel)"
  }

  func run(_ operands: Operands, on machine: Machine) {
    if let form {
      return machine.filterGradient(
        of: layer, form, input: operands.input(1), outputGradient: operands.input, weights: weights.floats,
        bias: bias?.floats, accumulates: operands.accumulates, scratch: operands.scratch)
    }
    switch layer.inputForm {
    case .blocked:
      machine.filterGradient(
        of: layer, input: operands.input(1), outputGradient: operands.input, weights: weights.floats,
        bias: bias?.floats, accumulates: operands.accumulates, scratch: operands.scratch)
    case .planar:
      machine.filterGradient(
        of: layer, planar: operands.planes(1), outputGradient: operands.input, weights: weights.floats,
        bias: bias?.floats, accumulates: operands.accumulates, scratch: operands.scratch)
    }
  }
}

extension ConvolutionGeometry {
  /// What the names of direct gradients begin with.
  fileprivate var prefix: String { isDepthwise ? "depthwise " : "" }
}

struct LocallyConnectedDataGradientKernel: Kernel {
  let layer: PackedLocallyConnected

  var description: String { "locally connected data gradient \(layer.geometry.kernel)" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.dataGradient(of: layer, outputGradient: operands.input, into: operands.output)
  }
}

struct LocallyConnectedFilterGradientKernel: Kernel {
  let layer: PackedLocallyConnected
  let weights: FloatBuffer
  let bias: FloatBuffer?

  var description: String { "locally connected filter gradient \(layer.geometry.kernel)" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.filterGradient(
      of: layer, input: operands.input(1), outputGradient: operands.input, weights: weights.floats,
      bias: bias?.floats, accumulates: operands.accumulates, scratch: operands.scratch)
  }
}

struct FullyConnectedDataGradientKernel: Kernel {
  let layer: PackedFullyConnected

  var description: String { "fully connected data gradient" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.fullyConnectedDataGradient(layer, operands.input, into: operands.output)
  }
}

struct FullyConnectedWeightGradientKernel: Kernel {
  let layer: PackedFullyConnected
  let weights: FloatBuffer

  var description: String { "fully connected weight gradient" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.fullyConnectedWeightGradient(
      layer, operands.input(1), operands.input, accumulates: operands.accumulates, into: weights)
  }
}

/// The sum over pixels and images.
struct BiasGradientKernel: Kernel {
  let bias: FloatBuffer

  var description: String { "bias gradient" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.biasGradient(operands.input, accumulates: operands.accumulates, into: bias, scratch: operands.scratch)
  }
}

struct MaxPoolGradientKernel: Kernel {
  let geometry: PoolingGeometry

  var description: String { "max pool gradient \(geometry.kernel)" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.maxPoolGradient(geometry, operands.input(1), operands.input, into: operands.output)
  }
}

struct AveragePoolGradientKernel: Kernel {
  let geometry: PoolingGeometry
  let countsPadding: Bool

  var description: String { "average pool gradient \(geometry.kernel)" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.averagePoolGradient(geometry, countsPadding: countsPadding, operands.input, into: operands.output)
  }
}

struct AdaptiveAveragePoolGradientKernel: Kernel {
  var description: String { "adaptive average pool gradient" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.adaptiveAveragePoolGradient(operands.input, into: operands.output)
  }
}

struct AdaptiveMaxPoolGradientKernel: Kernel {
  var description: String { "adaptive max pool gradient" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.adaptiveMaxPoolGradient(operands.input(1), operands.input, into: operands.output)
  }
}

struct ActivationGradientKernel: Kernel {
  let function: Activation

  var description: String { "\(function.name) gradient" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.activationGradient(function, value: operands.input(1), operands.input, into: operands.output)
  }
}

struct PReLUGradientKernel: Kernel {
  let slopes: ChannelSlopes

  var description: String { "prelu gradient" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.preluGradient(slopes, operands.input(1), operands.input, into: operands.output)
  }
}

struct PReLUSlopeGradientKernel: Kernel {
  let isShared: Bool
  let slopes: FloatBuffer

  var description: String { "prelu slope gradient" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.preluSlopeGradient(
      operands.input(1), operands.input, isShared: isShared, accumulates: operands.accumulates, into: slopes,
      scratch: operands.scratch)
  }
}

struct LocalResponseNormGradientKernel: Kernel {
  let norm: LocalResponseNorm

  var description: String { "local response norm gradient" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.localResponseNormGradient(
      size: norm.size, alpha: Float(norm.effectiveAlpha), beta: Float(norm.beta), k: Float(norm.k), operands.input(1),
      operands.input, into: operands.output)
  }
}

struct NormalizationGradientKernel: Kernel {
  let layer: ChannelAffine
  let groups: Int?
  let epsilon: Float

  var description: String { groups == nil ? "layer norm gradient" : "group norm gradient" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.normalizationGradient(
      layer, groups: groups, epsilon: epsilon, operands.input(1), operands.input, into: operands.output,
      scratch: operands.scratchIfGiven)
  }
}

struct NormalizationWeightGradientKernel: Kernel {
  let groups: Int?
  let epsilon: Float
  let weights: FloatBuffer

  var description: String { groups == nil ? "layer norm weight gradient" : "group norm weight gradient" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.normalizationWeightGradient(
      groups: groups, epsilon: epsilon, operands.input(1), operands.input, accumulates: operands.accumulates,
      into: weights, scratch: operands.scratch)
  }
}

struct SoftmaxGradientKernel: Kernel {
  var description: String { "softmax gradient" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.softmaxGradient(output: operands.input(1), operands.input, into: operands.output)
  }
}

struct MultiplyGradientKernel: Kernel {
  var description: String { "multiply gradient" }

  func run(_ operands: Operands, on machine: Machine) {
    let inputs = operands.inputs
    machine.multiplyGradient(others: Array(inputs.dropFirst()), inputs[0], into: operands.output)
  }
}

/// A vector as the map that it was made of.
struct UnflattenKernel: Kernel {
  var description: String { "unflatten" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.unflatten(operands.input, into: operands.output)
  }
}

struct SubsampleGradientKernel: Kernel {
  let subsample: Subsample

  var description: String { "subsample gradient" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.subsampleGradient(
      stride: subsample.stride, channelsBefore: subsample.channelsBefore, operands.input, into: operands.output)
  }
}

/// A convolution by Winograd's algorithm, whose weights change from pass to pass.
struct TrainedWinogradKernel: Kernel {
  let layer: PackedConvolution
  let winograd: PackedWinograd
  let convolution: Convolution

  var algorithm: ConvolutionAlgorithm? { .winograd(winograd.form) }
  var description: String {
    "winograd \(winograd.form.outputs)×\(winograd.form.outputs), \(convolution.kernel)" + convolution.activation.suffix
  }

  func run(_ operands: Operands, on machine: Machine) {
    machine.transformFilters(of: layer, into: winograd)
    machine.convolve(
      winograd, operands.input, adding: operands.addend, into: operands.output, scratch: operands.scratch)
  }
}

struct WinogradDataGradientKernel: Kernel {
  let layer: PackedConvolution
  let winograd: PackedWinograd

  var algorithm: ConvolutionAlgorithm? { .winograd(winograd.form) }
  var description: String {
    "winograd \(winograd.form.outputs)×\(winograd.form.outputs) data gradient \(layer.geometry.kernel)"
  }

  func run(_ operands: Operands, on machine: Machine) {
    machine.transformRotatedFilters(of: layer, into: winograd)
    machine.convolve(
      winograd, operands.input, adding: operands.addend, into: operands.output, scratch: operands.scratch)
  }
}
