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
  /// How much is fetched for a step at most, with what is read until then, in bytes: other programs use the last of the
  /// caches too.
  private static let most = 8.0 * 1024 * 1024

  /// For passes of so many images by so many threads.
  package init(_ steps: [Step], images: Int, threads: Int) {
    var fetches = [UpcomingWeights?](repeating: nil, count: steps.count)
    for (index, step) in steps.enumerated() {
      let missing = step.cost.missingBytes(images: images)
      guard missing > Self.least, let weights = step.packed?.buffers.max(by: { $0.count < $1.count }) else { continue }
      // What each thread fetches of its share, which begins there.
      let starts = (0..<threads).map { weights.count * $0 / threads }
      let wanted = min(weights.count, Self.floats(min(missing, Self.most))) / threads
      var (fetched, room) = (0, Self.most)
      for earlier in steps[..<index].indices.reversed() {
        // What an earlier step fetches for another one is read before.
        if fetches[earlier] != nil || fetched == wanted || room <= 0 { break }
        let cost = steps[earlier].cost
        if steps[earlier].kernel.fetchesUpcoming {
          let possible = min(
            UpcomingWeights.floatCount(during: Double(images) * cost.products / 2),
            Self.floats(min(room, -cost.missingBytes(images: images))))
          let count = min(wanted - fetched, max(0, possible) / threads)
          if count > 0 {
            fetches[earlier] = UpcomingWeights(
              weights, shares: starts.map { $0 + fetched..<$0 + fetched + count })
            fetched += count
            room -= Double(threads * count * MemoryLayout<Float>.size)
          }
        }
        room -= cost.weightBytes
      }
    }
    ofSteps = fetches
  }

  /// How many a number of bytes has.
  private static func floats(_ bytes: Double) -> Int { Int(bytes) / MemoryLayout<Float>.size }
}
