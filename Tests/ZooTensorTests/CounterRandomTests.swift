import Testing
import ZooTensor

@Suite("Random numbers from counters")
struct CounterRandomTests {
  @Test("are those of SplitMix64 from the key on")
  func generator() {
    let random = CounterRandom(seed: 7, purpose: .order, 3)
    let (key, step) = random.generator
    for index in [0, 1, 2, 1_000_000] {
      var z = key &+ (UInt64(index) + 1) &* step
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      #expect(random.bits(index) == z ^ (z >> 31))
    }
  }

  @Test("differ with every part of the key, and with the order of the counters")
  func keys() {
    let keys = [
      CounterRandom(seed: 1, purpose: .order), CounterRandom(seed: 2, purpose: .order),
      CounterRandom(seed: 1, purpose: .mixing), CounterRandom(seed: 1, purpose: .order, 0),
      CounterRandom(seed: 1, purpose: .order, 0, 1), CounterRandom(seed: 1, purpose: .order, 1, 0),
      CounterRandom(seed: 1, purpose: .order, 1),
    ]
    #expect(Set(keys.map { $0.bits(0) }).count == keys.count)
    #expect(CounterRandom(seed: 1, purpose: .order, 5).with(9) == CounterRandom(seed: 1, purpose: .order, 5, 9))
  }

  @Test("have the moments of their distributions")
  func moments() {
    let random = CounterRandom(seed: 42, purpose: .initialization, 1)
    let count = 100_000
    func moments(_ value: (Int) -> Double) -> (mean: Double, variance: Double) {
      let values = (0..<count).map(value)
      let mean = values.reduce(0, +) / Double(count)
      return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count))
    }
    let uniform = moments { random.uniform($0) }
    #expect(abs(uniform.mean - 0.5) < 0.004 && abs(uniform.variance - 1 / 12.0) < 0.001)
    let normal = moments { random.normal($0) }
    #expect(abs(normal.mean) < 0.015 && abs(normal.variance - 1) < 0.02)
    let integers = moments { Double(random.integer($0, below: 7)) }
    #expect(abs(integers.mean - 3) < 0.03 && abs(integers.variance - 4) < 0.05)
  }
}
