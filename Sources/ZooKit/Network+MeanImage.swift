import FoundationEssentials
import ZooImages
import ZooSpec
import ZooTensor
import ZooWeights

extension Network {
  /// What a `preprocess:` of the network's definition says, with its mean image.
  func preprocessing(_ spec: Preprocess) -> Preprocessing {
    Preprocessing(spec, meanImages: meanImages)
  }

  /// The same preprocessing for a definition in another place: its mean image is in it.
  func portable(_ spec: Preprocess) -> Preprocess {
    guard let reference = spec.meanImage, let image = meanImages[reference] else { return spec }
    var spec = spec
    spec.meanImage = .embedded(Data(NumPyFile.encoded(image.tensor)).base64EncodedString())
    return spec
  }

  /// The card for a definition in another place, where files beside this one would not be found.
  var portableCard: Card {
    var card = card
    if case .file? = card.labels, let labels { card.labels = .list(labels.labels.map(\.name)) }
    card.preprocess = card.preprocess.map(portable)
    for index in card.weights.indices { card.weights[index].preprocess = card.weights[index].preprocess.map(portable) }
    return card
  }

  /// Reads the mean images that a card names: the definition's own and those for particular weights.
  ///
  /// - Throws: `ZooError.inputMissing`, `.notAMeanImage`, `WeightsError`, what the loader throws.
  static func meanImages(
    of card: Card, loader: Definition.Loader
  ) throws -> [Preprocess.MeanImage: MeanImage] {
    var images: [Preprocess.MeanImage: MeanImage] = [:]
    for spec in [card.preprocess] + card.weights.map(\.preprocess) {
      guard let reference = spec?.meanImage, images[reference] == nil else { continue }
      images[reference] = try meanImage(reference, in: card.name, loader: loader)
    }
    return images
  }

  private static func meanImage(
    _ reference: Preprocess.MeanImage, in model: String, loader: Definition.Loader
  ) throws -> MeanImage {
    let (path, bytes): (String, [UInt8])
    switch reference {
    case .file(let file, let base):
      guard let source = try loader(file, base) else { throw ZooError.inputMissing(path: file, what: "mean image") }
      (path, bytes) = (source.path, source.bytes)
    case .embedded(let text):
      (path, bytes) = ("the mean image in the definition of \(model)", Data(base64Encoded: text).map(Array.init) ?? [])
    }
    let checkpoint = try Checkpoint.open(bytes: bytes, name: path)
    guard [.numpyFile, .caffeMean].contains(checkpoint.format) else {
      throw ZooError.notAMeanImage(path: path, found: "\(checkpoint.format)")
    }
    var tensor = try checkpoint.tensor(named: checkpoint.entries[0].name)
    if tensor.shape.rank == 4, tensor.shape[0] == 1 {
      tensor = tensor.reshaped(to: Shape(Array(tensor.shape.dimensions.dropFirst())))
    }
    guard let image = MeanImage(tensor) else {
      let isMap = tensor.shape.isFeatureMap && tensor.shape.elementCount > 0
      throw ZooError.notAMeanImage(path: path, found: isMap ? "numbers that are not finite" : "\(tensor.shape)")
    }
    return image
  }
}
