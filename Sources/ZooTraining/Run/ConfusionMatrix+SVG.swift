extension ConfusionMatrix {
  /// More classes than this are not told apart on a screen.
  public static let maximumDrawnClasses = 100

  /// A picture (`confusion.svg`): a row for each class, a column for each answer, the count in each cell, and a shade for
  /// its share of the row.
  ///
  /// - Throws: `RunError.tooManyClasses` beyond 100.
  public func svg(title: String) throws(RunError) -> String {
    guard classes.count <= Self.maximumDrawnClasses else {
      throw .tooManyClasses(classes.count, limit: Self.maximumDrawnClasses)
    }
    let side = classes.count <= 12 ? 46.0 : classes.count <= 30 ? 32 : 14
    let names = classes.map { $0.count > 28 ? $0.prefix(27) + "…" : $0 }
    let label = 20 + 6.4 * Double(names.map(\.count).max() ?? 0)
    // Names of narrow columns stand upright, so that they do not run into each other.
    let (angle, rise) = side < 20 ? (-90, label) : (-45, label * 0.72)
    let (left, top) = (label + 28, rise + 78)
    let extent = side * Double(classes.count)
    var parts = [
      PlotStyle.text(title, 20, 28, "title"),
      PlotStyle.text(accuracy.map { "top-1 \(RunProgress.percent($0)) of \(total) pictures" } ?? "no pictures", 20, 46),
      PlotStyle.text("shade: share of the row, the pictures of a class", 20, 62),
    ]
    for (index, name) in names.enumerated() {
      let center = side * (Double(index) + 0.5)
      let (x, y) = (PlotStyle.number(left + center + (angle == -90 ? 4 : 0)), PlotStyle.number(top - 8))
      parts += [
        PlotStyle.text(name, left - 8, top + center + 4, "right"),
        "<text transform=\"translate(\(x) \(y)) rotate(\(angle))\">\(PlotStyle.escaped(name))</text>",
      ]
    }
    for truth in classes.indices {
      let row = pictures(of: truth)
      for answer in classes.indices where self[truth: truth, answer: answer] > 0 {
        parts += cell(truth, answer, share: Double(self[truth: truth, answer: answer]) / Double(row), side, left, top)
      }
    }
    let size = PlotStyle.number(extent)
    parts += [
      "<rect class=\"frame\" x=\"\(PlotStyle.number(left))\" y=\"\(PlotStyle.number(top))\" width=\"\(size)\" height=\"\(size)\"/>",
      PlotStyle.text("answer", left + extent / 2, top + extent + 22, "middle name"),
      "<text class=\"middle name\" transform=\"translate(16 \(PlotStyle.number(top + extent / 2))) rotate(-90)\">class</text>",
    ]
    return PlotStyle.picture(
      title, width: max(left + extent + (angle == -90 ? 0 : rise) + 24, 340), height: top + extent + 40, parts)
  }

  private func cell(
    _ truth: Int, _ answer: Int, share: Double, _ side: Double, _ left: Double, _ top: Double
  ) -> [String] {
    let count = self[truth: truth, answer: answer]
    let (x, y) = (left + side * Double(answer), top + side * Double(truth))
    let size = PlotStyle.number(side)
    let tip = "\(classes[truth]) taken for \(classes[answer]): \(count) (\(RunProgress.percent(share)))"
    let square =
      "<rect class=\"cell\" x=\"\(PlotStyle.number(x))\" y=\"\(PlotStyle.number(y))\" width=\"\(size)\" height=\"\(size)\" "
      + "fill-opacity=\"\(RunProgress.decimal(0.06 + 0.94 * share, places: 3))\"><title>\(PlotStyle.escaped(tip))</title></rect>"
    // A number that does not fit is in the tip alone.
    guard side >= 30, Double("\(count)".utf8.count) * 6.6 <= side else { return [square] }
    return [
      square, PlotStyle.text("\(count)", x + side / 2, y + side / 2 + 4, "middle \(share > 0.5 ? "light" : "dark")"),
    ]
  }
}
