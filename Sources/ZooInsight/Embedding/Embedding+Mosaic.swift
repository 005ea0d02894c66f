import ZooImages
import ZooTensor

extension Embedding {
  /// The pictures of the codes side by side, each in a cell of its own near the place of its code.
  public struct Mosaic: Sendable {
    /// The pictures in their cells, RGB.
    public let image: PixelImage
    /// Of the grid of cells.
    public let rows: Int
    /// Of the grid of cells.
    public let columns: Int
    /// How cells were given: the best that there is, or by halving.
    public let isExact: Bool
    /// The side of a cell in pixels.
    public let cell: Int
  }

  /// The sides of a mosaic of many pictures, in pixels, unless that would make cells of fewer than 8.
  private static let mosaicSide = 4096

  /// Snaps the layout to a grid and puts a thumbnail into each cell, with a frame in the colour of its class.
  ///
  /// Up to 1,500 pictures get the cells with the least sum of squared distances; of more, the grid is halved again and
  /// again, with as many pictures in each half as belong there by their order.
  ///
  /// - Parameters:
  ///   - labels: the class of each code; `nil` for no frames.
  ///   - picture: of a code; asked for one after the other.
  ///   - progress: told how many pictures are done; returns whether to go on.
  /// - Throws: `EmbeddingError.labelCount` or `.stopped`; what `picture` throws; `ImageError`.
  /// - Returns: The picture, and how the cells lie in it.
  public func mosaic(
    labels: [Int]? = nil, picture: (_ row: Int) throws -> PixelImage, progress: (_ done: Int) -> Bool = { _ in true }
  ) throws -> Mosaic {
    if let labels, labels.count != count {
      throw EmbeddingError.labelCount(rows: count, labels: labels.count)
    }
    let grid = GridAssignment(x: x, y: y)
    let cell = min(48, max(8, Self.mosaicSide / grid.columns))
    let (width, height) = (grid.columns * cell, grid.rows * cell)
    let frame = labels == nil ? 0 : cell >= 16 ? 2 : 1
    let inside = cell - 2 * frame
    var pixels = [UInt8](repeating: 255, count: 3 * width * height)
    for row in 0..<count {
      guard progress(row) else { throw EmbeddingError.stopped }
      let thumbnail = try Self.thumbnail(of: picture(row), side: inside)
      let (left, top) = (grid.cells[row] % grid.columns * cell, grid.cells[row] / grid.columns * cell)
      let colour = labels.map { ClassMarks.colour(of: $0[row]) } ?? .init(red: 255, green: 255, blue: 255)
      for line in 0..<cell {
        for column in 0..<cell {
          let (x, y) = (column - frame, line - frame)
          let isInside = (0..<inside).contains(x) && (0..<inside).contains(y)
          let source = 3 * (y * inside + x)
          let target = 3 * ((top + line) * width + left + column)
          pixels[target] = isInside ? thumbnail[source] : colour.red
          pixels[target + 1] = isInside ? thumbnail[source + 1] : colour.green
          pixels[target + 2] = isInside ? thumbnail[source + 2] : colour.blue
        }
      }
    }
    return Mosaic(
      image: PixelImage(width: width, height: height, trusted: pixels), rows: grid.rows, columns: grid.columns,
      isExact: grid.method == .exact, cell: cell)
  }

  /// The middle of a picture, a square, as RGB.
  private static func thumbnail(of image: PixelImage, side: Int) throws -> [UInt8] {
    let short = min(image.width, image.height)
    return try image.croppedToCentre(Extent(short)).resized(to: Extent(side), filter: .bilinear).convertedToRGB().pixels
  }
}
