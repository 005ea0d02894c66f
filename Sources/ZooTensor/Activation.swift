#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A function of one number, applied to each element of a value, or to what a layer has computed.
///
/// What is known about a function — how definitions spell it, its parameters, what it does — is in this file; how fast it is
/// computed is a matter of the kernels.
public enum Activation: Hashable, Sendable {
  /// `max(0, x)`
  case relu
  /// `x` where positive, else `slope · x` (Maas et al., 2013).
  case leakyRelu(slope: Float)
  case tanh
  /// `1 / (1 + exp(−x))`
  case sigmoid
  /// `min(max(x, lower), upper)`; from 0 to 6 it is ReLU6 (Krizhevsky, 2010; MobileNet).
  case clamp(lower: Float, upper: Float)
  /// `x · sigmoid(x)`, also called swish (Elfwing et al., 2017; EfficientNet).
  case silu
  /// `x · min(max(x + 3, 0), 6) / 6` (Howard et al., 2019; MobileNetV3).
  case hardswish
  /// `min(max(x + 3, 0), 6) / 6`, as PyTorch has it; Keras and ONNX have other slopes by default.
  case hardsigmoid
  /// `x · Φ(x)`, `Φ` being the distribution function of the normal distribution (Hendrycks & Gimpel, 2016; ConvNeXt).
  case gelu
  /// `x / 2 · (1 + tanh(√(2 / π) (x + 0.044715 x³)))`: the approximation of GELU in the same paper, PyTorch's
  /// `approximate="tanh"`.
  case geluTanh
  /// `x` where positive, else `alpha · (exp(x) − 1)` (Clevert et al., 2015).
  case elu(alpha: Float)
}

extension Activation {
  /// A number that a function takes.
  public struct Parameter: Hashable, Sendable {
    /// How definitions spell it: `negative_slope`.
    public let name: String
    /// For tables: `slope`.
    public let title: String
    /// What it does, for the documentation of definitions.
    public let summary: String
    /// The values that are allowed, both ends included.
    public let range: ClosedRange<Double>
    /// What it is where none is given; `nil` where it must be.
    public let standard: Double?
    /// One that examples have.
    public let usual: Double
  }

  /// A function with its parameters open, as definitions name it.
  public struct Kind: Sendable {
    /// How definitions spell it: `leaky_relu`.
    public let word: String
    /// `Leaky ReLU`
    public let title: String
    /// What it computes of `x`, for a person.
    public let formula: String
    /// Where the function is from; `nil` for those of every textbook.
    public let source: String?
    /// What other programs call it, in lower case without separators, with spaces between.
    public let synonyms: String
    /// In the order in which `function` takes them.
    public let parameters: [Parameter]
    /// The function with these values of `parameters`, in order.
    public let function: @Sendable ([Double]) -> Activation

    init(
      _ word: String, _ title: String, _ formula: String, source: String? = nil, synonyms: String = "",
      _ parameters: [Parameter] = [],
      function: @escaping @Sendable ([Double]) -> Activation
    ) {
      self.word = word
      self.title = title
      self.formula = formula
      self.source = source
      self.synonyms = synonyms
      self.parameters = parameters
      self.function = function
    }

    /// What messages call it: `leaky relu`.
    public var name: String { String(word.map { $0 == "_" ? " " : $0 }) }
  }

