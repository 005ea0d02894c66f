import ZooTensor

/// Why a classifier cannot slide, or a picture cannot be cropped. The words are in `ZooError+Message.swift`.
public enum SlidingError: Error, Hashable, Sendable {
  /// The network gives several scores per class at its own input size, so that no one window is its own.
  case severalPositions(model: String, map: Extent, input: Shape)
  /// The reference interpreter runs one size only.
  case interpreter
  /// A stride that is not a divisor of the network's own.
  case stride(Int, network: Extent, possible: [Int])
  /// A tensor that is no image with the network's channels.
  case channels(found: Shape, expected: Int)
  /// An image smaller than the one that the network was made for.
  case imageTooSmall(Extent, window: Extent)
  /// The memory for activations is too small for the smallest piece of an image.
  case memory(limit: Int, needed: Int, image: Extent)
  /// The scores alone take more than the memory that was allowed.
  case mapTooLarge(map: Shape, byteCount: Int, limit: Int)
  /// Tensors are fed as they are: neither resized nor mirrored.
  case tensorNotResized
  /// A mean image fits pictures of its own size only, and not those that a network slides over.
  case meanImage(Extent)
  /// Nor cropped.
  case tensorNotCropped
  /// A picture, after the model's resize, smaller than the crops to take from it.
  case pictureSmallerThanCrop(Extent, crop: Extent)
}
