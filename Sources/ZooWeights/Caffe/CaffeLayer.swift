import ZooTensor

/// One layer of a `.caffemodel`: a `LayerParameter`, or a `V1LayerParameter` from before the summer of 2014.
struct CaffeLayer {
  /// The fields' numbers, which differ between the two.
  struct Schema: Sendable {
    let name: Int
    let type: Int
    let blobs: Int
    let innerProduct: Int
    let convolution: Int
    let transform: Int
    /// What became the transform.
    let data: Int
    let isOld: Bool

    static let current = Schema(
      name: 1, type: 2, blobs: 7, innerProduct: 117, convolution: 106, transform: 100, data: 107, isOld: false)
    static let old = Schema(
      name: 4, type: 5, blobs: 6, innerProduct: 17, convolution: 10, transform: 36, data: 11, isOld: true)

    static let batchNorm = 139

    /// The layer inside a layer, of the files from before 2014.
    static let nestedLayer = 1
  }

  private(set) var name = ""
  private(set) var type = ""
  private(set) var blobs: [CaffeBlob] = []
  /// What a data layer does to its images, by Caffe's names.
  private(set) var transform: [String: String] = [:]
  private var attributes = CaffeAttributes()

  /// The old numbers of the types that have blobs.
  private static let oldTypes = [4: "Convolution", 14: "InnerProduct", 39: "Deconvolution"]

  /// `tensorCount`: counts the blobs of all layers.
  init(_ reader: ProtobufReader, schema: Schema, tensorCount: inout Int) throws(WeightsProblem) {
    var reader = reader
    while let field = try reader.next() {
      switch field.number {
      case Schema.nestedLayer where schema.isOld: throw .caffe(.nestedLayers)
      case schema.name: name = try reader.text(field, atMost: NameProblem.maximumLength)
      case schema.type where schema.isOld:
        let number = try field.integer()
        type = Self.oldTypes[number] ?? "number \(number)"
      case schema.type: type = try reader.text(field)
      case schema.blobs:
        tensorCount += 1
        guard tensorCount <= ArchiveLayout.maximumTensors else { throw .caffe(.tooManyTensors) }
        blobs.append(try CaffeBlob(reader.message(in: field)))
      case schema.innerProduct: try attributes.readInnerProduct(reader.message(in: field))
      case schema.convolution: try attributes.readConvolution(reader.message(in: field))
      case Schema.batchNorm where !schema.isOld: try attributes.readBatchNorm(reader.message(in: field))
      case schema.transform: try readTransform(reader.message(in: field), .transform)
      case schema.data: try readTransform(reader.message(in: field), .data)
      default: break
      }
    }
  }

  /// The numbers of the fields of a `TransformationParameter`, and of the older ones in a `DataParameter`.
  private struct TransformSchema {
    let scale: Int
    let cropSize: Int
    let meanFile: Int
    let meanValue: Int?

    static let transform = TransformSchema(scale: 1, cropSize: 3, meanFile: 4, meanValue: 5)
    static let data = TransformSchema(scale: 2, cropSize: 5, meanFile: 3, meanValue: nil)
  }

  private mutating func readTransform(
    _ reader: ProtobufReader, _ schema: TransformSchema
  ) throws(WeightsProblem) {
    var reader = reader
    while let field = try reader.next() {
      // Only remarks: what is not as expected is no reason to refuse the weights.
      switch (field.number, field.type) {
      case (schema.scale, .fixed32): transform["scale"] = "\(try field.float())"
      case (schema.cropSize, .varint): transform["crop_size"] = "\(try field.varint())"
      case (schema.meanFile, .bytes): transform["mean_file"] = try reader.text(field)
      case (schema.meanValue, .fixed32) where (transform["mean_value"] ?? "").utf8.count < 4096:
        let value = "\(try field.float())"
        transform["mean_value"] = transform["mean_value"].map { "\($0), \(value)" } ?? value
      default: break
      }
    }
  }
}

