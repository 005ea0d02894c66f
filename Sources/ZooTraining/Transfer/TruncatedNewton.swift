/// Minimises a smooth convex function by its gradient and products with its matrix of second derivatives, without a learning
/// rate: Newton's method, whose steps are found by conjugate gradients only as exactly as is worth while (Dembo, Eisenstat &
/// Steihaug, 1982), with a search along each for a point that satisfies the strong conditions of Wolfe.
///
/// Where squared hinges bend, second derivatives jump; those of the side on which the point lies are taken (Keerthi & DeCoste,
/// 2005). Few steps are needed even where weights are hardly regularised, which gradients alone do not manage.
struct TruncatedNewton {
  struct Result {
    var value: Double
    var gradientNorm: Double
    var iterations: Int
    /// Whether the gradient became as small as asked for.
    var converged: Bool
  }

  private let loops: VectorLoops
  private let function: LinearObjective
  private var (gradient, nextPoint, nextGradient): (DoubleBuffer, DoubleBuffer, DoubleBuffer)
  private let (direction, residual, search, product): (DoubleBuffer, DoubleBuffer, DoubleBuffer, DoubleBuffer)

  /// The residual with which a step is solved for, as part of the gradient. More would be lost at the next bend.
  private static let exactness = 0.1
  /// The most products for one step.
  private static let longestSolution = 250

  init(_ function: LinearObjective, parallel: @escaping LinearClassifier.Parallel) {
    let count = function.parameterCount
    loops = VectorLoops(count: count, parallel: parallel)
    self.function = function
    (gradient, nextPoint, nextGradient) = (
      DoubleBuffer(count: count), DoubleBuffer(count: count), DoubleBuffer(count: count)
    )
    (direction, residual, search, product) = (
      DoubleBuffer(count: count), DoubleBuffer(count: count), DoubleBuffer(count: count), DoubleBuffer(count: count)
    )
  }

  /// Moves `point` to where the gradient's Euclidean norm is at most `gradientLimit`, or as near as it gets.
  /// `willContinue`: called with the number of the iteration before each walk over the rows; what it throws ends the
  /// search.
  mutating func minimise(
    _ point: DoubleBuffer, gradientLimit: Double, iterations: Int, willContinue: (Int) throws -> Void = { _ in }
  ) throws -> Result {
    var value = try function.evaluate(point, gradient: gradient)
    var norm = loops.dot(gradient, gradient).squareRoot()
    var iteration = 0
    while norm > gradientLimit, iteration < iterations {
      try solve(limit: Self.exactness * norm) { try willContinue(iteration) }
      let slope = loops.dot(gradient, direction)
      guard slope < 0, let next = try step(from: point, value: value, slope: slope, { try willContinue(iteration) })
      else { break }
      value = next
      swap(&gradient, &nextGradient)
      point.copy(from: nextPoint)
      norm = loops.dot(gradient, gradient).squareRoot()
      iteration += 1
    }
    return Result(value: value, gradientNorm: norm, iterations: iteration, converged: norm <= gradientLimit)
  }

  /// Sets the direction to the solution of second derivatives · direction = −gradient, up to a residual of norm `limit`, by
  /// conjugate gradients from 0. The second derivatives are those at the point that was evaluated last.
  private func solve(limit: Double, _ willContinue: () throws -> Void) throws {
    loops.combine(direction, scale: 0, plus: 0, times: gradient)
    loops.combine(residual, scale: 0, plus: -1, times: gradient)
    search.copy(from: residual)
    var square = loops.dot(residual, residual)
    for _ in 0..<Self.longestSolution where square.squareRoot() > limit {
      try willContinue()
      try function.curvature(along: search, into: product)
      let curvature = loops.dot(search, product)
      // A straight line: only the biases, where no row's loss is curved.
      guard curvature > 0x1p-60 * loops.dot(search, search) else { break }
      let length = square / curvature
      loops.combine(direction, plus: length, times: search)
      loops.combine(residual, plus: -length, times: product)
      let next = loops.dot(residual, residual)
      loops.combine(search, scale: next / square, plus: 1, times: residual)
      square = next
    }
    if loops.dot(direction, direction) == 0 { loops.combine(direction, scale: 0, plus: -1, times: gradient) }
  }

  /// Searches along the direction; `nextPoint` and `nextGradient` are where it ends.
  ///
  /// The function is convex, so its slope grows along the way: a point that is too far is known by a slope that is too large,
  /// or by a value above the line of sufficient decrease, and the next point is where a straight line through the slopes at
  /// the two ends crosses zero. Near the minimum values differ by rounding alone, and slopes decide (Hager & Zhang, 2005):
  /// values are given a millionth.
  ///
  /// - Returns: the value there; `nil` when no point is better.
  private func step(
    from point: DoubleBuffer, value: Double, slope: Double, _ willContinue: () throws -> Void
  ) throws -> Double? {
    let rounding = value.magnitude * 1e-6
    var (near, nearSlope) = (0.0, slope)
    var far: (length: Double, slope: Double)?
    var length = 1.0
    for _ in 0..<50 {
      loops.set(nextPoint, to: point, plus: length, times: direction)
      try willContinue()
      let nextValue = try function.evaluate(nextPoint, gradient: nextGradient)
      let nextSlope = loops.dot(nextGradient, direction)
      let tooHigh = !(nextValue <= value + 1e-4 * length * slope + rounding)
      if tooHigh || nextSlope > -0.9 * slope {
        far = (length, nextSlope)
      } else if nextSlope < 0.9 * slope {
        (near, nearSlope) = (length, nextSlope)
      } else {
        return nextValue
      }
      if let far {
        let span = far.length - near
        guard span > 0x1p-50 * far.length else { return nil }
        let crossing = far.slope.isFinite && far.slope > 0 ? -nearSlope / (far.slope - nearSlope) : 0.5
        length = near + span * min(max(crossing, 0.05), 0.95)
      } else {
        length *= 4
      }
    }
    return nil
  }
}
