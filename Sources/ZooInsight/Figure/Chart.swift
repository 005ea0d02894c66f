import ZooImages

/// A pair of axes with titles, and what is drawn between them.
struct Chart {
  static let width = 960
  static let height = 640

  var title: String
  var xTitle: String
  var yTitle: String
  var horizontal: PlotAxis
  var vertical: PlotAxis
  /// The numbers at the vertical axis are powers of ten.
  var isLogarithmic = false
  /// Names of series, in their colours; one alone is not told from others and has none.
  var names: [(text: String, isDashed: Bool)] = []
  var notes: [String] = []

  /// The rectangle of the axes.
  private(set) var left = 0.0
  private(set) var right = 0.0
  private(set) var top = 0.0
  private(set) var bottom = 0.0

  private static let margin = 24.0
  private static let plain = Drawing.TextStyle.plain

  init(title: String, xTitle: String, yTitle: String, horizontal: PlotAxis, vertical: PlotAxis) {
    self.title = title
    self.xTitle = xTitle
    self.yTitle = yTitle
    self.horizontal = horizontal
    self.vertical = vertical
  }

  func place(_ x: Double, _ y: Double) -> Drawing.Point {
    (left + (right - left) * horizontal.share(of: x), bottom - (bottom - top) * vertical.share(of: y))
  }

  /// The chart without what is between the axes, after which `place` says where that belongs.
  mutating func frame() -> Drawing {
    let inner = Self.width - 2 * Int(Self.margin)
    let titles = Drawing.TextStyle.title.lines(of: title, width: inner)
    let notes = notes.flatMap { Drawing.TextStyle.note.lines(of: $0, width: inner) }
    let keys = keys(width: inner)
    let labels = vertical.ticks.map { isLogarithmic ? Self.power(ofTen: $0) : vertical.label($0) }
    var y = Self.margin
    let header = Double(titles.count * Drawing.TextStyle.title.line + (titles.isEmpty ? 0 : 8))
    let legend = Double(keys.count * Self.plain.line + (keys.isEmpty ? 0 : 10))
    left = Self.margin + Double(labels.map { Self.plain.width(of: $0) }.max() ?? 0) + 12
    right = Double(Self.width) - Self.margin - 24
    top = y + header + legend + Double(Self.plain.line) + 12
    bottom = top + 400
    let foot = bottom + 16 + 2 * Double(Self.plain.line) + 8
    let end = foot + Double(notes.count * Drawing.TextStyle.note.line) + (notes.isEmpty ? 0 : 8)
    var drawing = Drawing(title: title, width: Self.width, height: Int(end + Self.margin - 8))
    for line in titles {
      drawing.write(line, x: Self.margin, baseline: y + Double(Drawing.TextStyle.title.rise), .title)
      y += Double(Drawing.TextStyle.title.line)
    }
    y += titles.isEmpty ? 0 : 8
    for row in keys {
      for key in row { draw(key, on: &drawing, at: y) }
      y += Double(Self.plain.line)
    }
    y += keys.isEmpty ? 0 : 10
    drawing.write(yTitle, x: Self.margin, baseline: y + Double(Self.plain.rise), .name)
    axes(labels, on: &drawing)
    y = foot
    for line in notes {
      drawing.write(line, x: Self.margin, baseline: y + Double(Drawing.TextStyle.note.rise), .note)
      y += Double(Drawing.TextStyle.note.line)
    }
    return drawing
  }

  private func axes(_ labels: [String], on drawing: inout Drawing) {
    let low = (x: horizontal.range.lowerBound, y: vertical.range.lowerBound)
    let half = Double(Self.plain.rise) / 2
    for (tick, label) in zip(vertical.ticks, labels) {
      let y = place(low.x, tick).y
      drawing.stroke([(left, y), (right, y)], .grid, width: 2)
      drawing.write(label, x: left - 12, baseline: y + half, .plain, .end)
    }
    for tick in horizontal.ticks {
      let x = place(tick, low.y).x
      drawing.stroke([(x, bottom), (x, bottom + 8)], .axis)
      drawing.write(horizontal.label(tick), x: x, baseline: bottom + 16 + Double(Self.plain.rise), .plain, .middle)
    }
    drawing.stroke([(left, bottom), (right, bottom)], .axis)
    let title = bottom + 16 + Double(Self.plain.line + Self.plain.rise)
    drawing.write(xTitle, x: (left + right) / 2, baseline: title, .plain, .middle)
  }

  private struct Key {
    var text: String
    var number: Int
    var isDashed: Bool
    var x: Double
  }

  private static let sample = 48.0

  /// Names in rows, each behind a piece of its line.
  private func keys(width inner: Int) -> [[Key]] {
    guard names.count > 1 else { return [] }
    var rows: [[Key]] = [[]]
    var x = Self.margin
    for (number, name) in names.enumerated() {
      let text = Self.plain.font.shortened(name.text, to: Double(inner) - Self.sample - 40)
      let width = Self.sample + 12 + Self.plain.font.width(of: text) + 28
      if x + width > Double(Self.width) - Self.margin, !rows[rows.count - 1].isEmpty {
        rows.append([])
        x = Self.margin
      }
      rows[rows.count - 1].append(Key(text: text, number: number, isDashed: name.isDashed, x: x))
      x += width
    }
    return rows
  }

  private func draw(_ key: Key, on drawing: inout Drawing, at y: Double) {
    let middle = y + Double(Self.plain.rise) / 2
    drawing.stroke(
      [(key.x, middle), (key.x + Self.sample, middle)], .series(key.number), width: 4, isDashed: key.isDashed)
    drawing.write(key.text, x: key.x + Self.sample + 12, baseline: y + Double(Self.plain.rise))
  }

  private static func power(ofTen exponent: Double) -> String {
    let exponent = Int(exponent.rounded())
    return switch exponent {
    case 0...4: "1" + String(repeating: "0", count: exponent)
    case -3...(-1): "0." + String(repeating: "0", count: -exponent - 1) + "1"
    default: "1e\(exponent)"
    }
  }
}
