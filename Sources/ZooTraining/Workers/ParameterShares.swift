/// Who adds up, moves and gives to the others which of the numbers that learn: each worker about the same count of each bucket.
///
/// A bucket holds tensors whose gradients are complete at about the same time of the backward pass, so that they can be on their
/// way while the rest of it runs. Tensors are cut where operations on long buffers cut them, so that a share of a tensor is
/// computed with the same bits as the whole.
package struct ParameterShares: Sendable {
  /// Numbers of a tensor, one after the other.
  package struct Run: Hashable, Sendable {
    package let tensor: Int
    package let range: Range<Int>
  }

  package struct Bucket: Sendable {
    /// The step after which all gradients of it are complete.
    package let step: Int
    package let tensors: [Int]
    /// By worker.
    package let runs: [[Run]]

    /// How many numbers are a worker's.
    package func count(of worker: Int) -> Int { runs[worker].reduce(0) { $0 + $1.range.count } }
  }

  /// In the order in which they are complete.
  package let buckets: [Bucket]
  package let workers: Int

  /// Four megabytes.
  package static let bucketFloats = 1 << 20

  /// - Parameters:
  ///   - tensors: how many numbers each has, and the step after which its gradient is complete.
  ///   - workers: how many there are.
  ///   - partFloats: the numbers that stay together.
  ///   - bucketFloats: a bucket is closed when it has as many.
  package init(
    _ tensors: [(count: Int, step: Int)], workers: Int, partFloats: Int, bucketFloats: Int = Self.bucketFloats
  ) {
    self.workers = workers
    var buckets: [Bucket] = []
    var (open, count) = ([Int](), 0)
    func close() {
      guard let last = open.last else { return }
      var runs = [[Run]](repeating: [], count: workers)
      var before = 0
      for tensor in open {
        for start in stride(from: 0, to: tensors[tensor].count, by: partFloats) {
          let end = min(start + partFloats, tensors[tensor].count)
          let owner = before * workers / max(1, count)
          if let run = runs[owner].last, run.tensor == tensor {
            runs[owner][runs[owner].count - 1] = Run(tensor: tensor, range: run.range.lowerBound..<end)
          } else {
            runs[owner].append(Run(tensor: tensor, range: start..<end))
          }
          before += end - start
        }
      }
      buckets.append(Bucket(step: tensors[last].step, tensors: open, runs: runs))
      (open, count) = ([], 0)
    }
    for tensor in tensors.indices.sorted(by: { (tensors[$0].step, $0) < (tensors[$1].step, $1) }) {
      open.append(tensor)
      count += tensors[tensor].count
      if count >= bucketFloats { close() }
    }
    close()
    self.buckets = buckets
  }

  /// All numbers that are a worker's, in the order of the buckets.
  package func runs(of worker: Int) -> [Run] { buckets.flatMap { $0.runs[worker] } }
}
