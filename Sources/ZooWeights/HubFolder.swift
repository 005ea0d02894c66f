import ZooTensor

/// A folder as the Hugging Face hub has them: weights in `model.safetensors`, or in several such files with
/// `model.safetensors.index.json`, which says what is in which; or the same in PyTorch's files, `pytorch_model.bin`.
///
/// Files in it may be symbolic links, because the hub's own cache is made of them; what they lead to is read as safetensors
/// or as PyTorch's, and as nothing else.
package enum HubFolder {
  package static let weightsFile = "model.safetensors"
  package static let indexFile = "model.safetensors.index.json"
  private static let torchFile = "pytorch_model.bin"
  private static let torchIndexFile = "pytorch_model.bin.index.json"

  /// More files than any network for images is cut into; each is open while the checkpoint is.
  static let maximumShards = 256

  /// Whether there are weights in the folder that `open` would read.
  package static func isOne(_ path: String) -> Bool { weights(in: path) != nil }

  /// The first file of those that may hold weights or say where they are.
  private static func weights(in path: String) -> String? {
    [weightsFile, indexFile, torchFile, torchIndexFile].first { FileKind(path: "\(path)/\($0)") == .regular }
  }

  /// Splits the path of an index; `nil` when it is that of another file.
  static func split(index path: String) -> (folder: String, index: String)? {
    guard [".safetensors.index.json", ".bin.index.json"].contains(where: path.hasSuffix) else { return nil }
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let folder = path[..<slash]
    return (folder.isEmpty ? "/" : String(folder), String(path[path.index(after: slash)...]))
  }

  /// `index`: the one to go by; `nil` for what is there.
  static func open(
    _ path: String, index: String? = nil, limits: WeightsLimits
  ) throws(WeightsProblem) -> Checkpoint {
    guard let file = index ?? weights(in: path) else { throw .file(.missing) }
    guard split(index: file) != nil else {
      let whole = try shard(file, in: path, limits: limits)
      var checkpoint = try Checkpoint(
        format: whole.format, path: path, entries: whole.entries, metadata: whole.metadata, skipped: whole.skipped,
        source: whole.source)
      checkpoint.file = whole.file
      checkpoint.removedPrefix = whole.removedPrefix
      return checkpoint
    }
    return try openShards(path, index: file, limits: limits)
  }

  private static func openShards(
    _ path: String, index indexFile: String, limits: WeightsLimits
  ) throws(WeightsProblem) -> Checkpoint {
    let index = try readIndex(indexFile, in: path)
    let files = Set(index.values).sorted(by: String.bytewisePrecedes)
    guard files.count <= maximumShards else { throw .safetensors(.tooManyShards(files.count)) }
    var format = CheckpointFormat.safetensors
    var entries: [Checkpoint.Entry] = []
    var places: [ShardedSource.Place] = []
    var sources: [any TensorSource] = []
    var metadata: [String: String] = [:]
    var skipped: [String] = []
    var logicalBytes = 0
    for (number, file) in files.enumerated() {
      let shard = try shard(file, in: path, limits: limits)
      // One of several files may by chance hold only names that begin alike.
      let names = shard.entries.map { shard.removedPrefix + $0.name }
      for (position, entry) in shard.entries.enumerated() {
        let name = names[position]
        guard index[name] == file else { throw .safetensors(.notInIndex(tensor: name, file: file)) }
        try limits.add(entry.byteCount, to: &logicalBytes)
        entries.append(.init(name: name, shape: entry.shape, elementType: entry.elementType))
        places.append(.init(shard: number, position: position))
      }
      let found = Set(names)
      if let missing = index.filter({ $0.value == file && !found.contains($0.key) }).keys.min() {
        throw .safetensors(.notInShard(tensor: missing, file: file))
      }
      format = shard.format
      skipped += shard.skipped
      metadata.merge(shard.metadata) { first, _ in first }
      sources.append(shard.source)
    }
    return try Checkpoint(
      format: format, path: path, entries: entries, metadata: metadata, skipped: skipped,
      source: ShardedSource(files: files, sources: sources, places: places))
  }

  private static func shard(
    _ file: String, in path: String, limits: WeightsLimits
  ) throws(WeightsProblem) -> Checkpoint {
    do throws(WeightsProblem) {
      let input = try InputFile("\(path)/\(String(path: file.utf8))")
      var checkpoint: Checkpoint
      if file.hasSuffix(".bin") {
        guard let torch = try Checkpoint.openTorch(input, dictionary: nil, limits: limits) else {
          throw .unrecognised(start: try input.bytes(at: 0, count: min(input.size, 8)))
        }
        checkpoint = torch
      } else {
        checkpoint = try Safetensors.open(input, limits: limits)
      }
      checkpoint.file = input
      return checkpoint
    } catch {
      throw .safetensors(.inFile(file, error))
    }
  }

  /// The file of each tensor.
  private static func readIndex(
    _ indexFile: String, in path: String
  ) throws(WeightsProblem) -> [String: String] {
    var files: [String: String]?
    do throws(WeightsProblem) {
      let input = try InputFile("\(path)/\(indexFile)")
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

  /// Whether a name can only be that of a file of weights beside the index.
  private static func isFileName(_ name: String) -> Bool {
    (name.hasSuffix(".safetensors") || name.hasSuffix(".bin")) && !name.hasPrefix(".")
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

  func readsPieces(of entry: Int) -> Bool {
    sources[places[entry].shard].readsPieces(of: places[entry].position)
  }

  func prepare(_ entry: Int, threads: Int) throws(WeightsProblem) {
    try inShard(of: entry) { (source, position) throws(WeightsProblem) in
      try source.prepare(position, threads: threads)
    }
  }

  func read(_ entry: Int, piece: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    try inShard(of: entry) { (source, position) throws(WeightsProblem) in
      try source.read(position, piece: piece, into: target)
    }
  }

  func read(_ entry: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    try inShard(of: entry) { (source, position) throws(WeightsProblem) in try source.read(position, into: target) }
  }

  private func inShard(
    of entry: Int, _ body: (any TensorSource, _ position: Int) throws(WeightsProblem) -> Void
  ) throws(WeightsProblem) {
    let place = places[entry]
    do throws(WeightsProblem) {
      try body(sources[place.shard], place.position)
    } catch {
      throw .safetensors(.inFile(files[place.shard], error))
    }
  }
}
