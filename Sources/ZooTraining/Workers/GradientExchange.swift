import ZooKernels

/// The gradients of a step, added over its slices in the order of `SliceTree`, whoever computes them.
///
/// A worker adds the gradients of its own slices as far as the tree allows. While its last backward pass still runs, what is
/// complete is sent to those whose share it is; they add the sums of all workers, and have the gradient of the whole batch for
/// their share of the numbers afterwards. Not safe to use from two threads at once.
package final class GradientExchange {
  package let tree: SliceTree
  package let shares: ParameterShares
  private let communicator: any Communicator
  private let pool: ThreadPool
  /// Of the last slice; where a bucket's sum is, too, when it is known.
  private let gradients: [FloatBuffer]
  /// Sums that wait for a right half, the deepest first, each of all tensors.
  private let held: [[FloatBuffer]]
  private var stacks: [[SliceTree.Node]]
  /// Of the buckets, for threads to share.
  private let parts: [[ParameterShares.Run]]
  private var nextBucket = 0
  private var failure: (any Error)?
  private let outgoing: [[FloatBuffer?]]
  private let incoming: [[FloatBuffer?]]
  private let additions: [(into: Int, from: Int)]
  /// The bytes that this worker has sent.
  package private(set) var sentByteCount = 0

  package var ownSlices: Range<Int> { tree.slices(of: communicator.rank) }

  /// - Parameters:
  ///   - gradients: of each tensor that learns, as a pass leaves them, and the step after which they are complete.
  ///   - tree: slices and workers.
  ///   - communicator: reaches the other workers.
  ///   - pool: the threads that add.
  ///   - bucketFloats: as of `ParameterShares`.
  package init(
    _ gradients: [(buffer: FloatBuffer, step: Int)], tree: SliceTree, communicator: any Communicator, pool: ThreadPool,
    bucketFloats: Int = ParameterShares.bucketFloats
  ) {
    self.tree = tree
    self.communicator = communicator
    self.pool = pool
    self.gradients = gradients.map(\.buffer)
    let shares = ParameterShares(
      gradients.map { ($0.buffer.count, $0.step) }, workers: tree.workers, partFloats: Machine.partFloats,
      bucketFloats: bucketFloats)
    self.shares = shares
    held = (0..<tree.depth(of: communicator.rank)).map { _ in gradients.map { FloatBuffer(count: $0.buffer.count) } }
    stacks = shares.buckets.map { _ in [] }
    parts = shares.buckets.map { Self.parts(of: $0.runs.flatMap(\.self)) }
    let rank = communicator.rank
    let roots = (0..<tree.workers).map { tree.roots(of: $0).count }
    func buffers(_ count: (ParameterShares.Bucket, Int) -> Int) -> [[FloatBuffer?]] {
      shares.buckets.map { bucket in
        (0..<tree.workers).map { other in
          let count = other == rank ? 0 : count(bucket, other)
          return count > 0 ? FloatBuffer(count: count) : nil
        }
      }
    }
    outgoing = buffers { bucket, other in roots[rank] * bucket.count(of: other) }
    incoming = buffers { bucket, other in roots[other] * bucket.count(of: rank) }
    additions = tree.additions
  }

  /// Before the first slice of a step.
  package func begin() throws {
    failure = nil
    for (index, bucket) in incoming.enumerated() {
      stacks[index] = []
      for (other, buffer) in bucket.enumerated() {
        if let buffer { try communicator.receive(buffer.bytes, from: other, tag: MessageTag.gradients + index) }
      }
    }
  }

  /// Before each slice.
  package func beginSlice() { nextBucket = 0 }

  /// When a step of the backward pass of a slice is over. An error is thrown by `finish`.
  package func stepIsOver(_ step: Int, of slice: Int) {
    while nextBucket < shares.buckets.count, shares.buckets[nextBucket].step <= step {
      add(nextBucket, of: slice)
      if slice == ownSlices.upperBound - 1 {
        do { if failure == nil { try send(nextBucket) } } catch { failure = error }
      }
      nextBucket += 1
    }
    if communicator.count > 1, failure == nil {
      do { try communicator.advance() } catch { failure = error }
    }
  }

  /// Adds a bucket's gradients of a slice to the sums that they complete.
  private func add(_ index: Int, of slice: Int) {
    let parts = parts[index]
    var node = SliceTree.Node(first: slice, count: 1)
    while let joined = stacks[index].last?.joined(with: node) {
      stacks[index].removeLast()
      let left = held[stacks[index].count]
      pool.parallel(parts.count) { [gradients] number in
        let run = parts[number]
        let (sum, other) = (gradients[run.tensor].floats, left[run.tensor].floats)
        for place in run.range { sum[place] = other[place] + sum[place] }
      }
      node = joined
    }
    if slice == ownSlices.upperBound - 1 { return }
    let waiting = held[stacks[index].count]
    pool.parallel(parts.count) { [gradients] number in
      let run = parts[number]
      (waiting[run.tensor].floats + run.range.lowerBound).update(
        from: gradients[run.tensor].floats + run.range.lowerBound, count: run.range.count)
    }
    stacks[index].append(node)
  }

  /// Short runs, for threads to share.
  private static func parts(of runs: [ParameterShares.Run]) -> [ParameterShares.Run] {
    runs.flatMap { run in
      stride(from: run.range.lowerBound, to: run.range.upperBound, by: Machine.partFloats).map {
        ParameterShares.Run(tensor: run.tensor, range: $0..<min($0 + Machine.partFloats, run.range.upperBound))
      }
    }
  }

  /// Where this worker's roots of a tensor are, in order.
  private func roots(of bucket: Int, tensor: Int) -> [UnsafeMutablePointer<Float>] {
    stacks[bucket].indices.map { held[$0][tensor].floats } + [gradients[tensor].floats]
  }

  private func send(_ index: Int) throws {
    for (other, buffer) in outgoing[index].enumerated() {
      guard let buffer else { continue }
      var place = buffer.floats
      for root in 0...stacks[index].count {
        for run in shares.buckets[index].runs[other] {
          place.update(from: roots(of: index, tensor: run.tensor)[root] + run.range.lowerBound, count: run.range.count)
          place += run.range.count
        }
      }
      try communicator.send(
        UnsafeRawBufferPointer(buffer.bytes), to: other, tag: MessageTag.gradients + index)
      sentByteCount += buffer.bytes.count
    }
  }

  /// Waits for the sums of the other workers, and adds what is this worker's share: the gradients of these numbers are then
  /// those of the whole batch.
  package func finish() throws {
    if let failure { throw failure }
    guard communicator.count > 1 else { return }
    try communicator.finish()
    for index in shares.buckets.indices { addShare(of: index) }
  }

  private func addShare(of index: Int) {
    let rank = communicator.rank
    let own = shares.buckets[index].runs[rank]
    let count = shares.buckets[index].count(of: rank)
    var before = 0
    for run in own {
      var sums: [UnsafeMutablePointer<Float>] = []
      for worker in 0..<tree.workers {
        if worker == rank {
          sums += roots(of: index, tensor: run.tensor).map { $0 + run.range.lowerBound }
        } else if let buffer = incoming[index][worker] {
          sums += (0..<buffer.count / count).map { buffer.floats + $0 * count + before }
        }
      }
      before += run.range.count
      let sources = Sums(sums, gradients[run.tensor].floats + run.range.lowerBound)
      let parts = Self.parts(of: [ParameterShares.Run(tensor: run.tensor, range: 0..<run.range.count)])
      pool.parallel(parts.count) { [additions] number in
        let range = parts[number].range
        for (into, from) in additions {
          let (sum, other) = (sources.roots[into], sources.roots[from])
          for place in range { sum[place] += other[place] }
        }
        guard sources.roots[0] != sources.result else { return }
        (sources.result + range.lowerBound).update(from: sources.roots[0] + range.lowerBound, count: range.count)
      }
    }
  }

  /// Memory that threads add up in, each its part.
  private struct Sums: @unchecked Sendable {
    let roots: [UnsafeMutablePointer<Float>]
    let result: UnsafeMutablePointer<Float>

    init(_ roots: [UnsafeMutablePointer<Float>], _ result: UnsafeMutablePointer<Float>) {
      (self.roots, self.result) = (roots, result)
    }
  }
}

