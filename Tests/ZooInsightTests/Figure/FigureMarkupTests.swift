import FoundationEssentials
import Testing
import ZooImages
import ZooInsight
import ZooKit

/// SVG and HTML of figures and charts.
@Suite struct FigureMarkupTests {
  private var figure: Figure {
    let map = GridMap(rows: 7, columns: 5, values: (0..<35).map { Float($0) / 17 - 1 })
    let picture = PixelImage(width: 30, height: 20, layout: .grey, trusted: (0..<600).map { UInt8($0 % 251) })
    return Figure(
      title: "cam: <tabby> & \"cat\"",
      panels: [
        .init(caption: "it's × ∂y/∂x", content: .map(map)), .init(caption: "seen", content: .picture(picture)),
        .init(caption: "over", content: .overlay(map, on: picture)),
      ], scale: .signed(1.2, unit: "Δlogit"), notes: ["zoo vis cam a&b.png"])
  }

  /// Names of elements that are opened and not closed in order; empty for markup that is well formed.
  private func unclosed(_ text: String, void: Set<String> = []) -> [String] {
    var open: [String] = []
    for part in text.split(separator: "<").dropFirst(text.hasPrefix("<") ? 0 : 1) {
      guard let tag = part.split(separator: ">", omittingEmptySubsequences: false).first else { return ["<"] }
      let name = String(tag.prefix { $0.isLetter || $0 == "/" })
      if name.hasPrefix("/") {
        guard open.popLast() == String(name.dropFirst()) else { return open + [name] }
      } else if !tag.hasSuffix("/"), !void.contains(name) {
        open.append(name)
      }
    }
    return open
  }

  private func pictures(in text: String) throws -> [PixelImage] {
    try text.components("data:image/png;base64,").dropFirst().map { rest in
      let code = rest.prefix { $0 != "\"" }
      return try PixelImage(bytes: Array(try #require(Data(base64Encoded: String(code)))))
    }
  }

  @Test func svgNeedsNothingElse() throws {
    let svg = try figure.svg()
    #expect(unclosed(svg) == [])
    #expect(svg.components("http").count == 2, "one address, the name space")
    #expect(!svg.contains("<script") && !svg.contains("@import") && !svg.contains("url("))
    #expect(svg.contains("@media (prefers-color-scheme:dark)") && svg.contains("image-rendering:pixelated"))
    #expect(svg.contains(">cam: &lt;tabby&gt; &amp; &quot;cat&quot;</text>"))
    for text in ["it&#39;s × ∂y/∂x", "seen", "over", "Δlogit", "-1.20", "0.60", "zoo vis cam a&amp;b.png"] {
      #expect(svg.contains(">\(text)</text>"), "\(text)")
    }
    // The bar, a pixel for each cell, the small picture as it is, the overlay as large as it is drawn.
    let pictures = try pictures(in: svg)
    #expect(pictures.map(\.width) == [640, 5, 30, 420] && pictures.map(\.height) == [1, 7, 20, 280])
  }

  @Test func htmlNeedsNothingElse() throws {
    let html = try figure.html(id: "a\"b")
    #expect(unclosed(html, void: ["img"]) == [])
    #expect(html.hasPrefix("<figure class=\"zoo-figure\" id=\"a&quot;b\">"))
    #expect(!html.contains("http") && !html.contains("<script") && !html.contains("<style"))
    #expect(html.components("<img").count - 1 == 4 && html.components(" alt=\"").count - 1 == 4)
    #expect(html.contains("alt=\"it&#39;s × ∂y/∂x: map of 5×7 cells, from -1.00 to 1.00 (Δlogit)\""))
    #expect(html.contains("alt=\"seen: picture of 30×20 pixels\""))
    #expect(html.contains("alt=\"Colours from -1.20 to 1.20\""))
    for text in ["<p>seen</p>", "<span>Δlogit</span>", "<span>0.60</span>", "<li>zoo vis cam a&amp;b.png</li>"] {
      #expect(html.contains(text), "\(text)")
    }
    #expect(try pictures(in: html).map(\.width) == [256, 5, 30, 420])
  }

  @Test func filesAreWrittenByTheirNames() throws {
    let folder = NSTemporaryFolder()
    let (png, svg) = ("\(folder)-figure.PNG", "\(folder)-figure.svg")
    try figure.write(to: png, overwrite: true)
    try figure.write(to: svg, overwrite: true)
    #expect(try PixelImage(path: png) == figure.image())
    #expect(try String(decoding: FileSystem.read(svg, limit: 1 << 20), as: UTF8.self) == figure.svg())
    #expect(throws: ZooError.alreadyExists(path: svg)) { try figure.write(to: svg, overwrite: false) }
    try FileManager.default.removeItem(atPath: png)
    try FileManager.default.removeItem(atPath: svg)
  }

  private func NSTemporaryFolder() -> String {
    FileManager.default.temporaryDirectory.appending(path: "zoo-\(UUID().uuidString)").path
  }

  @Test func chartsNeedNothingElse() throws {
    let chart = LineChart(
      title: "a < b", xTitle: "share of pixels, %", yTitle: "probability",
      series: [.init("one & only", [1, 0.5, .nan, 0.25], showsArea: true), .init("other", [0, 1], isDashed: true)],
      limits: 0...1, notes: ["how"])
    let svg = try chart.svg()
    #expect(unclosed(svg) == [])
    for text in ["a &lt; b", "share of pixels, %", "probability", "one &amp; only", "other", "0.4", "how"] {
      #expect(svg.contains(">\(text)</text>"), "\(text)")
    }
    #expect(svg.contains(">1 point has no finite number and is left out.</text>"))
    let html = try chart.drawing().html(id: "curve", words: "it falls")
    #expect(unclosed(html, void: ["img"]) == [] && html.contains("alt=\"it falls\""))
  }
}

extension String {
  fileprivate func components(_ separator: String) -> [Substring] {
    var parts: [Substring] = []
    var rest = self[...]
    while let range = rest.firstRange(of: separator) {
      parts.append(rest[..<range.lowerBound])
      rest = rest[range.upperBound...]
    }
    return parts + [rest]
  }
}
