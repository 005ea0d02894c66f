import ZooTensor

extension ArchiveIndex {
  /// Reads the index, which a stranger wrote, and checks everything about it that can be checked without the data.
  /// `dataEnd`: where the chunks must end, which is where the index begins.
  static func decode(
    _ bytes: [UInt8], dataEnd: Int, limits: WeightsLimits
  ) throws(WeightsProblem) -> ArchiveIndex {
    var reader = ByteReader(bytes)
    var index = ArchiveIndex()
    guard let count = reader.integer(UInt32.self) else { throw .archive(.indexCutShort(.tensorCount)) }
    guard count <= ArchiveLayout.maximumTensors, Int(count) <= reader.remaining / ArchiveLayout.minimumRecord
    else { throw .archive(.tooManyTensors(Int(count))) }
    index.tensors.reserveCapacity(Int(count))
    var names: Set<String> = []
    var logicalBytes = 0
    for _ in 0..<count {
      let tensor = try decodeTensor(
        &reader, after: index.tensors.last?.name, names: &names, logicalBytes: &logicalBytes, limits: limits)
      index.tensors.append(tensor)
    }
    index.metadata = try decodeMetadata(&reader)
    guard reader.remaining == 0 else { throw .archive(.indexTrailingBytes(reader.remaining)) }
    try index.checkPlaces(dataEnd: dataEnd)
    return index
  }

  private static func decodeTensor(
    _ reader: inout ByteReader, after previous: String?, names: inout Set<String>, logicalBytes: inout Int,
    limits: WeightsLimits
  ) throws(WeightsProblem) -> Tensor {
    let name = try decodeName(&reader, after: previous, names: &names)
    guard let code = reader.integer(UInt8.self), let rank = reader.integer(UInt8.self)
    else { throw .archive(.indexCutShort(.tensor(name))) }
    guard let elementType = ElementType(archiveCode: code) else {
      throw .archive(.unknownElementType(tensor: name, code: code))
    }
    guard rank <= ArchiveLayout.maximumRank else { throw .archive(.rankTooHigh(tensor: name, rank: Int(rank))) }
    var dimensions: [Int] = []
    for _ in 0..<rank {
      guard let dimension = reader.integer(UInt64.self) else { throw .archive(.indexCutShort(.tensor(name))) }
      guard dimension <= ArchiveLayout.maximumDimension else {
        throw .archive(.dimensionTooLarge(tensor: name, dimension))
      }
      dimensions.append(Int(dimension))
    }
    guard let shape = Shape(checking: dimensions, elementType: elementType) else {
      throw .archive(.tooManyElements(tensor: name, dimensions))
    }
    var tensor = Tensor(name: name, elementType: elementType, shape: shape)
    try limits.add(tensor.byteCount, to: &logicalBytes)

    let planes = elementType.size
    guard let chunkCount = reader.integer(UInt32.self), let digest = reader.slice(32) else {
      throw .archive(.indexCutShort(.tensor(name)))
    }
    tensor.digest = Array(digest)
    let expected = Tensor.chunkCount(elements: shape.elementCount)
    if shape.elementCount == 0, chunkCount != 0 { throw .archive(.chunksOfEmptyTensor(tensor: name)) }
    guard chunkCount == expected else {
      throw .archive(.chunkCount(tensor: name, expected: expected, found: Int(chunkCount)))
    }
    guard expected <= reader.remaining / ArchiveLayout.chunkRecordSize(planes: planes) else {
      throw .archive(.indexCutShort(.tensor(name)))
    }
    tensor.chunks.reserveCapacity(expected)
    tensor.streams.reserveCapacity(expected * planes)
    for chunk in 0..<expected {
      try tensor.decodeChunk(chunk, &reader)
    }
    return tensor
  }

  private static func decodeName(
    _ reader: inout ByteReader, after previous: String?, names: inout Set<String>
  ) throws(WeightsProblem) -> String {
    guard let length = reader.integer(UInt16.self), let bytes = reader.slice(Int(length)) else {
      throw .archive(.indexCutShort(.name))
    }
    guard let name = String(utf8: bytes) else { throw .name(.notUTF8(bytes.hexadecimal)) }
    if let problem = NameProblem(name) { throw .name(problem) }
    // Two spellings of the same characters count as one name, as they do wherever Swift compares strings.
    guard names.insert(name).inserted else { throw .name(.duplicate(name)) }
    if let previous, !String.bytewisePrecedes(previous, name) {
      throw .archive(.namesOutOfOrder(previous, name))
    }
    return name
  }

