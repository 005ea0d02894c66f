import ZooGraph

extension Card {
  /// What `convert-fc` writes down about a network that it rewrote, so that it can be used and undone.
  public struct Sliding: Hashable, Sendable {
    /// The layers that it was, and the geometry of the scores.
    public var record: SlidingRecord
    /// What the original's card says and this one's does not.
    public var title: String?
    public var expected: Expected
    public var weights: [WeightsSource]

    public init(
      record: SlidingRecord, title: String? = nil, expected: Expected = Expected(), weights: [WeightsSource] = []
    ) {
      self.record = record
      self.title = title
      self.expected = expected
      self.weights = weights
    }
  }
}
