import Testing
import ZooTraining

@Suite("The tree in which slices are added")
struct SliceTreeTests {
  static let trees: [SliceTree] = [1, 2, 4, 8, 16, 32, 64].flatMap { slices in
    (1...slices).map { SliceTree(slices: slices, workers: $0) }
  }

  /// What is added to what, as text: the tree of the definition.
  private func expected(_ slices: Range<Int>) -> String {
    if slices.count == 1 { return "\(slices.lowerBound)" }
    let middle = slices.lowerBound + slices.count / 2
    return "(\(expected(slices.lowerBound..<middle))+\(expected(middle..<slices.upperBound)))"
  }

  @Test("each slice has one worker, and all have about as many", arguments: trees)
  func slices(_ tree: SliceTree) {
    let all = (0..<tree.workers).map { tree.slices(of: $0) }
    #expect(all.flatMap { $0 } == Array(0..<tree.slices))
    let counts = all.map(\.count)
    #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1 && (counts.min() ?? 0) > 0)
  }

  @Test("a worker's roots are whole subtrees of its slices, as few as there can be", arguments: trees)
  func roots(_ tree: SliceTree) {
    for worker in 0..<tree.workers {
      let roots = tree.roots(of: worker)
      #expect(roots.flatMap { Array($0.first..<$0.first + $0.count) } == Array(tree.slices(of: worker)))
      for root in roots { #expect(root.count & (root.count - 1) == 0 && root.first % root.count == 0) }
      for (left, right) in zip(roots, roots.dropFirst()) {
        #expect(left.count != right.count || left.first % (2 * left.count) != 0, "\(left) and \(right) are one")
      }
    }
  }

  @Test("the same additions for any number of workers", arguments: trees)
  func additions(_ tree: SliceTree) {
    let roots = (0..<tree.workers).flatMap { tree.roots(of: $0) }
    var sums = roots.map { expected($0.first..<$0.first + $0.count) }
    for (into, from) in tree.additions { sums[into] = "(\(sums[into])+\(sums[from]))" }
    #expect(tree.additions.count == roots.count - 1)
    #expect(sums[0] == expected(0..<tree.slices))
  }
}

@Suite("Who moves which numbers")
struct ParameterSharesTests {
  @Test(
    "each number is one worker's, cut where long buffers are",
    arguments: [[1], [3, 500, 64, 65, 4096, 1], [10, 10, 10, 10], [100_000, 7]] as [[Int]], [1, 2, 3, 7])
  func cover(_ counts: [Int], _ workers: Int) {
    let tensors = counts.enumerated().map { (count: $1, step: 100 - $0 / 2) }
    for bucketFloats in [1, 600, 1 << 20] {
      let shares = ParameterShares(tensors, workers: workers, partFloats: 64, bucketFloats: bucketFloats)
      var owners = counts.map { [Int](repeating: -1, count: $0) }
      for bucket in shares.buckets {
        #expect(bucket.step == bucket.tensors.map { tensors[$0].step }.max())
        for worker in 0..<workers {
          for run in bucket.runs[worker] {
            #expect(bucket.tensors.contains(run.tensor) && run.range.lowerBound % 64 == 0 && !run.range.isEmpty)
            #expect(run.range.upperBound % 64 == 0 || run.range.upperBound == counts[run.tensor])
            for place in run.range {
              #expect(owners[run.tensor][place] == -1)
              owners[run.tensor][place] = worker
            }
          }
        }
        // A share is a part too large or too small at most.
        let sizes = (0..<workers).map { bucket.count(of: $0) }
        let fair = sizes.reduce(0, +) / workers
        #expect(sizes.allSatisfy { abs($0 - fair) <= 64 + 1 }, "\(sizes)")
      }
      #expect(owners.allSatisfy { !$0.contains(-1) })
      #expect(shares.buckets.map(\.step) == shares.buckets.map(\.step).sorted())
      #expect(shares.buckets.flatMap(\.tensors).sorted() == Array(counts.indices))
    }
  }
}