  private static func decodeMetadata(_ reader: inout ByteReader) throws(WeightsProblem) -> [String: String] {
    guard let count = reader.integer(UInt32.self) else { throw .archive(.indexCutShort(.metadata)) }
    guard count <= ArchiveLayout.maximumMetadataPairs else { throw .metadata(.tooMany(Int(count))) }
    var metadata: [String: String] = [:]
    var previous: String?
    var size = 0
    for _ in 0..<count {
      guard let keyLength = reader.integer(UInt16.self), let keyBytes = reader.slice(Int(keyLength)),
        let valueLength = reader.integer(UInt32.self)
      else { throw .archive(.indexCutShort(.metadata)) }
      size += Int(keyLength) + Int(valueLength)
      guard size <= ArchiveLayout.maximumMetadataBytes else { throw .metadata(.tooLarge(size)) }
      guard let valueBytes = reader.slice(Int(valueLength)) else { throw .archive(.indexCutShort(.metadata)) }
      guard let key = String(utf8: keyBytes) else { throw .metadata(.notUTF8(key: keyBytes.hexadecimal)) }
      guard let value = String(utf8: valueBytes) else { throw .metadata(.notUTF8(key: key)) }
      guard metadata.updateValue(value, forKey: key) == nil else { throw .metadata(.duplicateKey(key)) }
      if let previous, !String.bytewisePrecedes(previous, key) {
        throw .metadata(.keysOutOfOrder(previous, key))
      }
      previous = key
    }
    return metadata
  }

  /// Checks that the chunks follow each other from the superblock to the index with nothing between or shared.
  private func checkPlaces(dataEnd: Int) throws(WeightsProblem) {
    var end = ArchiveLayout.superblockSize
    for position in dataOrder {
      let tensor = tensors[position]
      for (number, chunk) in tensor.chunks.enumerated() {
        guard chunk.offset == end else {
          throw .archive(.chunkOutOfPlace(tensor: tensor.name, chunk: number, expected: end, found: chunk.offset))
        }
        let (next, overflow) = end.addingReportingOverflow(chunk.length)
        guard !overflow, next <= dataEnd else {
          throw .archive(.chunkPastData(tensor: tensor.name, chunk: number, dataEnd: dataEnd))
        }
        end = next
      }
    }
    guard end == dataEnd else { throw .archive(.unclaimedBytes(offset: end, count: dataEnd - end)) }
  }
}

extension ArchiveIndex.Tensor {
  fileprivate mutating func decodeChunk(_ number: Int, _ reader: inout ByteReader) throws(WeightsProblem) {
    guard let offset = reader.integer(UInt64.self), let found = reader.integer(UInt32.self) else {
      throw .archive(.indexCutShort(.tensor(name)))
    }
    let expected = min(ArchiveLayout.chunkElements, shape.elementCount - number * ArchiveLayout.chunkElements)
    guard found == expected else {
      throw .archive(.chunkElements(tensor: name, chunk: number, expected: expected, found: Int(found)))
    }
    var length = 0
    for plane in (0..<elementType.size).reversed() {
      guard let code = reader.integer(UInt8.self), let streamLength = reader.integer(UInt32.self).map(Int.init)
      else { throw .archive(.indexCutShort(.tensor(name))) }
      let place = StreamPlace(tensor: name, chunk: number, plane: plane)
      guard let codec = StreamCodec(rawValue: code) else {
        throw .archive(.unknownCodec(place, code: code))
      }
      switch codec {
      case .stored:
        guard streamLength == expected else {
          throw .archive(.storedLength(place, expected: expected, found: streamLength))
        }
      case .deflate:
        guard streamLength > 0, streamLength < expected,
          expected <= streamLength * ArchiveLayout.maximumDeflateRatio
        else { throw .archive(.deflatedLength(place, elements: expected, found: streamLength)) }
      }
      streams.append(ArchiveIndex.Stream(codec: codec, length: streamLength))
      length += streamLength
    }
    guard let checksum = reader.integer(UInt32.self) else { throw .archive(.indexCutShort(.tensor(name))) }
    chunks.append(
      ArchiveIndex.Chunk(offset: Int(clamping: offset), elements: expected, length: length, checksum: checksum))
  }
}
