extension Embedding {
  /// What a picture of a layout says besides the points.
  public struct Legend: Hashable, Sendable {
    /// Above the picture.
    public var title: String
    /// The class of each code.
    public var labels: [Int]
    /// Their names.
    public var classes: [String]
    /// What each code is of, shown where a pointer rests; none, or one for each.
    public var names: [String]
    /// The code that has a ring around it.
    public var marked: Int?
    /// Lines below the picture: network, weights, layer, the command that makes the picture again.
    public var notes: [String]

    /// - Parameters:
    ///   - title: above the picture.
    ///   - labels: the class of each code, by its index in `classes`.
    ///   - classes: the names of the classes, for the legend.
    ///   - names: of the codes, shown when the mouse rests on a point.
    ///   - marked: the index of a code to be ringed.
    ///   - notes: below the picture, one a line.
    public init(
      title: String, labels: [Int], classes: [String], names: [String] = [], marked: Int? = nil, notes: [String] = []
    ) {
      (self.title, self.labels, self.classes, self.names) = (title, labels, classes, names)
      (self.marked, self.notes) = (marked, notes)
    }
  }

  /// More names of points would make a file that browsers are slow with.
  private static let maximumNamedPoints = 5000
  /// More classes are not listed.
  private static let maximumListedClasses = 60

  /// A picture of the layout as SVG, light or dark as the reader likes: a mark for each code, in the colour and shape of its
  /// class, the names of the classes where most of their marks are, and a legend. There are no axes, because the directions
  /// and the lengths of a layout mean nothing.
  ///
  /// - Throws: `EmbeddingError.labelCount`, `.labelOutOfRange`, `.nameCount` or `.markOutOfRange`.
  public func svg(_ legend: Legend) throws(EmbeddingError) -> String { try scatter(legend).svg }

  /// `svg(_:)` with its size in pixels.
  ///
  /// - Throws: as that.
  package func scatter(_ legend: Legend) throws(EmbeddingError) -> (svg: String, width: Int, height: Int) {
    try check(legend)
    let (side, margin, top) = (760.0, 24.0, 84.0)
    let scale = ScatterScale(self, left: margin, top: top, side: side)
    let listed = min(legend.classes.count, Self.maximumListedClasses)
    let longest = legend.classes.prefix(listed).map { ScatterStyle.shortened($0).count }.max() ?? 0
    let width = margin + side + (listed > 0 ? 60 + 7 * Double(longest) + 50 : margin)
    let legendHeight = Double(listed + (listed < legend.classes.count ? 1 : 0)) * 20
    let height = max(top + scale.height, top + legendHeight) + 24 + 16 * Double(legend.notes.count + 1)
    var parts = [
      ScatterStyle.text(legend.title, margin, 32, "title"), ScatterStyle.text(summary, margin, 54),
      ScatterStyle.text(
        "near means alike; distances between groups, their sizes and directions mean little", margin, 72),
    ]
    parts += marks(legend, scale)
    parts += names(legend, scale)
    if let marked = legend.marked {
      let place = scale.place(x[marked], y[marked])
      parts.append(ScatterStyle.ring(place.x, place.y, 10))
    }
    parts += list(legend, listed, left: margin + side + 24, top: top)
    for (line, note) in legend.notes.enumerated() {
      parts.append(ScatterStyle.text(note, margin, height - 12 - 16 * Double(legend.notes.count - 1 - line), "note"))
    }
    let svg = ScatterStyle.picture(legend.title, width: width, height: height, parts)
    return (svg, Int(width.rounded()), Int(height.rounded()))
  }

  private func check(_ legend: Legend) throws(EmbeddingError) {
    guard legend.labels.count == count else { throw .labelCount(rows: count, labels: legend.labels.count) }
    guard legend.names.isEmpty || legend.names.count == count else {
      throw .nameCount(rows: count, names: legend.names.count)
    }
    if let marked = legend.marked, !(0..<count).contains(marked) {
      throw .markOutOfRange(row: marked, rows: count)
    }
    for (row, label) in legend.labels.enumerated() where !legend.classes.indices.contains(label) {
      throw .labelOutOfRange(row: row, label: label, classes: legend.classes.count)
    }
  }

