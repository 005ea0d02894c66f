import ZooTensor

/// A folder as the Hugging Face hub has them: weights in `model.safetensors`, or in several such files with
/// `model.safetensors.index.json`, which says what is in which.
///
/// Files in it may be symbolic links, because the hub's own cache is made of them; what they lead to is read as
/// safetensors and as nothing else.
package enum SafetensorsFolder {
  package static let weightsFile = "model.safetensors"
  package static let indexFile = "model.safetensors.index.json"

  /// More files than any network for images is cut into; each is open while the checkpoint is.
  static let maximumShards = 256

  /// Whether there are weights in the folder that `open` would read.
  package static func isOne(_ path: String) -> Bool {
    [weightsFile, indexFile].contains { FileKind(path: "\(path)/\($0)") == .regular }
  }

  static func open(_ path: String, limits: WeightsLimits) throws(WeightsProblem) -> Checkpoint {
    guard FileKind(path: "\(path)/\(weightsFile)") == nil else {
      let whole = try shard(weightsFile, in: path, limits: limits)
      var checkpoint = try Checkpoint(
        format: .safetensors, path: path, entries: whole.entries, metadata: whole.metadata, source: whole.source)
      checkpoint.file = whole.file
      return checkpoint
    }
    let index = try readIndex("\(path)/\(indexFile)")
    let files = Set(index.values).sorted(by: String.bytewisePrecedes)
    guard files.count <= maximumShards else { throw .safetensors(.tooManyShards(files.count)) }
    var entries: [Checkpoint.Entry] = []
    var places: [ShardedSource.Place] = []
    var sources: [any TensorSource] = []
    var metadata: [String: String] = [:]
    var logicalBytes = 0
    for (number, file) in files.enumerated() {
      let shard = try shard(file, in: path, limits: limits)
      for (position, entry) in shard.entries.enumerated() {
        guard index[entry.name] == file else { throw .safetensors(.notInIndex(tensor: entry.name, file: file)) }
        try limits.add(entry.byteCount, to: &logicalBytes)
        entries.append(entry)
        places.append(.init(shard: number, position: position))
      }
      if let missing = index.filter({ $0.value == file && !shard.contains($0.key) }).keys.min() {
        throw .safetensors(.notInShard(tensor: missing, file: file))
      }
      metadata.merge(shard.metadata) { first, _ in first }
      sources.append(shard.source)
    }
    return try Checkpoint(
      format: .safetensors, path: path, entries: entries, metadata: metadata,
      source: ShardedSource(files: files, sources: sources, places: places))
  }

  private static func shard(
    _ file: String, in path: String, limits: WeightsLimits
  ) throws(WeightsProblem) -> Checkpoint {
    do throws(WeightsProblem) {
      let input = try InputFile("\(path)/\(String(path: file.utf8))")
      var checkpoint = try Safetensors.open(input, limits: limits)
      checkpoint.file = input
      return checkpoint
    } catch {
      throw .safetensors(.inFile(file, error))
    }
  }

  /// The file of each tensor.
  private static func readIndex(_ path: String) throws(WeightsProblem) -> [String: String] {
    var files: [String: String]?
    do throws(WeightsProblem) {
      let input = try InputFile(path)
      guard input.size <= Safetensors.maximumHeader else { throw .safetensors(.headerTooLong) }
      var scanner = JSONScanner(try input.bytes(at: 0, count: input.size))
      try scanner.object { (scanner, key) throws(WeightsProblem) in
        guard key == "weight_map" else { return try scanner.skipValue() }
        var map: [String: String] = [:]
        try scanner.object { (scanner, tensor) throws(WeightsProblem) in
          let file = try scanner.string()
          guard isFileName(file) else { throw .safetensors(.shardName(tensor: tensor, file: file)) }
          guard map.count < ArchiveLayout.maximumTensors else { throw .safetensors(.tooManyTensors) }
          map[tensor] = file
        }
        files = map
      }
      try scanner.end()
      guard files != nil else { throw .safetensors(.noWeightMap) }
    } catch {
      throw .safetensors(.inFile(indexFile, error))
    }
    return files ?? [:]
  }

  /// Whether a name can only be that of a safetensors file beside the index.
  private static func isFileName(_ name: String) -> Bool {
    name.hasSuffix(".safetensors") && !name.hasPrefix(".")
      && name.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") }
  }

  /// Writes a new folder with the tensors, the metadata and other files, which gets its name when it is complete.
  static func write(
    _ checkpoint: Checkpoint, texts: [(name: String, text: String)], to path: String
  ) throws(WeightsProblem) {
    let folder = try OutputDirectory(path)
    for (name, text) in texts { try folder.write(text, to: name) }
    try Safetensors.write(
      checkpoint, positions: Array(checkpoint.entries.indices), to: folder.place(of: weightsFile), overwrite: false)
    try folder.commit()
  }
}

/// The tensors of several files.
private struct ShardedSource: TensorSource {
  struct Place: Sendable {
    let shard: Int
    let position: Int
  }

  let files: [String]
  let sources: [any TensorSource]
  let places: [Place]

  func readsPieces(of entry: Int) -> Bool { true }

  func read(_ entry: Int, piece: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    let place = places[entry]
    do throws(WeightsProblem) {
      try sources[place.shard].read(place.position, piece: piece, into: target)
    } catch {
      throw .safetensors(.inFile(files[place.shard], error))
    }
  }
}
