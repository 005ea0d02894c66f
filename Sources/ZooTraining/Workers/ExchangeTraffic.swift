/// What workers send each other in a step, in numbers of four bytes, without anything being sent.
///
/// Workers are laid out in blocks: the first ones are on the first machine. What stays on a machine does not cross the network.
package struct ExchangeTraffic: Sendable {
  package let tree: SliceTree
  /// The workers of each.
  package let machines: [Range<Int>]
  /// By bucket and worker: how many of the bucket's numbers are the worker's share.
  private let shares: [[Int]]
  /// By worker: the sums that it sends of each number.
  private let roots: [Int]

  /// - Parameters:
  ///   - tensors: how many numbers each has, and the step after which its gradient is complete.
  ///   - tree: slices and workers.
  ///   - machines: how many the workers are on, at most as many as there are workers.
  ///   - partFloats: as of `ParameterShares`.
  ///   - bucketFloats: as of `ParameterShares`.
  package init(
    _ tensors: [(count: Int, step: Int)], tree: SliceTree, machines: Int, partFloats: Int,
    bucketFloats: Int = ParameterShares.bucketFloats
  ) {
    self.tree = tree
    let all = ParameterShares(tensors, workers: tree.workers, partFloats: partFloats, bucketFloats: bucketFloats)
    shares = all.buckets.map { bucket in (0..<tree.workers).map { bucket.count(of: $0) } }
    roots = (0..<tree.workers).map { tree.roots(of: $0).count }
    self.machines = (0..<machines).map { $0 * tree.workers / machines..<($0 + 1) * tree.workers / machines }
  }

  /// How many numbers there are.
  package var numbers: Int { shares.reduce(0) { $0 + $1.reduce(0, +) } }

  /// The most that are one worker's.
  package var largestShare: Int {
    (0..<tree.workers).map { worker in shares.reduce(0) { $0 + $1[worker] } }.max() ?? 0
  }

  /// The sums of all workers that there are of a number.
  package var rootCount: Int { roots.reduce(0, +) }

  /// What a worker sends in a step: sums of gradients, then the numbers that it has moved.
  package func sent(by worker: Int) -> Int {
    shares.reduce(0) { sum, bucket in
      let others = bucket.reduce(0, +) - bucket[worker]
      return sum + roots[worker] * others + bucket[worker] * (tree.workers - 1)
    }
  }

  /// What goes over the network or stays on machines at one point of a step.
  package struct Load: Hashable, Sendable {
    /// Numbers in one direction of the busiest machine's link.
    package var onLink = 0
    /// Numbers that a worker gets from others of its machine, at most.
    package var local = 0
    /// Messages that one worker sends to other machines, at most.
    package var messages = 0
  }

  /// The gradients of a bucket, to those whose share they are.
  package func gradients(ofBucket index: Int) -> Load {
    let bucket = shares[index]
    let all = bucket.reduce(0, +)
    let receivers = bucket.count { $0 > 0 }
    var load = Load()
    for machine in machines {
      let (own, sums) = (machine.reduce(0) { $0 + bucket[$1] }, machine.reduce(0) { $0 + roots[$1] })
      load.onLink = max(load.onLink, sums * (all - own), (rootCount - sums) * own)
      load.local = max(load.local, machine.map { (sums - roots[$0]) * bucket[$0] }.max() ?? 0)
      load.messages = max(load.messages, receivers - machine.count { bucket[$0] > 0 })
    }
    return load
  }

  /// The numbers that each worker has moved, to all others.
  package var movedNumbers: Load {
    let shares = (0..<tree.workers).map { worker in self.shares.reduce(0) { $0 + $1[worker] } }
    let all = shares.reduce(0, +)
    var load = Load()
    for machine in machines {
      let own = machine.reduce(0) { $0 + shares[$1] }
      load.onLink = max(load.onLink, own * (tree.workers - machine.count), (all - own) * machine.count)
      load.local = max(load.local, machine.map { own - shares[$0] }.max() ?? 0)
      load.messages = max(load.messages, tree.workers - machine.count)
    }
    return load
  }

  /// A message of each worker to each other one. `size`: of each, in numbers.
  package func exchange(of size: Int) -> Load {
    var load = Load()
    for machine in machines {
      let others = tree.workers - machine.count
      load.onLink = max(load.onLink, size * machine.count * others)
      load.local = max(load.local, size * (machine.count - 1))
      load.messages = max(load.messages, others)
    }
    return load
  }

  /// The numbers of its memory that a worker needs beside those of a run that is not shared: sums that wait, and messages.
  package func buffers(of worker: Int) -> Int {
    shares.reduce(0) { sum, bucket in
      let all = bucket.reduce(0, +)
      return sum + roots[worker] * (all - bucket[worker]) + (rootCount - roots[worker]) * bucket[worker]
    } + tree.depth(of: worker) * numbers
  }
}
