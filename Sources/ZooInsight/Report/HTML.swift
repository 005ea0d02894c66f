import ZooImages

/// Markup of a page. Text and attributes are escaped when it is made, so that no name, label or path can be more than text.
///
///     HTML.element("p", [("class", "note")], HTML(label))
struct HTML: Hashable, Sendable {
  private(set) var markup: String

  /// Text.
  init(_ text: String) { markup = Drawing.escaped(text) }

  /// What is markup already: that of figures and drawings, which escape their words.
  init(markup: String) { self.markup = markup }

  static let empty = HTML(markup: "")

  /// An element; `nil` in place of an attribute's value leaves the attribute out, and an empty one is a flag.
  static func element(_ name: String, _ attributes: [(String, String?)] = [], _ content: HTML...) -> HTML {
    element(name, attributes, content)
  }

  static func element(_ name: String, _ attributes: [(String, String?)] = [], _ content: [HTML]) -> HTML {
    var markup = "<\(name)"
    for case (let attribute, let value?) in attributes {
      markup += value.isEmpty ? " \(attribute)" : " \(attribute)=\"\(Drawing.escaped(value))\""
    }
    markup += ">"
    for part in content { markup += part.markup }
    if !voidElements.contains(name) { markup += "</\(name)>" }
    return HTML(markup: markup)
  }

  /// Those that have no content and no end.
  private static let voidElements: Set = ["meta", "img", "br", "hr"]

  static func + (left: HTML, right: HTML) -> HTML { HTML(markup: left.markup + right.markup) }

  /// A link out of the page where the address is one of the web, else the words alone: an address from a definition may be
  /// anything.
  static func link(_ address: String, _ words: String) -> HTML {
    guard ["https://", "http://"].contains(where: address.lowercased().hasPrefix) else { return HTML(words) }
    return element("a", [("href", address), ("rel", "noreferrer")], HTML(words))
  }
}
