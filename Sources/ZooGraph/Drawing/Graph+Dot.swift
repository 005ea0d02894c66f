extension Graph {
  /// The graph in Graphviz' language.
  public func dot() -> String {
    var lines = [
      "digraph \(quoted(name)) {",
      "  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fontsize=11]",
      "  edge [fontname=\"Helvetica\", fontsize=9, arrowsize=0.6]",
    ]
    let drawn = drawnNodes
    for (index, node) in drawn.enumerated() {
      let colors = SVGStyle.light(node.family)
      let style = node.isTrainingOnly ? ", style=\"rounded,filled,dashed\"" : ""
      lines.append(
        "  n\(index) [label=\(quoted(label(node))), "
          + "tooltip=\(quoted(node.tooltip)), fillcolor=\"\(colors.fill)\", color=\"\(colors.stroke)\"\(style)]")
    }
    for edge in drawnEdges {
      lines.append("  n\(edge.from) -> n\(edge.to) [label=\(quoted(drawn[edge.from].edgeLabel))]")
    }
    return (lines + ["}", ""]).joined(separator: "\n")
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
