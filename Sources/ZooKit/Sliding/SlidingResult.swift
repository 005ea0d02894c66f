import ZooTensor

/// What a classifier says of a picture that it slid over, at one scale or several.
public struct SlidingResult: Sendable {
  /// One run over the picture.
  public struct Pass: Sendable {
    /// The shorter side to which the picture was resized; `nil` for its own size.
    public let scale: Int?
    public let map: ScoreMap
    public let duration: Duration
  }

  /// The scales in the order in which they were asked for, each followed by its mirror image if that was.
  public let passes: [Pass]
  /// Of each class: softmax (of independent classes, the sigmoid) of the mean scores of a pass, averaged over the passes
  /// (Simonyan and Zisserman, arXiv:1409.1556, section 3.2).
  public let probabilities: [Double]
  /// Of each class: the mean score of a pass, averaged over the passes.
  public let logits: [Float]

  init(_ passes: [Pass]) {
    self.passes = passes
    let means = passes.map(\.map.means)
    probabilities = average(zip(passes, means).map { $0.map.function.probabilities($1) })
    logits = average(means).map { Float($0) }
  }

  /// The `count` likeliest classes of the whole picture, best first.
  public func top(_ count: Int, labels: Labels?) -> [Classification] {
    Classification.top(count, probabilities: probabilities, logits: logits, labels: labels)
  }

  /// The `count` best places of all passes; see `[Detection].best`.
  public func best(_ count: Int, labels: Labels?) -> [Detection] {
    passes.enumerated().flatMap { $0.element.map.detections(labels: labels, pass: $0.offset) }.best(count)
  }
}

/// The mean of arrays of one length.
///
/// - Precondition: at least one.
func average(_ arrays: [[Double]]) -> [Double] {
  arrays[0].indices.map { index in arrays.reduce(0) { $0 + $1[index] } / Double(arrays.count) }
}
