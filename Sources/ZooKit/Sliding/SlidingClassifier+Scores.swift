import ZooKernels
import ZooTensor

extension SlidingClassifier {
  /// The scores of every window of a preprocessed image `[C, H, W]`.
  ///
  /// At the network's own stride, one per position of the converted network's map. At a finer one the network runs on the
  /// image without its first rows and columns, for each multiple of the stride below its own, and the scores are
  /// interleaved. Shifted images that are smaller than a window are left out, and the map ends where the first score is
  /// missing.
  ///
  /// An image whose activations take more memory than the options allow is run piece by piece; the scores are those of the
  /// whole: to the last bit with direct numerics, else but for rounding.
  ///
  /// - Throws: `SlidingError`, `ConversionError`, `RuntimeError`, `ZooError.scoresNotFinite` or `.inputType`.
  public func scores(_ image: Tensor) throws -> ScoreMap {
    try scores(image, picture: image.shape.extent, isMirrored: false)
  }

  /// - Throws: `CancellationError` once that is set.
  func scores(
    _ image: Tensor, picture: Extent, isMirrored: Bool, until cancellation: Cancellation? = nil
  ) throws -> ScoreMap {
    let geometry = engine.geometry
    guard image.shape.isFeatureMap, image.shape.channels == geometry.channels, image.shape.elementCount > 0 else {
      throw SlidingError.channels(found: image.shape, expected: geometry.channels)
    }
    guard image.elementType == .float32 else {
      throw ZooError.inputType(found: image.elementType.rawValue, path: nil)
    }
    let extent = image.shape.extent
    guard extent.height >= window.height, extent.width >= window.width else {
      throw SlidingError.imageTooSmall(extent, window: window)
    }
    let rows = try Interleaving(
      length: extent.height, window: window.height, stride: geometry.field.stride.height, step: step.height
    ) { try geometry.map(of: Extent(height: $0, width: extent.width)).height }
    let columns = try Interleaving(
      length: extent.width, window: window.width, stride: geometry.field.stride.width, step: step.width
    ) { try geometry.map(of: Extent(height: extent.height, width: $0)).width }
    let shape: Shape = [geometry.classes, rows.count, columns.count]
    let byteCount = shape.elementCount * MemoryLayout<Float>.stride
    guard byteCount <= engine.memory else {
      throw SlidingError.mapTooLarge(map: shape, byteCount: byteCount, limit: engine.memory)
    }
    let logits = try Tensor(shape: shape) { bytes in
      let floats = bytes.bindMemory(to: Float.self)
      for top in rows.shifts {
        for left in columns.shifts {
          let shifted = image.region(rows: top..<extent.height, columns: left..<extent.width)
          try run(shifted, until: cancellation) { tile, map in
            copy(map, of: tile, (top, rows), (left, columns), into: floats)
          }
        }
      }
    }
    return try ScoreMap(
      logits: logits, function: geometry.answer.function, step: step, window: window, input: extent, picture: picture,
      isMirrored: isMirrored)
  }

  /// The pieces that an image of this size is cut into.
  ///
  /// - Throws: `SlidingError.memory`, `ConversionError`.
  package func pieceCount(of image: Extent) throws -> Int {
    try engine.tiling(for: image).tiles.reduce(0) { $0 + $1.tiles.count }
  }

  /// Runs the network on an image, whole or piece by piece.
  private func run(
    _ image: Tensor, until cancellation: Cancellation?, _ body: (Tiling.Tile, Tensor) -> Void
  ) throws {
    for group in try engine.tiling(for: image.shape.extent).tiles {
      for tile in group.tiles {
        let part = image.region(rows: tile.row.pixels, columns: tile.column.pixels)
        body(tile, try engine.run(part, until: cancellation))
      }
    }
  }

  /// Puts the scores of a tile of a shifted image where they belong.
  private func copy(
    _ map: Tensor, of tile: Tiling.Tile, _ vertical: (shift: Int, side: Interleaving),
    _ horizontal: (shift: Int, side: Interleaving), into target: UnsafeMutableBufferPointer<Float>
  ) {
    let extent = map.shape.extent
    let (rows, columns) = (vertical.side, horizontal.side)
    map.withFloats { scores in
      for (offset, cell) in tile.row.cells.enumerated() {
        let row = rows.index(cell: cell, shift: vertical.shift)
        guard row < rows.count else { break }
        for (columnOffset, columnCell) in tile.column.cells.enumerated() {
          let column = columns.index(cell: columnCell, shift: horizontal.shift)
          guard column < columns.count else { break }
          let source = (tile.row.first + offset) * extent.width + tile.column.first + columnOffset
          for index in 0..<map.shape.channels {
            target[(index * rows.count + row) * columns.count + column] = scores[index * extent.area + source]
          }
        }
      }
    }
  }
}
