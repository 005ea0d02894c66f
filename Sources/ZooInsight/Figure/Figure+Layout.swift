import ZooImages
import ZooTensor

/// Where everything of a figure is, in pixels of the picture.
struct FigureLayout {
  /// No picture is wider or higher.
  static let maximumSide = 4000

  let columns: Int
  /// How large each panel that is shown is drawn.
  let extents: [Extent]
  /// One per panel that is shown, at most three.
  let captions: [[String]]
  /// The width that a panel has for itself.
  let box: Int
  /// The height of each row, with captions.
  let heights: [Int]
  let leftOut: Int
  /// Whether cells of maps were put together.
  let isReduced: Bool

  static let margin = 24
  static let gap = 16
  static let style = Drawing.TextStyle.plain

  var width: Int { columns * (box + Self.gap) - Self.gap }
  var height: Int { heights.reduce(-Self.rowGap) { $0 + $1 + Self.rowGap } }
  private static let rowGap = 20

  func top(of row: Int) -> Int { heights[..<row].reduce(0) { $0 + $1 + Self.rowGap } }

  func left(of column: Int) -> Int { column * (box + Self.gap) }

  /// `reserved`: the height that title, legend and notes take.
  static func fitting(_ panels: [Figure.Panel], columns: Int?, reserved: Int) -> FigureLayout {
    let limit = maximumSide - 2 * margin
    let sides = sides(for: panels.count)
    for (attempt, side) in sides.enumerated() {
      let layout = FigureLayout(panels, total: panels.count, columns: columns, side: side, mayShrink: attempt > 0)
      if layout.width <= limit, layout.height + reserved <= limit { return layout }
    }
    // Too many even as small as that: as many as there is room for.
    let side = sides.last ?? 48
    var (low, high) = (1, max(1, panels.count))
    while low < high {
      let middle = (low + high + 1) / 2
      let layout = FigureLayout(
        Array(panels.prefix(middle)), total: panels.count, columns: columns.map { min($0, 40) }, side: side,
        mayShrink: true)
      if layout.width <= limit, layout.height + reserved <= limit { low = middle } else { high = middle - 1 }
    }
    return FigureLayout(
      Array(panels.prefix(low)), total: panels.count, columns: columns.map { min($0, 40) }, side: side, mayShrink: true)
  }

  /// How large panels are to be, the best first.
  private static func sides(for count: Int) -> [Int] {
    let best =
      switch count {
      case ...1: 672
      case 2...4: 448
      case 5...9: 336
      case 10...16: 224
      case 17...36: 168
      case 37...100: 112
      default: 84
      }
    return [best, best] + [336, 224, 168, 112, 84, 56, 42].filter { $0 < best }
  }

  private init(_ panels: [Figure.Panel], total: Int, columns: Int?, side: Int, mayShrink: Bool) {
    let extents = panels.map { $0.content.drawnExtent(side: side, mayShrink: mayShrink) }
    let longest = panels.map { Self.style.width(of: $0.caption) }.max() ?? 0
    let least = panels.count <= 4 ? 312 : panels.count <= 16 ? 216 : 144
    let box = max(extents.map(\.width).max() ?? 1, min(longest, least))
    let lines = panels.map { Self.caption($0.caption, width: box) }
    let captions = lines.map(\.count).max() ?? 0
    let row = (extents.map(\.height).max() ?? 1) + Self.height(ofCaption: captions)
    let chosen = min(
      columns ?? Self.columns(panels.count, width: box + Self.gap, height: row + Self.rowGap), max(1, panels.count))
    let rows = stride(from: 0, to: panels.count, by: chosen).map { $0..<min($0 + chosen, panels.count) }
    self.columns = chosen
    self.extents = extents
    self.captions = lines
    self.box = box
    heights = rows.map { row in row.map { extents[$0].height + Self.height(ofCaption: lines[$0].count) }.max() ?? 0 }
    leftOut = total - panels.count
    isReduced = zip(panels, extents).contains { panel, extent in
      if case .map(let map) = panel.content { extent.width < map.columns || extent.height < map.rows } else { false }
    }
  }

  /// As many as make the grid about a third wider than high, and leave few places of the last row empty.
  private static func columns(_ count: Int, width: Int, height: Int) -> Int {
    guard count > 4 else { return max(1, count) }
    func cost(_ columns: Int) -> Double {
      let rows = (count + columns - 1) / columns
      let shape = Double(columns * width) / (1.33 * Double(rows * height))
      let empty = Double(rows * columns - count) / Double(columns)
      return (shape < 1 ? 1 / shape : shape) + 0.5 * empty
    }
    return (1...count).min { cost($0) < cost($1) } ?? count
  }

  private static func height(ofCaption lines: Int) -> Int { lines > 0 ? 8 + lines * style.line : 0 }

  /// The lines of a caption, at most three.
  private static func caption(_ text: String, width: Int) -> [String] {
    let lines = style.lines(of: text, width: width)
    guard lines.count > 3 else { return lines }
    let room = Double(width) - style.font.width(of: "…")
    return lines.prefix(2) + [style.font.prefix(of: lines[2], fitting: room) + "…"]
  }
}
