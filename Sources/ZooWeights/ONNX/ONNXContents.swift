/// A `ModelProto` taken apart, with nothing made of its parts yet.
struct ONNXContents {
  /// Networks have some thousands.
  static let maximumNodes = 1 << 18
  static let maximumValues = 1 << 21
  /// Longer remarks are left out.
  private static let maximumProperty = 1 << 20
  static let producerKey = "onnx.producer"
  private static let graphField = 7

  private(set) var metadata: [String: String] = [:]
  private(set) var nodes: [ONNXNode] = []
  private(set) var initializers: [ONNXTensor] = []
  /// The version of each set of operators, by its domain; empty unless the structure is read, as is all that follows.
  private(set) var operatorSets: [String: Int] = [:]
  /// What the producer noted about the model.
  private(set) var properties: [String: String] = [:]
  private(set) var inputs: [ONNXValueInfo] = []
  private(set) var outputs: [ONNXValueInfo] = []
  private(set) var values: [ONNXValueInfo] = []
  private let readsStructure: Bool
  private var valueCount = 0

  /// `readsStructure`: whether what the values are is read too, which weights do without.
  init(_ file: InputFile, readsStructure: Bool = false) throws(WeightsProblem) {
    self.readsStructure = readsStructure
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
      case 8 where readsStructure: try readOperatorSet(reader.message(in: field))
      case 14 where readsStructure && field.payload.count <= Self.maximumProperty && properties.count < 1024:
        let (key, value) = try reader.message(in: field).pair(atMost: Self.maximumProperty)
        properties[key] = value
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
      case 11 where readsStructure: inputs.append(try value(reader.message(in: field)))
      case 12 where readsStructure: outputs.append(try value(reader.message(in: field)))
      case 13 where readsStructure: values.append(try value(reader.message(in: field)))
      case 15: throw .onnx(.sparse(tensor: try sparseName(reader.message(in: field))))
      default: break
      }
    }
  }

  private mutating func value(_ reader: ProtobufReader) throws(WeightsProblem) -> ONNXValueInfo {
    valueCount += 1
    guard valueCount <= Self.maximumValues else { throw .onnx(.graphTooLarge) }
    return try ONNXValueInfo(reader)
  }

  private mutating func readOperatorSet(_ reader: ProtobufReader) throws(WeightsProblem) {
    var reader = reader
    var (domain, version) = ("", 0)
    while let field = try reader.next() {
      switch field.number {
      case 1: domain = try reader.text(field)
      case 2: version = try field.integer()
      default: break
      }
    }
    if operatorSets.count < 1024 { operatorSets[domain == "ai.onnx" ? "" : domain] = version }
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
