import ZooTensor

/// A random order of so many things, whose every place is found without those before it.
///
/// A Feistel network of eight rounds permutes a power of two, at most twice as many; from what lies beyond the count it
/// goes on until it comes back (Black & Rogaway, 2002: cycle walking).
public struct KeyedPermutation: Sendable {
  /// How many things there are.
  public let count: Int
  private let rounds: [CounterRandom]
  private let lowBits: UInt64
  private let lowMask: UInt64
  private let highMask: UInt64

  private static let roundCount: UInt64 = 8
  /// Halves of less than three bits would mix badly.
  private static let minimumBits = 6

  /// - Precondition: `count` is not negative.
  /// - Parameters:
  ///   - count: how many things there are.
  ///   - random: the key.
  public init(_ count: Int, _ random: CounterRandom) {
    precondition(count >= 0, "an order of \(count) things")
    self.count = count
    rounds = (0..<Self.roundCount).map(random.with)
    let bits = max(Self.minimumBits, Int.bitWidth - max(count - 1, 0).leadingZeroBitCount)
    lowBits = UInt64(bits / 2)
    lowMask = 1 << lowBits - 1
    highMask = 1 << (UInt64(bits) - lowBits) - 1
  }

  /// Which thing comes at a place.
  ///
  /// - Precondition: `place` is from 0 to `count` − 1.
  public subscript(place: Int) -> Int {
    precondition(0 <= place && place < count, "place \(place) of \(count)")
    var value = UInt64(place)
    repeat { value = permuted(value) } while value >= UInt64(count)
    return Int(value)
  }

  private func permuted(_ value: UInt64) -> UInt64 {
    var (low, high) = (value & lowMask, value >> lowBits)
    for (number, round) in rounds.enumerated() {
      if number % 2 == 0 {
        low ^= round.bits(Int(high)) & lowMask
      } else {
        high ^= round.bits(Int(low)) & highMask
      }
    }
    return high << lowBits | low
  }
}
