/// A scale of numbers with marks at round ones.
package struct PlotAxis: Hashable, Sendable {
  package let range: ClosedRange<Double>
  package let ticks: [Double]
  /// Decimals that tell the ticks apart.
  let places: Int

  /// An axis on which all finite values have their place. `intervals`: about how many there are between ticks. `whole`:
  /// whether ticks are at integers only. `limits`: what the axis does not go beyond where the values do not.
  package init(_ values: [Double], intervals: Int = 5, whole: Bool = false, limits: ClosedRange<Double>? = nil) {
    let finite = values.filter { $0.isFinite && abs($0) < 1e12 }
    var (low, high) = (finite.min() ?? 0, finite.max() ?? 1)
    if high - low < max(abs(high), abs(low)) * 1e-9 || high == low {
      let room = max(abs(high) * 0.1, whole ? 1 : 1e-3)
      (low, high) = (low - room, high + room)
    }
    let rough = (high - low) / Double(max(1, intervals))
    var (power, places) = (1.0, 0)
    while power > rough { (power, places) = (power / 10, places + 1) }
    while power * 10 <= rough { power *= 10 }
    let factor = [1.0, 2, 5, 10].first { $0 * power >= rough * 0.999 } ?? 10
    if factor == 10 { places = max(0, places - 1) }
    let step = whole ? max(1, factor * power) : factor * power
    var (first, last) = ((low / step).rounded(.down), (high / step).rounded(.up))
    if let limits {
      if limits.contains(low) { first = max(first, (limits.lowerBound / step).rounded(.down)) }
      if limits.contains(high) { last = min(last, (limits.upperBound / step).rounded(.up)) }
    }
    ticks = stride(from: first, through: max(last, first + 1), by: 1).map { $0 * step }
    range = (first * step)...(max(last, first + 1) * step)
    self.places = whole ? 0 : places
  }

  /// Where a value is between the ends, from 0 to 1.
  package func share(of value: Double) -> Double { (value - range.lowerBound) / (range.upperBound - range.lowerBound) }

  package func label(_ tick: Double) -> String {
    // Beyond this a power of ten is shorter.
    guard places <= 6, abs(tick) < 1e7 else { return TickLabels.texts(of: [tick])[0] }
    return TickLabels.decimal(tick, places: places)
  }
}
