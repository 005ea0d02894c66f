extension Graph {
  /// A picture of the graph as a self-contained SVG, every node a box of its own; see `GraphDrawing`.
  public func svg() -> String { GraphDrawing(self).svg() }
}

extension GraphDrawing {
  /// The picture as a self-contained SVG: a box per layer or block, coloured by kind or by the quantity, from the input at the top
  /// to the outputs at the bottom; the shape of each value at the edges that leave its box; of a quantity the scale below the
  /// title. It follows the reader's choice of light or dark.
  public func svg() -> String { GraphPicture(self).svg() }
}

extension GraphPicture {
  package func svg() -> String {
    let lines =
      [
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(number(width)) \(number(height))\" "
          + "width=\"\(number(width))\" height=\"\(number(height))\" role=\"img\">",
        "<title>\(escaped(title.text))</title>", "<style>\(sheet)</style>",
      ] + content() + ["</svg>", ""]
    return lines.joined(separator: "\n")
  }

  /// The rules for the elements of the picture.
  package var sheet: String { SVGStyle.sheet(levels: isMeasured ? Array(0..<CostColour.count) : []) }

  /// The elements of the picture, without the style sheet.
  ///
  /// - Parameter areButtons: whether boxes have an `id`, `n` with their number, and can have the focus.
  /// - Returns: one element, or several that belong together, a line.
  package func content(areButtons: Bool = false) -> [String] {
    var lines = [
      "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" "
        + "orient=\"auto\"><path class=\"tip\" d=\"M0 0.5L8 4L0 7.5Z\"/></marker></defs>",
      "<rect class=\"page\" width=\"\(number(width))\" height=\"\(number(height))\" style=\"stroke:none\"/>",
      text(title, class: "title"), text(subtitle, class: "subtitle"),
    ]
    if let legend { lines += markup(legend) }
    lines += edges.map { edge in
      "<path class=\"edge\(edge.isTrainingOnly ? " training" : "")\" marker-end=\"url(#tip)\" d=\"\(path(edge.pieces))\"/>"
    }
    lines += boxes.enumerated().map { index, box in
      let name = "id=\"n\(index)\" tabindex=\"-1\" role=\"button\" aria-label=\"\(escaped(box.name.text))\""
      return markup(box, areButtons ? name + " " : "")
    }
    return lines + shapes.map { text($0, class: "shape") }
  }

  private func text(_ text: Text, class name: String = "") -> String {
    let kind = name.isEmpty ? "" : " class=\"\(name)\""
    return "<text\(kind) x=\"\(number(text.x))\" y=\"\(number(text.baseline))\">\(escaped(text.text))</text>"
  }

  /// What is measured, a bar of all colours from 0 to the largest number, and the numbers below it.
  private func markup(_ legend: Legend) -> [String] {
    let step = legend.width / Double(CostColour.count)
    let cells = (0..<CostColour.count).map { level in
      // Each reaches under the next, so that no seam shows.
      "<g class=\"q\(level)\"><rect class=\"cell\" x=\"\(number(legend.left + step * Double(level)))\" "
        + "y=\"\(number(legend.top))\" width=\"\(number(level + 1 < CostColour.count ? step + 1 : step))\" height=\"12\"/></g>"
    }
    let anchors = ["start", "middle", "end"]
    let numbers = legend.ticks.enumerated().map { index, tick in
      "<text class=\"tick\" text-anchor=\"\(anchors[index])\" style=\"text-anchor:\(anchors[index])\" "
        + "x=\"\(number(tick.x))\" y=\"\(number(tick.baseline))\">\(escaped(tick.text))</text>"
    }
    return legend.words.map { text($0, class: "legend") } + cells + numbers
  }

  private func markup(_ box: Box, _ attributes: String) -> String {
    let remark = box.remark.isEmpty ? "" : "<tspan class=\"remark\" dx=\"6\">\(escaped(box.remark))</tspan>"
    let name =
      "<text class=\"name\" x=\"\(number(box.name.x))\" y=\"\(number(box.name.baseline))\">\(escaped(box.name.text))"
      + "\(remark)</text>"
    let color = isMeasured ? box.level.map { "q\($0)" } ?? "plain" : box.style
    let block = isMeasured && box.isBlock ? " block" : ""
    return "<g \(attributes)class=\"\(color)\(block)\(box.isTrainingOnly ? " training" : "")\">"
      + "<title>\(escaped(box.tooltip))</title>"
      + "<rect x=\"\(number(box.left))\" y=\"\(number(box.top))\" width=\"\(number(box.width))\" "
      + "height=\"\(number(box.height))\" rx=\"\(number(box.radius))\"/>\(name)\(box.lines.map { text($0) }.joined())</g>"
  }

  /// Vertical lines joined by curves that leave and arrive vertically.
  private func path(_ pieces: [(x: Double, top: Double, bottom: Double)]) -> String {
    guard let first = pieces.first else { return "" }
    var text = "M\(number(first.x)) \(number(first.top))V\(number(first.bottom))"
    for (above, below) in zip(pieces, pieces.dropFirst()) {
      if abs(above.x - below.x) >= 0.05 {
        let middle = number((above.bottom + below.top) / 2)
        text += "C\(number(above.x)) \(middle) \(number(below.x)) \(middle) \(number(below.x)) \(number(below.top))"
      }
      text += "V\(number(below.bottom))"
    }
    return text
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
