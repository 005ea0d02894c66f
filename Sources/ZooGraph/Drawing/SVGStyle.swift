/// The colours of pictures and the style sheet that switches them between light and dark.
enum SVGStyle {
  static func light(_ family: OperationKind.Family) -> (fill: String, stroke: String) {
    switch family {
    case .input: ("#e2e8f0", "#475569")
    case .convolution: ("#dbeafe", "#2563eb")
    case .dense: ("#ede9fe", "#7c3aed")
    case .pooling: ("#dcfce7", "#16a34a")
    case .activation: ("#ffedd5", "#ea580c")
    case .normalization: ("#fef9c3", "#ca8a04")
    case .join: ("#ffe4e6", "#e11d48")
    case .other: ("#f1f5f9", "#94a3b8")
    case .output: ("#ccfbf1", "#0d9488")
    }
  }

  static func dark(_ family: OperationKind.Family) -> (fill: String, stroke: String) {
    switch family {
    case .input: ("#334155", "#94a3b8")
    case .convolution: ("#1e3a8a", "#60a5fa")
    case .dense: ("#4c1d95", "#a78bfa")
    case .pooling: ("#14532d", "#4ade80")
    case .activation: ("#7c2d12", "#fb923c")
    case .normalization: ("#713f12", "#facc15")
    case .join: ("#881337", "#fb7185")
    case .other: ("#1e293b", "#64748b")
    case .output: ("#134e4a", "#2dd4bf")
    }
  }

  /// The style of the box of a block.
  static let block = "block"
  /// The colour of edges, and of the outlines of boxes that are coloured by a quantity.
  static let lightEdge = "#64748b"
  static let lightText = "#0f172a"
  private static let darkEdge = "#94a3b8"

  static func light(_ style: String) -> (fill: String, stroke: String) {
    OperationKind.Family(rawValue: style).map(light) ?? ("#f8fafc", "#334155")
  }

  private static func dark(_ style: String) -> (fill: String, stroke: String) {
    OperationKind.Family(rawValue: style).map(dark) ?? ("#1e293b", "#cbd5e1")
  }

  /// `levels`: those of the scale that the boxes are coloured by; none for the colours of operations.
  static func sheet(levels: [Int]) -> String {
    """
    text{font-family:system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;font-size:11px;text-anchor:middle}
    .name{font-weight:600;font-size:12px}.remark{font-weight:400;font-size:11px}.title{font-weight:700;font-size:16px;text-anchor:start}
    .shape{font-size:10px;text-anchor:start;stroke-width:3px;paint-order:stroke}
    rect{stroke-width:1.2px}.edge{fill:none;stroke-width:1.3px}.training rect,.training.edge{stroke-dasharray:5 3}
    .block rect{stroke-width:2.4px}.legend,.subtitle{text-anchor:start}
    \(rules(page: "#ffffff", text: lightText, edge: lightEdge, light))
    \(levels.map { rule($0, CostColour.light($0), CostColour.lightText($0)) }.joined())\(levels.isEmpty ? "" : plain("#ffffff", lightEdge))
    @media (prefers-color-scheme:dark){
    \(rules(page: "#0f172a", text: "#f1f5f9", edge: darkEdge, dark))
    \(levels.map { rule($0, CostColour.dark($0), CostColour.darkText($0)) }.joined())\(levels.isEmpty ? "" : plain("#0f172a", darkEdge))
    }
    """
  }

  private static func rules(
    page: String, text: String, edge: String, _ colors: (String) -> (fill: String, stroke: String)
  ) -> String {
    let boxes = (OperationKind.Family.allCases.map(\.rawValue) + [block]).map { style in
      ".\(style) rect{fill:\(colors(style).fill);stroke:\(colors(style).stroke)}"
    }
    return """
      .page{fill:\(page)}text{fill:\(text)}.edge{stroke:\(edge)}.tip{fill:\(edge)}.shape{fill:\(edge);stroke:\(page)}
      \(boxes.joined())
      """
  }

  private static func rule(_ level: Int, _ fill: String, _ text: String) -> String {
    ".q\(level) rect{fill:\(fill)}.q\(level) text{fill:\(text)}"
  }

  /// Boxes without a number, and the outlines of those with one.
  private static func plain(_ page: String, _ edge: String) -> String {
    ".plain rect{fill:\(page)}[class^=q] rect,.plain rect{stroke:\(edge)}.cell{stroke:none!important}"
  }
}
