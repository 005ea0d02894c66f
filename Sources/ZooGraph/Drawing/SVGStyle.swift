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

  static var sheet: String {
    func rules(_ page: String, _ text: String, _ edge: String, _ colors: (OperationKind.Family) -> (String, String))
      -> String
    {
      let boxes = OperationKind.Family.allCases.map { family in
        let (fill, stroke) = colors(family)
        return ".\(family.rawValue) rect{fill:\(fill);stroke:\(stroke)}"
      }
      return """
        .page{fill:\(page)}text{fill:\(text)}.edge{stroke:\(edge)}.tip{fill:\(edge)}.shape{fill:\(edge);stroke:\(page)}
        \(boxes.joined())
        """
    }
    return """
      text{font-family:system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;font-size:11px;text-anchor:middle}
      .name{font-weight:600;font-size:12px}.remark{font-weight:400;font-size:11px}.title{font-weight:700;font-size:16px;text-anchor:start}
      .shape{font-size:10px;text-anchor:start;stroke-width:3px;paint-order:stroke}
      rect{stroke-width:1.2px}.edge{fill:none;stroke-width:1.3px}.training rect,.training.edge{stroke-dasharray:5 3}
      \(rules("#ffffff", "#0f172a", "#64748b", light))
      @media (prefers-color-scheme:dark){
      \(rules("#0f172a", "#f1f5f9", "#94a3b8", dark))
      }
      """
  }
}
