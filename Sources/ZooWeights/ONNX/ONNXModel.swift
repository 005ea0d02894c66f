import ZooTensor

/// The weights of a network in ONNX: the initializers of a `ModelProto`'s graph, under their names there.
///
/// Constants among the nodes, the graph itself and functions are not read.
enum ONNXModel {
  private static let graphField = 7

  static func open(_ file: InputFile, limits: WeightsLimits) throws(WeightsProblem) -> Checkpoint {
    var reader = ProtobufReader(file)
    var metadata: [String: String] = [:]
    var tensors: [ONNXTensor] = []
    var hasGraph = false
    while let field = try reader.next() {
      switch field.number {
      case 1: metadata["onnx.ir_version"] = "\(try field.varint())"
      case 2: metadata["onnx.producer"] = try reader.text(field)
      case 3: metadata["onnx.producer_version"] = try reader.text(field)
      case graphField:
        hasGraph = true
        try readGraph(reader.message(in: field), &tensors, &metadata)
      default: break
      }
    }
    guard hasGraph else { throw .onnx(.noGraph) }
    guard !tensors.isEmpty else { throw .onnx(.noInitializers) }
    var items: [ONNXSource.Item] = []
    var logicalBytes = 0
    var files = ONNXExternalFiles(model: file)
    for tensor in tensors {
      let item = try tensor.item(files: &files)
      try limits.add(item.entry.byteCount, to: &logicalBytes)
      items.append(item)
    }
    return try Checkpoint(
      format: .onnx, path: file.path, entries: items.map(\.entry), metadata: metadata,
      source: ONNXSource(file: file, items: items))
  }

  private static func readGraph(
    _ reader: ProtobufReader, _ tensors: inout [ONNXTensor], _ metadata: inout [String: String]
  ) throws(WeightsProblem) {
    var reader = reader
    while let field = try reader.next() {
      switch field.number {
      case 2: metadata["onnx.graph"] = try reader.text(field)
      case 5:
        guard tensors.count < ArchiveLayout.maximumTensors else { throw .onnx(.tooManyTensors) }
        tensors.append(try ONNXTensor(reader.message(in: field)))
      case 15: throw .onnx(.sparse(tensor: try sparseName(reader.message(in: field))))
      default: break
      }
    }
  }

  /// The name of a `SparseTensorProto` is that of its values.
  private static func sparseName(_ reader: ProtobufReader) throws(WeightsProblem) -> String {
    var reader = reader
    while let field = try reader.next() {
      if field.number == 1 { return try ONNXTensor(reader.message(in: field)).name }
    }
    return ""
  }
}

/// What is wrong with an ONNX model beside its protobuf encoding.
public enum ONNXProblem: Hashable, Sendable {
  case noGraph
  case noInitializers
  case tooManyTensors
  case tooManyDimensions(tensor: String)
  /// `code` is a number of `TensorProto.DataType`.
  case unsupportedElementType(tensor: String, code: Int)
  case tooManyElements(tensor: String, [Int])
  case elementCount(tensor: String, expected: Int, found: Int)
  case dataLength(tensor: String, expected: Int, found: Int)
  /// The elements are in several fields, or in one that does not go with their type.
  case misplacedData(tensor: String)
  case valueOutOfRange(tensor: String, Int)
  case sparse(tensor: String)
  case segmented(tensor: String)
  /// The model is in memory, so that there is no directory for its other files.
  case externalInMemory(tensor: String)
  /// Not a plain path below the model's directory.
  case externalPath(tensor: String, location: String)
  /// `offset` or `length` is not a number.
  case externalNumber(tensor: String, key: String, value: String)
  case externalLength(tensor: String, location: String, expected: Int, found: Int)
  case externalPastEnd(tensor: String, location: String, offset: Int, length: Int, fileSize: Int)
  case inExternal(location: String, WeightsProblem)
  /// A model to be written, with its weights inside, is longer than protobuf allows.
  case tooLarge(size: Int)
}