  /// All functions. One that is another with fixed numbers comes before it.
  public static let kinds: [Kind] = [
    Kind(
      "relu", "ReLU", "max(0, x)", source: "Nair & Hinton, 2010; cs231n.github.io/neural-networks-1",
      synonyms: "rectifier"
    ) { _ in .relu },
    Kind(
      "leaky_relu", "Leaky ReLU", "x where positive, else slope · x", source: "Maas et al., 2013",
      synonyms: "lrelu leaky",
      [
        Parameter(
          name: "slope", title: "Slope", summary: "The factor of negative numbers.", range: 0...1, standard: 0.01,
          usual: 0.1)
      ]
    ) { .leakyRelu(slope: Float($0[0])) },
    Kind("tanh", "Hyperbolic tangent", "tanh(x)") { _ in .tanh },
    Kind("sigmoid", "Sigmoid", "1 / (1 + exp(−x))", synonyms: "logistic") { _ in .sigmoid },
    Kind("relu6", "ReLU6", "min(max(x, 0), 6): clamp from 0 to 6 (MobileNet)", source: "Krizhevsky, 2010") { _ in
      .clamp(lower: 0, upper: 6)
    },
    Kind(
      "clamp", "Clamp", "min(max(x, lower), upper)", synonyms: "clip hardtanh",
      [
        Parameter(
          name: "lower", title: "Lower", summary: "The least value.", range: -1e6...1e6, standard: nil, usual: -1),
        Parameter(
          name: "upper", title: "Upper", summary: "The largest value.", range: -1e6...1e6, standard: nil, usual: 1),
      ]
    ) { .clamp(lower: Float($0[0]), upper: Float($0[1])) },
    Kind(
      "silu", "SiLU", "x / (1 + exp(−x)), also called swish (EfficientNet)", source: "Elfwing et al., 2017",
      synonyms: "swish"
    ) { _ in .silu },
    Kind(
      "hardswish", "Hard swish", "x · min(max(x + 3, 0), 6) / 6 (MobileNetV3)", source: "Howard et al., 2019",
      synonyms: "hswish hardsilu"
    ) { _ in
      .hardswish
    },
    Kind(
      "hardsigmoid", "Hard sigmoid", "min(max(x + 3, 0), 6) / 6, as PyTorch has it", source: "Howard et al., 2019",
      synonyms: "hsigmoid"
    ) { _ in
      .hardsigmoid
    },
    Kind(
      "gelu", "GELU", "x · Φ(x), with the distribution function of the normal distribution (ConvNeXt)",
      source: "Hendrycks & Gimpel, 2016"
    ) { _ in
      .gelu
    },
    Kind(
      "gelu_tanh", "GELU with tanh", "x / 2 · (1 + tanh(√(2 / π) (x + 0.044715 x³))): about GELU",
      source: "Hendrycks & Gimpel, 2016",
      synonyms: "gelunew gelufast geluapproximate"
    ) { _ in .geluTanh },
    Kind(
      "elu", "ELU", "x where positive, else alpha · (exp(x) − 1)", source: "Clevert et al., 2015",
      synonyms: "exponentiallinear",
      [
        Parameter(
          name: "alpha", title: "Alpha", summary: "The distance from 0 to the least value.", range: 0...1000,
          standard: 1, usual: 1)
      ]
    ) { .elu(alpha: Float($0[0])) },
  ]

  /// All functions that take no parameter.
  public static var plain: [Activation] { kinds.filter(\.parameters.isEmpty).map { $0.function([]) } }

  /// The function without parameters that goes by a name, in definitions or elsewhere: `relu6`, `Swish`, `hard_silu`. Upper
  /// case, `_` and `-` do not count. `nil` where there is none.
  public init?(named name: String) {
    func folded(_ name: some StringProtocol) -> String { name.lowercased().filter { $0 != "_" && $0 != "-" } }
    let wanted = folded(name)
    let found = Self.kinds.first { kind in
      kind.parameters.isEmpty
        && (folded(kind.word) == wanted || kind.synonyms.split(separator: " ").contains { $0 == wanted })
    }
    guard let found else { return nil }
    self = found.function([])
  }

  /// The word of its kind, the most special that there is, and the values of the kind's parameters.
  public var spelling: (word: String, values: [Double]) {
    switch self {
    case .relu: ("relu", [])
    case .leakyRelu(let slope): ("leaky_relu", [slope.decimal])
    case .tanh: ("tanh", [])
    case .sigmoid: ("sigmoid", [])
    case .clamp(lower: 0, upper: 6): ("relu6", [])
    case .clamp(let lower, let upper): ("clamp", [lower.decimal, upper.decimal])
    case .silu: ("silu", [])
    case .hardswish: ("hardswish", [])
    case .hardsigmoid: ("hardsigmoid", [])
    case .gelu: ("gelu", [])
    case .geluTanh: ("gelu_tanh", [])
    case .elu(let alpha): ("elu", [alpha.decimal])
    }
  }

  /// The values of the parameters of a kind that the function is of, be it under a special name.
  public func values(of kind: Kind) -> [Double] {
    if case .clamp(let lower, let upper) = self, kind.parameters.count == 2 { return [lower.decimal, upper.decimal] }
    return spelling.values
  }

