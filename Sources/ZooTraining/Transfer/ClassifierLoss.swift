/// What a linear classifier's scores cost for one picture. All are smooth, so that a minimum can be recognised by its gradient.
public enum ClassifierLoss: String, Hashable, Sendable, CaseIterable {
  /// The cross-entropy of the softmax: ln Σⱼ exp(sⱼ) − s_y.
  case softmax
  /// The multiclass support vector machine of Stanford's cs231n with the hinge squared: Σ_{j≠y} max(0, sⱼ − s_y + 1)²
  /// (Weston & Watkins, 1999). It is not divided by the number of classes.
  case svm
  /// A support vector machine for each class against all others, with the hinge squared: Σⱼ max(0, 1 − tⱼsⱼ)², where tⱼ is
  /// 1 for the picture's class and −1 for the others (Rifkin & Klautau, 2004).
  case oneAgainstAll = "one-against-all"

  /// The loss for one picture, with the scores replaced by the loss's derivatives.
  package func value(scores: UnsafeMutableBufferPointer<Double>, label: Int) -> Double {
    switch self {
    case .softmax: softmax(scores, label)
    case .svm: westonWatkins(scores, label)
    case .oneAgainstAll: oneAgainstAll(scores, label)
    }
  }

  private func softmax(_ scores: UnsafeMutableBufferPointer<Double>, _ label: Int) -> Double {
    var largest = -Double.infinity
    for score in scores { largest = Swift.max(largest, score) }
    let own = scores[label] - largest
    var sum = 0.0
    for index in scores.indices {
      scores[index] = Double.power(ofNonpositive: scores[index] - largest)
      sum += scores[index]
    }
    let scale = 1 / sum
    for index in scores.indices { scores[index] *= scale }
    scores[label] -= 1
    return Double.naturalLogarithm(sum) - own
  }

  private func westonWatkins(_ scores: UnsafeMutableBufferPointer<Double>, _ label: Int) -> Double {
    let own = scores[label]
    var (sum, total) = (0.0, 0.0)
    scores[label] = -.infinity
    for index in scores.indices {
      let margin = Swift.max(0, scores[index] - own + 1)
      sum += margin * margin
      total += margin
      scores[index] = 2 * margin
    }
    scores[label] = -2 * total
    return sum
  }

  private func oneAgainstAll(_ scores: UnsafeMutableBufferPointer<Double>, _ label: Int) -> Double {
    var sum = 0.0
    for index in scores.indices {
      let sign = index == label ? 1.0 : -1.0
      let margin = Swift.max(0, 1 - sign * scores[index])
      sum += margin * margin
      scores[index] = -2 * sign * margin
    }
    return sum
  }

  /// How the loss's derivatives change with the scores. `scores`: by how much each score grows; replaced by how much
  /// each derivative does. `derivatives`: what `value` left at the point.
  package func differentiate(
    scores: UnsafeMutableBufferPointer<Double>, label: Int, derivatives: UnsafeBufferPointer<Double>
  ) {
    switch self {
    case .softmax:
      // The probabilities are the derivatives, but for the label's.
      var mean = scores[label]
      for index in scores.indices { mean += derivatives[index] * scores[index] }
      let own = (derivatives[label] + 1) * (scores[label] - mean)
      for index in scores.indices { scores[index] = derivatives[index] * (scores[index] - mean) }
      scores[label] = own
    case .svm:
      let own = scores[label]
      var sum = 0.0
      for index in scores.indices {
        scores[index] = derivatives[index] > 0 ? 2 * (scores[index] - own) : 0
        sum += scores[index]
      }
      scores[label] = -sum
    case .oneAgainstAll:
      for index in scores.indices { scores[index] = derivatives[index] != 0 ? 2 * scores[index] : 0 }
    }
  }
}
