extension RandomizationCheck.Result {
  /// What the check says about a method, by the rank correlation that is left when the upper half of the layers is random:
  /// what tells classes apart is gone then. Maps of edges lose theirs only with the first layers, whose filters find edges.
  public enum Verdict: String, Hashable, Sendable {
    /// Little is left: the map depends on the weights, as an explanation must. That alone does not make it a good one.
    case depends
    /// Something is left.
    case partly
    /// Much is left: most of the map is there whatever was learnt.
    case independent
    /// There is no correlation with a map whose values are all equal.
    case undefined
  }

  /// From this rank correlation on, most of a map is said to be kept. Both bounds are conventions, those of medium and large
  /// correlations (Cohen, 1988); the numbers stand beside every verdict.
  public static let kept = 0.5
  /// Below this rank correlation, a map is said to have changed.
  public static let changed = 0.3

  /// The larger of the rank correlations of magnitudes and, whatever its sign, of values: a map that only turned its sign
  /// around shows the same places.
  public static func kept(_ similarity: MapSimilarity) -> Double? {
    [similarity.rank.map { abs($0) }, similarity.magnitudeRank].compactMap(\.self).max()
  }

  /// The first step after which at least half of the layers are random.
  public var halfway: Step { steps.first { 2 * $0.layers >= layers } ?? steps[steps.count - 1] }

  /// What is kept when the upper half is random; `nil` where a map's values are all equal.
  public var kept: Double? { Self.kept(halfway.similarity) }

  /// What is kept when all layers are random.
  public var keptByNone: Double? { Self.kept(steps[steps.count - 1].similarity) }

  /// What the similarities say, by the thresholds that it documents.
  public var verdict: Verdict {
    guard let kept else { return .undefined }
    return kept >= Self.kept ? .independent : kept < Self.changed ? .depends : .partly
  }
}
