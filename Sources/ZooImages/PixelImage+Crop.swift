import ZooTensor

extension PixelImage {
  /// The part of the picture whose upper left pixel is at `row` and `column`.
  ///
  /// - Precondition: both sides of `target` are positive, and the part lies within the picture.
  public func cropped(to target: Extent, row: Int, column: Int) -> PixelImage {
    precondition(
      row >= 0 && column >= 0 && row + target.height <= height && column + target.width <= width,
      "a crop to \(target) at (\(row), \(column)) of \(extent)")
    if target == extent { return self }
    let channels = layout.channelCount
    var cropped: [UInt8] = []
    cropped.reserveCapacity(target.area * channels)
    for line in row..<row + target.height {
      let from = (line * width + column) * channels
      cropped += pixels[from..<from + target.width * channels]
    }
    return PixelImage(width: target.width, height: target.height, layout: layout, trusted: cropped)
  }

  /// The middle of the picture, as torchvision's `CenterCrop` takes it: where the picture is smaller than the crop it
  /// is first surrounded with black, the odd pixel going below or to the right; half offsets are rounded to even.
  ///
  /// - Precondition: both sides of `target` are positive.
  public func croppedToCentre(_ target: Extent) -> PixelImage {
    precondition(target.height > 0 && target.width > 0, "a crop to \(target)")
    if target == extent { return self }
    let rows = CentredSpan(of: height, target: target.height)
    let columns = CentredSpan(of: width, target: target.width)
    let channels = layout.channelCount
    var cropped = [UInt8](repeating: 0, count: target.area * channels)
    for row in 0..<rows.count {
      let from = ((rows.source + row) * width + columns.source) * channels
      let to = ((rows.target + row) * target.width + columns.target) * channels
      let count = columns.count * channels
      cropped.replaceSubrange(to..<to + count, with: pixels[from..<from + count])
    }
    return PixelImage(width: target.width, height: target.height, layout: layout, trusted: cropped)
  }
}

extension PixelImage {
  /// Where the upper left pixel of `croppedToCentre(_:)` is in the picture; negative where black surrounds it.
  public func origin(ofCentre target: Extent) -> (row: Int, column: Int) {
    let rows = CentredSpan(of: height, target: target.height)
    let columns = CentredSpan(of: width, target: target.width)
    return (rows.source - rows.target, columns.source - columns.target)
  }
}

/// What one dimension of a centred crop copies from where to where.
struct CentredSpan {
  let source: Int
  let target: Int
  let count: Int

  init(of size: Int, target targetSize: Int) {
    if targetSize > size {
      source = 0
      target = (targetSize - size) / 2
    } else {
      let half = (size - targetSize) / 2
      let isTie = (size - targetSize) % 2 == 1
      source = isTie && half % 2 == 1 ? half + 1 : half
      target = 0
    }
    count = min(size, targetSize)
  }
}
