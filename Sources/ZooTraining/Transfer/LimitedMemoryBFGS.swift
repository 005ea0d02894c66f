/// Minimises a smooth convex function by its gradient, without a learning rate: the limited-memory method of Broyden, Fletcher,
/// Goldfarb and Shanno (Liu & Nocedal, 1989), with a search along each direction for a point that satisfies the strong
/// conditions of Wolfe.
struct LimitedMemoryBFGS {
  struct Result {
    var value: Double
    var gradientNorm: Double
    var iterations: Int
    var evaluations: Int
    /// Whether the gradient became as small as asked for.
    var converged: Bool
  }

  typealias Function = (_ point: DoubleBuffer, _ gradient: DoubleBuffer) throws -> Double

  private let loops: VectorLoops
  private let history: Int
  private let function: Function
  private var (gradient, nextPoint, nextGradient, direction): (DoubleBuffer, DoubleBuffer, DoubleBuffer, DoubleBuffer)
  private var pairs: [(step: DoubleBuffer, change: DoubleBuffer, scale: Double)] = []
  private var evaluations = 0

  /// The most pairs of steps that are remembered, and the memory that they may take; at least three are.
  private static let (longestHistory, historyBytes) = (10, 1 << 29)

  init(count: Int, parallel: @escaping LinearClassifier.Parallel, function: @escaping Function) {
    loops = VectorLoops(count: count, parallel: parallel)
    history = min(Self.longestHistory, max(3, Self.historyBytes / (16 * max(count, 1))))
    self.function = function
    gradient = DoubleBuffer(count: count)
    nextPoint = DoubleBuffer(count: count)
    nextGradient = DoubleBuffer(count: count)
    direction = DoubleBuffer(count: count)
  }

  /// Moves `point` to where the gradient's Euclidean norm is at most `gradientLimit`, or as near as it gets.
  ///
  /// - Parameter willIterate: called before each iteration; what it throws ends the search.
  mutating func minimise(
    _ point: DoubleBuffer, gradientLimit: Double, iterations: Int, willIterate: (Int) throws -> Void = { _ in }
  ) throws -> Result {
    pairs = []
    evaluations = 1
    var value = try function(point, gradient)
    var norm = loops.dot(gradient, gradient).squareRoot()
    var iteration = 0
    while norm > gradientLimit, iteration < iterations {
      try willIterate(iteration)
      var slope = descend()
      if !(slope < 0) {
        // Rounding has spoilt the curvature that was remembered.
        pairs = []
        slope = descend()
      }
      let first = pairs.isEmpty ? min(1, 1 / norm) : 1
      guard let step = try search(from: point, value: value, slope: slope, first: first) else { break }
      value = step.value
      remember(step.length)
      swap(&gradient, &nextGradient)
      point.copy(from: nextPoint)
      norm = loops.dot(gradient, gradient).squareRoot()
      iteration += 1
    }
    return Result(
      value: value, gradientNorm: norm, iterations: iteration, evaluations: evaluations,
      converged: norm <= gradientLimit)
  }

  /// Sets the direction, and returns the slope along it.
  private func descend() -> Double {
    loops.combine(direction, scale: 0, plus: -1, times: gradient)
    var factors: [Double] = []
    for pair in pairs.reversed() {
      let factor = loops.dot(pair.step, direction) * pair.scale
      loops.combine(direction, plus: -factor, times: pair.change)
      factors.append(factor)
    }
    if let last = pairs.last {
      loops.combine(
        direction, scale: 1 / (last.scale * loops.dot(last.change, last.change)), plus: 0, times: direction)
    }
    for (pair, factor) in zip(pairs, factors.reversed()) {
      loops.combine(
        direction, plus: factor - loops.dot(pair.change, direction) * pair.scale, times: pair.step)
    }
    return loops.dot(gradient, direction)
  }

  /// Keeps the last step and the change of the gradient along it, if the function is curved there.
  private mutating func remember(_ length: Double) {
    var pair =
      pairs.count == history
      ? pairs.removeFirst()
      : (step: DoubleBuffer(count: loops.count), change: DoubleBuffer(count: loops.count), scale: 0)
    loops.combine(pair.step, scale: 0, plus: length, times: direction)
    loops.set(pair.change, to: nextGradient, plus: -1, times: gradient)
    let curvature = loops.dot(pair.step, pair.change)
    guard curvature > 0x1p-52 * loops.dot(pair.change, pair.change) * 0x1p-20 else { return }
    pair.scale = 1 / curvature
    pairs.append(pair)
  }

  /// Searches along the direction; `nextPoint` and `nextGradient` are where it ends.
  ///
  /// The function is convex, so its slope grows along the way: a point that is too far is known by a slope that is too large,
  /// or by a value above the line of sufficient decrease, and the next point is where a straight line through the slopes at
  /// the two ends crosses zero. Near the minimum values differ by rounding alone, and slopes decide (Hager & Zhang, 2005):
  /// values are given a millionth.
  ///
  /// - Returns: `nil` when no point is better.
  private mutating func search(
    from point: DoubleBuffer, value: Double, slope: Double, first: Double
  ) throws -> (length: Double, value: Double)? {
    let rounding = value.magnitude * 1e-6
    var (near, nearSlope) = (0.0, slope)
    var far: (length: Double, slope: Double)?
    var length = first
    for _ in 0..<50 {
      loops.set(nextPoint, to: point, plus: length, times: direction)
      let nextValue = try function(nextPoint, nextGradient)
      evaluations += 1
      let nextSlope = loops.dot(nextGradient, direction)
      let tooHigh = !(nextValue <= value + 1e-4 * length * slope + rounding)
      if tooHigh || nextSlope > -0.9 * slope {
        far = (length, nextSlope)
      } else if nextSlope < 0.9 * slope {
        (near, nearSlope) = (length, nextSlope)
      } else {
        return (length, nextValue)
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
