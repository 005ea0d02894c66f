/// What a fit minimises: the mean loss of the selected rows, plus λ times the sum of the squared weights. Weights are those of
/// standardised codes; the bias is not among them.
package final class LinearObjective {
  let pass: ClassifierPass
  let loss: ClassifierLoss
  package var regularisation: Double
  private let labels: [Int]
  private let losses: DoubleBuffer
  /// Of each row's loss by its scores, at the point that was evaluated last: `rows × classes`.
  private let derivatives: DoubleBuffer
  private let parallel: LinearClassifier.Parallel

  package init(pass: ClassifierPass, labels: [Int], loss: ClassifierLoss, parallel: @escaping LinearClassifier.Parallel)
  {
    self.pass = pass
    self.labels = labels
    self.loss = loss
    self.parallel = parallel
    regularisation = 0
    losses = DoubleBuffer(count: pass.selection.count)
    derivatives = DoubleBuffer(count: pass.selection.count * pass.classes)
  }

  package var parameterCount: Int { pass.paddedClasses * pass.stride }

  /// - Returns: the objective; its gradient is written.
  package func evaluate(_ parameters: DoubleBuffer, gradient: DoubleBuffer) throws -> Double {
    let (labels, loss, losses, rows) = (labels, loss, losses, pass.selection.rows)
    let (derivatives, classes) = (derivatives, pass.classes)
    gradient.base.update(repeating: 0, count: gradient.count)
    var sum = 0.0
    try pass.run(parameters, gradient: gradient) { position, scores in
      losses[position] = loss.value(scores: scores, label: labels[rows[position]])
      let own = UnsafeMutableBufferPointer(start: derivatives.base + position * classes, count: classes)
      _ = own.update(from: scores)
    } afterChunk: { positions in
      for position in positions { sum += losses[position] }
    }
    return sum / Double(rows.count) + regularisation * finish(gradient, at: parameters)
  }

  /// Writes the product of a direction and the second derivatives at the point that was evaluated last; where they jump, those
  /// of the side on which the point lies.
  package func curvature(along direction: DoubleBuffer, into product: DoubleBuffer) throws {
    let (labels, loss, rows) = (labels, loss, pass.selection.rows)
    let (derivatives, classes) = (derivatives, pass.classes)
    product.base.update(repeating: 0, count: product.count)
    try pass.run(direction, gradient: product) { position, scores in
      loss.differentiate(
        scores: scores, label: labels[rows[position]],
        derivatives: UnsafeBufferPointer(start: derivatives.base + position * classes, count: classes))
    }
    _ = finish(product, at: direction)
  }

  /// Makes a mean of a sum over rows, and adds the derivative of the penalty.
  ///
  /// - Returns: the sum of the squared weights.
  private func finish(_ gradient: DoubleBuffer, at point: DoubleBuffer) -> Double {
    let (share, decay) = (1 / Double(pass.selection.count), regularisation)
    let (width, stride) = (pass.codes.width, pass.stride)
    let squares = DoubleBuffer(count: pass.classes)
    parallel(pass.classes) { index in
      let (w, g) = (point.base + index * stride, gradient.base + index * stride)
      var square = 0.0
      for feature in 0..<width {
        square += w[feature] * w[feature]
        g[feature] = g[feature] * share + 2 * decay * w[feature]
      }
      g[width] *= share
      squares[index] = square
    }
    return (0..<squares.count).reduce(0) { $0 + squares[$1] }
  }
}
