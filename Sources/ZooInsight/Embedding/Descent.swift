/// Gradient descent with momentum and a gain for each coordinate, as scikit-learn does it: gains grow by 0.2 where the gradient
/// keeps its sign (against that of the movement), shrink to 0.8 where it turns, and are at least 0.01 (Jacobs, 1988).
struct Descent {
  /// A part of the descent, begun without momentum and with gains of 1.
  struct Phase {
    var iterations: Int
    var momentum: Double
    var exaggeration: Double
  }

  let phases: [Phase]
  let learningRate: Double

  /// What the affinities are multiplied by at first, so that clusters form and can pass each other.
  static let exaggeration = 12.0
  static let exaggeratedIterations = 250
  /// Below it the descent has arrived.
  private static let smallestGradient = 1e-7

  init(points: Int, iterations: Int) {
    let early = min(iterations, Self.exaggeratedIterations)
    phases = [
      Phase(iterations: early, momentum: 0.5, exaggeration: Self.exaggeration),
      Phase(iterations: iterations - early, momentum: 0.8, exaggeration: 1),
    ]
    learningRate = max(Double(points) / Self.exaggeration / 4, 50)
  }

  /// Moves the layout `[2, points]`.
  ///
  /// - Returns: how many iterations it took.
  func run(
    _ layout: Matrix, _ gradient: some EmbeddingGradient, progress: (_ done: Int) throws -> Void
  ) rethrows -> Int {
    let count = 2 * layout.columns
    let slope = Matrix(rows: 2, columns: layout.columns)
    var done = 0
    for phase in phases {
      let (movement, gains) = (Matrix(rows: 2, columns: layout.columns), Matrix(rows: 2, columns: layout.columns))
      for index in 0..<count { gains.base[index] = 1 }
      for iteration in 0..<phase.iterations {
        try progress(done)
        gradient.evaluate(layout, exaggeration: phase.exaggeration, into: slope)
        var square = 0.0
        for index in 0..<count {
          let (step, change) = (slope.base[index], movement.base[index])
          square += step * step
          let gain = change * step < 0 ? gains.base[index] + 0.2 : gains.base[index] * 0.8
          gains.base[index] = max(gain, 0.01)
          movement.base[index] = phase.momentum * change - learningRate * gains.base[index] * step
          layout.base[index] += movement.base[index]
        }
        done += 1
        if iteration % 50 == 49, square.squareRoot() <= Self.smallestGradient { break }
      }
    }
    return done
  }
}
