import ZooGraph
import ZooKernels
import ZooTensor

/// Means and variances over the images of a pass.
struct BatchStatisticsKernel: Kernel {
  let statistics: ChannelPairs

  var description: String { "batch statistics" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.batchStatistics(operands.input, into: statistics, scratch: operands.scratch)
  }
}

/// A batch norm whose scale and shift may change from step to step.
struct BatchNormKernel: Kernel {
  let norm: NormMemory

  var description: String { "batch norm" + norm.activation.suffix }

  func run(_ operands: Operands, on machine: Machine) {
    machine.batchNormalize(
      operands.input, statistics: norm.statistics, parameters: norm.parameters, epsilon: norm.epsilon,
      norm.activation, into: operands.output)
  }
}

/// The gradients of a norm's scale and shift: for the pass, and summed over the passes of a batch.
struct BatchNormParameterGradientKernel: Kernel {
  let norm: NormMemory

  var description: String { "batch norm parameter gradient" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.batchNormParameterGradient(
      operands.input(1), operands.input, masking: operands.mask, statistics: norm.statistics, epsilon: norm.epsilon,
      into: norm.gradient,
      scratch: operands.scratch)
    machine.sum(norm.gradient, accumulates: operands.accumulates, into: norm.gradientSums)
  }
}

struct BatchNormDataGradientKernel: Kernel {
  let norm: NormMemory
  /// Whether the statistics depend on the input.
  let isThroughStatistics: Bool

  var description: String { isThroughStatistics ? "batch norm data gradient" : "scale" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.batchNormDataGradient(
      isThroughStatistics ? operands.input(1) : operands.input, operands.input, masking: operands.mask,
      statistics: norm.statistics,
      parameters: norm.parameters, epsilon: norm.epsilon, gradients: isThroughStatistics ? norm.gradient : nil,
      into: operands.output)
  }
}

extension Operands {
  /// What a rectifier gave: where it is not positive, gradients are not taken.
  fileprivate var mask: BlockedView? { inputs.count > 2 ? input(2) : nil }
}
