extension Canvas {
  /// Writes one line; what lies outside is left out.
  ///
  /// Pixels at the edges of letters are mixed by how much of them is covered, in the numbers of sRGB as browsers do, which keeps
  /// dark letters on light as thick as light ones on dark.
  ///
  /// - Parameters:
  ///   - text: characters without a form of their own become boxes, line breaks too.
  ///   - left: where the first letter's advance begins.
  ///   - baseline: the upper edge of the row below the letters.
  ///   - font: the size and weight.
  ///   - colour: of the letters.
  package mutating func write(
    _ text: some StringProtocol, left: Double, baseline: Double, font: Font, in colour: Colour
  ) {
    guard left.isFinite, baseline.isFinite, abs(left) < 1e9, abs(baseline) < 1e9 else { return }
    var x = left
    for character in text {
      guard x < Double(width) else { return }
      let advance = font.advance(of: character)
      // Letters reach little beyond their advance; what is far to the left needs no work.
      if x + advance + font.size > 0 {
        draw(font.glyph(of: character), x: x, baseline: baseline, scale: font.size / FontOutlines.unit, in: colour)
      }
      x += advance
    }
  }

  private mutating func draw(
    _ glyph: FontOutlines.Glyph, x: Double, baseline: Double, scale: Double, in colour: Colour
  ) {
    fill(
      glyph.contours.map { contour, dx, dy in
        flattened(FontOutlines.shared.points(of: contour), scale: scale).map { point in
          (x: x + point.x + Double(dx) * scale, y: baseline - point.y - Double(dy) * scale)
        }
      }, with: colour)
  }

  /// A contour as straight lines, closed, in pixels from its glyph's origin and upwards.
  private func flattened(_ points: [FontOutlines.Point], scale: Double) -> [(x: Double, y: Double)] {
    func place(_ point: FontOutlines.Point) -> (x: Double, y: Double) {
      (Double(point.x) * scale, Double(point.y) * scale)
    }
    func middle(_ one: (x: Double, y: Double), _ other: (x: Double, y: Double)) -> (x: Double, y: Double) {
      ((one.x + other.x) / 2, (one.y + other.y) / 2)
    }
    guard let first = points.first, let last = points.last else { return [] }
    let start =
      first.isOnCurve ? place(first) : last.isOnCurve ? place(last) : middle(place(first), place(last))
    var line = [start]
    var control: (x: Double, y: Double)?
    func bend(_ from: (x: Double, y: Double), _ by: (x: Double, y: Double), _ to: (x: Double, y: Double)) {
      // A quadratic curve is at most a quarter of this from its chord; pieces make it a tenth of a pixel at most.
      let (bendX, bendY) = (abs(from.x - 2 * by.x + to.x), abs(from.y - 2 * by.y + to.y))
      let pieces = max(1, min(32, Int((2.5 * max(bendX, bendY)).squareRoot().rounded(.up))))
      for piece in 1...pieces {
        let t = Double(piece) / Double(pieces)
        let (a, b, c) = ((1 - t) * (1 - t), 2 * t * (1 - t), t * t)
        line.append((a * from.x + b * by.x + c * to.x, a * from.y + b * by.y + c * to.y))
      }
    }
    for point in points {
      let here = place(point)
      switch (control, point.isOnCurve) {
      case (nil, true): line.append(here)
      case (nil, false): control = here
      case (let by?, true):
        bend(line[line.count - 1], by, here)
        control = nil
      case (let by?, false):
        bend(line[line.count - 1], by, middle(by, here))
        control = here
      }
    }
    if let control { bend(line[line.count - 1], control, start) } else { line.append(start) }
    return line
  }
}
