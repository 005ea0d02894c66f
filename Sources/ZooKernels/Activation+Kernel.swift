internal import CZooKernels
import ZooTensor

extension Activation? {
  /// What kernels call it.
  private var function: (kernel: zoo_function, a: Float, b: Float, isFused: Bool) {
    switch self {
    case nil: (ZOO_IDENTITY, 0, 0, true)
    case .relu: (ZOO_RELU, 0, 0, true)
    case .leakyRelu(let slope): (ZOO_LEAKY_RELU, slope, 0, true)
    case .clamp(let lower, let upper): (ZOO_CLAMP, lower, upper, true)
    case .hardswish: (ZOO_HARDSWISH, 0, 0, true)
    case .hardsigmoid: (ZOO_HARDSIGMOID, 0, 0, true)
    case .tanh: (ZOO_TANH, 0, 0, false)
    case .sigmoid: (ZOO_SIGMOID, 0, 0, false)
    case .silu: (ZOO_SILU, 0, 0, false)
    case .gelu: (ZOO_GELU, 0, 0, false)
    case .geluTanh: (ZOO_GELU_TANH, 0, 0, false)
    case .elu(let alpha): (ZOO_ELU, alpha, 0, false)
    }
  }

  /// As kernels take it.
  var kernel: zoo_activation {
    let function = function
    return zoo_activation(function: function.kernel, a: function.a, b: function.b)
  }

  /// Whether convolutions and their like apply it in registers, before they store; others take a second pass over what was
  /// just written.
  public var isFused: Bool { function.isFused }
}
