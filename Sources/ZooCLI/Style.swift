import ZooKit

/// Colour on a stream, where a person reads it.
struct Style {
  private let isOn: Bool

  init(_ descriptor: Int32) {
    isOn = Console.usesColor(descriptor)
  }

  func red(_ text: String) -> String { wrap(text, "31;1") }
  func bold(_ text: String) -> String { wrap(text, "1") }
  func dim(_ text: String) -> String { wrap(text, "2") }

  /// A piece of a complaint about a definition, in its colour.
  func apply(_ span: DefinitionErrors.Span) -> String {
    switch span.style {
    case .location: bold(span.text)
    case .error: red(span.text)
    case .note, .hint: wrap(span.text, "36")
    case .gutter: dim(span.text)
    case .caret: wrap(span.text, "32;1")
    case .message, .source, .plain: span.text
    }
  }

  private func wrap(_ text: String, _ code: String) -> String {
    isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
