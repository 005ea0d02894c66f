import ZooKit

/// The style sheet and the pieces of a picture of points.
enum ScatterStyle {
  private static var sheet: String {
    let colours = ClassMarks.colours.enumerated().map { ".c\($0){fill:\($1.code)}" }
    return """
      text{font-family:system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;font-size:12px;fill:#334155}
      .page{fill:#ffffff}.title{font-size:16px;font-weight:600;fill:#0f172a}.note{font-size:11px;fill:#64748b}
      .label{font-size:14px;font-weight:600;text-anchor:middle;fill:#0f172a;stroke:#ffffff;stroke-width:3px;paint-order:stroke}
      .marked{fill:none;stroke:#0f172a;stroke-width:2.5px}
      g{stroke:#ffffff;stroke-width:.5px;fill-opacity:.85}
      \(colours.joined())
      @media (prefers-color-scheme:dark){
      text{fill:#cbd5e1}.page{fill:#0f172a}.title{fill:#f1f5f9}.note{fill:#94a3b8}
      .label{fill:#f1f5f9;stroke:#0f172a}.marked{stroke:#f1f5f9}g{stroke:#0f172a;fill-opacity:1}
      }
      """
  }

  static func picture(_ title: String, width: Double, height: Double, _ parts: [String]) -> String {
    let size = "width=\"\(decimal(width, 0))\" height=\"\(decimal(height, 0))\""
    let box = "viewBox=\"0 0 \(decimal(width, 0)) \(decimal(height, 0))\""
    return
      ([
        "<svg xmlns=\"http://www.w3.org/2000/svg\" \(box) \(size) role=\"img\">", "<title>\(escaped(title))</title>",
        "<style>\(sheet)</style>", "<rect class=\"page\" \(size)/>",
      ] + parts + ["</svg>", ""]).joined(separator: "\n")
  }

  static func text(_ text: String, _ x: Double, _ y: Double, _ style: String = "") -> String {
    let style = style.isEmpty ? "" : " class=\"\(style)\""
    return "<text\(style) x=\"\(decimal(x, 1))\" y=\"\(decimal(y, 1))\">\(escaped(text))</text>"
  }

  /// The mark of a class, of about the same area in each shape.
  static func mark(_ label: Int, _ x: Double, _ y: Double, _ radius: Double, title: String? = nil) -> String {
    let tip = title.map { "<title>\(escaped($0))</title>" } ?? ""
    func number(_ value: Double) -> String { decimal(value, 1) }
    let corners: [(Double, Double)]
    switch ClassMarks.shape(of: label) {
    case .circle:
      return "<circle cx=\"\(number(x))\" cy=\"\(number(y))\" r=\"\(number(radius))\">\(tip)</circle>"
    case .square: corners = [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]
    case .triangle: corners = [(0, -1.3), (1.2, 0.9), (-1.2, 0.9)]
    case .diamond: corners = [(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)]
    }
    let path = corners.map { "\(number(x + $0.0 * radius)) \(number(y + $0.1 * radius))" }.joined(separator: "L")
    return "<path d=\"M\(path)Z\">\(tip)</path>"
  }

  /// What one mark has around it.
  static func ring(_ x: Double, _ y: Double, _ radius: Double) -> String {
    "<circle class=\"marked\" cx=\"\(decimal(x, 1))\" cy=\"\(decimal(y, 1))\" r=\"\(decimal(radius, 1))\"/>"
  }

  /// A number with at most so many decimals.
  static func decimal(_ value: Double, _ places: Int) -> String { SVGText.decimal(value, places: places) }

  static func shortened(_ name: String) -> String { name.count > 28 ? "\(name.prefix(27))…" : name }

  static func escaped(_ text: String) -> String { SVGText.escaped(text) }
}
