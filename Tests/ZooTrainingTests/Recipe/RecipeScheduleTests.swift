import Testing
import ZooTestSupport
import ZooTraining

struct RecipeScheduleTests {
  struct Case: CustomTestStringConvertible {
    var policy: Schedule.Policy
    var warmup = 0.0
    var step: Int
    var rate: Double

    var testDescription: String { "\(policy), warm-up \(warmup), step \(step)" }
  }

  /// A rate of 0.4 over 10 epochs of 4 steps, by hand.
  @Test(arguments: [
    Case(policy: .constant, step: 0, rate: 0.4), Case(policy: .constant, step: 1000, rate: 0.4),
    Case(policy: .step(every: 3, factor: 0.5), step: 11, rate: 0.4),
    Case(policy: .step(every: 3, factor: 0.5), step: 12, rate: 0.2),
    Case(policy: .step(every: 3, factor: 0.5), step: 39, rate: 0.05),
    // A third of ten epochs is four.
    Case(policy: .step(factor: 0.5), step: 15, rate: 0.4), Case(policy: .step(factor: 0.5), step: 32, rate: 0.1),
    Case(policy: .steps(at: [1, 5], factor: 0.1), step: 3, rate: 0.4),
    Case(policy: .steps(at: [1, 5], factor: 0.1), step: 4, rate: 0.04),
    Case(policy: .steps(at: [1, 5], factor: 0.1), step: 20, rate: 0.004),
    Case(policy: .cosine, step: 0, rate: 0.4),
    // (1 + cos(π / 4)) / 2 = 0.853553…
    Case(policy: .cosine, step: 10, rate: 0.341_421_356_237_309_5),
    Case(policy: .cosine, step: 20, rate: 0.2), Case(policy: .cosine, step: 30, rate: 0.058_578_643_762_690_5),
    Case(policy: .poly(power: 1), step: 30, rate: 0.1), Case(policy: .poly(power: 2), step: 20, rate: 0.1),
    Case(policy: .poly(power: 0.5), step: 30, rate: 0.2),
    Case(policy: .cosine, warmup: 2, step: 0, rate: 0.05), Case(policy: .cosine, warmup: 2, step: 7, rate: 0.4),
    Case(policy: .cosine, warmup: 2, step: 8, rate: 0.4), Case(policy: .cosine, warmup: 2, step: 24, rate: 0.2),
    Case(policy: .constant, warmup: 0.5, step: 0, rate: 0.2), Case(policy: .constant, warmup: 99, step: 19, rate: 0.2),
    // 0.016 → 0.4 in 10 steps, then → 4e-6 in 30.
    Case(policy: .oneCycle, step: 0, rate: 0.016), Case(policy: .oneCycle, step: 5, rate: 0.208),
    Case(policy: .oneCycle, step: 10, rate: 0.4), Case(policy: .oneCycle, step: 25, rate: 0.200_002),
    // (1 + cos(2π / 3)) / 2 = 1 / 4
    Case(policy: .oneCycle, step: 30, rate: 0.100_003),
  ])
  func `rates are those of the formulas`(item: Case) {
    let schedule = Schedule(policy: item.policy, learningRate: 0.4, warmup: item.warmup, epochs: 10)
    let rate = schedule.rate(step: item.step, stepsPerEpoch: 4)
    #expect(abs(rate - item.rate) <= 1e-15, "\(rate)")
  }

  @Test func `one cycle moves momentum against the rate, the others leave it`() {
    let schedule = Schedule(policy: .oneCycle, learningRate: 1, epochs: 10)
    let expected = [(0, 0.95), (5, 0.9), (10, 0.85), (25, 0.9)]
    for (step, momentum) in expected {
      let found = schedule.momentum(step: step, stepsPerEpoch: 4) ?? 0
      #expect(abs(found - momentum) < 1e-15, "step \(step): \(found)")
    }
    #expect(Schedule(policy: .cosine, learningRate: 1, epochs: 10).momentum(step: 3, stepsPerEpoch: 4) == nil)
  }

  @Test func `rates stay within bounds and only fall after the warm-up`() {
    var random = SplitMix64(seed: 3)
    for _ in 0..<300 {
      let recipe = random.recipe()
      let perEpoch = random.integer(1...20)
      let schedule = recipe.rateSchedule
      let warm =
        recipe.schedule == .oneCycle ? 0 : Int((min(recipe.warmup, Double(recipe.epochs)) * Double(perEpoch)).rounded())
      let total = min(recipe.epochs * perEpoch, 4000)
      let rates = (0..<total).map { schedule.rate(step: $0, stepsPerEpoch: perEpoch) }
      #expect(rates.allSatisfy { $0 >= 0 && $0 <= recipe.learningRate * (1 + 1e-15) }, "\(recipe.schedule)")
      #expect(
        zip(rates, rates.dropFirst()).prefix(max(0, warm - 1)).allSatisfy { $0 < $1 }, "\(recipe.schedule) warms up")
      guard recipe.schedule != .oneCycle else { continue }
      let after = rates.dropFirst(warm)
      #expect(zip(after, after.dropFirst()).allSatisfy { $0 >= $1 }, "\(recipe.schedule) falls")
    }
  }
}
