/// What a fit minimises: the mean loss of the selected rows, plus λ times the sum of the squared weights. Weights are those of
/// standardised codes; the bias is not among them.
package final class LinearObjective {
  let pass: ClassifierPass
  let loss: ClassifierLoss
  package var regularisation: Double
  private let labels: [Int]
  private let losses: DoubleBuffer
  private let parallel: LinearClassifier.Parallel

  package init(pass: ClassifierPass, labels: [Int], loss: ClassifierLoss, parallel: @escaping LinearClassifier.Parallel)
  {
    self.pass = pass
    self.labels = labels
    self.loss = loss
    self.parallel = parallel
    regularisation = 0
    losses = DoubleBuffer(count: pass.selection.count)
  }

  package var parameterCount: Int { pass.paddedClasses * pass.stride }

  /// - Returns: the objective; its gradient is written.
  package func evaluate(_ parameters: DoubleBuffer, gradient: DoubleBuffer) throws -> Double {
    let (labels, loss, losses, rows) = (labels, loss, losses, pass.selection.rows)
    gradient.base.update(repeating: 0, count: gradient.count)
    var sum = 0.0
    try pass.run(parameters, gradient: gradient) { position, scores in
      losses[position] = loss.value(scores: scores, label: labels[rows[position]])
    } afterChunk: { positions in
      for position in positions { sum += losses[position] }
    }
    let (share, decay) = (1 / Double(rows.count), regularisation)
    let (width, stride) = (pass.codes.width, pass.stride)
    let squares = DoubleBuffer(count: pass.classes)
    parallel(pass.classes) { index in
      let (w, g) = (parameters.base + index * stride, gradient.base + index * stride)
      var square = 0.0
      for feature in 0..<width {
        square += w[feature] * w[feature]
        g[feature] = g[feature] * share + 2 * decay * w[feature]
      }
      g[width] *= share
      squares[index] = square
    }
    return sum * share + decay * (0..<squares.count).reduce(0) { $0 + squares[$1] }
  }
}
