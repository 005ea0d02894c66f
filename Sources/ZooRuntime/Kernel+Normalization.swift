import ZooGraph
import ZooKernels
import ZooTensor

/// A batch normalisation or a scale that could not be folded.
struct ScaleKernel: LayerKernel {
  var layer: ChannelScale
  let name: String
  let activation: Activation?

  var description: String { name + activation.suffix }

  func run(_ operands: Operands, on machine: Machine) {
    machine.scale(layer, activation, operands.input, into: operands.output)
  }
}

struct LocalResponseNormKernel: Kernel {
  let norm: LocalResponseNorm

  var description: String { "local response norm \(norm.size)" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.normalizeLocalResponse(
      size: norm.size, alpha: Float(norm.effectiveAlpha), beta: Float(norm.beta), k: Float(norm.k), operands.input,
      into: operands.output)
  }
}

/// A normalisation over the channels of each pixel, or over the pixels of groups of channels.
struct NormalizationKernel: LayerKernel {
  var layer: ChannelAffine
  let groups: Int?
  let epsilon: Float

  var description: String { groups.map { "group norm \($0)" } ?? "layer norm" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.normalize(
      layer, groups: groups, epsilon: epsilon, operands.input, into: operands.output,
      scratch: operands.scratchIfGiven)
  }
}

struct SoftmaxKernel: Kernel {
  var description: String { "softmax" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.softmax(operands.input, into: operands.output)
  }
}
