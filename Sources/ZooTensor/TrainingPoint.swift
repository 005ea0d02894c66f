/// Where in a run of training a pass is: what random numbers depend on, beside what they are for.
public struct TrainingPoint: Hashable, Sendable {
  /// What tells one run from another of the same data.
  public var seed: UInt64
  /// Counted from 0 over all epochs.
  public var step: Int
  /// The place of the pass's first image in the batch of the step, where a batch is worked off in parts.
  public var firstImage: Int

  /// - Parameters:
  ///   - seed: what tells one run from another.
  ///   - step: how many updates came before.
  ///   - firstImage: which picture of the batch the first one is, where a batch is computed in slices.
  public init(seed: UInt64 = 0, step: Int = 0, firstImage: Int = 0) {
    self.seed = seed
    self.step = step
    self.firstImage = firstImage
  }

  /// The numbers by which dropout drops elements of an image: the element `i` in C, H, W order is dropped where
  /// `uniform(i)` is below the probability.
  ///
  /// - Parameters:
  ///   - key: tells layers apart
  ///   - image: which of the pass's images
  /// - Returns: Numbers of a counter, the same on every machine.
  public func dropout(key: UInt64, image: Int) -> CounterRandom {
    CounterRandom(
      seed: seed, purpose: .dropout, UInt64(truncatingIfNeeded: step), key,
      UInt64(truncatingIfNeeded: firstImage + image))
  }
}
