/// A `ModelProto` taken apart, with nothing made of its parts yet.
struct ONNXContents {
  /// Networks have some thousands.
  static let maximumNodes = 1 << 18
  static let maximumValues = 1 << 21
  static let producerKey = "onnx.producer"
  private static let graphField = 7

  private(set) var metadata: [String: String] = [:]
  private(set) var nodes: [ONNXNode] = []
  private(set) var initializers: [ONNXTensor] = []
  private var valueCount = 0

  init(_ file: InputFile) throws(WeightsProblem) {
    var reader = ProtobufReader(file)
    var hasGraph = false
    while let field = try reader.next() {
      switch field.number {
      case 1: metadata["onnx.ir_version"] = "\(try field.varint())"
      case 2: metadata[Self.producerKey] = try reader.text(field)
      case 3: metadata["onnx.producer_version"] = try reader.text(field)
      case Self.graphField:
        hasGraph = true
        try readGraph(reader.message(in: field))
      default: break
      }
    }
    guard hasGraph else { throw .onnx(.noGraph) }
  }

  private mutating func readGraph(_ reader: ProtobufReader) throws(WeightsProblem) {
    var reader = reader
    while let field = try reader.next() {
      switch field.number {
      case 1:
        guard nodes.count < Self.maximumNodes else { throw .onnx(.graphTooLarge) }
        nodes.append(try ONNXNode(reader.message(in: field), valueCount: &valueCount))
      case 2: metadata["onnx.graph"] = try reader.text(field)
      case 5:
        guard initializers.count < ArchiveLayout.maximumTensors else { throw .onnx(.tooManyTensors) }
        initializers.append(try ONNXTensor(reader.message(in: field)))
      case 15: throw .onnx(.sparse(tensor: try sparseName(reader.message(in: field))))
      default: break
      }
    }
  }

  /// The name of a `SparseTensorProto` is that of its values.
  private func sparseName(_ reader: ProtobufReader) throws(WeightsProblem) -> String {
    var reader = reader
    while let field = try reader.next() {
      if field.number == 1 { return try ONNXTensor(reader.message(in: field)).name }
    }
    return ""
  }
}
