import ZooImages
import ZooTensor

extension Figure {
  /// The figure as a `<figure>` of a page: each panel a picture of its own, so that they find new places on a narrow
  /// screen; title, scale, captions and notes as text. Needs no other file and no script; the page has `Figure.sheet`
  /// once. `id`: what a link within the page names. Throws `ImageError` when a picture cannot be resized or encoded.
  package func html(id: String) throws(ImageError) -> String {
    let layout = FigureLayout.fitting(panels, columns: columns, reserved: 0)
    // Half of the pixels of the canvas, as an SVG has them.
    let side = max(48, layout.box / 2)
    var parts = ["<figure class=\"zoo-figure\" id=\"\(Drawing.escaped(id))\">"]
    if !title.isEmpty { parts.append("<figcaption>\(Drawing.escaped(title))</figcaption>") }
    if let scale { parts += try legend(scale) }
    parts.append("<div class=\"zoo-panels\" style=\"--side:\(side)px\">")
    for (panel, extent) in zip(panels, layout.extents) {
      let image = try panel.content.image(filling: extent, scale: scale)
      let isMap = if case .map = panel.content { true } else { false }
      let kinds = [extent.width > image.width ? "zoo-cells" : "", isMap ? "zoo-map" : ""].filter { !$0.isEmpty }
      let cells = kinds.isEmpty ? "" : " class=\"\(kinds.joined(separator: " "))\""
      // A smaller panel keeps its share of the width.
      let share = extent.width / 2 < side ? " style=\"max-width:\(extent.width * 100 / (2 * side))%\"" : ""
      let size = "width=\"\(extent.width / 2)\" height=\"\(extent.height / 2)\""
      let caption = panel.caption.isEmpty ? "" : "<p>\(Drawing.escaped(panel.caption))</p>"
      parts.append(
        "<div><img\(cells)\(share) \(size) src=\"\(try image.dataURI())\" alt=\"\(Drawing.escaped(words(for: panel)))\">"
          + "\(caption)</div>")
    }
    parts.append("</div>")
    let lines = notes + remarks + layout.remarks
    if !lines.isEmpty {
      parts.append("<ul>" + lines.map { "<li>\(Drawing.escaped($0))</li>" }.joined() + "</ul>")
    }
    return (parts + ["</figure>", ""]).joined(separator: "\n")
  }

  private func legend(_ scale: ColourScale) throws(ImageError) -> [String] {
    let ticks = scale.ticks()
    let ends = "from \(ticks.first?.text ?? "") to \(ticks.last?.text ?? "")"
    let bar = try scale.bar(width: 256).dataURI()
    return [
      "<div class=\"zoo-scale\">",
      scale.unit.isEmpty ? "" : "<span>\(Drawing.escaped(scale.unit))</span>",
      "<img src=\"\(bar)\" width=\"320\" height=\"12\" alt=\"Colours \(Drawing.escaped(ends))\">",
      "<div\(ticks.count == 1 ? " class=\"zoo-one\"" : "")>"
        + ticks.map { "<span>\(Drawing.escaped($0.text))</span>" }.joined() + "</div>", "</div>",
    ].filter { !$0.isEmpty }
  }

  /// What somebody hears who does not see a panel.
  private func words(for panel: Panel) -> String {
    let name = panel.caption.isEmpty ? title : panel.caption
    let unit = scale.map { $0.unit.isEmpty ? "" : " (\($0.unit))" } ?? ""
    func cells(_ map: GridMap) -> String {
      let range = map.range.map { "from \(Self.short(Double($0.lowerBound))) to \(Self.short(Double($0.upperBound)))" }
      return "\(map.columns)×\(map.rows) cells, \(range ?? "no finite number")\(unit)"
    }
    switch panel.content {
    case .picture(let picture): return "\(name): picture of \(picture.width)×\(picture.height) pixels"
    case .map(let map): return "\(name): map of \(cells(map))"
    case .overlay(let map, on: let picture, smooth: _):
      return "\(name): map of \(cells(map)), over a picture of \(picture.width)×\(picture.height) pixels"
    }
  }

  /// The rules that `html(id:)` needs, for a page's style sheet. Colours of text are the page's.
  package static let sheet = """
    .zoo-figure{margin:0 0 2rem;max-width:100%}
    .zoo-figure figcaption{font-weight:600;margin:0 0 .5rem;overflow-wrap:anywhere}
    .zoo-figure img{display:block;width:100%;height:auto}
    .zoo-figure .zoo-cells{image-rendering:pixelated}
    .zoo-figure .zoo-map{box-shadow:0 0 0 1px rgba(100,116,139,.35)}
    .zoo-scale{max-width:20rem;margin:0 0 1rem;font-size:.8rem;font-variant-numeric:tabular-nums}
    .zoo-scale>span{font-weight:600}.zoo-scale img{height:12px}
    .zoo-scale div{display:flex;justify-content:space-between}.zoo-scale .zoo-one{justify-content:center}
    .zoo-panels{display:flex;flex-wrap:wrap;gap:.75rem}
    .zoo-panels>div{width:min(100%,var(--side));overflow-wrap:anywhere}
    .zoo-panels p{margin:.25rem 0 0;font-size:.8rem;line-height:1.3}
    .zoo-figure ul{list-style:none;margin:.75rem 0 0;padding:0;font-size:.8rem;opacity:.8;overflow-wrap:anywhere}
    """
}
