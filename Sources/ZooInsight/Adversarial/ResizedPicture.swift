import ZooImages
import ZooKit
import ZooTensor

/// A picture as it is between a model's resize and its crop, with the part of it that the network is shown.
///
/// Preprocessing lets it pass unchanged, so that what is done to the part is what the network sees of the file that the whole
/// is written to. (A picture of the part alone would be enlarged first by a model that resizes to 256 and crops to 224.)
struct ResizedPicture: Sendable {
  /// Grey when the network wants grey, else RGB.
  let whole: PixelImage
  /// The upper left pixel of the part.
  let row: Int
  let column: Int
  let part: PixelImage

  /// - Throws: `ZooError.noPreprocessing`, `AdversaryError.notPassed` when preprocessing changes even what it has made itself;
  ///   what `Model.input(for:)` throws.
  init(_ picture: PixelImage, for model: Model) throws {
    guard let preprocessing = model.preprocessing else { throw ZooError.noPreprocessing(model: model.network.name) }
    let input = try model.input(for: picture)
    var resize = preprocessing
    resize.crop = .none
    resize.meanImage = nil
    let resized = try resize.picture(from: picture)
    part = try preprocessing.picture(from: picture)
    // A crop surrounds what is smaller with black.
    whole = resized.croppedToCentre(
      Extent(height: max(resized.height, part.height), width: max(resized.width, part.width)))
    (row, column) = whole.origin(ofCentre: part.extent)
    guard try model.input(for: whole).floats == input.floats else {
      throw AdversaryError.notPassed(model: model.network.name, preprocessing: preprocessing.description)
    }
  }

  /// The whole with other pixels in place of the part's.
  func replacingPart(with pixels: [UInt8]) -> PixelImage {
    let channels = whole.layout.channelCount
    var replaced = whole.pixels
    for line in 0..<part.height {
      let (from, to) = (line * part.width * channels, ((row + line) * whole.width + column) * channels)
      let count = part.width * channels
      replaced.replaceSubrange(to..<to + count, with: pixels[from..<from + count])
    }
    return PixelImage(width: whole.width, height: whole.height, layout: whole.layout, trusted: replaced)
  }

  /// Uniform noise in the size that passes the model's preprocessing unchanged.
  ///
  /// - Throws: as `init(_:for:)`.
  static func noise(_ random: CounterRandom, for model: Model) throws -> ResizedPicture {
    guard let preprocessing = model.preprocessing else { throw ZooError.noPreprocessing(model: model.network.name) }
    let input = model.network.input
    let extent =
      switch preprocessing.resize {
      case .none: input.extent
      case .exact(let extent, _): extent
      case .shorterSide(let side, _): preprocessing.crop == .none ? input.extent : Extent(side)
      }
    let layout: PixelLayout = preprocessing.channels == .grey ? .grey : .rgb
    let pixels = (0..<extent.area * layout.channelCount).map { UInt8(random.integer($0, below: 256)) }
    return try ResizedPicture(
      PixelImage(width: extent.width, height: extent.height, layout: layout, pixels: pixels), for: model)
  }
}
