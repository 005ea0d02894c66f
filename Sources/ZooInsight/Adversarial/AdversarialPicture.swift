import ZooImages
import ZooKit
import ZooTensor

/// A picture that was changed so that a model takes it for something else, or that was tried to.
///
/// Whether it succeeds is known when it has been written and read again: `Adversary.readBack(_:from:)`.
public struct AdversarialPicture: Sendable {
  /// What is to be written: as the model's preprocessing leaves it before the crop, so that it passes unchanged. Nothing
  /// differs from the resized picture but the part that the network is shown.
  public let picture: PixelImage
  /// The part that the network is shown, as it was and as it is in `picture`.
  public let before: PixelImage
  /// As written: 8 bits per channel, the size of the network's input.
  public let after: PixelImage
  /// What it is to be taken for no longer.
  public let start: Int
  /// What it was made with: the target, and the largest change that was allowed.
  public let options: Adversary.Options
  /// The scores of all classes, as the picture was and as it was made.
  public let scoresBefore: [Float]
  /// The classes' scores of `after`, computed before it was written.
  public let scores: [Float]
  /// The steps that led to it.
  public let steps: Int
  /// Whether the scores of the picture that was made are as wanted; what counts is what is read back.
  let succeeds: Bool

  init?(_ state: AttackState, _ adversary: Adversary) {
    guard let made = state.found ?? state.last else { return nil }
    picture = made.picture
    before = state.resized.part
    after = made.part
    start = state.start
    options = adversary.options
    scoresBefore = state.scoresBefore
    scores = made.scores
    steps = made.steps
    succeeds = state.found != nil
  }

  /// The change of each sample in levels, `[channels, height, width]`: red, green, blue, or grey.
  public var change: Tensor {
    let (channels, area) = (before.layout.channelCount, before.extent.area)
    return Tensor(
      shape: [channels, before.height, before.width],
      floats: (0..<channels * area).map { place in
        let byte = place % area * channels + place / area
        return Float(Int(after.pixels[byte]) - Int(before.pixels[byte]))
      })
  }

  /// How large the change is, in levels of 0 to 255.
  public struct Size: Hashable, Sendable {
    /// L∞: the largest of a sample.
    public var largest = 0
    /// L2: the root of the sum of squares over all samples.
    public var euclidean = 0.0
    /// The pixels that are not as they were.
    public var changedPixels = 0
    /// The number of pixels that differ in any channel.
    public var pixels = 0
  }

  /// Of the difference between `before` and `after`.
  public var size: Size {
    var size = Size(pixels: before.extent.area)
    var squares = 0
    let channels = before.layout.channelCount
    for pixel in 0..<size.pixels {
      var isChanged = false
      for byte in pixel * channels..<(pixel + 1) * channels {
        let difference = abs(Int(after.pixels[byte]) - Int(before.pixels[byte]))
        size.largest = max(size.largest, difference)
        squares += difference * difference
        isChanged = isChanged || difference > 0
      }
      if isChanged { size.changedPixels += 1 }
    }
    size.euclidean = Double(squares).squareRoot()
    return size
  }
}
