internal import CZooKernels
import ZooTensor

/// The element-wise function that an operation applies to its result.
///
/// Operations apply `identity`, `relu` and `leakyRelu` in registers; convolutions and their like apply `tanh` and
/// `sigmoid` in a second pass over what they just wrote.
public enum Nonlinearity: Hashable, Sendable {
  case identity
  /// `max(0, x)`
  case relu
  /// `x` where positive, else `slope · x`
  case leakyRelu(slope: Float)
  case tanh
  /// `1 / (1 + exp(−x))`
  case sigmoid
}

extension Nonlinearity {
  var activation: zoo_activation {
    switch self {
    case .identity: ZOO_IDENTITY
    case .relu: ZOO_RELU
    case .leakyRelu: ZOO_LEAKY_RELU
    case .tanh: ZOO_TANH
    case .sigmoid: ZOO_SIGMOID
    }
  }

  public init(_ activation: Activation?) {
    switch activation {
    case nil: self = .identity
    case .relu: self = .relu
    case .leakyRelu(let slope): self = .leakyRelu(slope: slope)
    case .tanh: self = .tanh
    case .sigmoid: self = .sigmoid
    case .clamp, .silu, .hardswish, .hardsigmoid: fatalError("no kernel yet")
    }
  }

  var slope: Float {
    if case .leakyRelu(let slope) = self { slope } else { 0 }
  }

  /// Whether a larger argument never gives a smaller value.
  public var neverFalls: Bool {
    switch self {
    case .identity, .relu, .tanh, .sigmoid: true
    case .leakyRelu(let slope): slope >= 0
    }
  }

  /// Whether a convolution tile can apply it before the store.
  public var isFused: Bool {
    switch self {
    case .identity, .relu, .leakyRelu: true
    case .tanh, .sigmoid: false
    }
  }
}
