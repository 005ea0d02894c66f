extension PixelImage {
  /// The picture in RGB with frames around boxes, and their labels.
  ///
  /// A picture whose shorter side is below 256 pixels is enlarged first, as `legibleScale` says. Lines and letters are as
  /// thick as the picture's size asks for. Boxes of one label share a colour; the first 24 labels have different ones. A
  /// label stands above its box, or inside or below it where there is no room or another label, always inside the picture,
  /// and is cut short where the picture is too narrow. What has no part inside the picture, or coordinates that are not
  /// finite, is not drawn.
  public func drawing(_ boxes: [LabelledBox]) -> PixelImage {
    let picture = enlarged(by: legibleScale)
    var canvas = Canvas(picture)
    canvas.draw(
      boxes, in: Canvas.Rectangle(left: 0, top: 0, right: canvas.width, bottom: canvas.height),
      magnification: legibleScale, dot: picture.dotSize)
    return canvas.image
  }

  /// How many times a picture is enlarged before something is written on it: so often that the shorter side has 256
  /// pixels, if the longer one does not exceed 2048 then.
  public var legibleScale: Int {
    let (shorter, longer) = (min(width, height), max(width, height))
    return max(1, min((255 + shorter) / shorter, 2048 / longer))
  }

  /// How many pixels wide a line, and a dot of a letter, is on this picture.
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
  /// - Parameter magnification: how many pixels each pixel of the picture has become.
  mutating func draw(_ boxes: [LabelledBox], in area: Rectangle, magnification: Int, dot: Int) {
    var colours: [String: Colour] = [:]
    var drawn: [(rectangle: Rectangle, colour: Colour, caption: String)] = []
    for box in boxes {
      guard let rectangle = box.rectangle(in: area, magnification: magnification) else { continue }
      let colour = colours[box.label] ?? Colour.distinct(colours.count)
      colours[box.label] = colour
      outline(rectangle, thickness: dot, with: colour)
      drawn.append((rectangle, colour, box.caption))
    }
    var taken: [Rectangle] = []
    for (rectangle, colour, caption) in drawn where !caption.isEmpty {
      taken.append(tag(caption, of: rectangle, in: area, colour: colour, dot: dot, beside: taken))
    }
  }

  /// Writes a label on its own background near a box.
  ///
  /// - Returns: what it covers.
  private mutating func tag(
    _ caption: String, of box: Rectangle, in area: Rectangle, colour: Colour, dot: Int, beside taken: [Rectangle]
  ) -> Rectangle {
    let room = max(1, (area.width - dot) / (BitmapFont.advance * dot))
    let text = caption.prefix(room)
    let size = (
      width: (text.count * BitmapFont.advance + 1) * dot, height: (BitmapFont.height + BitmapFont.descent + 1) * dot
    )
    let left = max(area.left, min(box.left, area.right - size.width))
    let places = [box.top - size.height, box.top, box.bottom, box.bottom - size.height].map { top in
      let top = max(area.top, min(top, area.bottom - size.height))
      return Rectangle(left: left, top: top, right: left + size.width, bottom: top + size.height)
    }
    let place = places.first { place in !taken.contains { $0.overlaps(place) } } ?? places[0]
    fill(place, with: colour)
    write(text, left: place.left + dot, top: place.top + dot, scale: dot, in: colour.contrasting)
    return place
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
