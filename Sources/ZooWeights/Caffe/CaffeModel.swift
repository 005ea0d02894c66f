import ZooTensor

/// The weights of a network that Caffe trained: a `NetParameter` in protobuf's binary form.
///
/// | layer | tensors |
/// |---|---|
/// | `Convolution`, `Deconvolution`, `InnerProduct`, `Embed` | `NAME.weight`, `NAME.bias` |
/// | `BatchNorm` | `NAME.running_mean`, `NAME.running_var`, each divided by the third blob as Caffe does when it runs |
/// | `Scale` | `NAME.weight`, `NAME.bias` |
/// | `PReLU`, `Bias` | `NAME.weight`; `NAME.bias` |
/// | any other that has blobs | `NAME.blobs.0`, `NAME.blobs.1`, … |
///
/// What Caffe's data layers do to an image is easily lost and so becomes metadata: `caffe.scale`, `caffe.mean_value`,
/// `caffe.mean_file` and `caffe.crop_size`. The name of the network is `caffe.net`. Caffe's images are BGR.
enum CaffeModel {
  static func open(_ file: InputFile, limits: WeightsLimits) throws(WeightsProblem) -> Checkpoint {
    var reader = ProtobufReader(file)
    var metadata: [String: String] = [:]
    var names: Set<String> = []
    var layerNames: [String] = []
    var items: [CaffeSource.Item] = []
    var layers: [StoredLayer] = []
    var tensorCount = 0
    var logicalBytes = 0
    while let field = try reader.next() {
      let schema: CaffeLayer.Schema
      switch field.number {
      case 1:
        metadata["caffe.net"] = try reader.text(field)
        continue
      case 2: schema = .old
      case 100: schema = .current
      default: continue
      }
      let layer = try CaffeLayer(reader.message(in: field), schema: schema, tensorCount: &tensorCount)
      if layerNames.count < 8 { layerNames.append(layer.name) }
      for (key, value) in layer.transform where metadata["caffe.\(key)"] == nil { metadata["caffe.\(key)"] = value }
      guard !layer.blobs.isEmpty else { continue }
      guard !layer.name.isEmpty else { throw .name(.empty) }
      guard names.insert(layer.name).inserted else { throw .caffe(.duplicateLayer(layer.name)) }
      let tensors = try layer.tensors(in: file)
      layers.append(layer.stored(tensors))
      for tensor in tensors { try limits.add(tensor.entry.byteCount, to: &logicalBytes) }
      items += tensors
    }
    guard !items.isEmpty else { throw .caffe(.noBlobs(layers: layerNames)) }
    var checkpoint = try Checkpoint(
      format: .caffe, path: file.path, entries: items.map(\.entry), metadata: metadata,
      source: CaffeSource(file: file, items: items))
    checkpoint.layers = layers
    return checkpoint
  }
}

/// What is wrong with a file of Caffe's beside its protobuf encoding.
public enum CaffeProblem: Hashable, Sendable {
  /// The layers are inside layers, as in the first months of Caffe.
  case nestedLayers
  /// A network without weights; `layers` are the first few.
  case noBlobs(layers: [String])
  case duplicateLayer(String)
  case tooManyTensors
  case tooManyDimensions
  case tooManyElements(tensor: String, [Int])
  case elementCount(tensor: String, expected: [Int], found: Int)
  case floatsAndDoubles(tensor: String)
  case blobCount(layer: String, type: String, expected: ClosedRange<Int>, found: Int)
  /// A fully connected layer whose weight is inputs × outputs.
  case transposed(layer: String)
  /// A layer that does not begin to multiply at the channels.
  case otherAxis(layer: String, type: String, axis: Int)
  /// The elements are in a field of NVIDIA's Caffe, in a type that zoo does not read.
  case unsupportedRawData(tensor: String, type: Int)
  /// The elements are in a field of NVIDIA's Caffe and in Caffe's own, or are gradients alone.
  case rawDataTwice(tensor: String)
  /// There are gradients and no elements.
  case gradientsOnly(tensor: String)
  /// A mean that is no single image.
  case meanShape([Int])
  /// Text that is not protobuf's. Line and column count from 1; what should stand there and what does are for a person.
  case text(line: Int, column: Int, expected: String, found: String)
  /// Text of so many bytes.
  case textTooLarge(size: Int, limit: Int)
  case tooManyFields(limit: Int)
}
