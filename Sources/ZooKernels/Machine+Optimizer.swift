internal import CZooKernels

extension Machine {
  /// Moves weights one step. Precondition: as much state as the rule has; Adam's epsilon is positive, and its moments
  /// are from 0 to below 1. `step`: read at the time.
  public func update(_ numbers: UpdatedNumbers, by rule: UpdateRule, _ step: UpdateStep) {
    precondition(numbers.state.count == rule.stateCount, "\(numbers.state.count) buffers of state for \(rule)")
    forEachPart(of: numbers.weights.count) { part in
      let (weights, gradients) = (numbers.weights.floats + part.lowerBound, numbers.gradients.floats + part.lowerBound)
      func state(_ index: Int) -> UnsafeMutablePointer<Float>? {
        index < numbers.state.count ? numbers.state[index].floats + part.lowerBound : nil
      }
      let rate = step.learningRate * numbers.rateFactor
      var update = zoo_update(
        gradient_scale: Float(step.gradientScale), decay: Float(numbers.weightDecay), shrinkage: 1, rate: Float(rate),
        root_factor: 1, first_momentum: 0, second_momentum: 0, epsilon: 0, is_nesterov: false)
      switch rule {
      case .gradientDescent(let momentum, let isNesterov):
        update.first_momentum = Float(momentum)
        update.is_nesterov = isNesterov
        kernels.pointee.gradient_descent(&update, weights, state(0), gradients, part.count)
      case .adam(let first, let second, let epsilon, let isDecoupled):
        guard let means = state(0), let squares = state(1) else { return }
        if isDecoupled {
          update.decay = 0
          update.shrinkage = Float(1 - rate * numbers.weightDecay)
        }
        update.rate = Float(rate / (1 - power(first, step.number)))
        update.root_factor = Float(1 / (1 - power(second, step.number)).squareRoot())
        update.first_momentum = Float(first)
        update.second_momentum = Float(second)
        update.epsilon = Float(epsilon)
        kernels.pointee.adam(&update, weights, means, squares, gradients, part.count)
      }
    }
  }

  /// `average ← average + (1 − decay) · (numbers − average)`: an exponential moving average of weights. `decay`: asked
  /// at the time.
  public func average(_ numbers: FloatBuffer, into average: FloatBuffer, decay: @escaping @Sendable () -> Double) {
    precondition(numbers.count == average.count, "\(numbers.count) floats for an average of \(average.count)")
    forEachPart(of: numbers.count) { part in
      kernels.pointee.approach(
        Float(1 - decay()), numbers.floats + part.lowerBound, average.floats + part.lowerBound, part.count)
    }
  }

  /// The sum of the squares of numbers, or of what they differ by from others, in double precision: part by part, then
  /// the parts in order. `sum`: where the sum is afterwards.
  public func squareSum(of numbers: FloatBuffer, minus others: FloatBuffer? = nil, into sum: SquareSum) {
    precondition(others?.count ?? numbers.count == numbers.count, "differences of \(numbers.count) floats")
    let sums = PartSums(count: Self.parts(of: numbers.count).count)
    forEachPart(of: numbers.count) { part in
      sums.values[part.lowerBound / Self.partFloats] = kernels.pointee.square_sum(
        numbers.floats + part.lowerBound, others.map { $0.floats + part.lowerBound }, part.count)
    }
    parallel(columns: 1) { _, _, _ in
      sum.parts = Array(sums.values)
      sum.value = sums.values.reduce(0, +)
    }
  }

  /// What operations on long buffers cut them into. Done for some of the parts alone, they give the same bits for these.
  public static let partFloats = 16384

  private static func parts(of count: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: partFloats).map { $0..<min($0 + partFloats, count) }
  }

  private func forEachPart(of count: Int, _ body: @escaping @Sendable (Range<Int>) -> Void) {
    let parts = Self.parts(of: count)
    parallel(columns: parts.count) { _, index, _ in body(parts[index]) }
  }

  /// Sums of parts, which different threads write.
  private final class PartSums: @unchecked Sendable {
    let values: UnsafeMutableBufferPointer<Double>

    init(count: Int) {
      values = .allocate(capacity: count)
      values.initialize(repeating: 0)
    }

    deinit { values.deallocate() }
  }
}

/// A sum that is known when loops have run.
public final class SquareSum: @unchecked Sendable {
  /// 0 until a loop has run.
  public fileprivate(set) var value = 0.0
  /// Of each `Machine.partFloats` numbers; `value` is their sum, in order.
  public fileprivate(set) var parts: [Double] = []

  /// A sum that is 0 until a loop has run.
  public init() {}
}

/// By squaring, so that it is the same number on every machine.
private func power(_ base: Double, _ exponent: Int) -> Double {
  var (result, square, rest) = (1.0, base, exponent)
  while rest > 0 {
    if rest % 2 == 1 { result *= square }
    square *= square
    rest /= 2
  }
  return result
}
