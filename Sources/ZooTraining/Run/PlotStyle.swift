import ZooKit

/// What the pictures of a run have in common: colours that follow the reader's choice of light or dark, and text.
enum PlotStyle {
  static let sheet = """
    text{font-family:system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;font-size:11px;fill:#334155}
    .page{fill:#ffffff}.title{font-size:15px;font-weight:600;fill:#0f172a}.name{font-size:12px;font-weight:600;fill:#0f172a}
    .grid{stroke:#e2e8f0;stroke-width:1}.axis{stroke:#64748b;stroke-width:1;fill:none}
    .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
    .training{stroke:#2563eb}.validation{stroke:#ea580c}.dot.training{fill:#2563eb}.dot.validation{fill:#ea580c}
    .best{fill:none;stroke:#ea580c;stroke-width:1.5}.cell{fill:#2563eb}.frame{fill:none;stroke:#94a3b8}
    .right{text-anchor:end}.middle{text-anchor:middle}.light{fill:#ffffff}.dark{fill:#0f172a}
    @media (prefers-color-scheme:dark){
    text{fill:#cbd5e1}.page{fill:#0f172a}.title,.name{fill:#f1f5f9}.grid{stroke:#1e293b}.axis{stroke:#94a3b8}
    .training{stroke:#60a5fa}.validation{stroke:#fb923c}.dot.training{fill:#60a5fa}.dot.validation{fill:#fb923c}
    .best{stroke:#fb923c}.frame{stroke:#475569}.light{fill:#ffffff}.dark{fill:#f1f5f9}
    }
    """

  /// A whole picture.
  static func picture(_ title: String, width: Double, height: Double, _ parts: [String]) -> String {
    let size = "width=\"\(number(width))\" height=\"\(number(height))\""
    return
      ([
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(number(width)) \(number(height))\" \(size) role=\"img\">"
      ]
      + ["<title>\(escaped(title))</title>", "<style>\(sheet)</style>", "<rect class=\"page\" \(size)/>"] + parts
      + ["</svg>", ""]).joined(separator: "\n")
  }

  static func text(_ text: String, _ x: Double, _ y: Double, _ style: String = "") -> String {
    "<text\(style.isEmpty ? "" : " class=\"\(style)\"") x=\"\(number(x))\" y=\"\(number(y))\">\(escaped(text))</text>"
  }

  static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) -> String {
    "<path class=\"\(style)\" d=\"M\(number(x1)) \(number(y1))L\(number(x2)) \(number(y2))\"/>"
  }

  /// A coordinate with at most one decimal.
  static func number(_ value: Double) -> String { SVGText.decimal(value, places: 1) }

  static func escaped(_ text: String) -> String { SVGText.escaped(text) }
}
