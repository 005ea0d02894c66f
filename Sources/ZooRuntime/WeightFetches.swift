import ZooKernels

/// Which steps fetch the weights of which later ones.
///
/// The weights of a network are seldom in a cache when its turn comes again, and a fully connected layer of one image waits for
/// its own longer than it computes. The convolutions before it need little of the memory's rate: each of them, from the last
/// one back, fetches as much as it can meanwhile.
package struct WeightFetches {
  /// What each step fetches.
  package let ofSteps: [UpcomingWeights?]

  /// What a step must wait for at least, in bytes, that it is worth it.
  private static let least = 256.0 * 1024
  /// How much is fetched for a step at most, in bytes: other programs use the last of the caches too.
  private static let most = 8.0 * 1024 * 1024

  /// For passes of so many images.
  package init(_ steps: [Step], images: Int) {
    var fetches = [UpcomingWeights?](repeating: nil, count: steps.count)
    let float = MemoryLayout<Float>.size
    for (index, step) in steps.enumerated() {
      let missing = step.cost.missingBytes(images: images)
      guard missing > Self.least, let weights = step.packed?.buffers.max(by: { $0.count < $1.count }) else { continue }
      let wanted = min(weights.count, Int(min(missing, Self.most)) / float)
      var fetched = 0
      for earlier in steps[..<index].indices.reversed() {
        // What an earlier step fetches for another one is read before.
        if fetches[earlier] != nil || fetched == wanted { break }
        guard steps[earlier].kernel.fetchesUpcoming else { continue }
        let cost = steps[earlier].cost
        let count = min(
          wanted - fetched, UpcomingWeights.floatCount(during: Double(images) * cost.products / 2),
          Int(max(0, -cost.missingBytes(images: images))) / float)
        if count == 0 { continue }
        fetches[earlier] = UpcomingWeights(weights, fetched..<fetched + count)
        fetched += count
      }
    }
    ofSteps = fetches
  }
}
