import ZooGraph
import ZooTensor

/// What the parameters of a network are before the first step: a function of the seed, the parameter's name and the place
/// of the element alone, with the same bits on every machine.
///
/// The fan-in of a weight `[out, in / groups, height, width]` is in / groups · height · width, its fan-out
/// out · height · width, as PyTorch counts them (groups or not); of `[out, in]` they are in and out. A locally connected
/// weight, `[rows, columns, out, in, height, width]`, has those of one of its positions.
public enum Initializer: Hashable, Sendable {
  /// Which number of connections the variance follows from.
  public enum Fan: Hashable, Sendable {
    case input, output
  }

  /// N(0, √(2 / fan)) (He et al., 2015): the fan-in keeps the size of values, the fan-out that of gradients, as the
  /// convolutions of ResNets and MobileNets have it.
  case heNormal(Fan)
  /// U(±√(6 / fan)) (He et al., 2015).
  case heUniform(Fan)
  /// N(0, √(2 / (fan-in + fan-out))) (Glorot & Bengio, 2010).
  case xavierNormal
  /// U(±√(6 / (fan-in + fan-out))) (Glorot & Bengio, 2010).
  case xavierUniform
  /// U(±√(3 / fan-in)): what Caffe calls `xavier`.
  case caffeXavier
  /// N(0, standard deviation).
  case gaussian(Double)
  /// The same, drawn again while beyond two standard deviations.
  case truncatedNormal(Double)
  /// U(±1 / √fan-in), for biases too: what PyTorch's convolutions and linear layers start with
  /// (`kaiming_uniform_` with a = √5).
  case pyTorch

  /// The rule for a layer: by fan-out only convolutions start, as in torchvision's networks; fully connected layers start as
  /// PyTorch's, since their fan-out, the number of classes, says nothing about the size of values.
  func suiting(_ operation: Operation) -> Initializer {
    guard case .fullyConnected = operation else { return self }
    switch self {
    case .heNormal(.output), .heUniform(.output): return .pyTorch
    case .heNormal, .heUniform, .xavierNormal, .xavierUniform, .caffeXavier, .gaussian, .truncatedNormal, .pyTorch:
      return self
    }
  }

  /// The numbers in and out of a unit of a weight.
  public static func fans(of weight: Shape) -> (input: Int, output: Int) {
    guard weight.rank >= 2 else { return (weight.elementCount, weight.elementCount) }
    let unit = Array(weight.dimensions.suffix(4))
    let taps = unit[2...].reduce(1, *)
    return (unit[1] * taps, unit[0] * taps)
  }

  /// A new parameter.
  ///
  /// Norms start as the identity: scale and variance 1, shift and mean 0; biases are 0, but for `pyTorch`; the slopes
  /// of a PReLU are 0.25, as in its paper.
  ///
  /// - Parameters:
  ///   - role: what the operation does with it.
  ///   - shape: Row-major, as the operation needs it.
  ///   - name: the parameter's, such as `layer1.0.conv1.weight`.
  ///   - seed: of the numbers.
  ///   - weightShape: for a bias, the shape of its layer's weight, which has the fan-in.
  /// - Returns: Float32, the same on every machine.
  public func tensor(
    _ role: Role, shape: Shape, name: String, seed: UInt64, weightShape: Shape? = nil
  ) -> Tensor {
    Tensor(shape: shape) { bytes in
      let elements = bytes.bindMemory(to: Float.self)
      switch role {
      case .weight: fill(elements, fans: Self.fans(of: shape), name: name, seed: seed)
      case .bias:
        guard case .pyTorch = self else { return elements.update(repeating: 0) }
        fill(elements, fans: Self.fans(of: weightShape ?? shape), name: name, seed: seed)
      case .normScale, .normVariance: elements.update(repeating: 1)
      case .normShift, .normMean: elements.update(repeating: 0)
      case .slope: elements.update(repeating: 0.25)
      }
    }
  }

  /// What a parameter is to its layer.
  public enum Role: Hashable, Sendable, CaseIterable {
    case weight, bias
    case normScale, normShift, normMean, normVariance
    /// Of a PReLU.
    case slope

    /// - Parameters:
    ///   - role: what the operation does with the parameter.
    ///   - operation: that of the layer.
    public init(_ role: Parameter.Role, of operation: Operation) {
      let isNorm =
        switch operation {
        case .batchNorm, .normalization: true
        default: false
        }
      let isSlope = if case .prelu = operation { true } else { false }
      switch role {
      case .weight: self = isNorm ? .normScale : isSlope ? .slope : .weight
      case .bias: self = isNorm ? .normShift : .bias
      case .runningMean: self = .normMean
      case .runningVariance: self = .normVariance
      }
    }
  }

  /// Writes every element, with random numbers that the element's place decides.
  func fill(_ elements: UnsafeMutableBufferPointer<Float>, fans: (input: Int, output: Int), name: String, seed: UInt64)
  {
    let random = CounterRandom(seed: seed, purpose: .initialization, Self.digest(name))
    let (input, output) = (Double(max(1, fans.input)), Double(max(1, fans.output)))
    func fan(_ fan: Fan) -> Double { fan == .input ? input : output }
    switch self {
    case .heNormal(let side): fillNormal(elements, random, deviation: (2 / fan(side)).squareRoot())
    case .heUniform(let side): fillUniform(elements, random, bound: (6 / fan(side)).squareRoot())
    case .xavierNormal: fillNormal(elements, random, deviation: (2 / (input + output)).squareRoot())
    case .xavierUniform: fillUniform(elements, random, bound: (6 / (input + output)).squareRoot())
    case .caffeXavier: fillUniform(elements, random, bound: (3 / input).squareRoot())
    case .gaussian(let deviation): fillNormal(elements, random, deviation: deviation)
    case .truncatedNormal(let deviation): fillTruncated(elements, random, deviation: deviation)
    case .pyTorch: fillUniform(elements, random, bound: 1 / input.squareRoot())
    }
  }

  private func fillUniform(_ elements: UnsafeMutableBufferPointer<Float>, _ random: CounterRandom, bound: Double) {
    for index in elements.indices { elements[index] = Float((2 * random.uniform(index) - 1) * bound) }
  }

  /// A normal variable is the quantile of a uniform one, taken from the middle of its step so that it is neither 0 nor 1.
  private func fillNormal(_ elements: UnsafeMutableBufferPointer<Float>, _ random: CounterRandom, deviation: Double) {
    for index in elements.indices {
      elements[index] = Float(PortableMath.normalQuantile(random.uniform(index) + 0x1p-54) * deviation)
    }
  }

  /// What drawing again comes to: the quantile of a uniform variable between the probabilities of −2 and 2.
  private func fillTruncated(_ elements: UnsafeMutableBufferPointer<Float>, _ random: CounterRandom, deviation: Double)
  {
    let below = 0.022_750_131_948_179_21
    for index in elements.indices {
      let quantile = PortableMath.normalQuantile(below + (1 - 2 * below) * random.uniform(index))
      elements[index] = Float(min(max(quantile, -2), 2) * deviation)
    }
  }

  /// FNV-1a of the name's bytes, in 64 bits.
  private static func digest(_ name: String) -> UInt64 {
    name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  /// That of a Gaussian.
  var deviation: Double? {
    get {
      switch self {
      case .gaussian(let deviation), .truncatedNormal(let deviation): deviation
      default: nil
      }
    }
    set {
      guard let newValue else { return }
      switch self {
      case .gaussian: self = .gaussian(newValue)
      case .truncatedNormal: self = .truncatedNormal(newValue)
      default: break
      }
    }
  }
}
