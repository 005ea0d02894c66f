import ZooImages
import ZooTensor

extension Figure {
  /// The figure in the colours for light: title, scale, panels, notes. No side has more than 4,000 pixels.
  ///
  /// - Throws: `ImageError` when a picture cannot be resized or encoded.
  public func image() throws(ImageError) -> PixelImage { try drawing().image() }

  /// The same as SVG that needs no other file: pictures in it, letters as text, in light and dark.
  ///
  /// - Throws: `ImageError` when a picture cannot be resized or encoded.
  public func svg() throws(ImageError) -> String { try drawing().svg() }

  func drawing() throws(ImageError) -> Drawing {
    let margin = FigureLayout.margin
    let remarks = remarks
    // Lengths of texts depend on the width, which depends on the room that they leave: taken for the narrowest.
    let least = 720
    let early = text(width: least, remarks: remarks)
    let layout = FigureLayout.fitting(
      panels, columns: columns, reserved: early.height + (scale == nil ? 0 : Legend.height(scale)))
    let inner = max(layout.width, least)
    let texts = text(width: min(inner, 1320), remarks: remarks + layout.remarks)
    let legend = scale.map { Legend($0, width: min(inner, 640)) }
    let body = panels.isEmpty ? 0 : layout.height
    let height = 2 * margin + texts.height + (legend?.height ?? 0) + body
    var drawing = Drawing(title: title, width: inner + 2 * margin, height: height)
    var top = margin
    for line in texts.title {
      drawing.write(line, x: Double(margin), baseline: Double(top + Drawing.TextStyle.title.rise), .title)
      top += Drawing.TextStyle.title.line
    }
    top += texts.title.isEmpty ? 0 : 8
    if let legend {
      legend.draw(on: &drawing, left: margin, top: top)
      top += legend.height
    }
    for (index, (panel, extent)) in zip(panels, layout.extents).enumerated() {
      let (row, column) = (index / layout.columns, index % layout.columns)
      let (x, y) = (margin + layout.left(of: column), top + layout.top(of: row))
      let image = try panel.content.image(filling: extent, scale: scale)
      drawing.show(
        image, x: Double(x), y: Double(y), width: Double(extent.width), height: Double(extent.height),
        tip: panel.caption)
      if case .map = panel.content {
        let (left, upper) = (Double(x) - 0.5, Double(y) - 0.5)
        let (right, lower) = (Double(x + extent.width) + 0.5, Double(y + extent.height) + 0.5)
        drawing.stroke(
          [(left, upper), (right, upper), (right, lower), (left, lower), (left, upper)], .frame, width: 1)
      }
      let first = y + extent.height + 8 + FigureLayout.style.rise
      for (line, text) in layout.captions[index].enumerated() {
        drawing.write(text, x: Double(x), baseline: Double(first + line * FigureLayout.style.line))
      }
    }
    top += body + (texts.notes.isEmpty ? 0 : 16)
    for line in texts.notes {
      drawing.write(line, x: Double(margin), baseline: Double(top + Drawing.TextStyle.note.rise), .note)
      top += Drawing.TextStyle.note.line
    }
    return drawing
  }

  private struct Texts {
    var title: [String]
    var notes: [String]

    var height: Int {
      (title.isEmpty ? 0 : title.count * Drawing.TextStyle.title.line + 8)
        + (notes.isEmpty ? 0 : notes.count * Drawing.TextStyle.note.line + 16)
    }
  }

  /// Both broken into lines that are at most so wide.
  private func text(width: Int, remarks: [String]) -> Texts {
    Texts(
      title: Drawing.TextStyle.title.lines(of: title, width: width),
      notes: (notes + remarks).flatMap { Drawing.TextStyle.note.lines(of: $0, width: width) })
  }
}

extension FigureLayout {
  /// What the figure does not show as it is.
  var remarks: [String] {
    var remarks: [String] = []
    if isReduced {
      remarks.append("Maps too large for the picture are reduced: each square is the mean of a block of cells.")
    }
    if leftOut > 0 {
      remarks.append("\(leftOut) of \(leftOut + extents.count) panels are left out; there is no room for more.")
    }
    return remarks
  }
}

/// The horizontal colour bar, its unit above and its numbers below.
private struct Legend {
  let scale: ColourScale
  let width: Int

  init(_ scale: ColourScale, width: Int) {
    self.scale = scale
    self.width = width
  }

  private static let bar = 20

  static func height(_ scale: ColourScale?) -> Int {
    guard let scale else { return 0 }
    let lines = scale.unit.isEmpty ? 1 : 2
    return bar + 6 + lines * Drawing.TextStyle.plain.line + 16
  }

  var height: Int { Self.height(scale) }

  func draw(on drawing: inout Drawing, left: Int, top: Int) {
    let style = Drawing.TextStyle.plain
    var top = top
    if !scale.unit.isEmpty {
      drawing.write(scale.unit, x: Double(left), baseline: Double(top + style.rise), .name)
      top += style.line
    }
    drawing.show(
      scale.bar(width: width), x: Double(left), y: Double(top), width: Double(width), height: Double(Self.bar),
      tip: scale.unit)
    let marks = scale.ticks()
    for (index, (fraction, text)) in marks.enumerated() {
      let x = Double(left) + fraction * Double(width - 2) + 1
      let under = Double(top + Self.bar)
      drawing.stroke([(x, under), (x, under + 5)], .axis)
      let anchor: Drawing.Anchor =
        marks.count == 1 ? .middle : index == 0 ? .start : index == marks.count - 1 ? .end : .middle
      drawing.write(text, x: x, baseline: under + 8 + Double(style.rise), .plain, anchor)
    }
  }
}

extension ColourScale {
  /// The colours from the lowest to the highest in a row of pixels.
  func bar(width: Int) -> PixelImage {
    var canvas = Canvas(width: width, height: 1, filledWith: .white)
    for column in 0..<width { canvas.set(column, 0, to: colour(atFraction: (Double(column) + 0.5) / Double(width))) }
    return canvas.image
  }
}
