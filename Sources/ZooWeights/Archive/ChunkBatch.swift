import ZooTensor

/// Memory for one chunk on its way into an archive or out of it.
final class ChunkSlot: @unchecked Sendable {
  var tensor = 0
  /// The size of the chunk in bytes, uncompressed.
  var count = 0
  var streams: [ArchiveIndex.Stream] = []
  var encodedLength = 0
  var checksum: UInt32 = 0
  private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var target = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  deinit {
    memory.deallocate()
    target.deallocate()
  }

  func reserve(_ capacity: Int) {
    guard memory.count < capacity else { return }
    memory.deallocate()
    target.deallocate()
    memory = .allocate(byteCount: capacity, alignment: 64)
    target = .allocate(byteCount: capacity, alignment: 64)
  }

  var source: UnsafeMutableRawBufferPointer { .init(rebasing: memory[..<count]) }
  var encoded: UnsafeRawBufferPointer { .init(rebasing: target[..<encodedLength]) }

  func encode(as type: ElementType, with encoder: ChunkEncoder) {
    (streams, encodedLength, checksum) = encoder.encode(UnsafeRawBufferPointer(source), as: type, into: target)
  }
}

/// The SHA-256 of a tensor's bytes, built up chunk by chunk by one thread at a time.
final class TensorHash: @unchecked Sendable {
  private var state = SHA256()

  func update(_ bytes: UnsafeRawBufferPointer) {
    state.update(bytes)
  }

  var digest: [UInt8] { state.digest }
}

/// Consecutive chunks that are worked on together.
struct ChunkBatch: Sendable {
  let slots: [ChunkSlot]
  let tensors: [ArchiveIndex.Tensor]
  let hashes: [TensorHash]

  /// The slots of each tensor, in order. They form runs, because tensors are written one after the other.
  private var runs: [Range<Int>] {
    var runs: [Range<Int>] = []
    for position in slots.indices {
      if let last = runs.last, slots[last.lowerBound].tensor == slots[position].tensor {
        runs[runs.count - 1] = last.lowerBound..<position + 1
      } else {
        runs.append(position..<position + 1)
      }
    }
    return runs
  }

  /// Hashes each tensor's part and encodes each chunk, all at the same time.
  func encode(threads: Int) throws(WeightsProblem) {
    let runs = runs
    try Workers.share(runs.count + slots.count, threads: threads) { queue in
      var encoder: ChunkEncoder?
      while let index = queue.next() {
        queue.attempt(index) { () throws(WeightsProblem) in
          guard index >= runs.count else { return hash(runs[index]) }
          if encoder == nil { encoder = try ChunkEncoder() }
          let slot = slots[index - runs.count]
          if let encoder { slot.encode(as: tensors[slot.tensor].elementType, with: encoder) }
        }
      }
    }
  }

  /// Hashes each tensor's part.
  func hash(threads: Int) throws(WeightsProblem) {
    let runs = runs
    try Workers.forEach(runs.count, threads: threads) { (index) throws(WeightsProblem) in hash(runs[index]) }
  }

  private func hash(_ run: Range<Int>) {
    for position in run { hashes[slots[position].tensor].update(UnsafeRawBufferPointer(slots[position].source)) }
  }
}
