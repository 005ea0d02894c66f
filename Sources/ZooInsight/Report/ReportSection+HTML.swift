import FoundationEssentials
import ZooImages

extension ReportSection {
  /// `command`: makes a figure again.
  func html(_ command: (ReportFigure) -> String) throws(ImageError) -> HTML {
    var content: [HTML] = []
    for block in blocks { content.append(try block.html(command)) }
    return framed(.element("div", [("class", "r-body")], content))
  }

  /// The section without its figures, which would make the page too large, and with the commands that make them.
  func outline(_ command: (ReportFigure) -> String, limit: Int) -> HTML {
    let words = HTML("Left out: with it the page would be larger than \(limit.bytesText). The commands make it.")
    let commands = blocks.compactMap { block -> HTML? in
      switch block {
      case .figure(_, let figure), .drawing(svg: _, words: _, let figure),
        .plot(svg: _, width: _, height: _, words: _, let figure):
        .command(command(figure))
      case .command(let line): .command(line)
      case .facts, .paragraph, .table, .bars, .refusal: nil
      }
    }
    return framed(
      .element("div", [("class", "r-body")], [.element("p", [("class", "r-refusal")], words)] + commands))
  }

  private func framed(_ body: HTML) -> HTML {
    .element(
      "section", [("aria-labelledby", "\(id)-title")],
      .element(
        "details", [("id", id), ("open", isOpen ? "" : nil)],
        .element("summary", [], .element("h2", [("id", "\(id)-title")], HTML(title))), body))
      + HTML(markup: "\n")
  }
}

extension HTML {
  /// A command line in full, which one click or the keyboard selects.
  static func command(_ line: String) -> HTML {
    .element(
      "pre", [("class", "r-command"), ("tabindex", "0"), ("aria-label", "Command")], .element("code", [], HTML(line)))
  }
}

extension ReportSection.Block {
  func html(_ command: (ReportFigure) -> String) throws(ImageError) -> HTML {
    switch self {
    case .paragraph(let text): return .element("p", [], HTML(text))
    case .facts(let facts):
      return .element(
        "dl", [("class", "r-facts")],
        facts.map { fact in
          let value = fact.address.map { HTML.link($0, fact.value) } ?? HTML(fact.value)
          return .element("dt", [], HTML(fact.name)) + .element("dd", [], value)
        })
    case .table(let caption, let columns, let rows):
      func kind(_ column: ReportSection.Column) -> String? { column.isNumber ? "r-number" : nil }
      let head = HTML.element(
        "tr", [], columns.map { .element("th", [("scope", "col"), ("class", kind($0))], HTML($0.title)) })
      let body = rows.map { row in
        HTML.element("tr", [], zip(columns, row).map { .element("td", [("class", kind($0))], HTML($1)) })
      }
      return Self.scrolling(
        caption,
        .element(
          "table", [], .element("caption", [], HTML(caption)), .element("thead", [], head),
          .element("tbody", [], body)))
    case .bars(let caption, let bars):
      return .element(
        "div", [("class", "r-bars"), ("role", "table"), ("aria-label", caption)],
        bars.map { bar in
          let share = Int((min(max(bar.share, 0), 1) * 1000).rounded())
          let width = "width:\(share / 10).\(share % 10)%"
          return .element(
            "div", [("role", "row")],
            .element("span", [("role", "rowheader")], HTML(bar.name)),
            .element("span", [("class", "r-track"), ("role", "presentation")], .element("i", [("style", width)])),
            .element("span", [("class", "r-numbers"), ("role", "cell")], HTML(bar.numbers.joined(separator: " · "))))
        })
    case .figure(let figure, let kind):
      return HTML(markup: try figure.html(id: kind.id)) + .command(command(kind))
    case .drawing(let svg, let words, let kind):
      return Self.scrolling(words, HTML(markup: svg), id: kind.id) + .command(command(kind))
    case .plot(let svg, let width, let height, let words, let kind):
      // In an address, so that neither's style reaches the other.
      let source = "data:image/svg+xml;base64," + Data(svg.utf8).base64EncodedString()
      let image = HTML.element(
        "img", [("width", "\(width)"), ("height", "\(height)"), ("src", source), ("alt", words)])
      return Self.scrolling(words, image, id: kind.id) + .command(command(kind))
    case .refusal(let title, let reason):
      return .element(
        "div", [("class", "r-refusal"), ("role", "note")], .element("h3", [], HTML(title)),
        .element("p", [], HTML("Not defined here: \(reason).")))
    case .command(let line): return .command(line)
    }
  }

  /// What may be wider than a narrow screen, and is moved by a finger or the arrow keys.
  private static func scrolling(_ words: String, _ content: HTML, id: String? = nil) -> HTML {
    .element(
      "div", [("class", "r-scroll"), ("id", id), ("role", "region"), ("tabindex", "0"), ("aria-label", words)],
      content)
  }
}
