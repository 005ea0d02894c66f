import ZooKernels
import ZooTensor

/// The same numbers with another halo, or as a share of a concatenation.
struct CopyKernel: Kernel {
  var description: String { "copy" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.activate(nil, operands.input, into: operands.output)
  }
}

struct ActivationKernel: Kernel {
  let activation: Activation

  var description: String { activation.name }

  func run(_ operands: Operands, on machine: Machine) {
    machine.activate(activation, operands.input, into: operands.output)
  }
}

struct PReLUKernel: LayerKernel {
  var layer: ChannelSlopes

  var description: String { "prelu" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.prelu(layer, operands.input, into: operands.output)
  }
}

/// A sum or a product, which may overwrite its first input.
struct JoinKernel: Kernel {
  let join: Join
  let activation: Activation?

  var description: String { join.name + activation.suffix }

  func run(_ operands: Operands, on machine: Machine) {
    machine.join(join, operands.inputs, activation, into: operands.output)
  }
}

extension Activation? {
  /// What it adds to the name of a kernel that applies it.
  var suffix: String { map { " " + $0.name } ?? "" }
}
