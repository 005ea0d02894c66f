import ZooImages

extension Drawing {
  /// The drawing in the colours for light, on white.
  package func image() -> PixelImage {
    var canvas = Canvas(width: width, height: height, filledWith: .white)
    for shape in shapes { canvas.paint(shape) }
    return canvas.image
  }
}

extension Canvas {
  fileprivate mutating func paint(_ shape: Drawing.Shape) {
    switch shape {
    case .text(let text, let x, let y, let style, let anchor):
      let extent = style.font.width(of: text)
      let left = x - (anchor == .start ? 0 : anchor == .middle ? extent / 2 : extent)
      let colour = style == .note ? Colour(0x475569) : Colour(0x0F172A)
      write(text, left: left, baseline: y.rounded(), font: style.font, in: colour)
    case .path(let points, let ink, let thickness, let isDashed):
      var walked = 0.0
      for (start, end) in zip(points, points.dropFirst()) {
        guard isDashed else {
          stroke(from: start, to: end, thickness: thickness, with: ink.light)
          continue
        }
        dash(from: start, to: end, thickness: thickness, with: ink.light, after: &walked)
      }
    case .area(let points, let base, let ink):
      for (start, end) in zip(points, points.dropFirst()) where end.x > start.x {
        for column in max(0, Int(start.x))..<max(0, min(width, Int(end.x.rounded(.up)))) {
          let (from, to) = (max(start.x, Double(column)), min(end.x, Double(column) + 1))
          guard from < to else { continue }
          let y = start.y + (end.y - start.y) * ((from + to) / 2 - start.x) / (end.x - start.x)
          self.column(column, from: min(y, base), to: max(y, base), with: ink.light, share: 0.18 * (to - from))
        }
      }
    case .rectangle(let x, let y, let width, let height, let ink, _):
      let (left, top) = (Int(x.rounded()), Int(y.rounded()))
      let (right, bottom) = (Int((x + width).rounded()), Int((y + height).rounded()))
      fill(Rectangle(left: left, top: top, right: right, bottom: bottom), with: ink.light)
    case .disc(let centre, let radius, let ink, _):
      disc(at: centre, radius: radius, with: ink.light)
    case .picture(let image, let x, let y, let width, let height, _):
      paint(image, x: Int(x.rounded()), y: Int(y.rounded()), width: Int(width.rounded()), height: Int(height.rounded()))
    }
  }

  private mutating func paint(_ image: PixelImage, x: Int, y: Int, width: Int, height: Int) {
    guard width != image.width || height != image.height else { return draw(image, left: x, top: y) }
    if width % image.width == 0, width / image.width * image.height == height {
      return draw(image, left: x, top: y, scale: width / image.width)
    }
    // Fractions of a pixel per pixel, as a colour bar may have: the nearest.
    let source = Canvas(image)
    for row in 0..<max(0, height) {
      for column in 0..<max(0, width) {
        let colour = source[column * image.width / width, row * image.height / height]
        blend(x + column, y + row, with: colour, share: 1)
      }
    }
  }

  private mutating func dash(
    from start: Drawing.Point, to end: Drawing.Point, thickness: Double, with colour: Colour, after walked: inout Double
  ) {
    let (dx, dy) = (end.x - start.x, end.y - start.y)
    let length = (dx * dx + dy * dy).squareRoot()
    guard length > 0 else { return }
    var place = 0.0
    while place < length {
      let phase = (walked + place).truncatingRemainder(dividingBy: 16)
      let next = min(place + (phase < 10 ? 10 - phase : 16 - phase), length)
      if phase < 10 {
        stroke(
          from: (start.x + dx * place / length, start.y + dy * place / length),
          to: (start.x + dx * next / length, start.y + dy * next / length), thickness: thickness, with: colour)
      }
      place = max(next, place + 1e-3)
    }
    walked += length
  }
}

extension Drawing.Ink {
  /// Okabe and Ito's colours (2008), darkened where they would be too pale on white.
  private static let palette: [(light: UInt32, dark: UInt32)] = [
    (0x0072B2, 0x56B4E9), (0xD55E00, 0xFB923C), (0x007A5A, 0x34D399), (0xA8558A, 0xE8A2CC), (0x8A6D00, 0xF0E442),
    (0x334155, 0xCBD5E1), (0x3B7EA8, 0x93C5FD), (0x9D3631, 0xFCA5A5),
  ]

  static var seriesCount: Int { palette.count }

  var light: Colour {
    switch self {
    case .text: Colour(0x0F172A)
    case .grid: Colour(0xE2E8F0)
    case .axis: Colour(0x64748B)
    case .frame: Colour(0xCBD5E1)
    case .series(let number): Colour(Self.palette[number % Self.palette.count].light)
    case .colour(let colour): colour
    }
  }

  var dark: Colour {
    switch self {
    case .text: Colour(0xF1F5F9)
    case .grid: Colour(0x1E293B)
    case .axis: Colour(0x94A3B8)
    case .frame: Colour(0x475569)
    case .series(let number): Colour(Self.palette[number % Self.palette.count].dark)
    case .colour(let colour): colour
    }
  }
}
