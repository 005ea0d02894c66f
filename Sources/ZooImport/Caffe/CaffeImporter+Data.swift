import ZooGraph
import ZooSpec
import ZooTensor
import ZooWeights

extension CaffeImporter {
  /// A layer that feeds the network: its first blob is pictures, the others classes.
  mutating func appendData(_ layer: CaffeNetLayer) throws {
    for top in layer.tops.dropFirst() { blobs[top] = .labels }
    guard let top = layer.tops.first else { throw invalid(layer, "it has no top, so nothing can read it") }
    if layer.type == "Input" {
      let shapes = try layer.fields.parameters("input_param").each("shape").map { try $0.integers("dim") }
      for (index, top) in layer.tops.enumerated() {
        guard let dimensions = shapes.count == 1 ? shapes.first : index < shapes.count ? shapes[index] : nil else {
          throw invalid(layer, "input_param has no shape for \"\(top)\"")
        }
        blobs[top] = .input(CaffeNet.Input(name: top, dimensions: dimensions, place: layer.place))
      }
      return
    }
    let transform = try layer.fields.parameters("transform_param")
    let means = try transform.numbers("mean_value")
    var extent: Extent?
    var channels: Int?
    switch layer.type {
    case "MemoryData":
      let own = try layer.fields.parameters("memory_data_param")
      channels = try own.integer("channels")
      if let height = try own.integer("height"), let width = try own.integer("width") {
        extent = Extent(height: height, width: width)
      }
    case "DummyData":
      let own = try layer.fields.parameters("dummy_data_param")
      let shape = try own.each("shape").first.map { try $0.integers("dim") } ?? []
      let dimensions = shape.count == 4 ? Array(shape.dropFirst()) : []
      channels = try dimensions.first ?? own.integer("channels")
      if let height = try dimensions.dropFirst().first ?? own.integer("height"),
        let width = try dimensions.last ?? own.integer("width")
      {
        extent = Extent(height: height, width: width)
      }
    case "ImageData":
      let own = try layer.fields.parameters("image_data_param")
      if let height = try own.integer("new_height"), let width = try own.integer("new_width"), height > 0, width > 0 {
        extent = Extent(height: height, width: width)
      }
      channels = try own.boolean("is_color") == false ? 1 : 3
    default: break
    }
    let resized = extent
    // What the transform has now was a field of the layer's own first.
    let own = try layer.fields.parameters(layer.type == "ImageData" ? "image_data_param" : "data_param")
    let crop = try transform.integer("crop_size") ?? own.integer("crop_size") ?? 0
    if crop > 0 { extent = Extent(crop) }
    if try transform.boolean("force_color") == true { channels = 3 }
    if try transform.boolean("force_gray") == true { channels = 1 }
    if channels == nil, means.count == 3 { channels = 3 }
    if channels == nil {
      channels = try storedChannels(of: top) ?? inputShape?.channels
      if channels == nil {
        channels = 3
        note(layer.place, "the file does not say how many channels its pictures have: 3 are taken", node: "input")
      }
    }
    guard let channels, let extent = extent ?? inputShape?.extent else {
      throw invalid(
        layer,
        "nothing says how large its pictures are (no crop_size); give the size of one yourself, or an Input layer")
    }
    blobs[top] = .input(
      CaffeNet.Input(
        name: top, dimensions: [1, channels, extent.height, extent.width], place: "\(layer.place), \(layer.name)"))
    try setPreprocessing(
      PictureTransform(
        resized: crop > 0 ? resized : nil, extent: inputShape?.extent ?? extent, channels: channels,
        means: means, meanFile: transform.text("mean_file") ?? own.text("mean_file"),
        scale: transform.number("scale") ?? own.number("scale") ?? 1, isResizedBefore: layer.type == "ImageData"),
      place: "\(layer.place), \(layer.name)")
  }

  /// How many channels the first convolution that reads the blob has weights for.
  private func storedChannels(of blob: String) throws -> Int? {
    guard let layer = net.layers.first(where: { $0.type == "Convolution" && $0.bottoms == [blob] }),
      let shape = checkpoint?.entry(named: "\(layer.name).weight")?.shape, shape.rank == 4
    else { return nil }
    let groups = try layer.fields.parameters("convolution_param").integer("group") ?? 1
    return shape.dimensions[1].multipliedReportingOverflow(by: groups).partialValue
  }

