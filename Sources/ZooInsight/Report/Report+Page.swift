import ZooImages

extension Report {
  /// How large a page may be in bytes, so that mail programs and browsers take it.
  public static let pageLimit = 30_000_000

  /// The report as one page, which needs no other file, no network and no script; its colours follow the reader's
  /// choice of light or dark, and it can be printed.
  ///
  /// - Parameters:
  ///   - limit: the size in bytes beyond which sections leave out their figures.
  ///   - command: the line that makes a figure again.
  /// - Throws: `ImageError` when a picture cannot be encoded.
  /// - Returns: the page, and the titles of the sections that were left out.
  public func page(
    limit: Int = Report.pageLimit, command: (ReportFigure) -> String
  ) throws(ImageError) -> (html: String, leftOut: [String]) {
    var leftOut: [String] = []
    var body = header.markup
    for section in sections {
      var part = try section.html(command).markup
      if body.utf8.count + part.utf8.count > limit {
        part = section.outline(command, limit: limit).markup
        leftOut.append(section.title)
      }
      body += part
    }
    let policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    let head: [HTML] = [
      .element("meta", [("charset", "utf-8")]),
      .element("meta", [("http-equiv", "Content-Security-Policy"), ("content", policy)]),
      .element("meta", [("name", "viewport"), ("content", "width=device-width, initial-scale=1")]),
      .element("meta", [("name", "color-scheme"), ("content", "light dark")]),
      .element("meta", [("name", "referrer"), ("content", "no-referrer")]),
      .element("title", [], HTML(title)), .element("style", [], HTML(markup: "\n\(Self.sheet)\n\(Figure.sheet)\n")),
    ]
    let page = HTML.element(
      "html", [("lang", "en")], .element("head", [], head), HTML(markup: "\n"),
      .element("body", [], .element("main", [], HTML(markup: body))))
    return ("<!DOCTYPE html>\n\(page.markup)\n", leftOut)
  }

  private var header: HTML {
    let lines = summary.map { HTML.element("p", [], HTML($0)) }
    let links = sections.map { HTML.element("li", [], .element("a", [("href", "#\($0.id)")], HTML($0.title))) }
    return .element("header", [], [.element("h1", [], HTML(title))] + lines + [.command(command)])
      + .element("nav", [("aria-label", "Sections")], .element("ul", [], links)) + HTML(markup: "\n")
  }

  /// The page's rules; those of figures are `Figure.sheet`, and the classes of the graph's drawing have no `r-`.
  static let sheet = """
    :root{color-scheme:light dark;--page:#ffffff;--panel:#f8fafc;--text:#0f172a;--soft:#475569;--line:#cbd5e1;--accent:#1d4ed8;\
    --bar:#2563eb;--warn:#7c2d12;--warn-page:#fff7ed}
    @media (prefers-color-scheme:dark){:root{--page:#0f172a;--panel:#1e293b;--text:#f1f5f9;--soft:#cbd5e1;--line:#475569;\
    --accent:#93c5fd;--bar:#60a5fa;--warn:#fed7aa;--warn-page:#431407}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--page);color:var(--text);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;\
    -webkit-text-size-adjust:100%}
    main{max-width:70rem;margin:0 auto;padding:clamp(1rem,4vw,3rem)}
    h1{font-size:clamp(1.5rem,1.2rem + 1.6vw,2.25rem);line-height:1.2;margin:0 0 .5rem;overflow-wrap:anywhere;text-wrap:balance}
    h2{font-size:1.25rem;line-height:1.3;margin:0;display:inline}
    h3{font-size:1rem;margin:0 0 .25rem}
    p{margin:0 0 .75rem;max-width:70ch;overflow-wrap:anywhere}
    header p{color:var(--soft)}
    a{color:var(--accent);overflow-wrap:anywhere}
    :focus-visible{outline:2px solid var(--accent);outline-offset:2px}
    nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;margin:1rem 0 1.5rem;padding:0}
    nav a{display:inline-block;padding:.25rem 0}
    section{border-top:1px solid var(--line)}
    summary{cursor:pointer;padding:1rem 0}
    .r-body{padding:0 0 1.5rem;display:grid;grid-template-columns:minmax(0,1fr);gap:.5rem}
    .r-facts{display:grid;grid-template-columns:minmax(8rem,max-content) minmax(0,1fr);gap:.35rem 1.5rem;margin:0 0 .75rem}
    .r-facts dt{color:var(--soft)}.r-facts dd{margin:0;overflow-wrap:anywhere}
    .r-command{margin:0 0 1rem;padding:.6rem .8rem;background:var(--panel);border:1px solid var(--line);border-radius:.4rem;\
    font:.8rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere;\
    -webkit-user-select:all;user-select:all}
    .r-scroll{overflow:auto;max-height:80vh;border:1px solid var(--line);border-radius:.4rem;margin:0 0 1rem}
    .r-scroll svg,.r-scroll img{display:block;margin:0 auto}
    table{border-collapse:collapse;width:100%;font-size:.85rem;font-variant-numeric:tabular-nums}
    caption{text-align:left;padding:.5rem .6rem;color:var(--soft)}
    th,td{padding:.35rem .6rem;text-align:left;vertical-align:top;border-top:1px solid var(--line);white-space:nowrap}
    th{font-weight:600;position:sticky;top:0;background:var(--panel)}
    .r-number{text-align:right}
    .r-bars{display:grid;gap:.5rem;margin:0 0 1rem}
    .r-bars>div{display:grid;grid-template-columns:minmax(0,16rem) minmax(0,1fr) minmax(0,15rem);gap:.25rem 1rem;align-items:center}
    .r-bars span{overflow-wrap:anywhere}
    .r-track{background:var(--panel);border:1px solid var(--line);border-radius:.25rem;height:1rem;overflow:hidden}
    .r-track i{display:block;height:100%;background:var(--bar)}
    .r-numbers{font-variant-numeric:tabular-nums;color:var(--soft);font-size:.9rem}
    .r-refusal{margin:0 0 1rem;padding:.75rem 1rem;background:var(--warn-page);color:var(--warn);border-radius:.4rem}
    .r-refusal p{margin:0}
    @media (max-width:40rem){.r-facts{grid-template-columns:minmax(0,1fr);gap:0}.r-facts dd{margin:0 0 .6rem}\
    .r-bars>div{grid-template-columns:minmax(0,1fr)}}
    @media print{:root{--page:#ffffff;--panel:#ffffff;--text:#000000;--soft:#333333;--line:#999999;--accent:#000000;--warn:#000000;\
    --warn-page:#ffffff}main{max-width:none;padding:0}nav{display:none}details::details-content{content-visibility:visible;\
    block-size:auto}.r-scroll{max-height:none;overflow:visible;border:0}.r-scroll svg,.r-scroll img{max-width:100%;height:auto}\
    td{white-space:normal}.zoo-figure,.r-command,tr{break-inside:avoid}h2,h3{break-after:avoid}\
    *{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
    """
}

extension Int {
  /// `138,357,544`
  var grouped: String {
    let digits = Array(String(magnitude))
    var text = self < 0 ? "-" : ""
    for (offset, digit) in digits.enumerated() {
      if offset > 0, (digits.count - offset) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }

  /// A count of bytes in powers of 1000.
  var bytesText: String {
    for (unit, name) in [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")] where self >= unit {
      return "\(Figure.short(Double(self) / Double(unit))) \(name)"
    }
    return "\(self) B"
  }
}