// MARK: - Numbers that each worker has a share of

extension GradientExchange {
  /// Gives each worker's share of numbers to all others.
  package func share(_ numbers: [FloatBuffer]) throws { try move(numbers, to: Array(0..<tree.workers)) }

  /// Brings each worker's share of numbers to worker 0.
  package func collect(_ numbers: [FloatBuffer]) throws { try move(numbers, to: [0]) }

  /// Gives each worker its share of the numbers that worker 0 has.
  package func distribute(_ numbers: [FloatBuffer]) throws {
    guard tree.workers > 1 else { return }
    let rank = communicator.rank
    if rank == 0 {
      let shares = communicator.others.map { (rank: $0, buffer: packed(numbers, of: $0)) }
      for (other, buffer) in shares where buffer.count > 0 {
        try communicator.send(UnsafeRawBufferPointer(buffer.bytes), to: other, tag: MessageTag.numbers)
      }
      try communicator.finish()
      withExtendedLifetime(shares) {}
    } else {
      let buffer = FloatBuffer(count: count(of: rank))
      if buffer.count > 0 { try communicator.receive(buffer.bytes, from: 0, tag: MessageTag.numbers) }
      try communicator.finish()
      unpack(buffer, of: rank, into: numbers)
    }
  }

  private func move(_ numbers: [FloatBuffer], to receivers: [Int]) throws {
    guard tree.workers > 1 else { return }
    let rank = communicator.rank
    var received: [(rank: Int, buffer: FloatBuffer)] = []
    if receivers.contains(rank) {
      received = communicator.others.filter { count(of: $0) > 0 }.map { ($0, FloatBuffer(count: count(of: $0))) }
      for (other, buffer) in received { try communicator.receive(buffer.bytes, from: other, tag: MessageTag.numbers) }
    }
    let own = packed(numbers, of: rank)
    for other in receivers where other != rank && own.count > 0 {
      try communicator.send(UnsafeRawBufferPointer(own.bytes), to: other, tag: MessageTag.numbers)
      sentByteCount += own.bytes.count
    }
    try communicator.finish()
    for (other, buffer) in received { unpack(buffer, of: other, into: numbers) }
    withExtendedLifetime(own) {}
  }

  private func count(of worker: Int) -> Int { shares.buckets.reduce(0) { $0 + $1.count(of: worker) } }

  private func packed(_ numbers: [FloatBuffer], of worker: Int) -> FloatBuffer {
    let buffer = FloatBuffer(count: count(of: worker))
    var place = buffer.floats
    for run in shares.runs(of: worker) {
      place.update(from: numbers[run.tensor].floats + run.range.lowerBound, count: run.range.count)
      place += run.range.count
    }
    return buffer
  }

  private func unpack(_ buffer: FloatBuffer, of worker: Int, into numbers: [FloatBuffer]) {
    var place = UnsafePointer(buffer.floats)
    for run in shares.runs(of: worker) {
      (numbers[run.tensor].floats + run.range.lowerBound).update(from: place, count: run.range.count)
      place += run.range.count
    }
  }
}

extension FloatBuffer {
  var bytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: floats, count: count * MemoryLayout<Float>.stride)
  }
}
