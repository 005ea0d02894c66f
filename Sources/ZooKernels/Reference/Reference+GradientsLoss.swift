import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Losses of one image's scores, one for each class, given targets: one number for each class, with a sum of one for a
/// picture of one class, or of a mixture.
extension Reference {
  /// `−Σ t log p`, of the softmax `p` of the scores.
  package static func softmaxLoss(targets: Input, _ scores: Input) -> Double {
    let maximum = scores.max() ?? 0
    let logarithm = maximum + log(scores.reduce(0.0) { $0 + exp($1 - maximum) })
    return zip(targets, scores).reduce(0.0) { $0 + $1.0 * (logarithm - $1.1) }
  }

  /// `p · Σ t − t`.
  package static func softmaxLossGradient(targets: Input, _ scores: Input, into gradient: Output) {
    softmax(area: 1, scores, into: gradient)
    let sum = targets.reduce(0, +)
    for index in gradient.indices { gradient[index] = gradient[index] * sum - targets[index] }
  }

  /// `Σ t_y · Σ max(0, s_j − s_y + 1)` over the classes `y` and all others `j`, or the same of squares: the support vector
  /// machine of several classes (Weston & Watkins, 1999; Stanford's CS231n).
  package static func supportVectorLoss(isSquared: Bool, targets: Input, _ scores: Input) -> Double {
    var sum = 0.0
    forEachViolation(targets, scores) { margin, target, _, _ in sum += target * (isSquared ? margin * margin : margin) }
    return sum
  }

  /// The gradient of `supportVectorLoss`; none for a margin that is just kept.
  package static func supportVectorLossGradient(
    isSquared: Bool, targets: Input, _ scores: Input, into gradient: Output
  ) {
    for index in gradient.indices { gradient[index] = 0 }
    forEachViolation(targets, scores) { margin, target, own, other in
      let slope = target * (isSquared ? 2 * margin : 1)
      gradient[other] += slope
      gradient[own] -= slope
    }
  }

  private static func forEachViolation(
    _ targets: Input, _ scores: Input, _ body: (_ margin: Double, _ target: Double, _ own: Int, _ other: Int) -> Void
  ) {
    for own in targets.indices where targets[own] != 0 {
      for other in scores.indices where other != own {
        let margin = scores[other] - scores[own] + 1
        if margin > 0 { body(margin, targets[own], own, other) }
      }
    }
  }

  /// `Σ t · max(0, 1 − s) + (1 − t) · max(0, 1 + s)`: a support vector machine for each class against all others.
  package static func oneAgainstAllLoss(targets: Input, _ scores: Input) -> Double {
    zip(targets, scores).reduce(0.0) { $0 + $1.0 * max(0, 1 - $1.1) + (1 - $1.0) * max(0, 1 + $1.1) }
  }

  /// The gradient of `oneAgainstAllLoss`; none for a margin that is just kept.
  package static func oneAgainstAllLossGradient(targets: Input, _ scores: Input, into gradient: Output) {
    for (index, score) in scores.enumerated() {
      gradient[index] = (score > -1 ? 1 - targets[index] : 0) - (score < 1 ? targets[index] : 0)
    }
  }
}