extension CaffeLayer {
  /// The tensors of the layer under the names they have in PyTorch.
  func tensors(in file: InputFile) throws(WeightsProblem) -> [CaffeSource.Item] {
    switch type {
    case "Convolution", "ConvolutionDepthwise", "DepthwiseConvolution", "Deconvolution", "Embed":
      try requireBlobs(1...2)
      try requireAxis([1, -3])
      return try item("weight", blobs[0], blobs[0].dimensions) + vectors(["bias"], blobs.dropFirst())
    case "InnerProduct":
      try requireBlobs(1...2)
      guard !attributes.isTransposed else { throw .caffe(.transposed(layer: name)) }
      // The last of two is that of the channels too.
      try requireAxis([1, -3, -1])
      return try item("weight", blobs[0], blobs[0].matrixDimensions) + vectors(["bias"], blobs.dropFirst())
    case "Scale":
      try requireBlobs(1...2)
      return try vectors(["weight", "bias"], blobs[...])
    case "PReLU":
      try requireBlobs(1...1)
      return try vectors(["weight"], blobs[...])
    case "Bias":
      try requireBlobs(1...1)
      return try vectors(["bias"], blobs[...])
    case "BatchNorm":
      try requireBlobs(3...3)
      let scale = try statisticsScale(file)
      return try vectors(["running_mean", "running_var"], blobs.prefix(2), scale: scale)
    default:
      var items: [CaffeSource.Item] = []
      for (number, blob) in blobs.enumerated() { items += try item("blobs.\(number)", blob, blob.dimensions) }
      return items
    }
  }

  /// What the layer's parameters say beside its tensors, which are those of `tensors(in:)`.
  func stored(_ tensors: [CaffeSource.Item]) -> StoredLayer {
    var roles: [String: String] = [:]
    for tensor in tensors { roles[String(tensor.entry.name.dropFirst(name.count + 1))] = tensor.entry.name }
    return attributes.stored(name: name, type: type, tensors: roles)
  }

  private func requireAxis(_ axes: Set<Int>) throws(WeightsProblem) {
    guard axes.contains(attributes.axis) else {
      throw .caffe(.otherAxis(layer: name, type: type, axis: attributes.axis))
    }
  }

  private func requireBlobs(_ expected: ClosedRange<Int>) throws(WeightsProblem) {
    guard expected.contains(blobs.count) else {
      throw .caffe(.blobCount(layer: name, type: type, expected: expected, found: blobs.count))
    }
  }

  private func item(
    _ role: String, _ blob: CaffeBlob, _ dimensions: [Int], scale: Double = 1
  ) throws(WeightsProblem) -> [CaffeSource.Item] {
    [try blob.item(named: "\(name).\(role)", dimensions: dimensions, scale: scale)]
  }

  private func vectors(
    _ roles: [String], _ blobs: ArraySlice<CaffeBlob>, scale: Double = 1
  ) throws(WeightsProblem) -> [CaffeSource.Item] {
    var items: [CaffeSource.Item] = []
    for (role, blob) in zip(roles, blobs) { items += try item(role, blob, blob.vectorDimensions, scale: scale) }
    return items
  }

  /// What a batch norm's sums are to be multiplied by to become averages: the inverse of the third blob, zero when that is
  /// zero, in the blob's precision as in Caffe.
  private func statisticsScale(_ file: InputFile) throws(WeightsProblem) -> Double {
    let blob = blobs[2]
    let item = try blob.item(named: "\(name).blobs.2", dimensions: blob.dimensions)
    let entry = item.entry
    guard entry.shape.elementCount == 1 else {
      throw .caffe(.elementCount(tensor: entry.name, expected: [1], found: entry.shape.elementCount))
    }
    let factor = try Checkpoint(
      format: .caffe, path: file.path, entries: [entry], source: CaffeSource(file: file, items: [item])
    ).read(0, threads: 1)
    if entry.elementType == .float64 {
      let factor = factor.withUnsafeBytes { $0.load(as: Double.self) }
      return factor == 0 ? 0 : 1 / factor
    }
    let single = factor.convertedToFloat32().floats[0]
    return Double(single == 0 ? 0 : 1 / single)
  }
}
