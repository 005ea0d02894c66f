/// Letters of a sans-serif font, by their outlines, at any size: those of `tools/font`. Any other character is an upright box.
///
/// Characters follow each other by their advance widths, without kerning. Which form a character has depends on what it means,
/// not on how it is encoded: `é` may be one scalar or two.
package struct Font: Hashable, Sendable {
  package enum Weight: Hashable, Sendable {
    case regular, bold
  }

  /// Pixels per em.
  package let size: Double
  package let weight: Weight

  /// - Precondition: the size is finite and not negative.
  package init(size: Double, weight: Weight = .regular) {
    precondition(size.isFinite && size >= 0, "a font of size \(size)")
    self.size = size
    self.weight = weight
  }

  /// The font whose capitals are so many pixels high.
  package init(capitals: Double, weight: Weight = .regular) {
    self.init(size: capitals / Self.capitals, weight: weight)
  }

  /// Heights of the font at a size of 1: of capitals, and of what reaches below the line and above it, marks included.
  private static let capitals = 0.729
  private static let depth = 0.236
  private static let height = 0.928

  /// From the baseline to the upper edge of capitals, in pixels.
  package var capitalHeight: Double { Self.capitals * size }
  /// From the baseline down to where letters end, in pixels.
  package var descent: Double { Self.depth * size }
  /// From the baseline up to where letters with their marks end, in pixels.
  package var ascent: Double { Self.height * size }

  /// Whether a character has a form of its own.
  package static func has(_ character: Character) -> Bool { FontOutlines.shared.glyph(of: character, .regular) != nil }

  /// The width of one line, in pixels.
  package func width(of text: some StringProtocol) -> Double {
    text.reduce(0.0) { $0 + advance(of: $1) }
  }

  func advance(of character: Character) -> Double { Double(glyph(of: character).advance) * size / FontOutlines.unit }

  func glyph(of character: Character) -> FontOutlines.Glyph {
    FontOutlines.shared.glyph(of: character, weight) ?? FontOutlines.missing
  }

  /// The longest beginning of a text that is not wider than so many pixels.
  package func prefix<Text: StringProtocol>(of text: Text, fitting width: Double) -> Text.SubSequence {
    var used = 0.0
    let end = text.indices.first { index in
      used += advance(of: text[index])
      return used > width
    }
    return text[..<(end ?? text.endIndex)]
  }

  /// A text as it is where it is not wider than so many pixels, else its beginning with an ellipsis.
  package func shortened(_ text: String, to width: Double) -> String {
    guard self.width(of: text) > width else { return text }
    return prefix(of: text, fitting: width - advance(of: "…")) + "…"
  }

  /// A text in lines that are not wider than so many pixels, broken at spaces where there are some; a line has at least one
  /// character.
  package func lines(of text: String, width: Double) -> [Substring] {
    var lines: [Substring] = []
    for paragraph in text.split(whereSeparator: \.isNewline) {
      var rest = paragraph.drop { $0 == " " }
      while !rest.isEmpty {
        var line = prefix(of: rest, fitting: width)
        if line.isEmpty { line = rest.prefix(1) }
        if line.endIndex < rest.endIndex, rest[line.endIndex] != " ", let space = line.lastIndex(of: " ") {
          line = rest[..<space]
        }
        rest = rest[line.endIndex...].drop { $0 == " " }
        lines.append(line)
      }
    }
    return lines
  }
}
