import ZooTensor

/// A `BlobProto`: an array of numbers in Caffe's files, or in those of NVIDIA's Caffe, which has them as plain bytes.
struct CaffeBlob: Sendable {
  /// Caffe's own limit.
  static let maximumRank = 32

  private(set) var dimensions: [Int] = []
  /// Whether the dimensions are those of a file from before 2015, which always has four.
  private(set) var isLegacy = false
  private var floats = ProtobufNumbers(elementSize: 4)
  private var doubles = ProtobufNumbers(elementSize: 8)
  private var raw: ProtobufField?
  /// A number of NVIDIA's `Type`, the first of which is that of doubles.
  private var rawType = 0
  private var hasGradients = false

  init(_ reader: ProtobufReader) throws(WeightsProblem) {
    var reader = reader
    var legacy = [0, 0, 0, 0]
    while let field = try reader.next() {
      switch field.number {
      case 1...4:
        legacy[field.number - 1] = try field.integer()
        isLegacy = true
      case 5: try floats.append(field)
      case 7: try readShape(reader.message(in: field))
      case 8: try doubles.append(field)
      // The gradients, which some files have too.
      case 6, 9, 13: hasGradients = hasGradients || !field.payload.isEmpty
      case 10: rawType = try field.integer()
      case 12 where try !field.bytes().isEmpty: raw = field
      default: break
      }
    }
    // What Caffe does with a blob that has both.
    if isLegacy { dimensions = legacy }
  }

  private mutating func readShape(_ reader: ProtobufReader) throws(WeightsProblem) {
    var reader = reader
    while let field = try reader.next() {
      guard field.number == 1 else { continue }
      if field.type == .varint {
        try append(field.varint())
      } else {
        var numbers = reader.varints(in: try field.bytes())
        while numbers.position < numbers.end { try append(numbers.varint()) }
      }
    }
  }

  private mutating func append(_ dimension: UInt64) throws(WeightsProblem) {
    guard dimensions.count < Self.maximumRank else { throw .caffe(.tooManyDimensions) }
    dimensions.append(Int(truncatingIfNeeded: dimension))
  }

  /// The elements, and of which type they are.
  private func elements(of tensor: String) throws(WeightsProblem) -> (numbers: ProtobufNumbers, type: ElementType) {
    guard let raw else {
      guard floats.count == 0 || doubles.count == 0 else { throw .caffe(.floatsAndDoubles(tensor: tensor)) }
      return doubles.count > 0 ? (doubles, .float64) : (floats, .float32)
    }
    guard let type = [0: ElementType.float64, 1: .float32, 2: .float16][rawType] else {
      throw .caffe(.unsupportedRawData(tensor: tensor, type: rawType))
    }
    guard floats.count == 0, doubles.count == 0 else { throw .caffe(.rawDataTwice(tensor: tensor)) }
    var numbers = ProtobufNumbers(elementSize: type.size)
    try numbers.append(raw)
    return (numbers, type)
  }

  /// The checked place of a tensor with the given dimensions, which have as many elements as the blob's own.
  func item(
    named name: String, dimensions: [Int], scale: Double = 1
  ) throws(WeightsProblem) -> CaffeSource.Item {
    let (numbers, elementType) = try elements(of: name)
    guard let shape = Shape(checking: dimensions, elementType: elementType) else {
      throw .caffe(.tooManyElements(tensor: name, dimensions))
    }
    guard shape.elementCount == numbers.count else {
      if numbers.count == 0, hasGradients { throw .caffe(.gradientsOnly(tensor: name)) }
      throw .caffe(.elementCount(tensor: name, expected: shape.dimensions, found: numbers.count))
    }
    // Halves are read as they are: products of them would be rounded.
    guard scale == 1 || elementType != .float16 else { throw .caffe(.unsupportedRawData(tensor: name, type: rawType)) }
    let entry = Checkpoint.Entry(name: name, shape: shape, elementType: elementType)
    return CaffeSource.Item(entry: entry, numbers: numbers, scale: scale)
  }

  /// `[n]` for an array that extends in one dimension at most, such as a bias of 1×1×1×n; others as they are.
  var vectorDimensions: [Int] {
    let extended = dimensions.filter { $0 != 1 }
    return dimensions.isEmpty || extended.count > 1 ? dimensions : [extended.first ?? 1]
  }

  /// `[outputs, inputs]` for the weight of a fully connected layer, which was 1×1×outputs×inputs.
  var matrixDimensions: [Int] {
    dimensions.count == 4 && dimensions[0] == 1 && dimensions[1] == 1 ? Array(dimensions[2...]) : dimensions
  }
}
