/// Text in the language of manual pages, mdoc(7), whatever characters it has.
struct ManualText {
  private(set) var lines: [String] = []

  /// The page so far.
  var text: String { lines.joined(separator: "\n") + "\n" }

  /// A request or macro with its arguments as they are.
  mutating func macro(_ line: String) {
    lines.append("." + line)
  }

  /// Running text: a line of the source for each sentence, none longer than 78 characters where words allow.
  mutating func prose(_ text: some StringProtocol) {
    for sentence in Self.sentences(text) {
      var line = ""
      for word in sentence {
        let escaped = Self.escaped(word)
        if !line.isEmpty, line.utf8.count + 1 + escaped.utf8.count > 78 {
          lines.append(line)
          line = ""
        }
        line += line.isEmpty ? escaped : " " + escaped
      }
      lines.append(line)
    }
  }

  /// What help says about a command: paragraphs, and lines that are printed as they stand, such as examples. `isFirst`:
  /// whether nothing stands before it below the same heading.
  mutating func discussion(_ text: String, isFirst: Bool = false) {
    var paragraph: [Substring] = []
    var isFirst = isFirst
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) + [Substring()] {
      guard line.allSatisfy({ $0 == " " }) else {
        paragraph.append(line)
        continue
      }
      if paragraph.isEmpty { continue }
      if Self.isLiteral(paragraph) {
        literal(paragraph)
      } else {
        if !isFirst { macro("Pp") }
        prose(paragraph.joined(separator: " "))
      }
      isFirst = false
      paragraph = []
    }
  }

  /// Lines that are printed as they stand.
  mutating func literal(_ lines: [Substring]) {
    let margin = lines.map { $0.prefix { $0 == " " }.count }.min() ?? 0
    macro("Bd -literal -offset indent")
    for line in lines { self.lines.append(Self.escaped(line.dropFirst(margin))) }
    macro("Ed")
  }

  /// Whether lines are an example or columns rather than sentences.
  private static func isLiteral(_ lines: [Substring]) -> Bool {
    lines.contains { $0.hasPrefix("  ") } || lines.allSatisfy { $0.hasPrefix("zoo ") }
  }

  /// The words of each sentence.
  private static func sentences(_ text: some StringProtocol) -> [[Substring]] {
    let words = String(text).split { $0 == " " || $0 == "\n" }.map { Substring($0) }
    var sentences: [[Substring]] = []
    var sentence: [Substring] = []
    for word in words {
      if let last = sentence.last?.drop(while: { $0 == "(" }),
        let start = word.first(where: { $0 != "(" && $0 != "'" }),
        let end = last.last(where: { $0 != ")" }), ".!?".contains(end), start.isUppercase || start == "$"
      {
        sentences.append(sentence)
        sentence = []
      }
      sentence.append(word)
    }
    if !sentence.isEmpty { sentences.append(sentence) }
    return sentences
  }

  /// Text in which no character has a meaning to the formatter.
  static func escaped(_ text: some StringProtocol) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "'": result += "\\(aq"
      case "`": result += "\\(ga"
      case "\"": result += "\\(dq"
      case "^": result += "\\(ha"
      case "~": result += "\\(ti"
      case ".": result += result.isEmpty ? "\\&." : "."
      case "\u{20}"..."\u{7E}": result.unicodeScalars.append(scalar)
      default:
        let digits = String(scalar.value, radix: 16, uppercase: true)
        result += "\\[u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "]"
      }
    }
    return result
  }

  /// An argument of a macro, which is never a macro or punctuation itself.
  static func argument(_ text: some StringProtocol) -> String {
    let escaped = escaped(text)
    return (text.count <= 3 && !escaped.hasPrefix("\\&") ? "\\&" : "")
      + (text.contains(" ") ? "\"\(escaped)\"" : escaped)
  }
}
