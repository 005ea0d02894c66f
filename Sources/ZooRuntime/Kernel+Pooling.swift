import ZooKernels
import ZooTensor

struct MaxPoolKernel: Kernel {
  let geometry: PoolingGeometry

  var description: String { "max pool \(geometry.kernel)" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.maxPool(geometry, operands.input, into: operands.output)
  }
}

struct AveragePoolKernel: Kernel {
  let geometry: PoolingGeometry
  let countsPadding: Bool

  var description: String { "average pool \(geometry.kernel)" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.averagePool(geometry, countsPadding: countsPadding, operands.input, into: operands.output)
  }
}

struct AdaptiveAveragePoolKernel: Kernel {
  let extent: Extent

  var description: String { "average pool to \(extent)" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.adaptiveAveragePool(operands.input, into: operands.output)
  }
}

struct AdaptiveMaxPoolKernel: Kernel {
  let extent: Extent

  var description: String { "max pool to \(extent)" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.adaptiveMaxPool(operands.input, into: operands.output)
  }
}
