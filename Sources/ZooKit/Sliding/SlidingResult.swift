import ZooTensor

/// What a classifier says of a picture that it slid over, at one scale or several.
public struct SlidingResult: Sendable {
  /// One run over the picture.
  public struct Run: Sendable {
    /// The shorter side to which the picture was resized; `nil` for its own size.
    public let scale: Int?
    /// What the classifier says at each place.
    public let map: ScoreMap
    /// Of the run, without reading the picture.
    public let duration: Duration
  }

  /// The scales in the order in which they were asked for, each followed by its mirror image if that was.
  public let runs: [Run]
  /// Of each class: softmax (of independent classes, the sigmoid) of the mean scores of a run, averaged over the runs
  /// (Simonyan and Zisserman, arXiv:1409.1556, section 3.2).
  public let probabilities: [Double]
  /// Of each class: the mean score of a run, averaged over the runs.
  public let logits: [Float]

  init(_ runs: [Run]) {
    self.runs = runs
    let means = runs.map(\.map.means)
    probabilities = average(zip(runs, means).map { $0.map.function.probabilities($1) })
    logits = average(means).map { Float($0) }
  }

  /// The `count` likeliest classes of the whole picture, best first.
  public func top(_ count: Int, labels: Labels?) -> [Classification] {
    Classification.top(count, probabilities: probabilities, logits: logits, labels: labels)
  }

  /// The `count` best places of all runs; see `[Detection].best`.
  public func best(_ count: Int, labels: Labels?) -> [Detection] {
    runs.enumerated().flatMap { $0.element.map.detections(labels: labels, run: $0.offset) }.best(count)
  }
}

/// The mean of arrays of one length.
///
/// - Precondition: at least one.
func average(_ arrays: [[Double]]) -> [Double] {
  arrays[0].indices.map { index in arrays.reduce(0) { $0 + $1[index] } / Double(arrays.count) }
}
