extension Graph {
  /// A picture of the graph as a self-contained SVG, every node a box of its own; see `GraphDrawing`.
  public func svg() -> String { GraphDrawing(self).svg() }
}

extension GraphDrawing {
  /// The picture as a self-contained SVG: a box per layer or block, coloured by kind or by the quantity, from the input at the top
  /// to the outputs at the bottom; the shape of each value at the edges that leave its box; of a quantity the scale below the
  /// title. It follows the reader's choice of light or dark.
  public func svg() -> String {
    let drawn = drawnNodes
    let sizes = drawn.map(boxSize)
    let layout = LayeredLayout(sizes: sizes, edges: drawnEdges)
    let scale = CostScale(self)
    let margin = 24.0
    let header = scale.map { 40 + Self.scaleHeight + 15 * Double($0.lines.count) } ?? 40
    let widest = scale?.lines.map { textWidth($0, size: 11) }.max() ?? 0
    let titleWidth = max(textWidth(graph.name, size: 16), widest, scale == nil ? 0 : Self.scaleWidth)
    let width = max(layout.width, titleWidth) + 2 * margin
    let height = layout.height + 2 * margin + header
    let inset = (width - layout.width) / 2
    let levels = scale == nil ? [] : Array(0..<CostColour.count)
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(number(width)) \(number(height))\" "
        + "width=\"\(number(width))\" height=\"\(number(height))\" role=\"img\">",
      "<title>\(escaped(graph.name))</title>", "<style>\(SVGStyle.sheet(levels: levels))</style>",
      "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" "
        + "orient=\"auto\"><path class=\"tip\" d=\"M0 0.5L8 4L0 7.5Z\"/></marker></defs>",
      "<rect class=\"page\" width=\"\(number(width))\" height=\"\(number(height))\" style=\"stroke:none\"/>",
      "<text class=\"title\" x=\"\(number(margin))\" y=\"32\">\(escaped(graph.name))</text>",
    ]
    if let scale { lines += legend(scale, left: margin, top: 44) }
    lines.append("<g transform=\"translate(\(number(inset)) \(number(margin + header)))\">")
    for (edge, pieces) in zip(drawnEdges, layout.paths) {
      let isTraining = drawn[edge.from].isTrainingOnly || drawn[edge.to].isTrainingOnly
      lines.append(
        "<path class=\"edge\(isTraining ? " training" : "")\" marker-end=\"url(#tip)\" d=\"\(path(pieces))\"/>")
    }
    for index in drawn.indices {
      lines.append(box(drawn[index], center: layout.centers[index], size: sizes[index]))
    }
    for source in Set(drawnEdges.map(\.from)).sorted() {
      let (center, size) = (layout.centers[source], sizes[source])
      lines.append(
        "<text class=\"shape\" x=\"\(number(center.x + 5))\" y=\"\(number(center.y + size.height / 2 + 13))\">"
          + "\(escaped(drawn[source].edgeLabel))</text>")
    }
    return (lines + ["</g>", "</svg>", ""]).joined(separator: "\n")
  }

  private static let scaleWidth = 320.0
  /// The bar with its numbers.
  private static let scaleHeight = 36.0

  /// What is measured, a bar of all colours from 0 to the largest number, and the numbers below it.
  private func legend(_ scale: CostScale, left: Double, top: Double) -> [String] {
    let step = Self.scaleWidth / Double(CostColour.count)
    let words = scale.lines.enumerated().map { index, line in
      "<text class=\"legend\" x=\"\(number(left))\" y=\"\(number(top + 10 + 15 * Double(index)))\">\(escaped(line))</text>"
    }
    let bar = top + 15 * Double(scale.lines.count) + 4
    let cells = (0..<CostColour.count).map { level in
      // Each reaches under the next, so that no seam shows.
      "<g class=\"q\(level)\"><rect class=\"cell\" x=\"\(number(left + step * Double(level)))\" y=\"\(number(bar))\" "
        + "width=\"\(number(level + 1 < CostColour.count ? step + 1 : step))\" height=\"12\"/></g>"
    }
    let anchors = ["start", "middle", "end"]
    let numbers = scale.ticks.enumerated().map { index, tick in
      "<text class=\"tick\" text-anchor=\"\(anchors[index])\" style=\"text-anchor:\(anchors[index])\" "
        + "x=\"\(number(left + Self.scaleWidth * Double(index) / 2))\" y=\"\(number(bar + 25))\">\(escaped(tick))</text>"
    }
    return words + cells + numbers
  }

  private func boxSize(_ node: DrawnNode) -> (width: Double, height: Double) {
    let name = textWidth(node.name, size: 12) * 1.12
    let remark = node.remark.isEmpty ? 0 : 6 + textWidth(node.remark, size: 11)
    let widest = node.lines.reduce(name + remark) { max($0, textWidth($1, size: 11)) }
    return (width: max(56, widest + 22), height: 24 + 15 * Double(node.lines.count))
  }

  private func box(_ node: DrawnNode, center: LayeredLayout.Point, size: (width: Double, height: Double)) -> String {
    let (left, top) = (center.x - size.width / 2, center.y - size.height / 2)
    let radius = node.style == SVGStyle.block ? 3 : node.lines.isEmpty ? size.height / 2 : 7
    let remark = node.remark.isEmpty ? "" : "<tspan class=\"remark\" dx=\"6\">\(escaped(node.remark))</tspan>"
    let lines = node.lines.enumerated().map { index, line in
      "<text x=\"\(number(center.x))\" y=\"\(number(top + 31.5 + 15 * Double(index)))\">\(escaped(line))</text>"
    }
    let name =
      "<text class=\"name\" x=\"\(number(center.x))\" y=\"\(number(top + 16.5))\">\(escaped(node.name))\(remark)</text>"
    let color = quantity == nil ? node.style : node.level.map { "q\($0)" } ?? "plain"
    let block = quantity != nil && node.style == SVGStyle.block ? " block" : ""
    return "<g class=\"\(color)\(block)\(node.isTrainingOnly ? " training" : "")\">"
      + "<title>\(escaped(node.tooltip))</title>"
      + "<rect x=\"\(number(left))\" y=\"\(number(top))\" width=\"\(number(size.width))\" "
      + "height=\"\(number(size.height))\" rx=\"\(number(radius))\"/>\(name)\(lines.joined())</g>"
  }

  /// Vertical lines joined by curves that leave and arrive vertically.
  private func path(_ pieces: [(x: Double, top: Double, bottom: Double)]) -> String {
    guard let first = pieces.first else { return "" }
    var text = "M\(number(first.x)) \(number(first.top))V\(number(first.bottom))"
    for (above, below) in zip(pieces, pieces.dropFirst()) {
      if abs(above.x - below.x) >= 0.5 {
        let middle = number((above.bottom + below.top) / 2)
        text += "C\(number(above.x)) \(middle) \(number(below.x)) \(middle) \(number(below.x)) \(number(below.top))"
      }
      text += "V\(number(below.bottom))"
    }
    return text
  }
}

/// A generous estimate of the width of a line in a sans-serif font of that size.
private func textWidth(_ text: String, size: Double) -> Double {
  text.unicodeScalars.reduce(0) { width, scalar in
    switch scalar {
    case "i", "l", "j", ".", ",", "'", "|", " ": width + 0.32 * size
    case "m", "w", "M", "W", "→", "%": width + 0.92 * size
    default: width + 0.6 * size
    }
  }
}

/// A coordinate with at most one decimal.
private func number(_ value: Double) -> String {
  let tenths = Int((value * 10).rounded())
  guard tenths % 10 != 0 else { return "\(tenths / 10)" }
  return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
}

/// Text for XML and for the tables of Graphviz; control characters, which XML does not allow, become spaces.
func escaped(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "\n": result += "\n"
    case _ where scalar.value < 0x20 || (0xFFFE...0xFFFF).contains(scalar.value): result += " "
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
