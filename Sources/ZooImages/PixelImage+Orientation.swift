extension PixelImage {
  /// The picture turned and mirrored so that its top is at the top.
  public func oriented(_ orientation: Orientation) -> PixelImage {
    let (right, down) = (1, width)
    let (lastColumn, lastRow) = (width - 1, (height - 1) * width)
    // Where the pixel of column 0, row 0 comes from, and how far a step to the right or downwards goes in the source.
    let (origin, columnStep, rowStep) =
      switch orientation {
      case .upright: (0, right, down)
      case .mirrored: (lastColumn, -right, down)
      case .upsideDown: (lastRow + lastColumn, -right, -down)
      case .flipped: (lastRow, right, -down)
      case .transposed: (0, down, right)
      case .turnedLeft: (lastRow, -down, right)
      case .transversed: (lastRow + lastColumn, -down, -right)
      case .turnedRight: (lastColumn, down, -right)
      }
    guard orientation != .upright else { return self }
    let targetWidth = orientation.exchangesSides ? height : width
    let targetHeight = orientation.exchangesSides ? width : height
    let channels = layout.channelCount
    let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { target, initializedCount in
      pixels.withUnsafeBufferPointer { source in
        // Squares keep the source rows of a quarter turn in the cache.
        let side = 64
        for top in stride(from: 0, to: targetHeight, by: side) {
          for left in stride(from: 0, to: targetWidth, by: side) {
            for row in top..<min(top + side, targetHeight) {
              for column in left..<min(left + side, targetWidth) {
                let from = (origin + column * columnStep + row * rowStep) * channels
                let to = (row * targetWidth + column) * channels
                for channel in 0..<channels { target[to + channel] = source[from + channel] }
              }
            }
          }
        }
      }
      initializedCount = pixels.count
    }
    return PixelImage(width: targetWidth, height: targetHeight, layout: layout, trusted: turned)
  }
}
