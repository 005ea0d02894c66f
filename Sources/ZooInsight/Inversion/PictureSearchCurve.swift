import ZooImages

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The measure of each step of a search as a line, 448 pixels square, as a panel of a figure.
struct PictureSearchCurve {
  let curve: [PictureSearchStep]
  /// Whether the measure has a logarithmic axis.
  let isLogarithmic: Bool
  let title: String
  /// Iterations by the side of which a line is drawn: the one that the picture is of.
  let marked: Int

  private static let side = 448

  func image() -> PixelImage {
    var drawing = Drawing(title: title, width: Self.side, height: Self.side)
    let style = Drawing.TextStyle.plain
    let marks = self.marks
    let labels = marks.map { Figure.short($0) }
    let left = Double((labels.map { style.width(of: $0) }.max() ?? 0) + 12)
    let (right, top, bottom) = (
      Double(Self.side - 12), Double(style.line + 12), Double(Self.side - 2 * style.line - 16)
    )
    drawing.write(title, x: 0, baseline: Double(style.rise), .name)
    let (low, high) = (place(marks.first ?? 0), place(marks.last ?? 1))
    func y(_ value: Double) -> Double {
      let share = high > low ? (place(value) - low) / (high - low) : 0.5
      return bottom - min(max(share, 0), 1) * (bottom - top)
    }
    let total = curve.last?.iteration ?? 1
    func x(_ iteration: Int) -> Double {
      total > 1 ? left + (right - left) * Double(iteration - 1) / Double(total - 1) : (left + right) / 2
    }
    for (mark, label) in zip(marks, labels) {
      drawing.stroke([(left, y(mark)), (right, y(mark))], .grid)
      drawing.write(label, x: left - 8, baseline: y(mark) + Double(style.rise) / 2, .plain, .end)
    }
    drawing.stroke([(left, top), (left, bottom), (right, bottom)], .axis)
    // As many points as there are columns; more would be on top of each other.
    let step = max(1, curve.count / Self.side)
    let points = stride(from: 0, to: curve.count, by: step).map { curve[$0] } + curve.suffix(1)
    drawing.stroke(points.map { (x($0.iteration), y($0.measure)) }, .series(0), width: 3)
    if curve.indices.contains(marked - 1) {
      drawing.dot((x(marked), y(curve[marked - 1].measure)), radius: 6, .series(1))
    }
    let base = bottom + 8 + Double(style.rise)
    drawing.write("1", x: left, baseline: base)
    if total > 1 { drawing.write("\(total)", x: right, baseline: base, .plain, .end) }
    drawing.write("iteration", x: (left + right) / 2, baseline: base, .plain, .middle)
    return drawing.image()
  }

  /// Where a value is on its axis; what has no logarithm is at the lower end.
  private func place(_ value: Double) -> Double { isLogarithmic ? log10(max(value, 1e-30)) : value }

  /// The numbers beside the axis, rising; they hold all values.
  private var marks: [Double] {
    let values = curve.map(\.measure).filter { $0.isFinite && (!isLogarithmic || $0 > 0) }
    guard let low = values.min(), let high = values.max() else { return [0, 1] }
    if isLogarithmic {
      let decades = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
      let shown = decades.count > 1 ? Array(decades) : [decades.lowerBound, decades.lowerBound + 1]
      return shown.map { pow(10, Double($0)) }
    }
    return PlotAxis([low, high], intervals: 4).ticks
  }
}
