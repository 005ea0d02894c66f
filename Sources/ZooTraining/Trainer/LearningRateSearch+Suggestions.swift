extension LearningRateSearch {
  /// Three ways to read a rate off the curve. None is right for every curve; `valley` is the one to take.
  public struct Suggestions: Hashable, Sendable {
    /// In the middle of the longest run of averages, gaps allowed, of which each is less than the one before.
    public let valley: Double
    /// Where the average falls fastest for a factor of the rate.
    public let steepest: Double
    /// A tenth of the rate with the least average.
    public let minimumTenth: Double
  }

  /// Why the valley may be none.
  public enum Doubt: Hashable, Sendable {
    /// There are too few points to tell anything by.
    case fewPoints(Int)
    /// Along the valley, the average falls by no more than twice what losses differ by from one batch to the next.
    case smallFall(Double, noise: Double)
    /// Less than a quarter of the points are on the longest way down.
    case ragged(share: Double)
    /// The average was least at the end: greater rates might be better still.
    case stillFalling
  }

  /// The points that count: without the first tenth, where the average has few losses, and the last five, where the loss
  /// rises, and only up to the first that is no number.
  public var judged: ArraySlice<Point> {
    let first = points.count / 10
    let kept = points[first..<max(first, points.count - 5)]
    return kept.prefix { $0.loss.isFinite && $0.smoothed.isFinite }
  }

  /// `nil` where fewer than four points count.
  public var suggestions: Suggestions? {
    let points = Array(judged)
    guard points.count >= 4, let least = points.indices.min(by: { points[$0].smoothed < points[$1].smoothed }) else {
      return nil
    }
    let valley = valley(of: points)
    // Rates are the same factor apart, so that differences of the average compare as slopes do.
    let steepest = (1..<points.count).min { slope(points, $0) < slope(points, $1) } ?? 1
    return Suggestions(
      valley: points[valley[valley.count / 2]].rate, steepest: points[steepest].rate,
      minimumTenth: points[least].rate / 10)
  }

  /// What speaks against the valley; the suggestion has confidence where nothing does.
  public var doubts: [Doubt] {
    let points = Array(judged)
    guard points.count >= 10 else { return [.fewPoints(points.count)] }
    let valley = valley(of: points)
    var doubts: [Doubt] = []
    let fall = points[valley[0]].smoothed - points[valley[valley.count - 1]].smoothed
    let noise = noise(of: points)
    if !(fall > 2 * noise) { doubts.append(.smallFall(fall, noise: noise)) }
    let share = Double(valley.count) / Double(points.count)
    if share < 0.25 { doubts.append(.ragged(share: share)) }
    if end == .complete, self.points.map(\.smoothed).min() == self.points.last?.smoothed {
      doubts.append(.stillFalling)
    }
    return doubts
  }

  private func slope(_ points: [Point], _ index: Int) -> Double {
    points[index].smoothed - points[index - 1].smoothed
  }

  /// The places of the longest sequence of averages that descend; of several, the one that ends first.
  private func valley(of points: [Point]) -> [Int] {
    var lengths = [Int](repeating: 1, count: points.count)
    var before = [Int?](repeating: nil, count: points.count)
    for index in points.indices {
      for earlier in 0..<index
      where points[index].smoothed < points[earlier].smoothed && lengths[index] < lengths[earlier] + 1 {
        (lengths[index], before[index]) = (lengths[earlier] + 1, earlier)
      }
    }
    var place = points.indices.max { (lengths[$0], $1) < (lengths[$1], $0) }
    var result: [Int] = []
    while let index = place {
      result.append(index)
      place = before[index]
    }
    return result.reversed()
  }

  /// What losses differ by from batch to batch: the median step from one loss to the next, so that a fall or a rise of a part
  /// of the curve does not count.
  private func noise(of points: [Point]) -> Double {
    let steps = zip(points, points.dropFirst()).map { abs($1.loss - $0.loss) }.sorted()
    return steps[steps.count / 2]
  }
}
