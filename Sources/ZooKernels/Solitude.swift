/// When the caller of a pool works alone, because processors that its workers need are taken by somebody else.
///
/// A worker that loses its processor within a piece of work holds up whoever waits for the loop's end, for as long as the
/// system's scheduler gives the other: milliseconds, where the loop would take a fraction of one. One thread does not wait. So
/// each loss is followed by a while of working alone, twice as long when the company has not gone after the last one, and no
/// longer than a quarter of a second, after which the workers are tried again: a busy neighbour costs about a hundredth of
/// the time then, and one that goes away is noticed as soon.
package struct Solitude: Equatable, Sendable {
  /// Losses below this, in nanoseconds, are the ordinary waits for a worker that began a little later.
  package static let leastLoss: UInt64 = 500_000
  /// How long the caller works alone after a first loss, and at most, in nanoseconds.
  package static let lengths: ClosedRange<UInt64> = 4_000_000...256_000_000

  /// When the caller has company again, in nanoseconds of a clock that only goes forward; 0 when it never was alone.
  package private(set) var end: UInt64 = 0
  private var length: UInt64 = 0
  /// Whether it was found that the caller has company, since the last loss.
  private(set) var isEnded = true

  package init() {}

  /// Takes note of a loss.
  ///
  /// - Parameters:
  ///   - loss: for how long a worker that was waited for had no processor, in nanoseconds.
  ///   - now: when the wait was over.
  package mutating func suffer(_ loss: UInt64, at now: UInt64) {
    guard loss >= Self.leastLoss else { return }
    let isRepeated = length > 0 && now < end + 2 * length
    length = isRepeated ? min(2 * length, Self.lengths.upperBound) : Self.lengths.lowerBound
    end = now + length
    isEnded = false
  }

  /// Whether the caller works alone at a time that is not before those of earlier calls.
  package mutating func isAlone(at now: @autoclosure () -> UInt64) -> Bool {
    if !isEnded && now() >= end { isEnded = true }
    return !isEnded
  }
}
