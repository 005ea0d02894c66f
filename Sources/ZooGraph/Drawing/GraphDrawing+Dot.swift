extension Graph {
  /// The graph in Graphviz' language, every node a box of its own; see `GraphDrawing`.
  public func dot() -> String { GraphDrawing(self).dot() }
}

extension GraphDrawing {
  /// The picture in Graphviz' language, in the colours of a light page; of a quantity with its scale below the title.
  public func dot() -> String {
    var lines = [
      "digraph \(quoted(graph.name)) {",
      "  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fontsize=11]",
      "  edge [fontname=\"Helvetica\", fontsize=9, arrowsize=0.6]",
    ]
    if let scale = CostScale(self) { lines.append(legend(scale)) }
    let drawn = drawnNodes
    for (index, node) in drawn.enumerated() {
      let style = node.isTrainingOnly ? ", style=\"rounded,filled,dashed\"" : ""
      lines.append(
        "  n\(index) [label=\(quoted(label(node))), tooltip=\(quoted(node.tooltip)), \(colours(node))\(style)]")
    }
    for edge in drawnEdges {
      lines.append("  n\(edge.from) -> n\(edge.to) [label=\(quoted(drawn[edge.from].edgeLabel))]")
    }
    return (lines + ["}", ""]).joined(separator: "\n")
  }

  private func colours(_ node: DrawnNode) -> String {
    let colours = SVGStyle.light(node.style)
    let width = node.style == SVGStyle.block ? ", penwidth=2" : ""
    guard quantity != nil else { return "fillcolor=\"\(colours.fill)\", color=\"\(colours.stroke)\"\(width)" }
    guard let level = node.level else { return "fillcolor=\"#ffffff\", color=\"\(SVGStyle.lightEdge)\"\(width)" }
    return "fillcolor=\"\(CostColour.light(level))\", fontcolor=\"\(CostColour.lightText(level))\", "
      + "color=\"\(SVGStyle.lightEdge)\"\(width)"
  }

  /// Graphviz knows no scales: a table of some of its colours with their numbers.
  private func legend(_ scale: CostScale) -> String {
    let cells = (0...8).map { eighth in
      let level = eighth * (CostColour.count - 1) / 8
      let tick = eighth % 4 == 0 ? scale.ticks[eighth / 4] : " "
      return
        "<td bgcolor=\"\(CostColour.light(level))\"><font color=\"\(CostColour.lightText(level))\">\(tick)</font></td>"
    }
    let title = scale.lines.map(escaped).joined(separator: "<br/>")
    return
      "  label=<<table border=\"0\" cellborder=\"0\" cellspacing=\"0\" cellpadding=\"6\"><tr><td colspan=\"9\">\(title)</td></tr>"
      + "<tr>\(cells.joined())</tr></table>>; labelloc=t; fontname=\"Helvetica\"; fontsize=11"
  }
}

private func label(_ node: DrawnNode) -> String {
  let first = node.remark.isEmpty ? node.name : "\(node.name) · \(node.remark)"
  return ([first] + node.lines).joined(separator: "\n")
}

/// A string of Graphviz' language: quotes and backslashes escaped, line breaks as `\n`.
private func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case _ where scalar.value < 0x20: result += " "
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
