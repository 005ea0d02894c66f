/// A generous estimate of the width of a line in a sans-serif font of that size: the advance widths of DejaVu Sans, which is wider than
/// what most readers have, in hundredths of the size.
package func textWidth(_ text: String, size: Double) -> Double {
  text.unicodeScalars.reduce(0.0) { width, scalar in
    let index = Int(scalar.value) - 0x20
    let advance = widths.indices.contains(index) ? widths[index] : others[scalar] ?? 100
    return width + Double(advance) / 100 * size
  }
}

/// What pictures of graphs print besides ASCII; any other character is at most as wide as high.
private let others: [Unicode.Scalar: Int] = ["×": 84, "→": 84, "·": 32, "–": 50]

/// From the space to the tilde.
private let widths: [Int] = [
  32, 41, 46, 84, 64, 96, 78, 28, 40, 40, 50, 84, 32, 37, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34, 84,
  84, 84, 54,
  100, 69, 69, 70, 78, 64, 58, 78, 76, 30, 30, 66, 56, 87, 75, 79, 61, 79, 70, 64, 62, 74, 69, 99, 69, 62, 69, 40, 34,
  40, 84, 50,
  50, 62, 64, 55, 64, 62, 36, 64, 64, 28, 28, 58, 28, 98, 64, 62, 64, 64, 42, 53, 40, 64, 60, 82, 60, 60, 53, 64, 34,
  64, 84,
]
