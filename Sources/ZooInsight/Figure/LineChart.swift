import ZooImages

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Numbers against a number: losses of steps, similarities of randomised layers, probabilities as pixels are taken away.
public struct LineChart: Hashable, Sendable {
  /// A point of a line.
  public struct Point: Hashable, Sendable {
    /// Of the axis across.
    public var x: Double
    /// One that is not finite leaves a gap.
    public var y: Double

    /// A point by both coordinates.
    public init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// A line with its name.
  public struct Series: Hashable, Sendable {
    /// Stands in the legend where there are several.
    public var name: String
    /// From left to right; what is not finite breaks the line.
    public var points: [Point]
    /// Whether the line is dashed.
    public var isDashed: Bool
    /// Whether what is between the line and zero, or the lower edge, is tinted.
    public var showsArea: Bool

    /// A line by its name and points.
    public init(_ name: String, _ points: [Point], isDashed: Bool = false, showsArea: Bool = false) {
      self.name = name
      self.points = points
      self.isDashed = isDashed
      self.showsArea = showsArea
    }

    /// Numbers at 0, 1, ….
    public init(_ name: String, _ values: [Double], isDashed: Bool = false, showsArea: Bool = false) {
      let points = values.enumerated().map { Point(Double($0), $1) }
      self.init(name, points, isDashed: isDashed, showsArea: showsArea)
    }
  }

  /// Above the chart.
  public var title: String
  /// What is told from left to right, with its unit.
  public var xTitle: String
  /// What is told upwards, with its unit.
  public var yTitle: String
  /// In the order of the legend.
  public var series: [Series]
  /// What the vertical axis does not go beyond where the numbers do not, such as 0…1 for probabilities.
  public var limits: ClosedRange<Double>?
  /// Whether equal factors are equal distances upwards; numbers that are not above zero leave gaps then.
  public var isLogarithmic: Bool
  /// Below the chart, one a line.
  public var notes: [String]

  /// - Parameters:
  ///   - title: above the chart.
  ///   - xTitle: of the axis across.
  ///   - yTitle: of the axis upwards.
  ///   - series: the lines, in the order of the legend.
  ///   - limits: of the axis upwards; `nil` for what the points need.
  ///   - isLogarithmic: whether the axis across is.
  ///   - notes: below the chart, one a line.
  public init(
    title: String, xTitle: String, yTitle: String, series: [Series], limits: ClosedRange<Double>? = nil,
    isLogarithmic: Bool = false, notes: [String] = []
  ) {
    self.title = title
    self.xTitle = xTitle
    self.yTitle = yTitle
    self.series = series
    self.limits = limits
    self.isLogarithmic = isLogarithmic
    self.notes = notes
  }

  /// The chart in the colours for light.
  public func image() -> PixelImage { drawing().image() }

  /// The chart in light and dark, letters as text.
  ///
  /// - Throws: nothing in practice: no picture is in it.
  public func svg() throws(ImageError) -> String { try drawing().svg() }

  /// Writes the chart, whole or not at all: SVG where the name ends in `.svg`, else PNG.
  ///
  /// - Throws: as `Figure.write(to:overwrite:)`.
  public func write(to path: String, overwrite: Bool) throws { try drawing().write(to: path, overwrite: overwrite) }

  package func drawing() -> Drawing {
    let drawn = series.map { series in series.points.map { (x: $0.x, y: height(of: $0.y)) } }
    let finite = drawn.joined().filter { Self.hasPlace($0.x) && Self.hasPlace($0.y) }
    let isWhole = finite.allSatisfy { $0.x == $0.x.rounded() }
    // Areas stand on zero.
    let bases = series.contains(where: \.showsArea) && !isLogarithmic && !finite.isEmpty ? [0.0] : []
    var chart = Chart(
      title: title, xTitle: xTitle, yTitle: yTitle,
      horizontal: PlotAxis(
        finite.map(\.x), intervals: 8, whole: isWhole,
        limits: finite.map(\.x).min().map { $0...(finite.map(\.x).max() ?? $0) }),
      vertical: PlotAxis(finite.map(\.y) + bases, whole: isLogarithmic, limits: isLogarithmic ? nil : limits))
    chart.isLogarithmic = isLogarithmic
    chart.names = series.map { ($0.name, $0.isDashed) }
    let gaps = drawn.reduce(0) { $0 + $1.count } - finite.count
    let odd = isLogarithmic ? "no finite number above zero" : "no finite number"
    chart.notes =
      notes
      + (gaps > 0
        ? ["\(gaps == 1 ? "1 point has" : "\(gaps) points have") \(odd) and \(gaps == 1 ? "is" : "are") left out."]
        : [])
    if finite.isEmpty { chart.notes.append("There is no point to draw.") }
    var drawing = chart.frame()
    for (number, points) in drawn.enumerated() {
      let base = chart.place(0, min(max(0, chart.vertical.range.lowerBound), chart.vertical.range.upperBound)).y
      for run in Self.runs(of: points) {
        let places = run.map { chart.place($0.x, $0.y) }
        if series[number].showsArea { drawing.tint(places, base: isLogarithmic ? chart.bottom : base, .series(number)) }
        if places.count > 1 {
          drawing.stroke(places, .series(number), width: 4, isDashed: series[number].isDashed)
        }
        // Few points are seen as such, and one alone would not be seen at all.
        guard points.count <= 30 || places.count == 1 else { continue }
        for (place, point) in zip(places, run) {
          let y = isLogarithmic ? pow(10, point.y) : point.y
          let tip = "\(series[number].name): \(Figure.short(y)) at \(Figure.short(point.x))"
          drawing.dot(place, radius: 5, .series(number), tip: tip)
        }
      }
    }
    return drawing
  }

  private func height(of y: Double) -> Double { isLogarithmic ? (y > 0 ? log10(y) : .nan) : y }

  private static func hasPlace(_ value: Double) -> Bool { value.isFinite && abs(value) < 1e12 }

  /// The points between gaps.
  private static func runs(of points: [(x: Double, y: Double)]) -> [[(x: Double, y: Double)]] {
    points.split { !hasPlace($0.x) || !hasPlace($0.y) }.map(Array.init)
  }
}
