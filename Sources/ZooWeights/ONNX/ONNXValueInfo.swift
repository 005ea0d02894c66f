/// A `ValueInfoProto`: what a value of a graph is.
package struct ONNXValueInfo: Hashable, Sendable {
  package private(set) var name = ""
  /// A number of `TensorProto.DataType`; 0 for what is no tensor.
  package private(set) var elementType = 0
  /// `nil` for an extent that is left open, be it by a name; `nil` altogether where the file does not say.
  package private(set) var dimensions: [Int?]?

  /// The number of `TensorProto.DataType` for float32, float16, float64 and bfloat16.
  package static let floatingPointTypes: Set<Int> = [1, 10, 11, 16]

  init(_ reader: ProtobufReader) throws(WeightsProblem) {
    var reader = reader
    while let field = try reader.next() {
      switch field.number {
      case 1: name = try reader.text(field)
      case 2: try readType(reader.message(in: field))
      default: break
      }
    }
  }

  /// A `TypeProto`.
  private mutating func readType(_ reader: ProtobufReader) throws(WeightsProblem) {
    var reader = reader
    while let field = try reader.next() {
      guard field.number == 1 else { continue }
      var tensor = try reader.message(in: field)
      while let field = try tensor.next() {
        switch field.number {
        case 1: elementType = try field.integer()
        case 2: try readShape(tensor.message(in: field))
        default: break
        }
      }
    }
  }

  private mutating func readShape(_ reader: ProtobufReader) throws(WeightsProblem) {
    var reader = reader
    var found: [Int?] = []
    while let field = try reader.next() {
      guard field.number == 1 else { continue }
      guard found.count < ONNXTensor.maximumRank else { throw .onnx(.tooManyDimensions(tensor: name)) }
      var dimension = try reader.message(in: field)
      var extent: Int?
      while let field = try dimension.next() {
        // Exporters write 0 or -1 for what they do not know.
        if field.number == 1 { extent = try field.integer() }
      }
      found.append(extent.flatMap { $0 > 0 ? $0 : nil })
    }
    dimensions = found
  }
}

extension ProtobufReader {
  /// A `StringStringEntryProto`.
  func pair(atMost limit: Int) throws(WeightsProblem) -> (key: String, value: String) {
    var reader = self
    var (key, value) = ("", "")
    while let field = try reader.next() {
      switch field.number {
      case 1: key = try reader.text(field)
      case 2: value = try reader.text(field, atMost: limit)
      default: break
      }
    }
    return (key, value)
  }
}
