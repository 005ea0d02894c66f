extension Graph {
  /// A picture of the graph as a self-contained SVG: a box per node, coloured by kind, from the input at the top to the
  /// outputs at the bottom; the shape of each value at the edges that leave its node. It follows the reader's choice of
  /// light or dark.
  public func svg() -> String {
    let drawn = drawnNodes
    let sizes = drawn.map(boxSize)
    let layout = LayeredLayout(sizes: sizes, edges: drawnEdges)
    let (margin, header) = (24.0, 40.0)
    let width = max(layout.width + 2 * margin, textWidth(name, size: 16) + 2 * margin)
    let height = layout.height + 2 * margin + header
    let inset = (width - layout.width) / 2
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(number(width)) \(number(height))\" "
        + "width=\"\(number(width))\" height=\"\(number(height))\" role=\"img\">",
      "<title>\(escaped(name))</title>", "<style>\(SVGStyle.sheet)</style>",
      "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" "
        + "orient=\"auto\"><path class=\"tip\" d=\"M0 0.5L8 4L0 7.5Z\"/></marker></defs>",
      "<rect class=\"page\" width=\"\(number(width))\" height=\"\(number(height))\" style=\"stroke:none\"/>",
      "<text class=\"title\" x=\"\(number(margin))\" y=\"32\">\(escaped(name))</text>",
      "<g transform=\"translate(\(number(inset)) \(number(margin + header)))\">",
    ]
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

  private func boxSize(_ node: DrawnNode) -> (width: Double, height: Double) {
    let name = textWidth(node.name, size: 12) * 1.12
    let remark = node.remark.isEmpty ? 0 : 6 + textWidth(node.remark, size: 11)
    let widest = node.lines.reduce(name + remark) { max($0, textWidth($1, size: 11)) }
    return (width: max(56, widest + 22), height: 24 + 15 * Double(node.lines.count))
  }

  private func box(_ node: DrawnNode, center: LayeredLayout.Point, size: (width: Double, height: Double)) -> String {
    let (left, top) = (center.x - size.width / 2, center.y - size.height / 2)
    let radius = node.lines.isEmpty ? size.height / 2 : 7
    let remark = node.remark.isEmpty ? "" : "<tspan class=\"remark\" dx=\"6\">\(escaped(node.remark))</tspan>"
    let lines = node.lines.enumerated().map { index, line in
      "<text x=\"\(number(center.x))\" y=\"\(number(top + 31.5 + 15 * Double(index)))\">\(escaped(line))</text>"
    }
    let name =
      "<text class=\"name\" x=\"\(number(center.x))\" y=\"\(number(top + 16.5))\">\(escaped(node.name))\(remark)</text>"
    return "<g class=\"\(node.family.rawValue)\(node.isTrainingOnly ? " training" : "")\">"
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

/// Text for XML; control characters, which XML does not allow, become spaces.
private func escaped(_ text: String) -> String {
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
