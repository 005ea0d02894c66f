import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What a layer's numbers are before any training.
public enum InitialValue: Hashable, Sendable {
  /// Independent numbers from a normal distribution around zero.
  case normal(standardDeviation: Double)
  case constant(Float)

  /// The value that the last part of a tensor's name asks for: weights of convolutions and fully connected layers are
  /// normal with variance 2 / fan-in (He et al. 2015), a batch norm's scale and variance are 1, all else 0.
  public init(name: String, shape: Shape) {
    switch name.split(separator: ".").last {
    case "weight" where shape.rank > 1:
      // A locally connected layer's filters have three dimensions after those that say where they are.
      let filter = shape.rank == 6 ? shape.dimensions.suffix(3) : shape.dimensions.dropFirst()
      let fanIn = filter.reduce(1, *)
      self = .normal(standardDeviation: (2 / Double(max(1, fanIn))).squareRoot())
    case "weight", "running_var": self = .constant(1)
    default: self = .constant(0)
    }
  }
}

/// A tensor's initial numbers: the same for the same name and seed.
struct InitialTensor: Sendable {
  private let value: InitialValue
  private let hash: UInt64

  init(name: String, shape: Shape, seed: UInt64) {
    value = InitialValue(name: name, shape: shape)
    hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } ^ Self.mix(~seed)
  }

  /// Fills `target` with the elements from number `first` on.
  func fill(_ target: UnsafeMutableRawBufferPointer, from first: Int) {
    let floats = target.assumingMemoryBound(to: Float.self)
    switch value {
    case .constant(let number): floats.update(repeating: number)
    case .normal(let deviation):
      for index in floats.indices { floats[index] = Float(normal(first + index) * deviation) }
    }
  }

  /// Box and Muller 1958, of two uniform numbers that depend on the element's number alone.
  private func normal(_ element: Int) -> Double {
    let radius = (-2 * log(1 - uniform(2 * element))).squareRoot()
    return radius * cos(2 * .pi * uniform(2 * element + 1))
  }

  /// At least 0 and less than 1.
  private func uniform(_ index: Int) -> Double {
    let counter = hash &+ UInt64(truncatingIfNeeded: index + 1) &* 0x9E37_79B9_7F4A_7C15
    return Double(Self.mix(counter) &>> 11) * 0x1p-53
  }

  /// Splitmix64 (Steele et al. 2014).
  private static func mix(_ bits: UInt64) -> UInt64 {
    var bits = bits
    bits = (bits ^ bits &>> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits &>> 27) &* 0x94D0_49BB_1331_11EB
    return bits ^ bits &>> 31
  }
}
