import FoundationEssentials
import ZooImages
import ZooKit

extension Drawing {
  /// The drawing as SVG that needs nothing else: text as text, pictures in it, colours that follow the reader's choice of
  /// light or dark.
  ///
  /// - Throws: `ImageError` when a picture cannot be encoded.
  package func svg() throws(ImageError) -> String {
    var parts = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\" width=\"\(Self.number(Double(width) / 2))\" "
        + "height=\"\(Self.number(Double(height) / 2))\" role=\"img\">",
      "<title>\(Self.escaped(title))</title>", "<style>\(Self.sheet)</style>",
      "<rect class=\"page\" width=\"\(width)\" height=\"\(height)\"/>",
    ]
    for shape in shapes { parts.append(try Self.markup(shape)) }
    return (parts + ["</svg>", ""]).joined(separator: "\n")
  }

  private static func markup(_ shape: Shape) throws(ImageError) -> String {
    switch shape {
    case .text(let text, let x, let y, let style, let anchor):
      let kind = style == .plain ? "" : " class=\"\(style)\""
      let side = anchor == .start ? "" : " text-anchor=\"\(anchor)\""
      return "<text\(kind)\(side) x=\"\(number(x))\" y=\"\(number(y))\">\(escaped(text))</text>"
    case .path(let points, let ink, let width, let isDashed):
      let dashes = isDashed ? " stroke-dasharray=\"10 6\"" : ""
      return "<path \(ink.attributes("stroke")) stroke-width=\"\(number(width))\"\(dashes) d=\"\(path(points))\"/>"
    case .area(let points, let base, let ink):
      guard let first = points.first, let last = points.last else { return "" }
      let outline = path([(first.x, base)] + points + [(last.x, base)])
      return "<path \(ink.attributes("fill")) fill-opacity=\"0.18\" d=\"\(outline)Z\"/>"
    case .rectangle(let x, let y, let width, let height, let ink, let tip):
      return element("rect", "\(ink.attributes("fill")) \(box(x, y, width, height))", tip: tip)
    case .disc(let centre, let radius, let ink, let tip):
      let place = "cx=\"\(number(centre.x))\" cy=\"\(number(centre.y))\" r=\"\(number(radius))\""
      return element("circle", "\(ink.attributes("fill")) \(place)", tip: tip)
    case .picture(let image, let x, let y, let width, let height, let tip):
      // A picture that is not enlarged is shown smaller than it is, where squares would leave lines out.
      let cells = width > Double(image.width) ? "class=\"cells\" " : ""
      let source = "\(cells)preserveAspectRatio=\"none\" href=\"\(try image.dataURI())\""
      return element("image", "\(box(x, y, width, height)) \(source)", tip: tip)
    }
  }

  private static func element(_ name: String, _ attributes: String, tip: String) -> String {
    tip.isEmpty ? "<\(name) \(attributes)/>" : "<\(name) \(attributes)><title>\(escaped(tip))</title></\(name)>"
  }

  private static func box(_ x: Double, _ y: Double, _ width: Double, _ height: Double) -> String {
    "x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\" height=\"\(number(height))\""
  }

  private static func path(_ points: [Point]) -> String {
    points.enumerated().map { "\($0 == 0 ? "M" : "L")\(number($1.x)) \(number($1.y))" }.joined()
  }

  private static var sheet: String {
    let inks: [Ink] = [.text, .grid, .axis, .frame] + (0..<Ink.seriesCount).map(Ink.series)
    func rules(_ colour: (Ink) -> Colour) -> String {
      inks.map { ink in
        ".stroke-\(ink.name){stroke:\(colour(ink).code)}.fill-\(ink.name){fill:\(colour(ink).code)}"
      }.joined()
    }
    return """
      text{font-family:system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;font-size:21px;fill:#0f172a}
      .title{font-size:29px;font-weight:600}.name{font-weight:600}.note{fill:#475569;font-size:20px}.page{fill:#ffffff}
      path{fill:none;stroke-linejoin:round;stroke-linecap:round}.cells{image-rendering:pixelated}
      \(rules(\.light))
      @media (prefers-color-scheme:dark){text{fill:#f1f5f9}.note{fill:#cbd5e1}.page{fill:#0f172a}
      \(rules(\.dark))}
      """
  }

  /// A coordinate with at most two decimals.
  static func number(_ value: Double) -> String { SVGText.decimal(value, places: 2) }

  static func escaped(_ text: String) -> String { SVGText.escaped(text) }
}

extension Drawing.Ink {
  fileprivate var name: String {
    switch self {
    case .text: "text"
    case .grid: "grid"
    case .axis: "axis"
    case .frame: "frame"
    case .series(let number): "series-\(number % Self.seriesCount)"
    case .colour: ""
    }
  }

  /// `property`: `fill` or `stroke`.
  fileprivate func attributes(_ property: String) -> String {
    if case .colour(let colour) = self { return "style=\"\(property):\(colour.code)\"" }
    return "class=\"\(property)-\(name)\""
  }
}

extension Colour {
  /// `#rrggbb`.
  package var code: String {
    let digits = Array("0123456789abcdef")
    return "#" + String([red, green, blue].flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}

extension PixelImage {
  /// The picture as a PNG file within an address.
  ///
  /// - Throws: `ImageError` when it cannot be encoded.
  package func dataURI() throws(ImageError) -> String {
    "data:image/png;base64," + Data(try encodedAsPNG()).base64EncodedString()
  }
}
