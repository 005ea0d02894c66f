import ZooTensor

extension MeanImage {
  /// Where a mean stands in `values`.
  func offset(channel: Int, row: Int, column: Int) -> Int {
    (channel * extent.height + row) * extent.width + column
  }

  /// Where the mean of the upper left pixel of a part is. A mean of the resized picture's size is looked up where the
  /// part is; one of the part's size is the same for every part. `nil` when it has neither size, or the part reaches
  /// beyond the picture.
  func origin(of part: Extent, row: Int, column: Int, in resized: Extent) -> (row: Int, column: Int)? {
    if extent == resized, row >= 0, column >= 0, row + part.height <= extent.height,
      column + part.width <= extent.width
    {
      return (row, column)
    }
    return extent == part ? (0, 0) : nil
  }
}
