extension LearningRateSearch {
  /// A picture of the curve (`lr-find.svg`): dots for losses, a line for their average, and a mark for each suggestion.
  public func svg(title: String) -> String {
    let (left, right, top, bottom) = (64.0, 624.0, 64.0, 324.0)
    let finite = points.filter { $0.smoothed.isFinite }
    let horizontal = PlotAxis(finite.map { Self.decades($0.rate) }, intervals: 8, whole: true)
    // Beyond where the search ends there is nothing to see.
    let vertical = PlotAxis(finite.map(\.smoothed), limits: 0...Double.greatestFiniteMagnitude)
    func x(_ rate: Double) -> Double { left + (right - left) * horizontal.share(of: Self.decades(rate)) }
    func y(_ loss: Double) -> Double { bottom - (bottom - top) * vertical.share(of: loss) }
    var parts = [
      PlotStyle.text(title, 20, 28, "title"), PlotStyle.text("loss", left, top - 12, "name"),
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
    let path = finite.enumerated().map { index, point in
      "\(index == 0 ? "M" : "L")\(PlotStyle.number(x(point.rate))) \(PlotStyle.number(y(point.smoothed)))"
    }
    if !path.isEmpty { parts.append("<path class=\"line training\" d=\"\(path.joined())\"/>") }
    parts += marks(x, top: top, bottom: bottom)
    return PlotStyle.picture(title, width: 648, height: 416, parts)
  }

  /// Upright lines where the suggestions are, and their names below.
  private func marks(_ x: (Double) -> Double, top: Double, bottom: Double) -> [String] {
    let legend = bottom + 64
    guard let suggestions else { return [PlotStyle.text("too few points for a suggestion", 64, legend)] }
    let named = [
      ("valley", suggestions.valley), ("steepest", suggestions.steepest), ("minimum / 10", suggestions.minimumTenth),
    ]
    var parts = [PlotStyle.line(x(named[0].1), top, x(named[0].1), bottom, "line validation")]
    for (name, rate) in named.dropFirst() {
      // A tenth of the minimum may lie before the first rate.
      let place = x(max(rate, points.first?.rate ?? rate))
      parts += [
        PlotStyle.line(place, top, place, bottom, "best"), PlotStyle.text(name, place, top - 2, "middle"),
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
  private static func decades(_ rate: Double) -> Double { PortableMath.log(rate) / PortableMath.log(10) }

  private static func power(ofTen exponent: Int) -> String {
    switch exponent {
    case 0...3: RunProgress.decimal((0..<exponent).reduce(1.0) { power, _ in power * 10 }, places: 0)
    case -3...(-1): RunProgress.decimal((0 ..< -exponent).reduce(1.0) { power, _ in power / 10 }, places: -exponent)
    default: "1e\(exponent)"
    }
  }
}