  /// The figures of the layout in a line.
  public var summary: String {
    let figures = [
      "\(count) codes", "perplexity \(ScatterStyle.decimal(perplexity, 1))",
      "KL \(ScatterStyle.decimal(divergence, 3))",
      "trustworthiness \(ScatterStyle.decimal(trustworthiness, 3)) (\(neighbours) neighbours)",
    ]
    return figures.joined(separator: ", ")
  }

  private func marks(_ legend: Legend, _ scale: ScatterScale) -> [String] {
    let radius = max(2, min(5, 90 / Double(count).squareRoot()))
    let isNamed = !legend.names.isEmpty && count <= Self.maximumNamedPoints
    return legend.classes.indices.map { label in
      let points = (0..<count).filter { legend.labels[$0] == label }
      let marks = points.map { point in
        let place = scale.place(x[point], y[point])
        let title = isNamed ? "\(legend.names[point]) (\(legend.classes[label]))" : nil
        return ScatterStyle.mark(label, place.x, place.y, radius, title: title)
      }
      return "<g class=\"c\(label % ClassMarks.colours.count)\">\(marks.joined())</g>"
    }
  }

  /// The name of each class at the point of it that is nearest to the medians, so that it lies on the largest group.
  private func names(_ legend: Legend, _ scale: ScatterScale) -> [String] {
    guard legend.classes.count <= Self.maximumListedClasses else { return [] }
    return legend.classes.enumerated().compactMap { label, name in
      let points = (0..<count).filter { legend.labels[$0] == label }
      guard !points.isEmpty else { return nil }
      let (middleX, middleY) = (
        points.map { x[$0] }.sorted()[points.count / 2], points.map { y[$0] }.sorted()[points.count / 2]
      )
      func distance(_ point: Int) -> Double {
        let (dx, dy) = (x[point] - middleX, y[point] - middleY)
        return dx * dx + dy * dy
      }
      guard let middle = points.min(by: { distance($0) < distance($1) }) else { return nil }
      let place = scale.place(x[middle], y[middle])
      return ScatterStyle.text(ScatterStyle.shortened(name), place.x, place.y + 5, "label")
    }
  }

  private func list(_ legend: Legend, _ listed: Int, left: Double, top: Double) -> [String] {
    var parts: [String] = []
    for label in 0..<listed {
      let row = top + 20 * Double(label) + 10
      let count = legend.labels.count { $0 == label }
      parts.append(
        "<g class=\"c\(label % ClassMarks.colours.count)\">\(ScatterStyle.mark(label, left + 6, row, 5))</g>")
      parts.append(ScatterStyle.text("\(ScatterStyle.shortened(legend.classes[label])) (\(count))", left + 18, row + 4))
    }
    let rest = legend.classes.count - listed
    if rest > 0 {
      parts.append(ScatterStyle.text("and \(rest) more classes", left, top + 20 * Double(listed) + 14))
    }
    return parts
  }
}

/// From the plane to the picture: both axes alike.
private struct ScatterScale {
  /// Of the points with a margin; the width is what was asked for.
  let height: Double
  private let scale: Double
  private let middle: (x: Double, y: Double)
  private let centre: (x: Double, y: Double)

  init(_ layout: Embedding, left: Double, top: Double, side: Double) {
    let (lowX, highX) = (layout.x.min() ?? 0, layout.x.max() ?? 0)
    let (lowY, highY) = (layout.y.min() ?? 0, layout.y.max() ?? 0)
    let extent = max(highX - lowX, highY - lowY)
    scale = extent > 0 ? (side - 24) / extent : 1
    middle = ((lowX + highX) / 2, (lowY + highY) / 2)
    height = max(side / 4, (highY - lowY) * scale + 24)
    centre = (left + side / 2, top + height / 2)
  }

  func place(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
    (centre.x + (x - middle.x) * scale, centre.y - (y - middle.y) * scale)
  }
}
