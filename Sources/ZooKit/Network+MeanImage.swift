import FoundationEssentials
import ZooImages
import ZooSpec
import ZooTensor
import ZooWeights

extension Network {
  /// What a `preprocess:` of the network's definition says, with its mean image.
  func complete(_ preprocessing: Preprocessing) -> Preprocessing { preprocessing.reading(meanImages) }

  /// The same preprocessing for a definition in another place: its mean image is in it.
  func portable(_ preprocessing: Preprocessing) -> Preprocessing {
    guard let source = preprocessing.meanImage, let image = meanImages[source] else { return preprocessing }
    var preprocessing = preprocessing
    preprocessing.meanImage = image.embedded
    return preprocessing
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
  ) throws -> [MeanImageSource: MeanImage] {
    var images: [MeanImageSource: MeanImage] = [:]
    for preprocessing in [card.preprocess] + card.weights.map(\.preprocess) {
      guard let source = preprocessing?.meanImage, images[source] == nil else { continue }
      images[source] = try meanImage(source, in: card.name, loader: loader)
    }
    return images
  }

  private static func meanImage(
    _ source: MeanImageSource, in model: String, loader: Definition.Loader
  ) throws -> MeanImage {
    let (path, bytes): (String, [UInt8])
    switch source {
    case .image(let image): return image
    case .file(let name, let base):
      guard let file = try loader(name, base) else { throw ZooError.inputMissing(path: name, what: "mean image") }
      (path, bytes) = (file.path, file.bytes)
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

extension MeanImage {
  /// For a definition that must be complete in itself.
  var embedded: MeanImageSource { .embedded(Data(NumPyFile.encoded(tensor)).base64EncodedString()) }
}

extension Preprocessing {
  /// The same with the mean image that it names.
  func reading(_ images: [MeanImageSource: MeanImage]) -> Preprocessing {
    var preprocessing = self
    if let image = meanImage.flatMap({ images[$0] }) { preprocessing.meanImage = .image(image) }
    return preprocessing
  }
}