  /// What it is called: `leaky relu`.
  public var name: String { String(spelling.word.map { $0 == "_" ? " " : $0 }) }

  /// The function itself.
  public func callAsFunction(_ x: Double) -> Double {
    switch self {
    case .relu: max(x, 0)
    case .leakyRelu(let slope): x > 0 ? x : Double(slope) * x
    case .tanh: hyperbolicTangent(x)
    case .sigmoid: 1 / (1 + exp(-x))
    case .clamp(let lower, let upper): min(max(x, Double(lower)), Double(upper))
    case .silu: x / (1 + exp(-x))
    case .hardswish: x * min(max(x + 3, 0), 6) / 6
    case .hardsigmoid: min(max(x + 3, 0), 6) / 6
    // The limit, where the product would be 0 · ∞.
    case .gelu: x == -.infinity ? 0 : x * normalShare(below: x)
    case .geluTanh: x == -.infinity ? 0 : x / (1 + exp(-Activation.geluTanhArgument(x)))
    case .elu(let alpha): x > 0 ? x : Double(alpha) * expm1(x)
    }
  }

  /// What a function does to small and large numbers.
  public enum Curve: Hashable, Sendable {
    /// It keeps numbers between bounds and does nothing else; `lower` 0 is a rectifier.
    case bounds(lower: Float, upper: Float)
    /// It lets through what is positive and next to nothing of what is negative.
    case leaky
    /// It tends to a bound on either side.
    case saturating
  }

  /// The function's properties that others rely on.
  private var properties:
    (curve: Curve, neverFalls: Bool, keepsUnitInterval: Bool, gradientReadsInput: Bool, operations: Double)
  {
    switch self {
    case .relu: (.bounds(lower: 0, upper: .infinity), true, true, false, 1)
    case .leakyRelu(let slope): (.leaky, slope >= 0, true, false, 1)
    case .tanh, .sigmoid: (.saturating, true, false, false, 30)
    case .clamp(let lower, let upper):
      (.bounds(lower: lower, upper: upper), true, lower <= 0 && upper >= 1, false, 1)
    case .silu: (.leaky, false, false, true, 30)
    case .hardswish: (.leaky, false, false, true, 4)
    case .hardsigmoid: (.saturating, true, false, false, 3)
    case .gelu: (.leaky, false, false, true, 45)
    case .geluTanh: (.leaky, false, false, true, 35)
    case .elu: (.leaky, true, true, false, 25)
    }
  }

  /// What the function does to small and large numbers.
  public var curve: Curve { properties.curve }

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

  /// What the approximation of GELU takes the sigmoid of, since `(1 + tanh(u / 2)) / 2` is that of `u`.
  private static func geluTanhArgument(_ x: Double) -> Double {
    (8 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)
  }

  /// Whether a larger argument never gives a smaller value, so that a maximum may be taken before or after.
  public var neverFalls: Bool { properties.neverFalls }

  /// Whether numbers from 0 to 1 stay what they are.
  public var keepsUnitInterval: Bool { properties.keepsUnitInterval }

  /// Whether the derivative is a function of what the function was given; else it is one of what the function gave, so that
  /// the argument need not be kept.
  public var gradientReadsInput: Bool { properties.gradientReadsInput }

  /// About how many floating-point operations a value takes.
  public var operations: Double { properties.operations }
}

extension Activation.Curve {
  /// Whether it is a rectifier: zero below zero and its argument above, up to a limit if there is one.
  public var isRectifier: Bool {
    if case .bounds(lower: 0, _) = self { true } else { false }
  }

  /// Whether it lets through what is positive and next to nothing of what is negative.
  public var favoursPositive: Bool {
    switch self {
    case .bounds(let lower, let upper): lower == 0 && upper > 0
    case .leaky: true
    case .saturating: false
    }
  }
}

/// The library function, which the case of the same name hides.
private func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }

/// The distribution function of the normal distribution with mean 0 and variance 1, with all digits where it is small.
private func normalShare(below x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }

extension Float {
  /// The shortest decimal that is this number in float32.
  fileprivate var decimal: Double { Double(description) ?? Double(self) }
}
