#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Activation {
  /// Whether the derivative is a function of what the function was given; else it is one of what the function gave, so that
  /// the argument need not be kept.
  public var gradientReadsInput: Bool {
    switch self {
    case .relu, .leakyRelu, .tanh, .sigmoid, .clamp, .hardsigmoid, .elu: false
    case .silu, .hardswish, .gelu, .geluTanh: true
    }
  }

  /// The derivative, as PyTorch has it where there is none: the one from below at a rectifier's and a clamp's lower
  /// bound, the one from above at an upper bound.
  ///
  /// - Parameter value: the argument of the function if `gradientReadsInput`, else its result
  /// - Returns: The factor by which a gradient is multiplied.
  public func derivative(_ value: Double) -> Double {
    switch self {
    case .relu: return value > 0 ? 1 : 0
    case .leakyRelu(let slope): return value > 0 ? 1 : Double(slope)
    case .tanh: return 1 - value * value
    case .sigmoid: return value * (1 - value)
    case .clamp(let lower, let upper): return value > Double(lower) && value < Double(upper) ? 1 : 0
    case .silu:
      let sigmoid = 1 / (1 + exp(-value))
      return sigmoid * (1 + value * (1 - sigmoid))
    case .hardswish: return value <= -3 ? 0 : value >= 3 ? 1 : (2 * value + 3) / 6
    case .hardsigmoid: return value > 0 && value < 1 ? 1 / 6 : 0
    case .gelu:
      // The density is 0 far below infinity.
      let x = min(max(value, -50), 50)
      return normalShare(below: x) + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
    case .geluTanh:
      let x = min(max(value, -50), 50)
      let sigmoid = 1 / (1 + exp(-Activation.geluTanhArgument(x)))
      let slope = (8 / Double.pi).squareRoot() * (1 + 3 * 0.044715 * x * x)
      return sigmoid * (1 + x * (1 - sigmoid) * slope)
    case .elu(let alpha): return value > 0 ? 1 : value + Double(alpha)
    }
  }
}
