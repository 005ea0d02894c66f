import ZooTensor

/// One side of an image, to be cut so that the scores of the pieces are those of the whole.
///
/// A piece begins at a multiple of four strides, so that the windows of every layer lie as in the whole. Of its scores
/// those are kept whose field lies in the piece, or is cut only by the border of the image itself.
struct TiledSide: Hashable, Sendable {
  /// Pixels of the image.
  let length: Int
  /// Scores of the whole.
  let cells: Int
  /// What a score depends on: from `start + cell · stride`, `field` pixels; `start` is not positive.
  let field: Int
  let stride: Int
  let start: Int

  /// The scores of a piece are kept in multiples of this.
  static let unit = 4

  /// A part of the image and the scores that it gives.
  struct Piece: Hashable, Sendable {
    let pixels: Range<Int>
    /// Of the whole.
    let cells: Range<Int>
    /// Which score of the piece is the first of `cells`.
    let first: Int
  }

  /// The first scores of a piece that see padding where the image goes on.
  private var lead: Int { (stride - 1 - start) / stride }

  /// Whether the field is so small that pieces make sense.
  var canBeCut: Bool { field < 1 << 30 && stride < 1 << 30 && start > -(1 << 30) }

  /// The most scores of a piece, in units.
  var mostUnits: Int { (cells + Self.unit - 1) / Self.unit }

  /// The pixels of a piece of which so many scores are kept.
  func length(units: Int) -> Int {
    min(length, field + start + (lead + units * Self.unit - 1) * stride)
  }

  /// Precondition: `canBeCut`, or as many units as cover the side. `units`: the scores to keep of each piece but the
  /// last.
  func pieces(units: Int) -> [Piece] {
    guard units < mostUnits, length(units: units) < length else {
      return [Piece(pixels: 0..<length, cells: 0..<cells, first: 0)]
    }
    let kept = units * Self.unit
    var pieces: [Piece] = []
    for offset in Swift.stride(from: 0, to: length, by: kept * stride) {
      let first = offset == 0 ? 0 : lead
      let cellsBefore = offset / stride
      let isLast = offset + length(units: units) >= length
      let end = isLast ? cells : cellsBefore + lead + kept
      if cellsBefore + first < end {
        let pixels = offset..<(isLast ? length : offset + length(units: units))
        pieces.append(Piece(pixels: pixels, cells: cellsBefore + first..<end, first: first))
      }
      if isLast { break }
    }
    return pieces
  }

  /// As few units as give the same number of pieces: what is computed twice becomes less.
  func balanced(units: Int) -> Int {
    let count = pieces(units: units).count
    var units = units
    while units > 1, pieces(units: units - 1).count == count { units -= 1 }
    return units
  }
}

/// How an image is cut: every piece of its rows with every piece of its columns.
struct Tiling: Hashable, Sendable {
  let rows: [TiledSide.Piece]
  let columns: [TiledSide.Piece]

  init(rows: [TiledSide.Piece], columns: [TiledSide.Piece]) {
    self.rows = rows
    self.columns = columns
  }

  struct Tile: Hashable, Sendable {
    let row: TiledSide.Piece
    let column: TiledSide.Piece

    var extent: Extent { Extent(height: row.pixels.count, width: column.pixels.count) }
  }

  /// The tiles of each size, one size after the other.
  var tiles: [(extent: Extent, tiles: [Tile])] {
    var groups: [(extent: Extent, tiles: [Tile])] = []
    for row in rows {
      for column in columns {
        let tile = Tile(row: row, column: column)
        if let index = groups.firstIndex(where: { $0.extent == tile.extent }) {
          groups[index].tiles.append(tile)
        } else {
          groups.append((tile.extent, [tile]))
        }
      }
    }
    return groups
  }
}
