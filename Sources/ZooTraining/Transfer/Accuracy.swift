/// How many of some test pictures were classified correctly, and what to believe of it.
public struct Accuracy: Hashable, Sendable {
  /// How many were right.
  public let correct: Int
  /// How many there are.
  public let count: Int

  /// - Precondition: `0 <= correct <= count`.
  public init(correct: Int, count: Int) {
    precondition((0...max(count, 0)).contains(correct), "\(correct) correct of \(count)")
    self.correct = correct
    self.count = count
  }

  /// The share of correct answers; 0 when there were no pictures.
  public var value: Double { count == 0 ? 0 : Double(correct) / Double(count) }

  /// Where the accuracy on all pictures of this kind lies, with 95 % confidence: the interval of Wilson (1927), which stays
  /// within 0…1 and does not vanish when all answers are correct. 0…1 when there were no pictures.
  public var interval95: ClosedRange<Double> {
    guard count > 0 else { return 0...1 }
    let n = Double(count)
    let z2 = Self.normalQuantile * Self.normalQuantile
    let centre = value + z2 / (2 * n)
    let reach = Self.normalQuantile * (value * (1 - value) / n + z2 / (4 * n * n)).squareRoot()
    let scale = 1 / (1 + z2 / n)
    let lower = correct == 0 ? 0 : max(0, (centre - reach) * scale)
    let upper = correct == count ? 1 : min(1, (centre + reach) * scale)
    return lower...upper
  }

  /// Of the standard normal distribution, at 97.5 %.
  private static let normalQuantile = 1.959963984540054
}
