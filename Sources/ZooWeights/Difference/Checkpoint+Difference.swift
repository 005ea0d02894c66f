import ZooTensor

extension Checkpoint {
  /// Compares the tensors of two checkpoints by name, and their metadata, this one being the first.
  ///
  /// A few pieces of at most 2 MiB are in memory at a time; only a tensor that its format cannot read in pieces is held
  /// whole. Two archives are asked for their SHA-256 first, and tensors of which these agree are not read: `verify`
  /// says whether they are right.
  ///
  /// - Parameters:
  ///   - other: the second checkpoint.
  ///   - only: patterns with `*` and `?`; tensors whose names fit one of them are compared, all when there are none.
  ///   - threads: how many compare; one per processor when `nil`.
  ///   - progress: told how many of how many bytes are done.
  /// - Throws: `WeightsError` when a file is damaged, or when no name fits.
  /// - Returns: What differs, the tensors by how much.
  public func difference(
    from other: Checkpoint, only: [String] = [], threads: Int? = nil,
    progress: ((_ done: Int, _ total: Int) -> Void)? = nil
  ) throws(WeightsError) -> CheckpointDifference {
    let threads = max(1, threads ?? Workers.processorCount)
    let patterns = only.map(NamePattern.init)
    func isMeant(_ entry: Entry) -> Bool { patterns.isEmpty || patterns.contains { $0.matches(entry.name) } }
    let kept = entries.filter(isMeant)
    let added = other.entries.filter { isMeant($0) && !contains($0.name) }
    if kept.isEmpty, added.isEmpty, !only.isEmpty {
      throw WeightsError(path: path, .nothingSelected(pattern: only.joined(separator: ", ")))
    }
    let shared = archive.flatMap { own in
      other.archive.flatMap { own.contentIdentifier == $0.contentIdentifier ? own.contentIdentifier : nil }
    }
    var pairs: [TensorPair] = []
    for entry in kept {
      guard let counterpart = other.entry(named: entry.name) else { continue }
      let pair = TensorPair(
        first: entry, second: counterpart,
        positions: (try position(of: entry.name), try other.position(of: entry.name)),
        hasSameDigest: shared != nil || hasDigest(of: entry, in: other))
      pairs.append(pair)
    }
    let values = try TensorComparison(first: self, second: other, pairs: pairs, threads: threads).run(progress)
    return CheckpointDifference(
      common: zip(pairs, values).map {
        TensorDifference(name: $0.first.name, first: $0.first, second: $0.second, values: $1)
      },
      removed: kept.filter { !other.contains($0.name) }, added: added,
      metadata: Self.metadataDifferences(metadata, other.metadata), sharedContent: shared)
  }

  /// Whether both are archives that give the same SHA-256 for the tensor.
  private func hasDigest(of entry: Entry, in other: Checkpoint) -> Bool {
    guard let own = archive?.digest(of: entry.name), let digest = other.archive?.digest(of: entry.name) else {
      return false
    }
    return own == digest && other.entry(named: entry.name) == entry
  }

  private static func metadataDifferences(
    _ first: [String: String], _ second: [String: String]
  ) -> [MetadataDifference] {
    Set(first.keys).union(second.keys).sorted(by: String.bytewisePrecedes)
      .filter { first[$0] != second[$0] }
      .map { MetadataDifference(key: $0, first: first[$0], second: second[$0]) }
  }
}

/// A tensor that two checkpoints have.
struct TensorPair: Sendable {
  let first: Checkpoint.Entry
  let second: Checkpoint.Entry
  let positions: (first: Int, second: Int)
  let hasSameDigest: Bool

  /// Whether there are numbers to be compared.
  var isRead: Bool { first.shape == second.shape && !hasSameDigest }

  var pieces: Int { Pieces(byteCount: first.byteCount, elementType: first.elementType).count }
}

/// Reads the tensors of two checkpoints side by side, piece by piece, and counts what differs.
private struct TensorComparison: Sendable {
  let first: Checkpoint
  let second: Checkpoint
  let pairs: [TensorPair]
  let threads: Int

  /// One piece of one pair.
  private struct Item {
    let pair: Int
    let piece: Int
  }

