extension Tensor {
  /// A part of a feature map `[channels, height, width]`, copied; the tensor itself when it is the whole.
  ///
  /// - Precondition: the ranges lie within the map.
  public func region(rows: Range<Int>, columns: Range<Int>) -> Tensor {
    let extent = shape.extent
    precondition(shape.isFeatureMap, "a region of \(shape)")
    precondition(
      0 <= rows.lowerBound && rows.upperBound <= extent.height && 0 <= columns.lowerBound
        && columns.upperBound <= extent.width, "rows \(rows) and columns \(columns) of \(shape)")
    guard rows.count < extent.height || columns.count < extent.width else { return self }
    let size = elementType.size
    return Tensor(shape: [shape.channels, rows.count, columns.count], elementType: elementType) { target in
      withUnsafeBytes { source in
        let count = columns.count * size
        var to = 0
        for channel in 0..<shape.channels {
          for row in rows {
            let from = ((channel * extent.height + row) * extent.width + columns.lowerBound) * size
            UnsafeMutableRawBufferPointer(rebasing: target[to..<to + count])
              .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[from..<from + count]))
            to += count
          }
        }
      }
    }
  }
}
