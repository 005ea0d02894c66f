import ArgumentParser
import ZooKit
import ZooTraining

/// Codes with what is known of them: read from a file, or made of the pictures of a folder.
struct TsneCodes {
  /// `[pictures, numbers]`
  let tensor: Tensor
  /// What each code is of; none where nothing says so.
  let names: [String]
  /// The class of each code; `nil` where nothing says so.
  let labels: [Int]?
  let classes: [String]
  let title: String
  /// Network, weights, layer and data, as far as they are known.
  let notes: [String]
  private let pictures: Pictures?

  private struct Pictures {
    let data: DataSet
    /// Of each code, its place in the data.
    let places: [Int]
  }

  /// - Throws: `FeaturesError`, `WeightsError`, `ZooError`; what loading a model and running pictures throws.
  init(_ source: String, _ model: VisModelOptions, _ options: TsneDataOptions, needsPictures: Bool) throws {
    if source.hasSuffix(".npy") {
      try self.init(file: source, options, needsPictures: needsPictures)
    } else {
      try self.init(folder: source, model, options)
    }
  }

  func picture(_ row: Int) throws -> PixelImage {
    guard let pictures else { throw ValidationError("there are no pictures of the codes") }
    return try pictures.data.picture(at: pictures.places[row])
  }

  private init(file path: String, _ options: TsneDataOptions, needsPictures: Bool) throws {
    let paths = try FeaturesPaths(path)
    let file = FileSystem.exists(paths.keys) ? try FeaturesFile(path) : nil
    tensor = try NumPyFile.read(path).convertedToFloat32()
    let keys = file?.keys.keys ?? []
    names = keys.map(\.path)
    classes = file?.record?.classes ?? file?.keys.classes ?? []
    let indices = Dictionary(zip(classes, classes.indices), uniquingKeysWith: { first, _ in first })
    labels = try file.map { _ in
      try keys.enumerated().map { row, key in
        guard let label = indices[key.className] else {
          throw TransferError.classUnknown(row: row, name: key.className)
        }
        return label
      }
    }
    title = "t-SNE of \(path.split(separator: "/").last ?? "codes")"
    notes =
      file?.record.map { record in
        [
          "\(record.model), weights \(record.weights ?? "of the model"), layer \(record.layer)\(record.pooled ? ", means of maps" : "")",
          "data \(record.data), \(record.split)",
        ]
      } ?? []
    if file == nil {
      Console.message("note: no \(paths.keys) beside the codes says which pictures and classes they are of")
    }
    pictures = needsPictures ? try Self.pictures(of: names, file?.record, options, codes: path) : nil
  }

  /// Finds the pictures of codes by their names.
  private static func pictures(
    of names: [String], _ record: FeaturesRecord?, _ options: TsneDataOptions, codes: String
  ) throws -> Pictures {
    guard !names.isEmpty else {
      throw ValidationError("a mosaic needs to know which pictures '\(codes)' is of: keep its .keys.txt beside it")
    }
    guard let folder = options.pictures ?? record?.data else {
      throw ValidationError("nothing says where the pictures of '\(codes)' are: pass --pictures DATA")
    }
    let split = options.part ?? record.flatMap { DataSet.Split(rawValue: $0.split) } ?? .test
    let data = try DataSet.open(folder, split: split)
    let places = Dictionary(
      zip((0..<data.count).map(data.name(at:)), 0..<data.count), uniquingKeysWith: { first, _ in first })
    return Pictures(
      data: data,
      places: try names.map { name in
        guard let place = places[name] else {
          throw ValidationError("'\(folder)' has no picture '\(name)': pass --pictures DATA with those of the codes")
        }
        return place
      })
  }

  private init(folder: String, _ model: VisModelOptions, _ options: TsneDataOptions) throws {
    let split = options.part ?? .test
    let data = try DataSet.open(folder, split: split)
    data.mentionImagesWithoutClass()
    let reference = model.model ?? Catalogue.currentDefault
    let features = try Features(
      Network.named(reference), called: reference, weights: model.weights.source(),
      layers: options.layer.map { [$0] }, pools: options.pool, options: model.engine.options())
    features.model.mentionCache()
    features.model.weights.mentionAll()
    var progress = Progress("Codes of \(features.model.network.name)", total: data.count)
    defer { progress.finish() }
    let layer = features.layers[0]
    let (result, bytes) = Tensor.unfilled(shape: [data.count, layer.width], elementType: .float32)
    let batch = 16
    for start in stride(from: 0, to: data.count, by: batch) {
      progress.update(start)
      let images = concurrentResults(min(batch, data.count - start), threads: features.model.threadCount) {
        try features.model.input(for: data.picture(at: start + $0))
      }
      let codes = try features.codes(of: Model.stacked(images.map { try $0.get() }))[0]
      codes.withUnsafeBytes { bytes[(start * layer.width * 4)...].copyBytes(from: $0) }
    }
    tensor = result
    names = (0..<data.count).map(data.name(at:))
    labels = data.labels
    classes = data.namesOfClasses
    title = "t-SNE of '\(layer.name)' of \(features.model.network.name)"
    notes = [
      "\(features.model.network.name), weights \(features.model.weights.summary), layer \(layer.name)\(layer.isPooled ? ", means of maps" : "")",
      "data \(data.path), \(split.rawValue)",
    ]
    pictures = Pictures(data: data, places: Array(0..<data.count))
  }
}
