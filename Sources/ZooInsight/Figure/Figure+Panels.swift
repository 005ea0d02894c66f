import ZooImages
import ZooTensor

extension Figure.Content {
  /// The rows and columns of what is shown, before it is enlarged or reduced.
  var extent: Extent {
    switch self {
    case .picture(let picture), .overlay(_, on: let picture, smooth: _): picture.extent
    case .map(let map): Extent(height: map.rows, width: map.columns)
    }
  }

  /// How large the content is drawn where `side` pixels are meant for it: enlarged by a whole factor; pictures that are
  /// larger are reduced to it, maps only when they `mayShrink`, by a whole factor.
  func drawnExtent(side: Int, mayShrink: Bool) -> Extent {
    let longer = max(extent.width, extent.height)
    if longer <= side {
      let factor = side / longer
      return Extent(height: extent.height * factor, width: extent.width * factor)
    }
    switch self {
    case .map(let map):
      let reduced = map.reducedExtent(by: mayShrink ? (longer + side - 1) / side : 1)
      return reduced
    case .picture, .overlay:
      func scaled(_ length: Int) -> Int { max(1, (length * side + longer / 2) / longer) }
      return Extent(height: scaled(extent.height), width: scaled(extent.width))
    }
  }

  /// The content in colours. `target`: what `drawnExtent` says. Returns a picture of that size, or a smaller one whose
  /// pixels are to be enlarged by a whole factor.
  func image(filling target: Extent, scale: ColourScale?) throws(ImageError) -> PixelImage {
    switch self {
    case .picture(let picture):
      return try picture.fitted(to: target)
    case .map(let map):
      let longer = max(map.rows, map.columns)
      let factor = max(1, (longer + max(target.width, target.height) - 1) / max(target.width, target.height))
      let reduced = map.reduced(by: factor)
      return reduced.image(scale: scale, magnification: map.oddCount == 0 ? 1 : target.width / reduced.columns)
    case .overlay(let map, on: let picture, let smooth):
      let grey = try picture.convertedToGrey().fitted(to: target)
      let magnification = max(1, target.width / grey.width)
      return map.placed(width: picture.width, height: picture.height).image(
        over: grey.enlarged(by: magnification),
        pixelsPerPixel: (
          Double(target.width) / Double(picture.width), Double(target.height) / Double(picture.height)
        ), scale: scale, smooth: smooth)
    }
  }
}

extension PixelImage {
  /// Reduced to `target` where it is larger; else as it is, to be enlarged.
  fileprivate func fitted(to target: Extent) throws(ImageError) -> PixelImage {
    guard width > target.width || height > target.height else { return self }
    return try resized(to: target, filter: .bilinear)
  }
}

extension GridMap {
  func reducedExtent(by factor: Int) -> Extent {
    Extent(height: (rows + factor - 1) / factor, width: (columns + factor - 1) / factor)
  }

  /// A square of `magnification` pixels for each cell; cells without a number are hatched, or grey where they are one pixel.
  fileprivate func image(scale: ColourScale?, magnification: Int) -> PixelImage {
    let scale = scale ?? .covering([values], unit: "")
    var canvas = Canvas(width: columns * magnification, height: rows * magnification, filledWith: .white)
    // One number may fill many pixels; its colour is looked up once.
    for row in 0..<rows {
      for column in 0..<columns {
        let value = Double(values[row * columns + column])
        let colour = value.isFinite ? scale.colour(of: value) : nil
        for y in row * magnification..<(row + 1) * magnification {
          for x in column * magnification..<(column + 1) * magnification {
            canvas.set(x, y, to: colour ?? .hatch(x, y))
          }
        }
      }
    }
    return canvas.image
  }
}

extension HeatMap {
  /// Three fifths of the colours and two of the grey picture; where there is no cell, the picture alone.
  fileprivate func image(
    over grey: PixelImage, pixelsPerPixel: (x: Double, y: Double), scale: ColourScale?, smooth: Bool
  ) -> PixelImage {
    let scale = scale ?? .covering([values], unit: "")
    var canvas = Canvas(grey)
    let rows = Lookup(
      pixels: grey.height, perPixel: pixelsPerPixel.y, count: self.rows, origin: origin.y, step: step.y, cell: cell.y)
    let columns = Lookup(
      pixels: grey.width, perPixel: pixelsPerPixel.x, count: self.columns, origin: origin.x, step: step.x, cell: cell.x)
    for y in 0..<grey.height {
      for x in 0..<grey.width {
        var value = Float.nan
        if smooth {
          guard rows.reaches[y], columns.reaches[x] else { continue }
          value = self.value(at: Vector(x: columns.centres[x], y: rows.centres[y])) ?? .nan
        } else {
          guard let row = rows.cells[y], let column = columns.cells[x] else { continue }
          value = values[row * self.columns + column]
        }
        let colour = value.isFinite ? scale.colour(of: Double(value)) : .hatch(x, y)
        canvas.blend(x, y, with: colour, share: 0.6)
      }
    }
    return canvas.image
  }

  /// Which cell the pixels of one dimension belong to.
  private struct Lookup {
    /// In the picture's own pixels.
    var centres: [Double]
    /// The nearest cell, half of which reaches as far as the pixel.
    var cells: [Int?]
    /// Whether half a cell from one of the centres, or between two of them.
    var reaches: [Bool]

    init(pixels: Int, perPixel: Double, count: Int, origin: Double, step: Double, cell: Double) {
      centres = (0..<pixels).map { (Double($0) + 0.5) / perPixel }
      let drawn = min(step, cell) / 2
      cells = centres.map { place in
        let index = min(max(((place - origin) / step).rounded(), 0), Double(count - 1))
        // A whisker more, so that rounding opens no gap between neighbours.
        return abs(place - (origin + index * step)) <= drawn * (1 + 1e-9) ? Int(index) : nil
      }
      reaches = centres.map { place in
        place >= origin - cell / 2 && place <= origin + Double(count - 1) * step + cell / 2
      }
    }
  }
}

extension Colour {
  /// Diagonal stripes in two greys, which no scale has.
  fileprivate static func hatch(_ column: Int, _ row: Int) -> Colour {
    (column + row) / 3 % 2 == 0 ? Colour(0x6B6B6B) : Colour(0xB4B4B4)
  }
}