  /// What a data layer does to a picture.
  struct PictureTransform {
    /// To which size it is brought before it is cropped.
    var resized: Extent?
    /// What the network reads.
    var extent: Extent
    var channels: Int
    var means: [Double]
    var meanFile: String?
    var scale: Double
    /// Whether the layer itself brings pictures to a size; else somebody did before they came into the database.
    var isResizedBefore: Bool
  }

  mutating func setPreprocessing(_ transform: PictureTransform, place: String) throws {
    guard card.preprocess == nil else { return }
    guard transform.channels == 3 || transform.channels == 1 else { return }
    guard transform.scale > 0, transform.scale <= 1e6, transform.means.allSatisfy({ abs($0) * transform.scale <= 1e6 })
    else {
      return note(
        place,
        "preprocessing is left open: numbers beyond those of a definition are subtracted, or multiplied by "
          + "\(transform.scale)")
    }
    let channels: Preprocessing.Channels = transform.channels == 3 ? .bgr : .grey
    var result = Preprocessing(channels: channels, scale: .none)
    if transform.scale != 1 { result.scale = .multiplied(by: transform.scale) }
    var resized = transform.resized
    if let file = transform.meanFile {
      guard let mean = meanImage(file), mean.channelCount == transform.channels else {
        return note(
          place,
          "preprocessing is left open: it subtracts the mean picture \(file), which was not found beside the network")
      }
      result.meanImage = .image(mean)
      resized = mean.extent
      note(place, "the mean picture \(file) of \(mean.extent) is subtracted from pictures of its size")
    } else if !transform.means.isEmpty {
      guard transform.means.count == 1 || transform.means.count == transform.channels else {
        throw ImportError.invalid(
          file: net.file, place: place,
          reason:
            "there are \(transform.means.count) of mean_value for \(transform.channels) channels; one for each, or one")
      }
      let means =
        transform.means.count == 1
        ? [Double](repeating: transform.means[0], count: transform.channels) : transform.means
      // Caffe subtracts first and then multiplies.
      result.mean = means.map { $0 * transform.scale }
    }
    if let resized, resized != transform.extent {
      result.resize = .exact(resized, .bilinear)
      result.crop = .centre(transform.extent)
    } else if resized == nil, (224...227).contains(transform.extent.height), !transform.isResizedBefore {
      result.resize = .exact(Extent(256), .bilinear)
      result.crop = .centre(transform.extent)
      note(
        place,
        "to which size pictures are brought before the crop the file does not say: 256×256 is taken, as Caffe's own "
          + "networks have it")
    } else {
      result.resize = .exact(transform.extent, .bilinear)
    }
    card.preprocess = result
    var text = channels == .bgr ? "pictures are BGR" : "pictures are grey"
    if !result.mean.isEmpty {
      text += ", mean \(transform.means.map { "\($0)" }.joined(separator: ", ")) subtracted"
      if transform.scale != 1 { text += " before they are multiplied by \(transform.scale)" }
    } else if transform.scale != 1 {
      text += ", multiplied by \(transform.scale)"
    }
    note(place, text + ", as Caffe's data layer does")
  }

  /// The mean picture, by its path or its name alone, from where the network's file is.
  private func meanImage(_ file: String) -> MeanImage? {
    let folder = net.file.folderOfPath
    let name = file.split(separator: "/").last.map(String.init) ?? file
    for path in [folder + file, folder + name] where FileKind(path: path) == .regular {
      if let checkpoint = try? Checkpoint.open(path), checkpoint.format == .caffeMean,
        let entry = checkpoint.entries.first,
        let tensor = try? checkpoint.tensor(named: entry.name)
      {
        return MeanImage(tensor)
      }
    }
    return nil
  }

  /// The transform of the network's weights, which were written by one that had a data layer.
  mutating func setStoredPreprocessing() throws {
    guard card.preprocess == nil, let checkpoint, let shape = card.input, shape.isFeatureMap else { return }
    let metadata = checkpoint.metadata
    let means = (metadata["caffe.mean_value"] ?? "").split(separator: ",").compactMap { word in
      Double(word.drop { $0 == " " })
    }
    let scale = metadata["caffe.scale"].flatMap(Double.init) ?? 1
    let meanFile = metadata["caffe.mean_file"]
    guard !means.isEmpty || scale != 1 || meanFile != nil else { return }
    guard means.count <= 1 || means.count == shape.channels, scale.isFinite, means.allSatisfy(\.isFinite) else {
      return
    }
    try setPreprocessing(
      PictureTransform(
        resized: nil, extent: shape.extent, channels: shape.channels, means: means, meanFile: meanFile, scale: scale,
        isResizedBefore: false),
      place: "the weights' data layer")
  }
}
