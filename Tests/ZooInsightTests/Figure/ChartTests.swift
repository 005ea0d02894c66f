import Testing
import ZooImages
import ZooInsight

@Suite struct ChartTests {
  private func circles(_ svg: String) -> [(x: Double, y: Double)] {
    svg.split(separator: "\n").filter { $0.hasPrefix("<circle") }.compactMap { line in
      let parts = line.split(separator: "\"")
      guard let cx = parts.firstIndex(where: { $0.hasSuffix("cx=") }) else { return nil }
      guard let x = Double(parts[cx + 1]), let y = Double(parts[cx + 3]) else { return nil }
      return (x, y)
    }
  }

  @Test func pointsStandWhereTheirNumbersAre() throws {
    let chart = LineChart(
      title: "", xTitle: "step", yTitle: "loss", series: [.init("a", [0, 1, 4, .infinity, 2])])
    let places = circles(try chart.svg())
    #expect(places.count == 4)
    let (first, second, third, last) = (places[0], places[1], places[2], places[3])
    #expect(abs((second.y - first.y) * 4 - (third.y - first.y)) < 0.1 && third.y < first.y)
    #expect(abs((second.x - first.x) * 4 - (last.x - first.x)) < 0.1)
    // Two pieces of the line: what is after the gap is a dot alone.
    #expect(try chart.svg().split(separator: "\n").count { $0.contains("stroke-series-0\" stroke-width") } == 1)
  }

  @Test func aLogarithmicAxisHasPowersOfTen() throws {
    let chart = LineChart(
      title: "", xTitle: "step", yTitle: "error", series: [.init("a", [100, 1, 0.01, 0, -5])], isLogarithmic: true)
    let svg = try chart.svg()
    let places = circles(svg)
    #expect(places.count == 3 && abs(places[1].y - places[0].y - (places[2].y - places[1].y)) < 0.1)
    for label in ["100", "1", "0.01"] { #expect(svg.contains(">\(label)</text>")) }
    #expect(svg.contains("2 points have no finite number above zero and are left out."))
  }

  @Test func theInkIsAtTheNumbers() {
    let chart = LineChart(
      title: "", xTitle: "", yTitle: "", series: [.init("a", (0...40).map { .init(Double($0), 0.5) })], limits: 0...1)
    let canvas = Canvas(chart.image())
    let colour = Colour(0x0072B2)
    let rows = (0..<canvas.height).filter { row in
      (0..<canvas.width).count { canvas[$0, row] == colour } > 700
    }
    #expect((3...5).contains(rows.count), "a line of 4 pixels, not of rows \(rows)")
  }

  @Test(arguments: [[], [.nan], [3], [1e300, -1e300], [5, 5, 5], [1e-9, 2e-9]] as [[Double]])
  func oddSeriesAreDrawn(values: [Double]) throws {
    for isLogarithmic in [false, true] {
      let chart = LineChart(
        title: "t", xTitle: "x", yTitle: "y", series: [.init("a", values, showsArea: true)],
        isLogarithmic: isLogarithmic)
      #expect(chart.image().width == 960)
      let svg = try chart.svg()
      #expect(!svg.contains("nan") && !svg.contains("inf"))
      let expected = values.contains { $0.isFinite && abs($0) < 1e12 && (!isLogarithmic || $0 > 0) }
      // The number 1e300 has a place on a logarithmic axis.
      #expect(svg.contains("There is no point to draw.") == !(expected || (isLogarithmic && values.contains(1e300))))
    }
  }

  @Test func aHistogramCountsEachNumberOnce() {
    let histogram = Histogram(title: "", xTitle: "x", of: [0, 0.5, 1, 1.5, 2, 2, .nan, .infinity], bins: 4)
    #expect(histogram.counts == [1, 1, 1, 3] && histogram.range == 0...2 && histogram.oddCount == 2)
    let part = Histogram(title: "", xTitle: "x", of: [0, 0.5, 1, 9], bins: 2, range: 0...1)
    #expect(part.counts == [1, 2] && part.outsideCount == 1)
    #expect(Histogram(title: "", xTitle: "x", of: [3, 3], bins: 5).counts == [0, 0, 2, 0, 0])
    #expect(Histogram(title: "", xTitle: "x", of: [], bins: 5).counts == [0, 0, 0, 0, 0])
  }

  @Test func barsAreAsHighAsTheirCounts() throws {
    let histogram = Histogram(title: "", xTitle: "x", of: [0, 1, 1, 1, 1, 2, 2, 3], bins: 3, range: 0...3)
    #expect(histogram.counts == [1, 4, 3])
    let canvas = Canvas(histogram.image())
    let colour = Colour(0x0072B2)
    let heights = (0..<canvas.width).map { column in (0..<canvas.height).count { canvas[column, $0] == colour } }
    let bars = heights.filter { $0 > 0 }.reduce(into: [Int]()) { if $0.last != $1 { $0.append($1) } }
    #expect(bars.count == 3)
    #expect(abs(bars[1] - 4 * bars[0]) <= 4 && abs(bars[2] - 3 * bars[0]) <= 4)
    #expect(try histogram.svg().contains("<title>4 from 1.00 to 2.00</title>"))
  }
}
