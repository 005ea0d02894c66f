/// How much of a point's attention each of the others has: a normal distribution around the point whose width is such that the
/// perplexity, e to the entropy, is the one that was asked for (van der Maaten & Hinton, 2008).
package enum Affinity {
  /// The largest difference in entropy, in nats.
  package static let tolerance = 1e-5
  /// Doublings and bisections; a few dozen are usual.
  private static let maximumSteps = 1000

  /// `distances`: squared. `own`: the place of the point itself, which gets 0; `nil` when it is not among them.
  /// `result`: as many numbers as distances; their sum is 1. Returns whether there is such a width. There is none where
  /// more points than the perplexity are equally near: then those have it all, as with a width that goes to 0.
  @discardableResult
  package static func distribute(
    over distances: UnsafeBufferPointer<Double>, excluding own: Int?, perplexity: Double,
    into result: UnsafeMutablePointer<Double>
  ) -> Bool {
    let count = distances.count
    let others = Double(count - (own == nil ? 0 : 1))
    var (nearest, sum) = (Double.infinity, 0.0)
    for index in 0..<count where index != own { nearest = min(nearest, distances[index]) }
    for index in 0..<count where index != own { sum += distances[index] - nearest }
    let mean = sum / others
    let target = Double.naturalLogarithm(perplexity)
    var (precision, low, high) = (1.0, 0.0, Double.infinity)
    var isReached = false
    for _ in 0..<maximumSteps {
      let scale = mean > 0 ? precision / mean : 0
      var (total, weighted) = (0.0, 0.0)
      for index in 0..<count {
        guard index != own else {
          result[index] = 0
          continue
        }
        let exponent = (distances[index] - nearest) * scale
        let weight = Double.power(ofNonpositive: -exponent)
        result[index] = weight
        total += weight
        if weight > 0 { weighted += weight * exponent }
      }
      for index in 0..<count { result[index] /= total }
      let difference = Double.naturalLogarithm(total) + weighted / total - target
      isReached = difference.magnitude < tolerance
      // Only equally near points are left, and too many.
      if isReached || (difference > 0 && weighted == 0) { break }
      if difference > 0 { low = precision } else { high = precision }
      precision = high.isFinite ? low + (high - low) / 2 : precision * 2
    }
    return isReached
  }
}
