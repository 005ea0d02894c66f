import ZooImages
import ZooTensor

extension Preprocessing {
  /// What the network saw: the picture that an input of it shows, in RGB order or grey, with scaling, means and
  /// standard deviation undone, rounded and clipped to 0…255. An input that this preprocessing made of a picture gives
  /// the bytes of the picture that it was made of, resized and cropped. `input`: `[channels, height, width]`, or one
  /// image `[1, channels, height, width]`; float32. Throws `ImageError` with `.pixelCount` for another number of
  /// channels, with `.meanImageSize` for more rows or columns than the mean image has.
  package func picture(ofInput input: Tensor) throws(ImageError) -> PixelImage {
    let dimensions = input.shape.dimensions
    let shape = Shape(dimensions.count == 4 && dimensions[0] == 1 ? Array(dimensions.dropFirst()) : dimensions)
    guard shape.isFeatureMap, shape.channels == channels.count, shape.extent.area > 0 else {
      let extent = shape.isFeatureMap ? shape.extent : Extent(1)
      let fact = ImageFact.pixelCount(extent, channels: channels.count, found: shape.elementCount)
      throw ImageError(name: "an input of shape \(shape)", fact: fact)
    }
    if case .image(let mean)? = meanImage,
      shape.extent.height > mean.extent.height || shape.extent.width > mean.extent.width
    {
      let fact = ImageFact.meanImageSize(mean: mean.extent, resized: shape.extent, part: shape.extent)
      throw ImageError(name: "an input of shape \(shape)", fact: fact)
    }
    return picture(from: input.reshaped(to: shape))
  }
}
