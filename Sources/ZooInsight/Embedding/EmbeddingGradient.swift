/// What t-SNE minimises: the Kullback–Leibler divergence of how near points are in the plane from how near their codes are.
package protocol EmbeddingGradient {
  /// - Parameters:
  ///   - layout: coordinates, `[2, points]`.
  ///   - exaggeration: what the affinities of the codes are multiplied by.
  ///   - gradient: `[2, points]`, is written.
  func evaluate(_ layout: Matrix, exaggeration: Double, into gradient: Matrix)

  /// Σ p ln(p / q), without exaggeration, in nats.
  func divergence(_ layout: Matrix) -> Double
}
