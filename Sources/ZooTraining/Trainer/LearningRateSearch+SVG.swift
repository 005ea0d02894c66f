import ZooImages

extension LearningRateSearch {
  /// A picture of the curve (`lr-find.svg`): dots for losses, a line for their average, and a mark for each suggestion.
  public func svg(title: String) -> String {
    let (left, right, top, bottom) = (64.0, 624.0, 84.0, 344.0)
    let horizontal = PlotAxis(points.map { Self.decades($0.rate) }, intervals: 8, whole: true)
    // The last losses, of a search that diverges, are so great that nothing else could be seen beside them.
    let shown = judged.isEmpty ? points[...] : judged
    let vertical = PlotAxis(shown.flatMap { [$0.loss, $0.smoothed] }, limits: 0...Double.greatestFiniteMagnitude)
    func x(_ rate: Double) -> Double { left + (right - left) * horizontal.share(of: Self.decades(rate)) }
    func y(_ loss: Double) -> Double { bottom - (bottom - top) * min(vertical.share(of: loss), 1) }
    var parts = [
      PlotStyle.text(title, 20, 28, "title"), PlotStyle.text("loss", left, top - 10, "name"),
      PlotStyle.text("learning rate", (left + right) / 2, bottom + 38, "middle"),
    ]
    for tick in vertical.ticks {
      parts += [
        PlotStyle.line(left, y(tick), right, y(tick), "grid"),
        PlotStyle.text(vertical.label(tick), left - 8, y(tick) + 4, "right"),
      ]
    }
    for tick in horizontal.ticks {
      let place = left + (right - left) * horizontal.share(of: tick)
      parts += [
        PlotStyle.line(place, bottom, place, bottom + 4, "axis"),
        PlotStyle.text(Self.power(ofTen: Int(tick)), place, bottom + 18, "middle"),
      ]
    }
    parts.append(PlotStyle.line(left, bottom, right, bottom, "axis"))
    for point in points where vertical.range.contains(point.loss) {
      let (x, y) = (PlotStyle.number(x(point.rate)), PlotStyle.number(y(point.loss)))
      parts.append("<circle class=\"dot training\" cx=\"\(x)\" cy=\"\(y)\" r=\"1.5\"/>")
    }
    let leaving = points.firstIndex { !vertical.range.contains($0.smoothed) } ?? points.count
    let path = points.prefix(leaving + 1).filter { $0.smoothed.isFinite }.enumerated().map { index, point in
      "\(index == 0 ? "M" : "L")\(PlotStyle.number(x(point.rate))) \(PlotStyle.number(y(point.smoothed)))"
    }
    if !path.isEmpty { parts.append("<path class=\"line training\" d=\"\(path.joined())\"/>") }
    parts += marks(x, top: top, bottom: bottom)
    return PlotStyle.picture(title, width: 648, height: 436, parts)
  }

  /// Upright lines where the suggestions are, and their names below.
  private func marks(_ x: (Double) -> Double, top: Double, bottom: Double) -> [String] {
    let legend = bottom + 64
    guard let suggestions else { return [PlotStyle.text("too few points for a suggestion", 64, legend)] }
    let named = [
      ("valley", suggestions.valley), ("steepest", suggestions.steepest), ("minimum / 10", suggestions.minimumTenth),
    ]
    var parts: [String] = []
    for (row, (name, rate)) in named.enumerated() {
      // A tenth of the minimum may lie before the first rate. Each name has a height of its own, as they may be close.
      let (place, start) = (x(max(rate, points.first?.rate ?? rate)), top - 30 + 12 * Double(row))
      parts += [
        PlotStyle.line(place, start, place, bottom, row == 0 ? "line validation" : "best"),
        PlotStyle.text(name, place + 4, start + 8),
      ]
    }
    let words = named.map { "\($0) \(RunProgress.significant($1))" }.joined(separator: ", ")
    parts += [
      PlotStyle.line(64, legend - 4, 88, legend - 4, "line validation"), PlotStyle.text(words, 94, legend),
    ]
    if !doubts.isEmpty { parts.append(PlotStyle.text("low confidence", 64, legend + 18)) }
    return parts
  }

  /// log₁₀
  private static func decades(_ rate: Double) -> Double {
    // So that a power of ten is the whole number that it is.
    (PortableMath.log(rate) / PortableMath.log(10) * 1e6).rounded() / 1e6
  }

  private static func power(ofTen exponent: Int) -> String {
    switch exponent {
    case 0...3: RunProgress.decimal((0..<exponent).reduce(1.0) { power, _ in power * 10 }, places: 0)
    case -3...(-1): RunProgress.decimal((0 ..< -exponent).reduce(1.0) { power, _ in power / 10 }, places: -exponent)
    default: "1e\(exponent)"
    }
  }
}
