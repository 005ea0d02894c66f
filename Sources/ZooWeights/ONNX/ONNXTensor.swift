import ZooTensor

/// A `TensorProto`: its description, and where its elements are.
struct ONNXTensor {
  static let maximumRank = 64

  private(set) var name = ""
  private var dimensions: [Int] = []
  private var code = 0
  private var raw: Range<Int>?
  private var floats = ProtobufNumbers(elementSize: 4)
  private var doubles = ProtobufNumbers(elementSize: 8)
  private var integers32 = ProtobufVarints()
  private var integers64 = ProtobufVarints()
  private var hasOtherData = false
  private var isSegmented = false
  private var isExternal = false
  private var external: [String: String] = [:]

  /// `value`: the name of the value that the tensor is, for one that is no initializer and has none of its own.
  init(_ reader: ProtobufReader, name value: String? = nil) throws(WeightsProblem) {
    var reader = reader
    name = value ?? ""
    while let field = try reader.next() {
      switch field.number {
      case 1: try readDimensions(field, reader)
      case 2: code = try field.integer()
      case 3: isSegmented = true
      case 4: try floats.append(field)
      case 5: try integers32.append(field, of: reader)
      case 6, 11: hasOtherData = true
      case 7: try integers64.append(field, of: reader)
      case 8 where value == nil: name = try reader.text(field, atMost: NameProblem.maximumLength)
      case 9: raw = try field.bytes()
      case 10: try doubles.append(field)
      case 13: try readExternal(reader.message(in: field))
      case 14: isExternal = try field.varint() == 1
      default: break
      }
    }
  }

  /// A list of floats.
  init(name: String, _ floats: ProtobufNumbers) {
    self.name = name
    self.floats = floats
    dimensions = [floats.count]
    code = ElementType.float32.onnxCode
  }

  var hasReadableType: Bool { ElementType(onnx: code) != nil }

  private mutating func readDimensions(_ field: ProtobufField, _ reader: ProtobufReader) throws(WeightsProblem) {
    if field.type == .varint {
      dimensions.append(try field.integer())
    } else {
      var numbers = reader.varints(in: try field.bytes())
      while numbers.position < numbers.end, dimensions.count <= Self.maximumRank {
        dimensions.append(Int(truncatingIfNeeded: try numbers.varint()))
      }
    }
    guard dimensions.count <= Self.maximumRank else { throw .onnx(.tooManyDimensions(tensor: name)) }
  }

  private mutating func readExternal(_ reader: ProtobufReader) throws(WeightsProblem) {
    var reader = reader
    var (key, value) = ("", "")
    while let field = try reader.next() {
      switch field.number {
      case 1: key = try reader.text(field)
      case 2: value = try reader.text(field)
      default: break
      }
    }
    if ["location", "offset", "length"].contains(key) { external[key] = value }
  }

  /// Checks that the elements are there and are as many as the shape says.
  func item(files: inout ONNXExternalFiles) throws(WeightsProblem) -> ONNXSource.Item {
    guard !name.isEmpty else { throw .name(.empty) }
    guard !isSegmented else { throw .onnx(.segmented(tensor: name)) }
    guard let type = ElementType(onnx: code) else {
      throw .onnx(.unsupportedElementType(tensor: name, code: code))
    }
    guard let shape = Shape(checking: dimensions, elementType: type) else {
      throw .onnx(.tooManyElements(tensor: name, dimensions))
    }
    let entry = Checkpoint.Entry(name: name, shape: shape, elementType: type)
    return ONNXSource.Item(entry: entry, data: try data(of: entry, files: &files))
  }

  private func data(
    of entry: Checkpoint.Entry, files: inout ONNXExternalFiles
  ) throws(WeightsProblem) -> ONNXSource.Data {
    let all = floats.count + doubles.count + integers32.count + integers64.count
    if isExternal {
      guard raw == nil, all == 0, !hasOtherData else { throw .onnx(.misplacedData(tensor: name)) }
      let place = try files.place(external, of: entry)
      return .external(place.file, offset: place.offset)
    }
    if let raw {
      guard all == 0, !hasOtherData else { throw .onnx(.misplacedData(tensor: name)) }
      guard raw.count == entry.byteCount else {
        throw .onnx(.dataLength(tensor: name, expected: entry.byteCount, found: raw.count))
      }
      return .raw(offset: raw.lowerBound)
    }
    let data: ONNXSource.Data
    let count: Int
    switch entry.elementType {
    case .float32: (data, count) = (.numbers(floats), floats.count)
    case .float64: (data, count) = (.numbers(doubles), doubles.count)
    case .int64: (data, count) = (.varints(integers64), integers64.count)
    case .int32, .int16, .int8, .uint8, .bool, .float16, .bfloat16:
      (data, count) = (.varints(integers32), integers32.count)
    }
    guard all == count, !hasOtherData else { throw .onnx(.misplacedData(tensor: name)) }
    guard count == entry.shape.elementCount else {
      throw .onnx(.elementCount(tensor: name, expected: entry.shape.elementCount, found: count))
    }
    return data
  }
}

extension ElementType {
  /// The type with a number of `TensorProto.DataType`.
  init?(onnx code: Int) {
    guard let type = Self.allCases.first(where: { $0.onnxCode == code }) else { return nil }
    self = type
  }

  /// The number of `TensorProto.DataType`.
  var onnxCode: Int {
    switch self {
    case .float32: 1
    case .uint8: 2
    case .int8: 3
    case .int16: 5
    case .int32: 6
    case .int64: 7
    case .bool: 9
    case .float16: 10
    case .float64: 11
    case .bfloat16: 16
    }
  }
}
