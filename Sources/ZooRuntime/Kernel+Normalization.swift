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

struct SoftmaxKernel: Kernel {
  var description: String { "softmax" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.softmax(operands.input, into: operands.output)
  }
}
