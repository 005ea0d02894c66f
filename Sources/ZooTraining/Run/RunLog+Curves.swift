import ZooImages

extension RunLog {
  /// A picture of the loss and the accuracy of training and validation against the epoch (`curves.svg`). The epoch with the
  /// best validation has a ring.
  public func curves(title: String) -> String {
    let best = drawn.filter { (0...1).contains($0.validationTop1 ?? .nan) }
      .max { ($0.validationTop1 ?? 0, -$0.epoch) < ($1.validationTop1 ?? 0, -$1.epoch) }
    let loss = Panel(
      name: "loss", curves: [curve(\.trainingLoss), curve(\.validationLoss)], limits: 0...Double.greatestFiniteMagnitude
    )
    var accuracy = Panel(
      name: "top-1 accuracy, %", curves: [curve(\.trainingTop1, times: 100), curve(\.validationTop1, times: 100)],
      limits: 0...100)
    accuracy.ring = best.flatMap { record in record.validationTop1.map { (Double(record.epoch), $0 * 100) } }
    let panels = accuracy.curves.allSatisfy(\.isEmpty) ? [loss] : [loss, accuracy]
    let width = Panel.width * Double(panels.count) + 16
    var parts = [PlotStyle.text(title, 20, 28, "title")]
    for (index, panel) in panels.enumerated() { parts += panel.parts(left: 8 + Panel.width * Double(index)) }
    parts += Self.legend(best: best)
    return PlotStyle.picture(title, width: width, height: Panel.height + 104, parts)
  }

  private var drawn: [EpochRecord] { records.filter { Self.epochs.contains($0.epoch) } }

  private func curve(_ value: KeyPath<EpochRecord, Double>) -> [(x: Double, y: Double)] {
    drawn.map { (Double($0.epoch), $0[keyPath: value]) }
  }

  private func curve(_ value: KeyPath<EpochRecord, Double?>, times factor: Double = 1) -> [(x: Double, y: Double)] {
    drawn.compactMap { record in record[keyPath: value].map { (Double(record.epoch), $0 * factor) } }
  }

  private static func legend(best: EpochRecord?) -> [String] {
    let y = Panel.height + 88
    var parts = [
      PlotStyle.line(62, y - 4, 86, y - 4, "line training"), PlotStyle.text("training", 92, y),
      PlotStyle.line(162, y - 4, 186, y - 4, "line validation"), PlotStyle.text("validation", 192, y),
    ]
    if let best, let top1 = best.validationTop1 {
      parts += [
        "<circle class=\"best\" cx=\"274\" cy=\"\(PlotStyle.number(y - 4))\" r=\"6\"/>",
        PlotStyle.text("best: \(RunProgress.percent(top1)) after epoch \(best.epoch)", 286, y),
      ]
    }
    return parts
  }
}

/// One pair of axes with the curves of training and validation.
private struct Panel {
  static let width = 440.0
  static let height = 280.0

  var name: String
  /// Of training, then of validation.
  var curves: [[(x: Double, y: Double)]]
  var limits: ClosedRange<Double>
  /// A point of the validation's.
  var ring: (x: Double, y: Double)?

  /// The name is above, the epochs are below.
  func parts(left: Double) -> [String] {
    let (x0, x1, y0, y1) = (left + 54, left + Self.width - 16, 60.0, 30 + Self.height)
    let points = curves.flatMap { $0 }
    let horizontal = PlotAxis(
      points.map(\.x) + (points.isEmpty ? [] : [0]), intervals: 8, whole: true, limits: 0...1e12)
    let vertical = PlotAxis(points.map(\.y), limits: limits)
    func place(_ point: (x: Double, y: Double)) -> (x: Double, y: Double) {
      (x0 + (x1 - x0) * horizontal.share(of: point.x), y1 - (y1 - y0) * vertical.share(of: point.y))
    }
    var parts = [PlotStyle.text(name, x0, y0 - 10, "name")]
    for tick in vertical.ticks {
      let y = place((horizontal.range.lowerBound, tick)).y
      parts += [PlotStyle.line(x0, y, x1, y, "grid"), PlotStyle.text(vertical.label(tick), x0 - 8, y + 4, "right")]
    }
    for tick in horizontal.ticks {
      let x = place((tick, vertical.range.lowerBound)).x
      parts += [
        PlotStyle.line(x, y1, x, y1 + 4, "axis"), PlotStyle.text(horizontal.label(tick), x, y1 + 17, "middle"),
      ]
    }
    parts += [PlotStyle.line(x0, y1, x1, y1, "axis"), PlotStyle.text("epoch", (x0 + x1) / 2, y1 + 33, "middle")]
    for (curve, style) in zip(curves, ["training", "validation"]) { parts += Self.drawn(curve, style, place) }
    if let ring {
      let (x, y) = place(ring)
      parts.append("<circle class=\"best\" cx=\"\(PlotStyle.number(x))\" cy=\"\(PlotStyle.number(y))\" r=\"6\"/>")
    }
    return parts
  }

  /// The line, with gaps where a value is no number, and dots where there are few.
  private static func drawn(
    _ curve: [(x: Double, y: Double)], _ style: String, _ place: ((x: Double, y: Double)) -> (x: Double, y: Double)
  ) -> [String] {
    var path = ""
    var isDrawing = false
    var dots: [String] = []
    for point in curve {
      guard point.y.isFinite, abs(point.y) < 1e12 else {
        isDrawing = false
        continue
      }
      let (x, y) = place(point)
      path += "\(isDrawing ? "L" : "M")\(PlotStyle.number(x)) \(PlotStyle.number(y))"
      isDrawing = true
      dots.append(
        "<circle class=\"dot \(style)\" cx=\"\(PlotStyle.number(x))\" cy=\"\(PlotStyle.number(y))\" r=\"2.5\"/>")
    }
    let line = path.isEmpty ? [] : ["<path class=\"line \(style)\" d=\"\(path)\"/>"]
    return line + (dots.count <= 40 ? dots : [])
  }
}
