import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite struct OptimizerTests {
  static let rules: [UpdateRule] = [
    .gradientDescent(momentum: 0, isNesterov: false), .gradientDescent(momentum: 0.9, isNesterov: false),
    .gradientDescent(momentum: 0.9, isNesterov: true),
    .adam(firstMomentum: 0.9, secondMomentum: 0.999, epsilon: 1e-8, isDecoupled: false),
    .adam(firstMomentum: 0.9, secondMomentum: 0.999, epsilon: 1e-8, isDecoupled: true),
  ]

  @Test("several steps agree with the formulas", arguments: rules, [1, 15, 16, 33, 40000])
  func steps(_ rule: UpdateRule, count: Int) {
    var numbers = SplitMix64(seed: count)
    let (initial, stepCount) = (numbers.floats(count), 4)
    let gradients = (0..<stepCount).map { _ in numbers.floats(count) }
    let (rateFactor, weightDecay) = (0.5, 0.1)
    let rates: [(rate: Double, scale: Double)] = [(0.1, 1), (0.1, 0.5), (0.01, 1), (0.3, 2)]
    let actual = runEverywhere(count: count, "\(rule), \(count) weights") { machine, weights in
      for index in 0..<count { weights.floats[index] = initial[index] }
      let gradient = FloatBuffer(count: count)
      let step = UpdateStep()
      let updated = UpdatedNumbers(
        weights: weights, gradients: gradient, state: (0..<rule.stateCount).map { _ in FloatBuffer(count: count) },
        rateFactor: rateFactor, weightDecay: weightDecay)
      let loops = machine.recording { $0.update(updated, by: rule, step) }
      for number in 0..<stepCount {
        gradient.floats.update(from: gradients[number], count: count)
        (step.learningRate, step.gradientScale) = rates[number]
        step.number = number + 1
        for loop in loops { machine.pool.parallel(loop) }
      }
    }
    for index in 0..<count {
      var (w, first, second) = (Double(initial[index]), 0.0, 0.0)
      for number in 0..<stepCount {
        let rate = rates[number].rate * rateFactor
        var g = Double(gradients[number][index]) * rates[number].scale
        switch rule {
        case .gradientDescent(let momentum, let isNesterov):
          g += weightDecay * w
          first = momentum * first + g
          w -= rate * (isNesterov ? g + momentum * first : first)
        case .adam(let beta1, let beta2, let epsilon, let isDecoupled):
          if isDecoupled { w *= 1 - rate * weightDecay } else { g += weightDecay * w }
          first = beta1 * first + (1 - beta1) * g
          second = beta2 * second + (1 - beta2) * g * g
          var (correction1, correction2) = (1.0, 1.0)
          for _ in 0...number {
            correction1 *= beta1
            correction2 *= beta2
          }
          w -= rate * (first / (1 - correction1)) / ((second / (1 - correction2)).squareRoot() + epsilon)
        }
      }
      if !(abs(Double(actual[index]) - w) < 3e-6) {
        Issue.record("\(rule), weight \(index) of \(count) is \(actual[index]), not \(w)")
        return
      }
    }
  }

  @Test("what is zero and has no gradient stays zero", arguments: rules)
  func padding(_ rule: UpdateRule) {
    for machine in machines {
      let weights = FloatBuffer(count: 20)
      let updated = UpdatedNumbers(
        weights: weights, gradients: FloatBuffer(count: 20),
        state: (0..<rule.stateCount).map { _ in FloatBuffer(count: 20) }, weightDecay: 0.1)
      for number in 1...3 { machine.update(updated, by: rule, UpdateStep(learningRate: 0.1, number: number)) }
      #expect((0..<20).allSatisfy { weights.floats[$0] == 0 }, "\(rule), \(machine.name)")
    }
  }

  @Test("moving averages", arguments: [1, 16, 33, 40000])
  func averages(count: Int) {
    var numbers = SplitMix64(seed: count)
    let (start, target) = (numbers.floats(count), numbers.floats(count))
    let actual = runEverywhere(count: count, "\(count)") { machine, average in
      average.floats.update(from: start, count: count)
      machine.average(FloatBuffer(target), into: average) { 0.75 }
    }
    expect(
      actual,
      zip(start, target).map {
        Expected(0.75 * Double($0) + 0.25 * Double($1), magnitude: Double(abs($0) + abs($1)))
      }, terms: 2, "\(count) numbers")
  }

  @Test("sums of squares", arguments: [1, 16, 33, 16384, 40001])
  func squares(count: Int) {
    var numbers = SplitMix64(seed: count)
    let (a, b) = (numbers.floats(count, scale: 1e20), numbers.floats(count, scale: 1e20))
    let (left, right) = (FloatBuffer(a), FloatBuffer(b))
    let exact = a.reduce(0.0) { $0 + Double($1) * Double($1) }
    let difference = zip(a, b).reduce(0.0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
    var sums: Set<[Double]> = []
    for machine in machines {
      let (sum, other) = (SquareSum(), SquareSum())
      machine.squareSum(of: left, into: sum)
      machine.squareSum(of: left, minus: right, into: other)
      #expect(abs(sum.value - exact) <= 1e-12 * exact, "\(count) numbers, \(machine.name)")
      #expect(abs(other.value - difference) <= 1e-12 * difference, "\(count) numbers, \(machine.name)")
      sums.insert([sum.value, other.value])
    }
    #expect(sums.count == 1, "\(count) numbers: \(sums)")
  }
}
