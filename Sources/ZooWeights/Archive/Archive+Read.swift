import ZooTensor

/// An archive's tensors for a `Checkpoint`, in the order of the data. A piece is a chunk.
extension Archive: TensorSource {
  func readsPieces(of entry: Int) -> Bool { true }

  func read(
    _ entry: Int, piece: Int, into target: UnsafeMutableRawBufferPointer
  ) throws(WeightsProblem) {
    try withDecoder { (decoder) throws(WeightsProblem) in
      try decoder.decode(index.tensors[order[entry]], chunk: piece, from: file, into: target)
    }
  }
}

/// What `Archive.verify` went through.
public struct ArchiveVerification: Hashable, Sendable {
  /// How many tensors were read and compared with their SHA-256.
  public let tensors: Int
  /// How many chunks were decoded and compared with their CRC-32.
  public let chunks: Int
  /// The size of the tensors in memory.
  public let byteCount: Int
  /// In bytes.
  public let fileSize: Int
  /// What the contents are called: equal for equal tensors, names and metadata.
  public let contentIdentifier: ContentIdentifier
}

extension Archive {
  /// Reads all of the archive again: every chunk's CRC-32, every stream, every tensor's SHA-256.
  ///
  /// - Throws: `WeightsError` naming the first tensor, chunk and offset that is not as the index says.
  public func verify(threads: Int? = nil) throws(WeightsError) -> ArchiveVerification {
    let threads = max(1, threads ?? Workers.processorCount)
    do throws(WeightsProblem) {
      try file.checkSize()
      let hashes = index.tensors.map { _ in TensorHash() }
      let work: [(tensor: Int, chunk: Int)] = order.flatMap { tensor in
        index.tensors[tensor].chunks.indices.map { (tensor, $0) }
      }
      let slots = (0..<min(work.count, threads * 4)).map { _ in ChunkSlot() }
      var start = 0
      while start < work.count {
        let batch = work[start..<min(start + slots.count, work.count)]
        try verify(batch, slots: slots, hashes: hashes, threads: threads)
        start = batch.endIndex
      }
      for (tensor, hash) in zip(index.tensors, hashes) where hash.digest != tensor.digest {
        throw .archive(.tensorDigest(tensor: tensor.name))
      }
      try file.checkSize()
      return ArchiveVerification(
        tensors: index.tensors.count, chunks: work.count, byteCount: index.tensors.reduce(0) { $0 + $1.byteCount },
        fileSize: fileSize, contentIdentifier: contentIdentifier)
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  private func verify(
    _ work: ArraySlice<(tensor: Int, chunk: Int)>, slots: [ChunkSlot], hashes: [TensorHash], threads: Int
  ) throws(WeightsProblem) {
    for (slot, item) in zip(slots, work) {
      let tensor = index.tensors[item.tensor]
      slot.tensor = item.tensor
      slot.count = tensor.chunks[item.chunk].elements * tensor.elementType.size
      slot.reserve(slot.count)
    }
    try Workers.forEach(work.count, threads: threads) { (position) throws(WeightsProblem) in
      let item = work[work.startIndex + position]
      try withDecoder { (decoder) throws(WeightsProblem) in
        try decoder.decode(
          index.tensors[item.tensor], chunk: item.chunk, from: file, into: slots[position].source)
      }
    }
    let batch = ChunkBatch(slots: Array(slots[..<work.count]), tensors: index.tensors, hashes: hashes)
    try batch.hash(threads: threads)
  }
}
