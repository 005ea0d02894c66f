import ZooTensor

extension Safetensors {
  /// Writes the tensors at `positions`. Those with larger elements come first, which keeps all of them aligned.
  static func write(
    _ checkpoint: Checkpoint, positions: [Int], to path: String, overwrite: Bool
  ) throws(WeightsProblem) {
    let order = positions.enumerated().sorted { left, right in
      let sizes = [left, right].map { checkpoint.entries[$0.element].elementType.size }
      return sizes[0] == sizes[1] ? left.offset < right.offset : sizes[0] > sizes[1]
    }.map(\.element)
    let file = try OutputFile(path, overwrite: overwrite)
    try file.write(try header(checkpoint, order: order))
    for position in order {
      try checkpoint.forEachPiece(of: position) { (bytes) throws(WeightsProblem) in try file.write(bytes) }
    }
    try file.commit()
  }

  private static func header(_ checkpoint: Checkpoint, order: [Int]) throws(WeightsProblem) -> [UInt8] {
    var members: [String] = []
    if !checkpoint.metadata.isEmpty {
      let pairs = checkpoint.metadata.sorted { String.bytewisePrecedes($0.key, $1.key) }
        .map { "\($0.key.json):\($0.value.json)" }
      members.append("\(metadataKey.json):{\(pairs.joined(separator: ","))}")
    }
    var begin = 0
    for position in order {
      let entry = checkpoint.entries[position]
      guard entry.name != metadataKey else { throw .safetensors(.reservedName) }
      let end = begin + entry.byteCount
      let shape = entry.shape.dimensions.map(String.init).joined(separator: ",")
      members.append(
        "\(entry.name.json):{\"dtype\":\"\(entry.elementType.safetensorsName)\","
          + "\"shape\":[\(shape)],\"data_offsets\":[\(begin),\(end)]}")
      begin = end
    }
    var text = Array("{\(members.joined(separator: ","))}".utf8)
    text += [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
    guard text.count <= maximumHeader else { throw .safetensors(.headerTooLong) }
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt64(text.count))
    return bytes + text
  }
}
