extension PixelImage {
  /// The picture in grey with a map's colours over it, the title above and a colour bar with numbers at its right.
  ///
  /// A picture whose shorter side is below 256 pixels is enlarged first, as `legibleScale` says; it is in the result's
  /// lower left corner. Values are interpolated between the centres of cells and held beyond the outermost ones, half a
  /// cell far. Outside the map, and where the nearest value is not finite, the picture is darkened and has no colour.
  /// The cost grows with the number of pixels.
  ///
  /// - Parameters:
  ///   - title: broken at spaces where it is too long; characters outside ASCII become boxes.
  ///   - range: the values at the ends of the colour bar, which those beyond them share; the map's own when `nil`. When
  ///     both ends are equal, that value has the colour in the middle.
  ///   - boxes: frames to draw over the colours, as `drawing(_:)` does.
  /// - Precondition: `range` is finite.
  public func overlaid(with map: HeatMap, title: String, range: ClosedRange<Float>? = nil, boxes: [LabelledBox] = [])
    -> PixelImage
  {
    precondition(range.map { $0.lowerBound.isFinite && $0.upperBound.isFinite } ?? true, "a range of \(range as Any)")
    let picture = convertedToGrey().enlarged(by: legibleScale)
    let scale = ColourScale(range: range ?? map.range)
    let dot = picture.dotSize
    let numbers = scale.ticks.map(\.text)
    let legend = Legend(dot: dot, characters: numbers.map(\.count).max() ?? 0, lines: numbers.count)
    let body = max(picture.height, legend.height)
    let width = max(picture.width + legend.width, 24 * BitmapFont.advance * dot)
    let lines = wrapped(title, columns: (width - 3 * dot) / (BitmapFont.advance * dot))
    let line = (BitmapFont.height + 2) * dot
    let header = lines.isEmpty ? 0 : lines.count * line + 2 * dot
    var canvas = Canvas(width: width, height: header + body, filledWith: .white)
    for (index, text) in lines.enumerated() {
      canvas.write(text, left: 2 * dot, top: 2 * dot + index * line, scale: dot, in: .black)
    }
    canvas.paint(picture, map, scale, magnification: legibleScale, top: header + body - picture.height)
    canvas.draw(legend, scale, left: picture.width, top: header, height: body)
    let area = Canvas.Rectangle(
      left: 0, top: canvas.height - picture.height, right: picture.width, bottom: canvas.height)
    canvas.draw(boxes, in: area, magnification: legibleScale, dot: dot)
    return canvas.image
  }
}

/// Which colour a value has, and the numbers beside the colour bar.
private struct ColourScale {
  /// `nil` when there is no value at all.
  let range: ClosedRange<Double>?

  init(range: ClosedRange<Float>?) {
    self.range = range.map { Double($0.lowerBound)...Double($0.upperBound) }
  }

  func fraction(of value: Double) -> Double {
    guard let range else { return 0.5 }
    let span = range.upperBound - range.lowerBound
    if value <= range.lowerBound { return value == range.upperBound ? 0.5 : 0 }
    return span > 0 ? (value - range.lowerBound) / span : 1
  }

  func colour(of value: Double) -> Colour { ColourMap.colour(at: fraction(of: value)) }

  /// Five numbers from the lowest to the highest; one when they are the same.
  var ticks: [(fraction: Double, text: String)] {
    guard let range else { return [] }
    let fractions = range.lowerBound == range.upperBound ? [0.5] : [0, 0.25, 0.5, 0.75, 1]
    let span = range.upperBound - range.lowerBound
    let values = fractions.map { range.lowerBound + (span == 0 ? 0 : $0 * span) }
    return Array(zip(fractions, TickLabels.texts(of: values)))
  }
}

/// The colour bar with its numbers: sizes in pixels.
private struct Legend {
  let dot: Int
  let characters: Int
  let lines: Int

  var gap: Int { 4 * dot }
  var bar: Int { 8 * dot }
  var tick: Int { 2 * dot }
  var letters: Int { BitmapFont.height * dot }
  var width: Int { gap + bar + tick + dot + characters * BitmapFont.advance * dot + gap }
  /// The least height at which the numbers do not touch.
  var height: Int { max(1, lines) * (BitmapFont.height + 3) * dot }
}

extension Canvas {
  /// Three fifths of the colour and two of the grey picture, at the left edge.
  fileprivate mutating func paint(
    _ picture: PixelImage, _ map: HeatMap, _ scale: ColourScale, magnification: Int, top: Int
  ) {
    let rows = HeatMap.Axis(
      pixels: picture.height, scale: magnification, count: map.rows, origin: map.origin.y, step: map.step.y,
      cell: map.cell.y)
    let columns = HeatMap.Axis(
      pixels: picture.width, scale: magnification, count: map.columns, origin: map.origin.x, step: map.step.x,
      cell: map.cell.x)
    for (row, place) in rows.places.enumerated() {
      for (column, other) in columns.places.enumerated() {
        let grey = 2 * Int(picture.pixels[row * picture.width + column])
        var value: Double?
        if let place, let other { value = map.value(row: place, column: other) }
        let colour = value.map(scale.colour) ?? .black
        set(column, top + row, to: colour.mapped { UInt8((3 * Int($0) + grey + 2) / 5) })
      }
    }
  }

  /// The colour bar from the highest value, above, to the lowest; half a line of the height is left free at both ends.
  fileprivate mutating func draw(_ legend: Legend, _ scale: ColourScale, left: Int, top: Int, height: Int) {
    let dot = legend.dot
    let margin = legend.letters / 2 + dot
    let length = height - 2 * margin
    let start = left + legend.gap
    for row in 0..<length {
      let fraction = length > 1 ? 1 - Double(row) / Double(length - 1) : 1
      let colour = ColourMap.colour(at: scale.range.map { $0.lowerBound == $0.upperBound } == true ? 0.5 : fraction)
      let y = top + margin + row
      fill(Rectangle(left: start, top: y, right: start + legend.bar, bottom: y + 1), with: colour)
    }
    for (fraction, text) in scale.ticks {
      let y = top + margin + Int((Double(length - 1) * (1 - fraction)).rounded())
      let end = start + legend.bar + legend.tick
      fill(Rectangle(left: end - legend.tick, top: y - dot / 2, right: end, bottom: y - dot / 2 + dot), with: .black)
      write(text, left: end + dot, top: y - legend.letters / 2, scale: dot, in: .black)
    }
  }
}

/// A text in lines of at most `columns` characters, broken at spaces where there are some.
private func wrapped(_ text: String, columns: Int) -> [Substring] {
  let columns = max(1, columns)
  var lines: [Substring] = []
  for paragraph in text.split(whereSeparator: \.isNewline) {
    var rest = paragraph.drop { $0 == " " }
    while !rest.isEmpty {
      var line = rest.prefix(columns)
      if line.endIndex < rest.endIndex, rest[line.endIndex] != " ", let space = line.lastIndex(of: " ") {
        line = rest[..<space]
      }
      rest = rest[line.endIndex...].drop { $0 == " " }
      lines.append(line)
    }
  }
  return lines
}
