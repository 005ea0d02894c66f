#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Random numbers as a function of counters.
///
/// There is no state: any number can be asked for at any time, in any order and on any thread, and what is interrupted goes
/// on with the same numbers. The key is made of a seed, a purpose and counters such as the epoch and the image; the numbers
/// are the outputs of SplitMix64 from that key on (Steele, Lea & Flood, 2014).
public struct CounterRandom: Hashable, Sendable {
  /// What the numbers are for: numbers for one purpose have nothing to do with those for another.
  public enum Purpose: UInt64, Hashable, Sendable {
    case order = 1
    case augmentation, mixing, dropout, stochasticDepth, initialization, validation, folds, sampling
    case noise, jitter, shuffling
  }

  private let key: UInt64

  /// - Parameters:
  ///   - seed: what tells one run from another.
  ///   - purpose: what the numbers are for: no two purposes share any.
  ///   - counters: what else tells the numbers apart, in order.
  public init(seed: UInt64, purpose: Purpose, _ counters: UInt64...) {
    key = counters.reduce(Self.mixed(Self.mixed(seed &+ Self.gamma) ^ purpose.rawValue)) {
      Self.mixed($0 ^ Self.mixed($1 &+ Self.gamma))
    }
  }

  private init(key: UInt64) { self.key = key }

  /// Numbers for one more counter.
  public func with(_ counter: UInt64) -> CounterRandom {
    CounterRandom(key: Self.mixed(key ^ Self.mixed(counter &+ Self.gamma)))
  }

  /// 64 random bits.
  public func bits(_ index: Int) -> UInt64 {
    Self.mixed(key &+ (UInt64(truncatingIfNeeded: index) &+ 1) &* Self.gamma)
  }

  /// At least 0 and below 1, in steps of 2⁻⁵³.
  public func uniform(_ index: Int) -> Double { Double(bits(index) >> 11) * 0x1p-53 }

  /// At least the lower bound and below the upper one.
  public func uniform(_ index: Int, in range: Range<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform(index)
  }

  /// At least 0 and below `bound`, which is positive.
  public func integer(_ index: Int, below bound: Int) -> Int {
    Int(bits(index).multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// Of the standard normal distribution (Box & Muller, 1958).
  public func normal(_ index: Int) -> Double {
    let (radius, angle) = (1 - uniform(2 * index), uniform(2 * index + 1))
    return (-2 * log(radius)).squareRoot() * cos(2 * Double.pi * angle)
  }

  /// The key and the step of the generator, for kernels that make the same numbers: `bits(i)` is the mixed value of
  /// `key + (i + 1) · step`.
  public var generator: (key: UInt64, step: UInt64) { (key, Self.gamma) }

  /// 2⁶⁴ divided by the golden ratio.
  private static let gamma: UInt64 = 0x9E37_79B9_7F4A_7C15

  private static func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
