import FoundationEssentials
import ZooGraph
import ZooSpec

extension GraphDrawing {
  /// The picture as a page that needs no other file and asks for none: it can be moved and enlarged, boxes can be searched for, and
  /// each says what it costs, what it reads and where it was written. It can be used with keys alone, and its colours follow the
  /// reader's choice of light or dark.
  ///
  /// - Parameter sources: the files of the definition, whose lines are shown: `Network.definition.sources`.
  /// - Returns: the page's text.
  public func html(sources: [SourceFile] = []) -> String {
    let picture = GraphPicture(self)
    let title = SVGText.escaped(picture.title.text)
    let size = "0 0 \(SVGText.decimal(picture.width, places: 1)) \(SVGText.decimal(picture.height, places: 1))"
    // No request can leave the page: nothing may be loaded from anywhere.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(policy)">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="referrer" content="no-referrer">
      <title>\(title)</title>
      <style>
      \(GraphPage.sheet)
      \(picture.sheet)
      </style></head>
      <body>
      <header><h1>\(title)</h1><p>\(SVGText.escaped(picture.subtitle.text))</p>
      <form role="search"><label for="find">Find a layer</label><input id="find" type="search" autocomplete="off" \
      spellcheck="false"><output id="found" for="find"></output></form>
      <div class="p-tools" role="group" aria-label="View"><button type="button" id="in" aria-label="Enlarge">+</button>\
      <button type="button" id="out" aria-label="Reduce">−</button><button type="button" id="fit">Fit</button></div></header>
      <main><div id="view" tabindex="0" aria-label="The picture: arrow keys move it, plus and minus enlarge and reduce it">
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="\(size)" preserveAspectRatio="xMidYMin meet">
      \(picture.content(areButtons: true).joined(separator: "\n"))
      </svg></div>
      <aside id="facts" aria-live="polite" tabindex="0"><p>Choose a box by pointer, by searching, or with N for the next one and P for the \
      one before. Arrow keys move the picture, + and − enlarge and reduce it, 0 fits it into the window, / searches.</p></aside></main>
      <script type="application/json" id="data">\(data(sources))</script>
      <script>
      \(GraphPage.script)
      </script>
      </body></html>

      """
  }

  /// What the page says of each box, in JSON that can stand in HTML.
  private func data(_ sources: [SourceFile]) -> String {
    struct Entry: Encodable {
      var name: String
      var lines: [String]
      var reads: [Int]
      var readers: [Int]
      /// `file:line` and the text of that line.
      var place: String?
      var text: String?
    }
    var lines: [String: [String]] = [:]
    for source in sources {
      let text = String(decoding: source.bytes, as: UTF8.self)
      lines[source.path] = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
    }
    let picture = GraphPicture(self)
    var entries = picture.boxes.map { box in
      let words = box.tooltip.split(separator: "\n").map(String.init)
      return Entry(name: box.name.text, lines: Array(words.dropFirst()), reads: [], readers: [])
    }
    for edge in picture.edges where !entries[edge.to].reads.contains(edge.from) {
      entries[edge.to].reads.append(edge.from)
      entries[edge.from].readers.append(edge.to)
    }
    for (index, box) in boxes.enumerated() {
      guard let origin = graph[box.nodes[0]].origin else { continue }
      entries[index].place = "\(origin.file):\(origin.line)"
      let known = lines[origin.file]
      entries[index].text = known.flatMap { $0.indices.contains(origin.line - 1) ? $0[origin.line - 1] : nil }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let text = (try? encoder.encode(entries)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
    return text.replacing("<", with: "\\u003c")
  }
}
