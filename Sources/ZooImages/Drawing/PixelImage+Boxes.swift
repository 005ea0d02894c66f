extension PixelImage {
  /// The picture in RGB with frames around boxes, and their labels.
  ///
  /// A picture whose shorter side is below 256 pixels is enlarged first, as `legibleScale` says. Lines and letters are as
  /// thick as the picture's size asks for. Boxes of one label share a colour; the first 24 labels have different ones. Labels
  /// stand at their boxes, always inside the picture and never on each other, the first boxes' in the best places, as
  /// `LabelPlacement` says; one that is wider than the picture is cut short. What has no part inside the picture, or coordinates
  /// that are not finite, is not drawn.
  public func drawing(_ boxes: [LabelledBox]) -> PixelImage { labelled(boxes).image }

  /// The picture with frames and labels as `drawing(_:)` makes it.
  ///
  /// - Parameter boxes: those with the highest scores first.
  /// - Returns: the picture, and how many labels there was no room for.
  public func labelled(_ boxes: [LabelledBox]) -> (image: PixelImage, labelsLeftOut: Int) {
    let picture = enlarged(by: legibleScale)
    var canvas = Canvas(picture)
    let leftOut = canvas.draw(
      boxes, in: Canvas.Rectangle(left: 0, top: 0, right: canvas.width, bottom: canvas.height),
      magnification: legibleScale, dot: picture.dotSize)
    return (canvas.image, leftOut)
  }

  /// How many times a picture is enlarged before something is written on it: so often that the shorter side has 256
  /// pixels, if the longer one does not exceed 2048 then.
  public var legibleScale: Int {
    let (shorter, longer) = (min(width, height), max(width, height))
    return max(1, min((255 + shorter) / shorter, 2048 / longer))
  }

  /// How many pixels wide a line is on this picture; capitals are seven times as high.
  var dotSize: Int { max(2, min(width, height) / 240) }

  /// Every pixel as a square of `scale` × `scale`.
  package func enlarged(by scale: Int) -> PixelImage {
    guard scale > 1 else { return self }
    let channels = layout.channelCount
    var enlarged: [UInt8] = []
    enlarged.reserveCapacity(pixels.count * scale * scale)
    for row in 0..<height {
      var line: [UInt8] = []
      for column in 0..<width {
        let index = (row * width + column) * channels
        for _ in 0..<scale { line += pixels[index..<index + channels] }
      }
      for _ in 0..<scale { enlarged += line }
    }
    return PixelImage(width: width * scale, height: height * scale, layout: layout, trusted: enlarged)
  }
}

extension Canvas {
  /// Frames and then labels, none outside a part of the canvas that shows a picture.
  ///
  /// - Parameters:
  ///   - boxes: in pixels of the picture.
  ///   - area: where the picture is.
  ///   - magnification: how many pixels each pixel of the picture has become.
  ///   - dot: how wide lines are; capitals are seven times as high.
  /// - Returns: how many labels there was no room for.
  mutating func draw(_ boxes: [LabelledBox], in area: Rectangle, magnification: Int, dot: Int) -> Int {
    let font = Font(capitals: Double(7 * dot))
    let margin = 2 * dot
    var colours: [String: Colour] = [:]
    var drawn: [(rectangle: Rectangle, colour: Colour, caption: String)] = []
    for box in boxes {
      guard let rectangle = box.rectangle(in: area, magnification: magnification) else { continue }
      let colour = colours[box.label] ?? Colour.distinct(colours.count)
      colours[box.label] = colour
      outline(rectangle, thickness: dot, with: colour)
      drawn.append((rectangle, colour, font.shortened(box.caption, to: Double(max(0, area.width - 2 * margin)))))
    }
    let (rise, height) = (Int(font.ascent.rounded(.up)), Int((font.ascent + font.descent).rounded(.up)) + dot)
    let sizes = drawn.map { box in
      (width: box.caption.isEmpty ? 0 : Int(font.width(of: box.caption).rounded(.up)) + 2 * margin, height: height)
    }
    let labels = LabelPlacement(boxes: drawn.map(\.rectangle), sizes: sizes, area: area).labels
    for (box, label) in zip(drawn, labels) {
      guard let leader = label?.leader else { continue }
      stroke(
        from: (Double(leader.from.x) + 0.5, Double(leader.from.y) + 0.5),
        to: (Double(leader.to.x) + 0.5, Double(leader.to.y) + 0.5), thickness: Double(dot), with: box.colour)
    }
    for (box, label) in zip(drawn, labels) {
      guard let place = label?.place else { continue }
      fill(place, with: box.colour)
      write(
        box.caption, left: Double(place.left + margin), baseline: Double(place.top + rise), font: font,
        in: box.colour.contrasting)
    }
    return zip(drawn, labels).count { !$0.caption.isEmpty && $1 == nil }
  }
}

extension LabelledBox {
  /// The pixels of an area that shows the picture, cut to it; `nil` when there are none.
  fileprivate func rectangle(in area: Canvas.Rectangle, magnification: Int) -> Canvas.Rectangle? {
    let corners = [x, y, x + width, y + height]
    guard corners.allSatisfy(\.isFinite), width >= 0, height >= 0 else { return nil }
    func span(_ start: Double, _ end: Double, _ limit: Int) -> (Int, Int)? {
      let (scale, limit) = (Double(magnification), Double(limit))
      let first = (start * scale).rounded()
      let last = max((end * scale).rounded(), first + 1)
      guard last > 0, first < limit else { return nil }
      return (Int(max(first, 0)), Int(min(last, limit)))
    }
    guard let (left, right) = span(x, x + width, area.width), let (top, bottom) = span(y, y + height, area.height)
    else { return nil }
    return Canvas.Rectangle(
      left: area.left + left, top: area.top + top, right: area.left + right, bottom: area.top + bottom)
  }
}

extension Colour {
  /// Okabe and Ito's colours (2008), which the usual kinds of colour blindness keep apart; then darker ones, three rounds.
  fileprivate static func distinct(_ index: Int) -> Colour {
    let palette: [UInt32] = [
      0xE69F00, 0x56B4E9, 0x009E73, 0xF0E442, 0x0072B2, 0xD55E00, 0xCC79A7, 0xC0C0C0,
    ]
    let round = index / palette.count % 3
    return Colour(palette[index % palette.count]).mapped { UInt8(Int($0) * (4 - round) / 4) }
  }
}
