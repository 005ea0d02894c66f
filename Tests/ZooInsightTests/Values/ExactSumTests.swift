import Testing
import ZooInsight
import ZooTestSupport

@Suite("Sums without rounding") struct ExactSumTests {
  @Test("any order and any parts give the same bits, and the right sum")
  func order() throws {
    var random = SplitMix64(seed: 9)
    let numbers = (0..<400).map { index -> Double in
      let magnitude = Float(sign: .plus, exponent: random.integer(-149...127), significand: 1)
      return Double(magnitude) * Double(random.integer(-8...8))
    }
    var whole = ExactSum()
    numbers.forEach { whole.add($0) }
    var (left, right) = (ExactSum(), ExactSum())
    numbers.reversed().enumerated().forEach { if $0 % 3 == 0 { left.add($1) } else { right.add($1) } }
    right.add(left)
    #expect(whole == right)
    numbers.forEach { whole.add(-$0) }
    #expect(whole == ExactSum(), "everything taken away again")
    var small = ExactSum()
    for number in [1e30, 1, -1e30, -3] { small.add(Double(Float(number))) }
    #expect(small.value == -2)
    #expect(ExactSum(limbs: small.limbs) == small)
    #expect(ExactSum(limbs: Array(small.limbs.dropLast()) + [1 << 40]) == nil)
  }
}
