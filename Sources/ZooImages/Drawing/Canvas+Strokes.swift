extension Canvas {
  /// Mixes a colour into a pixel; places outside the canvas are left out.
  package mutating func blend(_ column: Int, _ row: Int, with colour: Colour, share: Double) {
    guard column >= 0, row >= 0, column < width, row < height, share > 0 else { return }
    let under = self[column, row]
    let share = min(share, 1)
    func mixed(_ under: UInt8, _ over: UInt8) -> UInt8 {
      UInt8((Double(under) + (Double(over) - Double(under)) * share).rounded())
    }
    set(
      column, row,
      to: Colour(
        red: mixed(under.red, colour.red), green: mixed(under.green, colour.green), blue: mixed(under.blue, colour.blue)
      ))
  }

  /// A straight line with round ends and smooth edges between the centres of two places, `thickness` pixels wide.
  ///
  /// - Precondition: the places are finite.
  package mutating func stroke(
    from start: (x: Double, y: Double), to end: (x: Double, y: Double), thickness: Double, with colour: Colour,
    share: Double = 1
  ) {
    let radius = thickness / 2
    let (dx, dy) = (end.x - start.x, end.y - start.y)
    let length = dx * dx + dy * dy
    let reach = radius + 1
    guard let rows = pixels(min(start.y, end.y) - reach, max(start.y, end.y) + reach, limit: height) else { return }
    for row in rows {
      let y = Double(row) + 0.5 - start.y
      // The part of the line within reach of this row, so that long lines do not cost their whole rectangle.
      var (low, high) = (min(start.x, end.x), max(start.x, end.x))
      if abs(dy) > 1e-9 {
        let (first, second) = ((y - reach) / dy, (y + reach) / dy)
        let (near, far) = (max(min(first, second), 0), min(max(first, second), 1))
        guard near <= far else { continue }
        (low, high) = (start.x + min(near * dx, far * dx), start.x + max(near * dx, far * dx))
      }
      guard let columns = pixels(low - reach, high + reach, limit: width) else { continue }
      for column in columns {
        let x = Double(column) + 0.5 - start.x
        let along = length > 0 ? min(max((x * dx + y * dy) / length, 0), 1) : 0
        let (offX, offY) = (x - along * dx, y - along * dy)
        let distance = (offX * offX + offY * offY).squareRoot()
        blend(column, row, with: colour, share: share * min(radius + 0.5 - distance, 1))
      }
    }
  }

  /// A filled circle with a smooth edge.
  package mutating func disc(
    at centre: (x: Double, y: Double), radius: Double, with colour: Colour, share: Double = 1
  ) {
    stroke(from: centre, to: centre, thickness: 2 * radius, with: colour, share: share)
  }

  /// Mixes a colour into a column of pixels between two heights, with smooth ends.
  package mutating func column(_ column: Int, from top: Double, to bottom: Double, with colour: Colour, share: Double) {
    guard let rows = pixels(top, bottom, limit: height) else { return }
    for row in rows {
      let covered = min(bottom, Double(row) + 1) - max(top, Double(row))
      blend(column, row, with: colour, share: share * covered)
    }
  }

  /// Copies a picture to a place, each of its pixels a square of `scale` × `scale`; what lies outside is left out.
  package mutating func draw(_ image: PixelImage, left: Int, top: Int, scale: Int = 1) {
    let image = image.convertedToRGB()
    guard let rows = pixels(Double(top), Double(top + image.height * scale), limit: height),
      let columns = pixels(Double(left), Double(left + image.width * scale), limit: width)
    else { return }
    image.pixels.withUnsafeBufferPointer { source in
      for row in rows {
        for column in columns {
          let index = 3 * ((row - top) / scale * image.width + (column - left) / scale)
          set(column, row, to: Colour(red: source[index], green: source[index + 1], blue: source[index + 2]))
        }
      }
    }
  }

  private func pixels(_ low: Double, _ high: Double, limit: Int) -> Range<Int>? {
    let (first, last) = (max(low.rounded(.down), 0), min(high.rounded(.up), Double(limit)))
    return first < last ? Int(first)..<Int(last) : nil
  }
}
