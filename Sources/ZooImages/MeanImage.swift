import ZooTensor

/// The mean of the pictures that a network was trained on, pixel by pixel, as Caffe's networks subtract it.
public struct MeanImage: Hashable, Sendable {
  public let channelCount: Int
  public let extent: Extent
  /// Plane after plane in the order of the tensor's channels, on the scale of pixels, 0 to 255.
  public let values: [Float]

  /// `nil` for a tensor that is no `[channels, height, width]` of finite numbers, at least one.
  public init?(_ tensor: Tensor) {
    guard tensor.shape.isFeatureMap, tensor.shape.elementCount > 0 else { return nil }
    channelCount = tensor.shape.channels
    extent = tensor.shape.extent
    values = tensor.convertedToFloat32().floats
    guard values.allSatisfy(\.isFinite) else { return nil }
  }

  /// `[channels, height, width]`.
  public var tensor: Tensor { Tensor(shape: [channelCount, extent.height, extent.width], floats: values) }

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
