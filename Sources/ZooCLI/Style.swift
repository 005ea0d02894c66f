/// Colour on a stream, where a person reads it.
struct Style {
  private let isOn: Bool

  init(_ descriptor: Int32) {
    isOn = Output.usesColor(descriptor)
  }

  func red(_ text: String) -> String { wrap(text, "31;1") }
  func bold(_ text: String) -> String { wrap(text, "1") }
  func dim(_ text: String) -> String { wrap(text, "2") }

  private func wrap(_ text: String, _ code: String) -> String {
    isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
