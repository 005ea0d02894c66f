import ZooImages
import ZooTensor
import ZooWeights

/// The input of a network, and the picture that it was made of.
public struct ModelInput: Sendable {
  /// `[C, H, W]`, preprocessed.
  public let tensor: Tensor
  /// What the file has; `nil` for an `.npy` tensor.
  public let picture: PixelImage?

  /// Reads a picture and prepares it as the model says, or a tensor as it is.
  ///
  /// - Parameters:
  ///   - source: a JPEG or PNG file, `-`, or an `.npy` tensor of one image.
  ///   - model: what it is to be fed to.
  /// - Throws: `ImageError`, `WeightsError`; `ZooError`, also `.severalImages` for a batch of more than one.
  public init(_ source: String, for model: Model) throws {
    switch try ImageSource(source) {
    case .picture(let picture):
      tensor = try model.input(for: picture)
      self.picture = picture
    case .tensor(let images):
      try model.network.checkInput(images, path: source)
      if images.shape.rank == 4, images.shape[0] != 1 { throw ZooError.severalImages(images.shape[0]) }
      tensor = images.reshaped(to: model.network.input)
      picture = nil
    }
  }

  /// What the network saw, as a picture; `nil` where it does not say how pictures become its input.
  public func shown(_ model: Model) -> PixelImage? {
    guard let preprocessing = model.preprocessing, preprocessing.problems.isEmpty else { return nil }
    return preprocessing.picture(from: tensor)
  }
}
