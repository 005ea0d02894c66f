import ZooGraph
import ZooImages

extension GraphDrawing {
  /// As many pixels as a picture may have: 192 MB in RGB.
  static let pixelLimit = 64_000_000

  /// The picture as `svg()` has it, in the colours of a light page.
  ///
  /// Small ones have two pixels for each of the SVG's, so that letters are sharp: those that are not higher than 3,000 pixels then.
  ///
  /// - Returns: an RGB picture.
  /// - Throws: `DrawingError.tooLarge` when it would have more than 64 million pixels.
  public func image() throws(DrawingError) -> PixelImage {
    let picture = GraphPicture(self)
    let (width, height) = (Int(picture.width.rounded(.up)), Int(picture.height.rounded(.up)))
    guard max(width, height) < 1 << 20, width * height <= Self.pixelLimit else {
      throw .tooLarge(width: width, height: height, limit: Self.pixelLimit)
    }
    let scale = 2 * height <= 3000 && 4 * width * height <= Self.pixelLimit ? 2 : 1
    var painter = GraphPainter(picture, scale: Double(scale), width: scale * width, height: scale * height)
    painter.paint()
    return painter.canvas.image
  }
}

/// Draws a picture of a graph on a canvas.
private struct GraphPainter {
  private(set) var canvas: Canvas
  private let picture: GraphPicture
  private let scale: Double
  private let edge = Colour(hexadecimal: GraphPicture.edgeColour)
  private let ink = Colour(hexadecimal: GraphPicture.textColour)

  init(_ picture: GraphPicture, scale: Double, width: Int, height: Int) {
    (self.picture, self.scale) = (picture, scale)
    canvas = Canvas(width: width, height: height, filledWith: .white)
  }

  mutating func paint() {
    write(picture.title, size: GraphPicture.titleSize, weight: .bold, in: ink)
    write(picture.subtitle, size: GraphPicture.textSize, in: ink)
    if let legend = picture.legend { paint(legend) }
    for edge in picture.edges { paint(edge) }
    for box in picture.boxes { paint(box) }
    for shape in picture.shapes { write(shape, size: GraphPicture.shapeSize, in: edge) }
  }

  private mutating func paint(_ legend: GraphPicture.Legend) {
    for words in legend.words { write(words, size: GraphPicture.textSize, in: ink) }
    let step = legend.width / Double(CostColour.count)
    for level in 0..<CostColour.count {
      let left = legend.left + step * Double(level)
      canvas.fill(
        Canvas.Rectangle(
          left: Int((left * scale).rounded()), top: Int((legend.top * scale).rounded()),
          right: Int(((left + step) * scale).rounded()), bottom: Int(((legend.top + 12) * scale).rounded())),
        with: Colour(hexadecimal: CostColour.light(level)))
    }
    for (tick, anchor) in zip(legend.ticks, [0, 0.5, 1]) {
      write(tick, size: GraphPicture.textSize, anchor: anchor, in: ink)
    }
  }

  private mutating func paint(_ edge: GraphPicture.Edge) {
    guard let first = edge.pieces.first, let last = edge.pieces.last else { return }
    var points = [(x: first.x, y: first.top)]
    for (index, piece) in edge.pieces.enumerated() {
      if index > 0 {
        let (x0, y0) = points[points.count - 1]
        for step in 1...12 {
          let t = Double(step) / 12
          // The vertical tangents of the SVG's curves: control points half-way down.
          let share = t * t * (3 - 2 * t)
          let y = y0 + (piece.top - y0) * (1.5 * t * (1 - t) + t * t * t)
          points.append((x: x0 + (piece.x - x0) * share, y: y))
        }
      }
      points.append((x: piece.x, y: index + 1 < edge.pieces.count ? piece.bottom : piece.bottom - 4))
    }
    canvas.stroke(
      points.map { ($0.x * scale, $0.y * scale) }, thickness: 1.3 * scale, with: self.edge,
      dashes: edge.isTrainingOnly ? 8 * scale : nil)
    let (x, y) = (last.x, last.bottom)
    canvas.fill([[(x - 4, y - 8), (x + 4, y - 8), (x, y)].map { ($0.0 * scale, $0.1 * scale) }], with: self.edge)
  }

  private mutating func paint(_ box: GraphPicture.Box) {
    let colours = picture.colours(of: box)
    let outline = Canvas.roundedRectangle(
      left: box.left * scale, top: box.top * scale, width: box.width * scale, height: box.height * scale,
      radius: box.radius * scale)
    canvas.fill([outline], with: Colour(hexadecimal: colours.fill))
    canvas.stroke(
      outline + outline.prefix(1), thickness: (box.isBlock ? 2.4 : 1.2) * scale,
      with: Colour(hexadecimal: colours.stroke), dashes: box.isTrainingOnly ? 8 * scale : nil)
    let text = Colour(hexadecimal: colours.text)
    let name = Font(size: GraphPicture.nameSize * scale, weight: .bold)
    let remark = Font(size: GraphPicture.textSize * scale)
    let gap = box.remark.isEmpty ? 0 : 6 * scale
    let width = name.width(of: box.name.text) + gap + remark.width(of: box.remark)
    let (left, baseline) = (box.name.x * scale - width / 2, (box.name.baseline * scale).rounded())
    canvas.write(box.name.text, left: left, baseline: baseline, font: name, in: text)
    canvas.write(
      box.remark, left: left + width - remark.width(of: box.remark), baseline: baseline, font: remark, in: text)
    for line in box.lines { write(line, size: GraphPicture.textSize, anchor: 0.5, in: text) }
  }

  /// Writes a line, `anchor` of whose width lies left of its place.
  private mutating func write(
    _ text: GraphPicture.Text, size: Double, weight: Font.Weight = .regular, anchor: Double = 0, in colour: Colour
  ) {
    let font = Font(size: size * scale, weight: weight)
    canvas.write(
      text.text, left: text.x * scale - anchor * font.width(of: text.text), baseline: (text.baseline * scale).rounded(),
      font: font, in: colour)
  }
}

extension Colour {
  /// `#rrggbb`; black where it is not that.
  fileprivate init(hexadecimal text: String) { self.init(UInt32(text.dropFirst(), radix: 16) ?? 0) }
}