  /// - Returns: one result per pair, `nil` for those that are not read.
  func run(_ progress: ((_ done: Int, _ total: Int) -> Void)?) throws(WeightsError) -> [ValueDifference?] {
    let total = pairs.reduce(0) { $1.isRead ? $0 + $1.first.byteCount : $0 }
    var totals = [ComparedPart](repeating: ComparedPart(), count: pairs.count)
    var done = 0
    var batch: [Item] = []
    // So many that the threads are rarely idle, and progress can be told in between.
    let capacity = 16 * threads
    func flush() throws(WeightsError) {
      for (item, part) in zip(batch, try compare(batch)) {
        totals[item.pair].add(part)
        done +=
          min(ArchiveLayout.chunkElements, pairs[item.pair].first.shape.elementCount)
          * pairs[item.pair].first.elementType.size
      }
      batch.removeAll(keepingCapacity: true)
      progress?(min(done, total), total)
    }
    for (number, pair) in pairs.enumerated() where pair.isRead {
      try prepare(pair)
      if first.source.readsPieces(of: pair.positions.first), second.source.readsPieces(of: pair.positions.second) {
        for piece in 0..<pair.pieces {
          batch.append(Item(pair: number, piece: piece))
          if batch.count == capacity { try flush() }
        }
      } else {
        totals[number] = try compareWhole(pair)
        done += pair.first.byteCount
      }
    }
    try flush()
    return pairs.indices.map { pairs[$0].isRead ? totals[$0].difference(of: pairs[$0].first.shape) : nil }
  }

  private func prepare(_ pair: TensorPair) throws(WeightsError) {
    try naming(first) { () throws(WeightsProblem) in
      try first.source.prepare(pair.positions.first, threads: threads)
    }
    try naming(second) { () throws(WeightsProblem) in
      try second.source.prepare(pair.positions.second, threads: threads)
    }
  }

  private func naming(
    _ checkpoint: Checkpoint, _ body: () throws(WeightsProblem) -> Void
  ) throws(WeightsError) {
    do throws(WeightsProblem) {
      try body()
    } catch {
      throw WeightsError(path: checkpoint.path, error)
    }
  }

  /// Compares pieces, several at a time, each in memory that its thread keeps.
  private func compare(_ items: [Item]) throws(WeightsError) -> [ComparedPart] {
    let slots = PartSlots(count: items.count)
    do throws(WeightsProblem) {
      try Workers.share(items.count, threads: threads) { queue in
        let buffers = PieceBuffers()
        while let index = queue.next() {
          queue.attempt(index) { () throws(WeightsProblem) in
            let (pair, piece) = (pairs[items[index].pair], items[index].piece)
            let left = buffers.first(first.pieces(of: pair.positions.first)[piece].count)
            let right = buffers.second(second.pieces(of: pair.positions.second)[piece].count)
            try first.source.read(pair.positions.first, piece: piece, into: left)
            slots.markSecond(index)
            try second.source.read(pair.positions.second, piece: piece, into: right)
            slots.complete(
              index,
              ElementComparison(first: pair.first.elementType, second: pair.second.elementType).compare(
                UnsafeRawBufferPointer(left), UnsafeRawBufferPointer(right), start: piece * ArchiveLayout.chunkElements)
            )
          }
        }
      }
    } catch {
      throw WeightsError(path: slots.isSecondAtFirstFailure ? second.path : first.path, error)
    }
    return slots.parts
  }

  /// Compares tensors of which one at least cannot be read in pieces.
  private func compareWhole(_ pair: TensorPair) throws(WeightsError) -> ComparedPart {
    let left = try first.tensor(named: pair.first.name, threads: threads)
    let right = try second.tensor(named: pair.second.name, threads: threads)
    return left.withUnsafeBytes { left in
      right.withUnsafeBytes { right in
        ElementComparison(first: pair.first.elementType, second: pair.second.elementType)
          .compare(left, right, start: 0)
      }
    }
  }
}

/// One thread's memory for a piece of each side.
private final class PieceBuffers {
  private let memory: (UnsafeMutableRawBufferPointer, UnsafeMutableRawBufferPointer)

  init() {
    let size = ArchiveLayout.chunkElements * MemoryLayout<Double>.size
    memory = (.allocate(byteCount: size, alignment: 64), .allocate(byteCount: size, alignment: 64))
  }

  deinit {
    memory.0.deallocate()
    memory.1.deallocate()
  }

  func first(_ count: Int) -> UnsafeMutableRawBufferPointer { .init(rebasing: memory.0[..<count]) }
  func second(_ count: Int) -> UnsafeMutableRawBufferPointer { .init(rebasing: memory.1[..<count]) }
}

/// Places for results that several threads fill, each its own, and how far each got.
private final class PartSlots: @unchecked Sendable {
  private enum Stage { case first, second, complete }

  private let results: UnsafeMutableBufferPointer<(stage: Stage, part: ComparedPart)>

  init(count: Int) {
    results = .allocate(capacity: count)
    results.initialize(repeating: (.first, ComparedPart()))
  }

  deinit {
    results.deallocate()
  }

  /// Says that the first side was read.
  func markSecond(_ index: Int) { results[index].stage = .second }

  func complete(_ index: Int, _ part: ComparedPart) { results[index] = (.complete, part) }

  /// Whether the first piece that is not complete failed on its second side.
  var isSecondAtFirstFailure: Bool { results.first { $0.stage != .complete }?.stage == .second }

  var parts: [ComparedPart] { results.map(\.part) }
}
