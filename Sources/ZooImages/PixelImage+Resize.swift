import ZooTensor

extension PixelImage {
  /// The most pixels that a resize may produce.
  public static let maximumResizedPixelCount = 100_000_000

  /// The library and version whose resize `resized(to:filter:)` repeats to the last bit.
  public static let resizeConvention = "pillow-13"

  /// The picture stretched to another size; the bytes are those of `Image.resize` of Pillow 13.
  ///
  /// Bilinear and bicubic are separable and antialiased: one direction, rounded to 8 bits, then the other; a direction
  /// whose size does not change is left alone. Columns are first where the height shrinks by more than twice as many
  /// pixels as the width, else rows. (Pillow 12 and before began with the rows in any case, which rounds differently.)
  ///
  /// - Throws: `ImageError` with `.resizeTooLarge`.
  /// - Precondition: both sides of `target` are positive.
  public func resized(to target: Extent, filter: ResizeFilter) throws(ImageError) -> PixelImage {
    precondition(target.height > 0 && target.width > 0, "a resize to \(target)")
    if target == extent { return self }
    // What lies between the two directions is never larger than both the picture and the result.
    let (area, overflow) = target.height.multipliedReportingOverflow(by: target.width)
    guard !overflow, area <= Self.maximumResizedPixelCount else {
      let limit = Self.maximumResizedPixelCount
      throw ImageError(name: nil, fact: .resizeTooLarge(from: extent, to: target, limit: limit))
    }
    switch filter {
    case .nearest:
      return resizedToNearest(target)
    case .bilinear, .bicubic:
      return resizesColumnsFirst(to: target)
        ? resizedAlongColumns(to: target.height, filter).resizedAlongRows(to: target.width, filter)
        : resizedAlongRows(to: target.width, filter).resizedAlongColumns(to: target.height, filter)
    }
  }

  private func resizesColumnsFirst(to target: Extent) -> Bool {
    target.height < height && height - target.height > 2 * (width - target.width)
  }

  private func resizedToNearest(_ target: Extent) -> PixelImage {
    let columns = nearestIndices(from: width, to: target.width)
    let rows = nearestIndices(from: height, to: target.height)
    let channels = layout.channelCount
    var resized: [UInt8] = []
    resized.reserveCapacity(target.area * channels)
    for row in rows {
      for column in columns {
        let start = (row * width + column) * channels
        for channel in 0..<channels { resized.append(pixels[start + channel]) }
      }
    }
    return PixelImage(width: target.width, height: target.height, layout: layout, trusted: resized)
  }

  private func resizedAlongRows(to targetWidth: Int, _ filter: ResizeFilter) -> PixelImage {
    if targetWidth == width { return self }
    let plan = ResampleWeights(from: width, to: targetWidth, filter: filter)
    let channels = layout.channelCount
    let size = height * targetWidth * channels
    let resized = [UInt8](unsafeUninitializedCapacity: size) { target, initializedCount in
      pixels.withUnsafeBufferPointer { source in
        guard let sourceStart = source.baseAddress, let targetStart = target.baseAddress else { return }
        plan.weights.withUnsafeBufferPointer { weights in
          guard let weights = weights.baseAddress else { return }
          for row in 0..<height {
            let sourceRow = sourceStart + row * width * channels
            let targetRow = targetStart + row * targetWidth * channels
            switch layout {
            case .rgb: resampleRGB(sourceRow, targetRow, plan, weights)
            case .grey: resampleGrey(sourceRow, targetRow, plan, weights)
            }
          }
        }
      }
      initializedCount = size
    }
    return PixelImage(width: targetWidth, height: height, layout: layout, trusted: resized)
  }

  private func resizedAlongColumns(to targetHeight: Int, _ filter: ResizeFilter) -> PixelImage {
    if targetHeight == height { return self }
    let plan = ResampleWeights(from: height, to: targetHeight, filter: filter)
    let rowSize = width * layout.channelCount
    var sums = [Int32](repeating: 0, count: rowSize)
    let size = targetHeight * rowSize
    let resized = [UInt8](unsafeUninitializedCapacity: size) { target, initializedCount in
      pixels.withUnsafeBufferPointer { source in
        sums.withUnsafeMutableBufferPointer { sums in
          for row in 0..<targetHeight {
            sums.update(repeating: ResampleWeights.half)
            for index in 0..<plan.counts[row] {
              let weight = plan.weights[row * plan.stride + index]
              let start = (plan.starts[row] + index) * rowSize
              for column in 0..<rowSize { sums[column] &+= Int32(source[start + column]) &* weight }
            }
            for column in 0..<rowSize { target[row * rowSize + column] = sample(sums[column]) }
          }
        }
      }
      initializedCount = size
    }
    return PixelImage(width: width, height: targetHeight, layout: layout, trusted: resized)
  }
}

extension ResampleWeights {
  /// One half, with which sums start so that they are rounded.
  fileprivate static let half: Int32 = 1 << (precision - 1)
}

/// A fixed-point sum as a sample: the cubic overshoots on both sides.
@inline(__always)
private func sample(_ sum: Int32) -> UInt8 {
  UInt8(truncatingIfNeeded: max(0, min(255, sum >> ResampleWeights.precision)))
}

private func resampleRGB(
  _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, _ plan: ResampleWeights,
  _ weights: UnsafePointer<Int32>
) {
  for index in plan.starts.indices {
    var pixel = source + 3 * plan.starts[index]
    var weight = weights + index * plan.stride
    var (red, green, blue) = (ResampleWeights.half, ResampleWeights.half, ResampleWeights.half)
    for _ in 0..<plan.counts[index] {
      red &+= Int32(pixel[0]) &* weight.pointee
      green &+= Int32(pixel[1]) &* weight.pointee
      blue &+= Int32(pixel[2]) &* weight.pointee
      pixel += 3
      weight += 1
    }
    target[3 * index] = sample(red)
    target[3 * index + 1] = sample(green)
    target[3 * index + 2] = sample(blue)
  }
}

private func resampleGrey(
  _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, _ plan: ResampleWeights,
  _ weights: UnsafePointer<Int32>
) {
  for index in plan.starts.indices {
    let pixels = source + plan.starts[index]
    let row = weights + index * plan.stride
    var sum = ResampleWeights.half
    for offset in 0..<plan.counts[index] { sum &+= Int32(pixels[offset]) &* row[offset] }
    target[index] = sample(sum)
  }
}

/// Which source index each target index shows. Positions are added up, with the rounding that brings, as Pillow does.
private func nearestIndices(from sourceSize: Int, to targetSize: Int) -> [Int] {
  let scale = Double(sourceSize) / Double(targetSize)
  var position = scale * 0.5
  return (0..<targetSize).map { _ in
    defer { position += scale }
    return min(Int(position), sourceSize - 1)
  }
}
