/// A drawing of a graph with a place for everything: what SVG, PNG and HTML have in common. Lengths are CSS pixels from the upper left
/// corner.
package struct GraphPicture: Sendable {
  package struct Text: Sendable {
    package var text: String
    package var x: Double
    package var baseline: Double
  }

  package struct Box: Sendable {
    package var left: Double
    package var top: Double
    package var width: Double
    package var height: Double
    /// Of the corners.
    package var radius: Double
    /// Around its middle: the name with the remark beside it, and the lines below.
    package var name: Text
    package var remark: String
    package var lines: [Text]
    package var tooltip: String
    /// What decides about the colour: a family of operations, `block` or `output`.
    package var style: String
    /// On the scale of the quantity; `nil` where there is none, or it has no number for the box.
    package var level: Int?
    package var isTrainingOnly: Bool
    package var isBlock: Bool { style == SVGStyle.block }
  }

  package struct Edge: Sendable {
    package var from: Int
    package var to: Int
    /// Vertical lines; curves that leave and arrive vertically join them.
    package var pieces: [(x: Double, top: Double, bottom: Double)]
    package var isTrainingOnly: Bool
  }

  /// The scale of the colours.
  package struct Legend: Sendable {
    package var words: [Text]
    /// The bar, 12 pixels high.
    package var left: Double
    package var top: Double
    package var width: Double
    package var ticks: [Text]
  }

  package let width: Double
  package let height: Double
  package let title: Text
  /// What the network or the block costs, below the title.
  package let subtitle: Text
  package let legend: Legend?
  /// One for each box of the drawing, then one for each output.
  package let boxes: [Box]
  package let edges: [Edge]
  /// The shapes of values, below the boxes that compute them.
  package let shapes: [Text]
  /// Whether boxes are coloured by a quantity.
  package let isMeasured: Bool

  package static let titleSize = 16.0
  package static let nameSize = 12.0
  package static let textSize = 11.0
  package static let shapeSize = 10.0
  static let scaleWidth = 320.0
  /// Bold letters are wider.
  static let bold = 1.12

  package init(_ drawing: GraphDrawing) {
    let drawn = drawing.drawnNodes
    let links = drawing.drawnEdges
    let sizes = drawn.map(Self.size)
    let labels = drawn.map { textWidth($0.edgeLabel, size: Self.shapeSize) }
    let layout = GraphLayout(sizes: sizes, labels: labels, edges: links)
    let scale = CostScale(drawing)
    let margin = 24.0
    var header = 66.0
    if let scale { header += 32 + 15 * Double(scale.lines.count) }
    let summary = drawing.summary
    let widest = ((scale?.lines ?? []) + [summary]).map { textWidth($0, size: Self.textSize) }.max() ?? 0
    let titleWidth = max(
      textWidth(drawing.title, size: Self.titleSize) * Self.bold, widest, scale == nil ? 0 : Self.scaleWidth)
    width = max(layout.width, titleWidth) + 2 * margin
    height = layout.height + 2 * margin + header
    title = Text(text: drawing.title, x: margin, baseline: 32)
    subtitle = Text(text: summary, x: margin, baseline: 50)
    legend = scale.map { Self.legend($0, left: margin, top: 62) }
    isMeasured = scale != nil
    let (dx, dy) = ((width - layout.width) / 2, margin + header)
    boxes = zip(drawn, zip(layout.centers, sizes)).map { node, place in
      Self.box(node, x: place.0.x + dx, y: place.0.y + dy, size: place.1)
    }
    edges = zip(links, layout.paths).map { link, pieces in
      Edge(
        from: link.from, to: link.to, pieces: pieces.map { ($0.x + dx, $0.top + dy, $0.bottom + dy) },
        isTrainingOnly: drawn[link.from].isTrainingOnly || drawn[link.to].isTrainingOnly)
    }
    shapes = Set(links.map(\.from)).sorted().map { source in
      let (center, size) = (layout.centers[source], sizes[source])
      return Text(
        text: drawn[source].edgeLabel, x: center.x + dx + 5, baseline: center.y + dy + size.height / 2 + 13)
    }
  }

  private static func size(_ node: DrawnNode) -> (width: Double, height: Double) {
    let name = textWidth(node.name, size: nameSize) * bold
    let remark = node.remark.isEmpty ? 0 : 6 + textWidth(node.remark, size: textSize)
    let widest = node.lines.reduce(name + remark) { max($0, textWidth($1, size: textSize)) }
    return (width: max(56, widest + 18), height: 24 + 15 * Double(node.lines.count))
  }

  private static func box(_ node: DrawnNode, x: Double, y: Double, size: (width: Double, height: Double)) -> Box {
    let top = y - size.height / 2
    return Box(
      left: x - size.width / 2, top: top, width: size.width, height: size.height,
      radius: node.style == SVGStyle.block ? 3 : node.lines.isEmpty ? size.height / 2 : 7,
      name: Text(text: node.name, x: x, baseline: top + 16.5), remark: node.remark,
      lines: node.lines.enumerated().map { Text(text: $1, x: x, baseline: top + 31.5 + 15 * Double($0)) },
      tooltip: node.tooltip, style: node.style, level: node.level, isTrainingOnly: node.isTrainingOnly)
  }

  private static func legend(_ scale: CostScale, left: Double, top: Double) -> Legend {
    let bar = top + 15 * Double(scale.lines.count) + 4
    return Legend(
      words: scale.lines.enumerated().map { Text(text: $1, x: left, baseline: top + 10 + 15 * Double($0)) }, left: left,
      top: bar, width: scaleWidth,
      ticks: scale.ticks.enumerated().map {
        Text(text: $1, x: left + scaleWidth * Double($0) / 2, baseline: bar + 25)
      })
  }
}

extension GraphPicture {
  /// The colours of a box on a light page, as `#rrggbb`.
  package func colours(of box: Box) -> (fill: String, stroke: String, text: String) {
    guard isMeasured else {
      let colours = SVGStyle.light(box.style)
      return (colours.fill, colours.stroke, SVGStyle.lightText)
    }
    guard let level = box.level else { return ("#ffffff", SVGStyle.lightEdge, SVGStyle.lightText) }
    return (CostColour.light(level), SVGStyle.lightEdge, CostColour.lightText(level))
  }

  /// The colour of edges and of the shapes beside them on a light page.
  package static var edgeColour: String { SVGStyle.lightEdge }
  package static var textColour: String { SVGStyle.lightText }
}
