/// The mean of the pictures that a network was trained on, pixel by pixel, as Caffe's networks subtract it.
public struct MeanImage: Hashable, Sendable {
  /// 1 or 3.
  public let channelCount: Int
  /// The rows and columns of the picture.
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
}

/// Where a mean image is.
public enum MeanImageSource: Hashable, Sendable {
  /// A `.npy` or `.binaryproto` file, relative to the definition whose path is `base`.
  case file(String, base: String)
  /// The bytes of a `.npy` file in base64, for a definition that must be complete in itself.
  case embedded(String)
  /// Here: it has been read.
  case image(MeanImage)
}
