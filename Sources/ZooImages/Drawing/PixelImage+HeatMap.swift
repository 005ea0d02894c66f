extension PixelImage {
  /// The picture in grey with a map's colours over it, the title above and a colour bar with numbers at its right.
  ///
  /// A picture whose shorter side is below 256 pixels is enlarged first, as `legibleScale` says; it is in the result's
  /// lower left corner. Values are interpolated between the centres of cells and held beyond the outermost ones, half a
  /// cell far. Outside the map, and where the nearest value is not finite, the picture is darkened and has no colour.
  /// The cost grows with the number of pixels.
  ///
  /// - Precondition: `range` is finite.
  /// - Parameters:
  ///   - map: the numbers, and where they lie on the picture.
  ///   - title: broken at spaces where it is too long; characters that the font does not have become boxes.
  ///   - range: the values at the ends of the colour bar, which those beyond them share; the map's own when `nil`. When
  ///     both ends are equal, that value has the colour in the middle.
  ///   - boxes: frames to draw over the colours, as `drawing(_:)` does.
  /// - Returns: A picture that is larger by title and colour bar.
  public func overlaid(with map: HeatMap, title: String, range: ClosedRange<Float>? = nil, boxes: [LabelledBox] = [])
    -> PixelImage
  {
    labelled(boxes, over: map, title: title, range: range).image
  }

  /// The picture with a map's colours over it as `overlaid(with:title:range:boxes:)` makes it.
  ///
  /// - Parameters:
  ///   - boxes: frames to draw over the colours, those with the highest scores first.
  ///   - map: the values.
  ///   - title: broken at spaces where it is too long; characters that the font does not have become boxes.
  ///   - range: the values at the ends of the colour bar; the map's own when `nil`.
  /// - Returns: the picture, and how many labels of boxes there was no room for.
  /// - Precondition: `range` is finite.
  public func labelled(_ boxes: [LabelledBox], over map: HeatMap, title: String, range: ClosedRange<Float>? = nil)
    -> (image: PixelImage, labelsLeftOut: Int)
  {
    precondition(range.map { $0.lowerBound.isFinite && $0.upperBound.isFinite } ?? true, "a range of \(range as Any)")
    let picture = convertedToGrey().enlarged(by: legibleScale)
    let scale = ColourScale(range ?? map.range)
    let dot = picture.dotSize
    let legend = ColourBar(scale, dot: dot)
    let body = max(picture.height, legend.height)
    let font = Font(capitals: Double(7 * dot))
    let width = max(picture.width + legend.width, 144 * dot)
    let lines = font.lines(of: title, width: Double(width - 4 * dot))
    let line = Int((font.ascent + font.descent).rounded(.up)) + dot
    let header = lines.isEmpty ? 0 : lines.count * line + 2 * dot
    var canvas = Canvas(width: width, height: header + body, filledWith: .white)
    for (index, text) in lines.enumerated() {
      let baseline = Double(dot + index * line) + font.ascent.rounded(.up)
      canvas.write(text, left: Double(2 * dot), baseline: baseline, font: font, in: .black)
    }
    canvas.paint(picture, map, scale, magnification: legibleScale, top: header + body - picture.height)
    canvas.draw(legend, left: picture.width, top: header, height: body)
    let area = Canvas.Rectangle(
      left: 0, top: canvas.height - picture.height, right: picture.width, bottom: canvas.height)
    let leftOut = canvas.draw(boxes, in: area, magnification: legibleScale, dot: dot)
    return (canvas.image, leftOut)
  }
}

extension Canvas {
  /// Three fifths of the colour and two of the grey picture, at the left edge.
  fileprivate mutating func paint(
    _ picture: PixelImage, _ map: HeatMap, _ scale: ColourScale?, magnification: Int, top: Int
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
        let colour = value.flatMap { scale?.colour(of: $0) } ?? .black
        set(column, top + row, to: colour.mapped { UInt8((3 * Int($0) + grey + 2) / 5) })
      }
    }
  }
}
