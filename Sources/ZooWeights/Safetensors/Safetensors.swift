import ZooTensor

/// The safetensors format: the length of a JSON header in 8 bytes, the header, and the tensors' bytes.
///
/// Its specification leaves readers some freedom; here the rules are those of the reference implementation, and two equal
/// keys are an error as well.
enum Safetensors {
  /// The reference implementation's limit.
  static let maximumHeader = 100_000_000
  static let metadataKey = "__metadata__"
  static let maximumRank = 64

  static func open(_ file: InputFile, limits: WeightsLimits) throws(WeightsProblem) -> Checkpoint {
    guard file.size >= 8 else { throw .safetensors(.tooShort(size: file.size)) }
    var prefix = ByteReader(try file.bytes(at: 0, count: 8))
    guard let length = prefix.offset(), length <= maximumHeader else { throw .safetensors(.headerTooLong) }
    guard length <= file.size - 8 else {
      throw .safetensors(.headerPastEnd(length: length, fileSize: file.size))
    }
    let header = try file.bytes(at: 8, count: length)
    guard header.first == UInt8(ascii: "{") else { throw .safetensors(.noObject) }
    let (records, metadata) = try decode(header)
    let bufferStart = 8 + length
    try checkPlaces(records, bufferLength: file.size - bufferStart, limits: limits)
    return try Checkpoint(
      format: .safetensors, path: file.path, entries: records.map(\.entry), metadata: metadata,
      source: RawSource(
        file: file,
        places: records.map {
          RawSource.Place(
            offset: bufferStart + $0.begin, byteCount: $0.entry.byteCount, elementType: $0.entry.elementType)
        }))
  }

  struct Record {
    let entry: Checkpoint.Entry
    let begin: Int
    let end: Int
  }

  /// The tensors in the order of their bytes, and the metadata.
  private static func decode(
    _ header: [UInt8]
  ) throws(WeightsProblem) -> (records: [Record], metadata: [String: String]) {
    var records: [Record] = []
    var metadata: [String: String] = [:]
    var scanner = JSONScanner(header, base: 8)
    try scanner.object { (scanner, name) throws(WeightsProblem) in
      if name == metadataKey {
        try scanner.object { (scanner, key) throws(WeightsProblem) in metadata[key] = try scanner.string() }
      } else {
        guard records.count < ArchiveLayout.maximumTensors else { throw .safetensors(.tooManyTensors) }
        records.append(try record(name, &scanner))
      }
    }
    try scanner.end()
    let order = records.indices.sorted {
      (records[$0].begin, records[$0].end, $0) < (records[$1].begin, records[$1].end, $1)
    }
    return (order.map { records[$0] }, metadata)
  }

  private static func record(_ name: String, _ scanner: inout JSONScanner) throws(WeightsProblem) -> Record {
    var type: String?
    var dimensions: [Int]?
    var offsets: [Int]?
    try scanner.object { (scanner, key) throws(WeightsProblem) in
      switch key {
      case "dtype": type = try scanner.string()
      case "shape": dimensions = try scanner.integers(atMost: maximumRank)
      case "data_offsets": offsets = try scanner.integers(atMost: 2)
      default: throw .safetensors(.unknownKey(tensor: name, key: key))
      }
    }
    guard let type else { throw .safetensors(.missingKey(tensor: name, key: "dtype")) }
    guard let dimensions else { throw .safetensors(.missingKey(tensor: name, key: "shape")) }
    guard let offsets, offsets.count == 2 else {
      throw .safetensors(.missingKey(tensor: name, key: "data_offsets"))
    }
    guard let elementType = ElementType(safetensors: type) else {
      throw .safetensors(.unsupportedElementType(tensor: name, type: type))
    }
    guard let shape = Shape(checking: dimensions, elementType: elementType) else {
      throw .safetensors(.tooManyElements(tensor: name, dimensions))
    }
    let entry = Checkpoint.Entry(name: name, shape: shape, elementType: elementType)
    guard offsets[0] <= offsets[1], offsets[1] - offsets[0] == entry.byteCount else {
      throw .safetensors(
        .lengthMismatch(tensor: name, begin: offsets[0], end: offsets[1], expected: entry.byteCount))
    }
    return Record(entry: entry, begin: offsets[0], end: offsets[1])
  }

  /// No byte of the buffer may belong to two tensors or to none: what no tensor claims can hide another file.
  private static func checkPlaces(
    _ records: [Record], bufferLength: Int, limits: WeightsLimits
  ) throws(WeightsProblem) {
    var end = 0
    var logicalBytes = 0
    for record in records {
      guard record.begin == end else {
        throw .safetensors(.outOfPlace(tensor: record.entry.name, expected: end, found: record.begin))
      }
      end = record.end
      try limits.add(record.entry.byteCount, to: &logicalBytes)
    }
    guard end == bufferLength else { throw .safetensors(.bufferLength(expected: end, found: bufferLength)) }
  }
}

extension ElementType {
  var safetensorsName: String {
    switch self {
    case .float64: "F64"
    case .float32: "F32"
    case .float16: "F16"
    case .bfloat16: "BF16"
    case .int64: "I64"
    case .int32: "I32"
    case .int16: "I16"
    case .int8: "I8"
    case .uint8: "U8"
    case .bool: "BOOL"
    }
  }

  init?(safetensors name: String) {
    guard let type = ElementType.allCases.first(where: { $0.safetensorsName == name }) else { return nil }
    self = type
  }
}

/// What is wrong with a safetensors file.
public enum SafetensorsProblem: Hashable, Sendable {
  case tooShort(size: Int)
  case headerTooLong
  case headerPastEnd(length: Int, fileSize: Int)
  case noObject
  case tooManyTensors
  case unknownKey(tensor: String, key: String)
  case missingKey(tensor: String, key: String)
  case unsupportedElementType(tensor: String, type: String)
  case tooManyElements(tensor: String, [Int])
  case lengthMismatch(tensor: String, begin: Int, end: Int, expected: Int)
  /// A hole in the buffer, or two tensors that share bytes.
  case outOfPlace(tensor: String, expected: Int, found: Int)
  case bufferLength(expected: Int, found: Int)
  /// A tensor cannot be called what safetensors calls its metadata.
  case reservedName
  /// The index of a folder of several files has no `weight_map`.
  case noWeightMap
  /// The index puts a tensor into something else than a safetensors file beside it.
  case shardName(tensor: String, file: String)
  case tooManyShards(Int)
  /// The index puts a tensor into a file that does not have it.
  case notInShard(tensor: String, file: String)
  /// A file has a tensor that the index does not put there.
  case notInIndex(tensor: String, file: String)
  case inFile(String, WeightsProblem)
}
