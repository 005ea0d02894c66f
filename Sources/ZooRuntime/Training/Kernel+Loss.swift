import ZooGraph
import ZooKernels
import ZooTensor

/// A loss of each image.
struct LossKernel: Kernel {
  let loss: Loss
  /// Of the loss in the sum of all.
  let weight: Double

  var description: String { "\(loss.rawValue) loss" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.loss(
      loss, scores: operands.input, targets: operands.input(1), weight: weight, into: operands.output)
  }
}

/// The gradient of a loss's share in the mean over a batch.
struct LossGradientKernel: Kernel {
  let loss: Loss
  /// Of the loss in the sum of all.
  let weight: Double
  let factor: LossFactor

  var description: String { "\(loss.rawValue) loss gradient" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.lossGradient(
      loss, scores: operands.input, targets: operands.input(1), weight: weight, factor, into: operands.output)
  }
}

/// Dropout, or stochastic depth, that takes place; its gradient is the same.
struct RandomMaskKernel: Kernel {
  let mask: RandomMask
  let position: TrainingPosition

  var description: String { "\(mask.isPerImage ? "stochastic depth" : "dropout") \(mask.probability)" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.dropout(
      position, probability: mask.probability, key: mask.key, isPerImage: mask.isPerImage, operands.input,
      into: operands.output)
  }
}
