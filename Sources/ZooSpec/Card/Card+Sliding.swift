import ZooGraph

extension Card {
  /// What `convert-fc` writes down about a network that it rewrote, so that it can be used and undone.
  public struct Sliding: Hashable, Sendable {
    /// The layers that it was, and the geometry of the scores.
    public var record: SlidingRecord
    /// What the original's card says and this one's does not.
    public var title: String?
    /// What the rewritten network costs.
    public var expected: Expected
    /// Where weights for it are.
    public var weights: [WeightsSource]

    /// - Parameters:
    ///   - record: what the network was.
    ///   - title: its title, for the card.
    ///   - expected: what the rewritten network costs.
    ///   - weights: where weights for it are.
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
