import ZooImages
import ZooTensor

/// Why a picture is nothing like those that the network which comes with zoo was trained on: it answers every picture with
/// one of ten digits, and is sure of it.
///
/// Of the 1,797 digits of its data, white on black at 8×8 pixels, each has between 39 and 75 % of its pixels below a grey of
/// 32, and one of 223 or more. What is asked of a picture is less than that, so that other scans of digits pass.
public enum PictureDoubt: Sendable, Hashable {
  /// Red, green and blue differ by so many levels of 255 on average.
  case coloured(levels: Int)
  /// So many per cent of the pixels are darker than a grey of 32.
  case bright(darkPercent: Int)
  /// No pixel is lighter than this grey.
  case faint(lightest: Int)

  /// - Returns: `nil` when nothing speaks against the picture.
  public init?(_ picture: PixelImage) {
    var (chroma, dark, lightest, count) = (0, 0, 0, 0)
    // At most some 100,000 pixels in rows and columns at equal distances.
    let step = max(1, max(picture.width, picture.height) / 320)
    let channels = picture.layout.channelCount
    for row in stride(from: 0, to: picture.height, by: step) {
      for column in stride(from: 0, to: picture.width, by: step) {
        let start = (row * picture.width + column) * channels
        let samples = picture.pixels[start..<start + channels].map(Int.init)
        let (least, most) = (samples.min() ?? 0, samples.max() ?? 0)
        chroma += most - least
        dark += most < 32 ? 1 : 0
        lightest = max(lightest, most)
        count += 1
      }
    }
    if chroma / count >= 10 {
      self = .coloured(levels: chroma / count)
    } else if lightest < 96 {
      self = .faint(lightest: lightest)
    } else if dark * 4 < count {
      self = .bright(darkPercent: dark * 100 / count)
    } else {
      return nil
    }
  }
}

extension PictureDoubt: CustomStringConvertible {
  /// What is unlike, and what the network knows, in words.
  public var description: String {
    let digits = "\(Catalogue.defaultModel) knows handwritten digits, white on black, and calls everything a digit"
    return switch self {
    case .coloured: "the picture is in colour; \(digits)"
    case .bright(let percent):
      "only \(percent) % of the picture is black; \(digits), and of one that is dark on white the negative has to be taken first"
    case .faint(let lightest): "nothing in the picture is lighter than \(lightest) of 255; \(digits)"
    }
  }
}

extension Network {
  /// What speaks against a picture, if the network is the one that comes with weights.
  public func doubt(about picture: PixelImage) -> PictureDoubt? {
    origin == .catalogue && name == Catalogue.defaultModel ? PictureDoubt(picture) : nil
  }
}
