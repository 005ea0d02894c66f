/// What a unit answered at all positions of all pictures that were shown to it.
///
/// The statistics of two sets of pictures, put together, are bit for bit those of their union.
public struct UnitStatistics: Hashable, Sendable {
  /// The largest value; minus infinity before there is any.
  public internal(set) var maximum = -Float.infinity
  /// How many answers lie between powers of two.
  public internal(set) var histogram = ValueHistogram()
  var sum = ExactSum()

  /// How many values there were: positions times pictures.
  public var count: Int { histogram.total }
  /// How many of them were above zero.
  public var positive: Int { histogram.positive }
  /// 0 where nothing was answered.
  public var mean: Double { count == 0 ? 0 : sum.value / Double(count) }
  /// The share of answers above 0; 0 where nothing was answered.
  public var fractionPositive: Double { count == 0 ? 0 : Double(positive) / Double(count) }
  /// Whether the unit never fired: no value was above zero.
  public var isDead: Bool { maximum <= 0 }

  /// Of no answers.
  public init() {}

  /// A place in a map, and the value there.
  struct Peak: Hashable, Sendable {
    var position: Int
    var value: Float
  }

  /// Counts what the unit answers to a picture.
  ///
  /// - Parameter map: at all positions; at least one.
  /// - Returns: the largest value, at the first position that has it; `nil` when a value is not finite, and nothing was counted.
  mutating func add(_ map: UnsafeBufferPointer<Float>) -> Peak? {
    var total = 0.0
    for value in map { total += Double(value) }
    // Infinities and what is no number stay what they are in a sum; finite float32 values cannot make one of them.
    guard total.isFinite else { return nil }
    var peak = Peak(position: 0, value: map[0])
    histogram.counts.withUnsafeMutableBufferPointer { counts in
      for (position, value) in map.enumerated() {
        counts[ValueHistogram.bin(of: value)] += 1
        if value > peak.value { peak = Peak(position: position, value: value) }
      }
    }
    // Minus zero is zero, so that it does not matter which of them comes first.
    if peak.value == 0 { peak.value = 0 }
    sum.add(total)
    maximum = max(maximum, peak.value)
    return peak
  }

  mutating func add(_ other: UnitStatistics) {
    maximum = max(maximum, other.maximum)
    histogram.add(other.histogram)
    sum.add(other.sum)
  }
}
