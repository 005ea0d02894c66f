import ZooTensor

extension DefinitionErrors: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory { .badData }
}

extension DefinitionErrors: CustomStringConvertible {
  /// A piece of a rendered complaint, so that a terminal can colour it.
  public struct Span: Hashable, Sendable {
    /// What a piece is, so that it can have a colour.
    public enum Style: Hashable, Sendable {
      case location, error, note, message, gutter, source, caret, hint, plain
    }

    /// To be printed as it is.
    public var text: String
    /// What it is.
    public var style: Style
  }

  /// Every complaint with its line and a caret, as plain text.
  public var description: String { spans.map(\.text).joined() }

  /// What `description` says, in pieces; line breaks are in the text.
  public var spans: [Span] {
    var lines: [String: [Substring.UnicodeScalarView]] = [:]
    for source in sources { lines[source.path] = source.lines() }
    var spans: [Span] = []
    for diagnostic in diagnostics {
      spans += diagnostic.spans(lines: lines[diagnostic.range.file] ?? [])
    }
    let total = diagnostics.count + omitted
    let hidden = omitted == 0 ? "" : ", of which \(diagnostics.count) are shown"
    spans.append(Span(text: "\(total) \(total == 1 ? "error" : "errors")\(hidden)\n", style: .plain))
    return spans
  }
}

extension Diagnostic {
  typealias Span = DefinitionErrors.Span

  /// The complaint with its line, a caret under the place, and the notes, in plain text.
  public func render(_ source: SourceFile) -> String {
    spans(lines: source.lines()).map(\.text).joined()
  }

  fileprivate func spans(lines: [Substring.UnicodeScalarView]) -> [Span] {
    var spans = [
      Span(text: "\(range): ", style: .location), Span(text: "error: ", style: .error),
      Span(text: "\(fault.message)\n", style: .message),
    ]
    if lines.indices.contains(range.start.line - 1) { spans += excerpt(lines[range.start.line - 1]) }
    for note in notes {
      spans += [
        Span(text: "\(note.range): ", style: .location), Span(text: "note: ", style: .note),
        Span(text: "\(note.fact.message)\n", style: .message),
      ]
    }
    return spans
  }

  /// The line, or the part of a long one that matters, and the caret under it.
  private func excerpt(_ line: Substring.UnicodeScalarView) -> [Span] {
    let width = 120
    let scalars = Array(line)
    let start = min(range.start.column - 1, scalars.count)
    var end = range.end.line > range.start.line ? scalars.count : min(range.end.column - 1, scalars.count)
    while end > start + 1, scalars[end - 1] == " " { end -= 1 }
    let first = scalars.count <= width ? 0 : max(0, min(start - width / 2, scalars.count - width))
    let last = min(scalars.count, first + width)
    let before = first > 0 ? "…" : ""
    let shown = scalars[first..<last].map { $0.isAllowedInYAML || $0 == "\t" ? String($0) : "\u{FFFD}" }.joined()
    let indent = scalars[first..<max(first, start)].map { $0 == "\t" ? "\t" : " " }.joined()
    let caret = "^" + String(repeating: "~", count: max(0, min(end, last) - start - 1))
    let number = "\(range.start.line)"
    let gutter = String(repeating: " ", count: max(5, number.utf8.count))
    var spans = [
      Span(text: String(gutter.dropFirst(number.utf8.count)) + "\(number) | ", style: .gutter),
      Span(text: before + shown + (last < scalars.count ? "…" : "") + "\n", style: .source),
      Span(text: "\(gutter) | ", style: .gutter),
      Span(text: (before.isEmpty ? "" : " ") + indent + caret, style: .caret),
    ]
    if let hint = fault.hint { spans.append(Span(text: "  \(hint)", style: .hint)) }
    spans.append(Span(text: "\n", style: .plain))
    return spans
  }
}
