import ZooImages

/// How often numbers lie in each of several equal parts of a range.
public struct Histogram: Hashable, Sendable {
  /// Above the bars.
  public var title: String
  /// What is counted, with its unit.
  public var xTitle: String
  /// What the bars count.
  public var yTitle: String
  /// From the lowest number to the highest.
  public let range: ClosedRange<Double>
  /// How many lie in each part; a number between two parts belongs to the upper one.
  public let counts: [Int]
  /// Below the bars, one a line.
  public var notes: [String]
  /// How many numbers are not finite, and lie in no part.
  public let oddCount: Int
  /// How many lie outside the range that was asked for.
  public let outsideCount: Int

  /// - Precondition: `bins` is above zero and a range is finite.
  /// - Parameters:
  ///   - title: above the bars.
  ///   - xTitle: what the numbers are.
  ///   - yTitle: what the bars count.
  ///   - values: the numbers to be counted.
  ///   - bins: how many parts.
  ///   - range: the numbers' own when `nil`.
  ///   - notes: below the bars, one a line.
  public init(
    title: String, xTitle: String, yTitle: String = "count", of values: [Float], bins: Int = 40,
    range: ClosedRange<Double>? = nil, notes: [String] = []
  ) {
    precondition(bins > 0, "\(bins) bins")
    let finite = values.lazy.filter(\.isFinite).map(Double.init)
    var range = range ?? (finite.min() ?? 0)...(finite.max() ?? 1)
    precondition(range.lowerBound.isFinite && range.upperBound.isFinite, "a histogram over \(range)")
    if range.lowerBound == range.upperBound {
      // One number: a part around it.
      let room = max(abs(range.lowerBound) * 0.01, 1e-3)
      range = range.lowerBound - room...range.upperBound + room
    }
    var counts = [Int](repeating: 0, count: bins)
    var outside = 0
    for value in finite {
      guard range.contains(value) else {
        outside += 1
        continue
      }
      let position = (value - range.lowerBound) / (range.upperBound - range.lowerBound) * Double(bins)
      counts[min(Int(position), bins - 1)] += 1
    }
    self.title = title
    self.xTitle = xTitle
    self.yTitle = yTitle
    self.range = range
    self.counts = counts
    self.notes = notes
    oddCount = values.count { !$0.isFinite }
    outsideCount = outside
  }

  /// The histogram in the colours for light.
  public func image() -> PixelImage { drawing().image() }

  /// The histogram in light and dark, letters as text.
  ///
  /// - Throws: nothing in practice: no picture is in it.
  public func svg() throws(ImageError) -> String { try drawing().svg() }

  /// Writes the histogram, whole or not at all: SVG where the name ends in `.svg`, else PNG.
  ///
  /// - Throws: as `Figure.write(to:overwrite:)`.
  public func write(to path: String, overwrite: Bool) throws { try drawing().write(to: path, overwrite: overwrite) }

  package func drawing() -> Drawing {
    let highest = counts.max() ?? 0
    var chart = Chart(
      title: title, xTitle: xTitle, yTitle: yTitle,
      horizontal: PlotAxis([range.lowerBound, range.upperBound], intervals: 8),
      vertical: PlotAxis([0, Double(max(1, highest))], whole: true, limits: 0...1e12))
    chart.notes = notes
    if oddCount > 0 { chart.notes.append("Not finite, and not counted: \(oddCount).") }
    if outsideCount > 0 { chart.notes.append("Beyond the ends, and not counted: \(outsideCount).") }
    var drawing = chart.frame()
    let width = (range.upperBound - range.lowerBound) / Double(counts.count)
    for (index, count) in counts.enumerated() where count > 0 {
      let start = range.lowerBound + Double(index) * width
      let (low, high) = (chart.place(start, 0), chart.place(start + width, Double(count)))
      // A gap of a pixel tells neighbours apart where there is room for it.
      let gap = high.x - low.x > 5 ? 1.0 : 0
      drawing.fill(
        x: low.x, y: high.y, width: max(high.x - low.x - gap, 1), height: low.y - high.y, .series(0),
        tip: "\(count) from \(Figure.short(start)) to \(Figure.short(start + width))")
    }
    return drawing
  }
}
