/// The colours of a quantity, from 0 to its largest value.
///
/// A helix in Oklab (Ottosson, 2020) of chroma 0.1, whose lightness and hue change evenly: L from 0.30 to 0.94, hue from 300° to 105°.
/// Equal steps of the quantity are equal steps to the eye, it survives printing in grey, and hues like those of viridis are told apart
/// with any of the common kinds of colour blindness. On a light page the darkest is the most, on a dark page the brightest.
package enum CostColour {
  /// How many there are.
  package static var count: Int { table.count }
  /// Of a light page: the first is for 0.
  package static func light(_ level: Int) -> String { table[count - 1 - level] }
  /// Of a dark page.
  package static func dark(_ level: Int) -> String { table[level] }

  /// The colour of text on it, with a contrast of at least 4.5 to 1.
  package static func lightText(_ level: Int) -> String { text(count - 1 - level) }
  package static func darkText(_ level: Int) -> String { text(level) }

  /// The level of a value on a scale that begins at 0.
  package static func level(_ value: Double, maximum: Double) -> Int {
    guard maximum > 0, value > 0 else { return 0 }
    return min(count - 1, Int((value / maximum * Double(count - 1)).rounded()))
  }

  private static func text(_ index: Int) -> String { index < 26 ? "#ffffff" : "#000000" }

  /// From dark to bright.
  private static let table = """
    361e57 37225c 372560 372964 372d68 36306c 363470 353873
    343c77 33407a 32447e 314881 2f4b84 2e4f87 2c5389 2a578c
    275b8e 255f90 226393 1f6794 1c6b96 196f98 167399 13779b
    107b9c 0e7f9d 0c839e 0c879e 0e8a9f 118ea0 1592a0 1996a0
    1f99a0 249da0 2aa1a0 30a4a0 37a7a0 3daba0 43ae9f 4ab29f
    51b59e 57b89e 5ebb9d 65be9c 6cc19c 73c49b 7ac79b 81ca9a
    89cc99 90cf99 97d299 9ed498 a5d798 add998 b4dc98 bbde98
    c3e098 cae399 d1e599 d8e79a dfe99b e7eb9d eeee9e f5f0a0
    """.split(whereSeparator: \.isWhitespace).map { "#\($0)" }
}
