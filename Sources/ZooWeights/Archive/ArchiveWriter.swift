import ZooTensor

/// Writes an archive front to back, holding a few chunks in memory whatever the size of the tensors.
///
/// The same tensors in the same order give the same bytes, however many threads compress them. The file appears under its
/// name when `finish` has written all of it; a writer that is dropped before leaves nothing behind.
public final class ArchiveWriter {
  private let file: OutputFile
  private let threads: Int
  private let metadata: [String: String]
  private var tensors: [ArchiveIndex.Tensor] = []
  private var hashes: [TensorHash] = []
  private var names: Set<String> = []
  private var slots: [ChunkSlot] = []
  private var used = 0

  /// - Parameters:
  ///   - path: where the archive will be.
  ///   - metadata: free text by key, at most 1,024 pairs and 4 MiB.
  ///   - overwrite: whether an archive of this name may be replaced.
  ///   - threads: how many compress; one per processor when `nil`.
  /// - Throws: `WeightsError` when no file can be made there.
  public init(
    path: String, metadata: [String: String] = [:], overwrite: Bool = false, threads: Int? = nil
  ) throws(WeightsError) {
    do throws(WeightsProblem) {
      if let problem = MetadataProblem(metadata) { throw .metadata(problem) }
      file = try OutputFile(path, overwrite: overwrite)
    } catch {
      throw WeightsError(path: path, error)
    }
    self.metadata = metadata
    self.threads = max(1, threads ?? Workers.processorCount)
    do throws(WeightsProblem) {
      try writeSuperblock()
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  /// Adds a tensor.
  public func append(_ name: String, _ tensor: Tensor) throws(WeightsError) {
    try append(name, shape: tensor.shape, elementType: tensor.elementType) { range, target in
      tensor.withUnsafeBytes { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
  }

  /// Adds a tensor that is read piece by piece.
  ///
  /// - Parameters:
  ///   - name: its name; each once.
  ///   - shape: its shape.
  ///   - elementType: how its bytes are to be read.
  ///   - read: fills the buffer with the given range of the tensor's bytes; called in ascending order.
  /// - Throws: `WeightsError` when the name is taken or unsuitable, or when writing fails; and what `read` throws.
  public func append(
    _ name: String, shape: Shape, elementType: ElementType,
    read: (Range<Int>, UnsafeMutableRawBufferPointer) throws(WeightsError) -> Void
  ) throws(WeightsError) {
    let tensor = ArchiveIndex.Tensor(name: name, elementType: elementType, shape: shape)
    do throws(WeightsProblem) {
      try checkLimits(of: tensor)
    } catch {
      throw WeightsError(path: file.path, error)
    }
    let position = tensors.count
    tensors.append(tensor)
    hashes.append(TensorHash())
    let step = ArchiveLayout.chunkElements * elementType.size
    var start = 0
    while start < tensor.byteCount {
      let range = start..<min(start + step, tensor.byteCount)
      let slot = slot(at: used, capacity: range.count)
      slot.tensor = position
      slot.count = range.count
      try read(range, slot.source)
      used += 1
      if used == threads * 4 { try flush() }
      start = range.upperBound
    }
  }

  /// Writes what is left, the index and the footer, and gives the file its name.
  ///
  /// - Returns: what identifies the tensors, independent of their order and compression.
  @discardableResult
  public func finish() throws(WeightsError) -> ContentIdentifier {
    try flush()
    var index = ArchiveIndex(tensors: tensors, metadata: metadata)
    for (position, hash) in hashes.enumerated() { index.tensors[position].digest = hash.digest }
    index.tensors.sort { String.bytewisePrecedes($0.name, $1.name) }
    let identifier = index.contentIdentifier
    do throws(WeightsProblem) {
      let bytes = index.encoded()
      guard bytes.count <= ArchiveLayout.maximumIndexLength else {
        throw .archive(.indexTooLong(UInt64(bytes.count)))
      }
      var footer: [UInt8] = []
      footer.append(littleEndian: UInt64(file.size))
      footer.append(littleEndian: UInt64(bytes.count))
      footer.append(littleEndian: crc32(bytes))
      footer += identifier.bytes
      footer.append(littleEndian: crc32(footer))
      footer += ArchiveLayout.magic.reversed()
      try file.write(bytes)
      try file.write(footer)
      try file.commit()
    } catch {
      throw WeightsError(path: file.path, error)
    }
    return identifier
  }

  private func writeSuperblock() throws(WeightsProblem) {
    var bytes = ArchiveLayout.magic
    bytes.append(littleEndian: ArchiveLayout.major)
    bytes.append(littleEndian: ArchiveLayout.minor)
    bytes.append(littleEndian: UInt32(0))
    bytes.append(littleEndian: crc32(bytes))
    bytes += [UInt8](repeating: 0, count: ArchiveLayout.superblockSize - bytes.count)
    try file.write(bytes)
  }

  private func checkLimits(of tensor: ArchiveIndex.Tensor) throws(WeightsProblem) {
    let (name, dimensions) = (tensor.name, tensor.shape.dimensions)
    if let problem = NameProblem(name) { throw .name(problem) }
    guard names.insert(name).inserted else { throw .name(.duplicate(name)) }
    guard tensors.count < ArchiveLayout.maximumTensors else { throw .archive(.tooManyTensors(tensors.count + 1)) }
    guard dimensions.count <= ArchiveLayout.maximumRank else {
      throw .archive(.rankTooHigh(tensor: name, rank: dimensions.count))
    }
    for dimension in dimensions where dimension > ArchiveLayout.maximumDimension {
      throw .archive(.dimensionTooLarge(tensor: name, UInt64(dimension)))
    }
    guard Shape(checking: dimensions, elementType: tensor.elementType) != nil else {
      throw .archive(.tooManyElements(tensor: name, dimensions))
    }
  }

  private func slot(at position: Int, capacity: Int) -> ChunkSlot {
    if position == slots.count { slots.append(ChunkSlot()) }
    slots[position].reserve(capacity)
    return slots[position]
  }

  /// Compresses the chunks read so far, hashes the tensors they belong to, and writes them in order.
  private func flush() throws(WeightsError) {
    guard used > 0 else { return }
    let batch = ChunkBatch(slots: Array(slots[..<used]), tensors: tensors, hashes: hashes)
    do throws(WeightsProblem) {
      try batch.encode(threads: threads)
      for slot in batch.slots {
        let chunk = ArchiveIndex.Chunk(
          offset: file.size, elements: slot.count / tensors[slot.tensor].elementType.size,
          length: slot.encodedLength, checksum: slot.checksum)
        tensors[slot.tensor].chunks.append(chunk)
        tensors[slot.tensor].streams += slot.streams
        try file.write(slot.encoded)
      }
    } catch {
      throw WeightsError(path: file.path, error)
    }
    used = 0
  }
}
