import ZooTensor

/// Numbers that take the place of a rectangle of a network's input.
public struct InputChange: Sendable {
  /// Where, within the input.
  public let region: MapRegion
  /// `[channels, rows, columns]`
  public let values: Tensor

  /// - Parameters:
  ///   - region: rows and columns within the input.
  ///   - values: as many, `[channels, rows, columns]`.
  public init(_ region: MapRegion, values: Tensor) {
    self.region = region
    self.values = values
  }

  /// - Throws: `WindowedError.region`, `.values` or `.notFinite`.
  func check(_ input: Shape) throws(WindowedError) {
    guard !region.isEmpty, MapRegion(input.extent).contains(region) else {
      throw .region(region, input: input.extent)
    }
    let expected = Shape([input.channels, region.rows.count, region.columns.count])
    guard values.shape == expected else { throw .values(region, expected: expected, found: values.shape) }
    try values.convertedToFloat32().withFloats { floats throws(WindowedError) in
      guard let position = floats.firstNonFinite else { return }
      throw .notFinite(
        region, index: expected.index(ofElement: position), value: RuntimeError.NonFinite(floats[position]))
    }
  }
}

extension [InputChange] {
  /// The smallest rectangle that holds all of them.
  var region: MapRegion { reduce(.empty) { $0.union($1.region) } }

  /// The image within the rectangle around all of them, with the changes made in their order.
  func write(_ image: UnsafeBufferPointer<Float>, _ shape: Shape, into target: UnsafeMutablePointer<Float>) {
    let whole = region
    let extent = shape.extent
    func copy(_ part: MapRegion, from source: UnsafePointer<Float>, _ channel: Int, width: Int, origin: MapRegion) {
      for row in part.rows {
        let to = (channel * whole.rows.count + row - whole.rows.lowerBound) * whole.columns.count
        let from = (row - origin.rows.lowerBound) * width + part.columns.lowerBound - origin.columns.lowerBound
        (target + to + part.columns.lowerBound - whole.columns.lowerBound)
          .update(from: source + from, count: part.columns.count)
      }
    }
    guard let image = image.baseAddress else { return }
    for channel in 0..<shape.channels {
      if count > 1 {
        copy(whole, from: image + channel * extent.area, channel, width: extent.width, origin: MapRegion(extent))
      }
      for change in self {
        change.values.convertedToFloat32().withFloats { values in
          guard let values = values.baseAddress else { return }
          let area = change.region.extent.area
          copy(
            change.region, from: values + channel * area, channel, width: change.region.columns.count,
            origin: change.region)
        }
      }
    }
  }
}
