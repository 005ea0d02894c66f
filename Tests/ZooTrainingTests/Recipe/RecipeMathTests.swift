import Testing
import ZooTestSupport
import ZooTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The functions that do not depend on the system's agree with it.
struct RecipeMathTests {
  private func numbers(_ range: ClosedRange<Double>) -> [Double] {
    var random = SplitMix64(seed: 11)
    return [range.lowerBound, range.upperBound]
      + (0..<4000).map { _ in
        range.lowerBound + (range.upperBound - range.lowerBound) * (Double(random.next() >> 11) * 0x1p-53)
      }
  }

  @Test func `cosine`() {
    for x in numbers(0...1) + [0.25, 0.5, 0.75] {
      #expect(abs(PortableMath.cosine(halfTurns: x) - cos(Double.pi * x)) < 4e-16, "\(x)")
    }
    #expect([0, 0.5, 1].map { PortableMath.cosine(halfTurns: $0) } == [1, 0, -1])
  }

  @Test func `logarithm, exponential and power`() {
    for x in numbers(1e-300...1e-290) + numbers(0.5...2) + numbers(1...1e300) {
      #expect(abs(PortableMath.log(x) - log(x)) <= 4e-16 * max(1, abs(log(x))), "log \(x)")
    }
    for x in numbers(-1...1) + numbers(-700...700) {
      #expect(abs(PortableMath.exp(x) / exp(x) - 1) < 1e-15, "exp \(x)")
    }
    for x in numbers(0...1) {
      #expect(abs(PortableMath.power(x, 0.9) - pow(x, 0.9)) < 1e-15, "\(x)")
      #expect(PortableMath.power(x, 1) == x)
    }
    #expect(PortableMath.power(1e-300, 100) == 0)
  }

  @Test func `the quantile is the inverse of the distribution`() {
    for x in numbers(-8...0) {
      let p = erfc(-x / 2.0.squareRoot()) / 2
      #expect(abs(PortableMath.normalQuantile(p) - x) < 1e-13, "\(x)")
      if x > -3 { #expect(abs(PortableMath.normalQuantile(1 - p) + x) < 1e-12, "\(x)") }
    }
    #expect(PortableMath.normalQuantile(0.5) == 0)
  }
}
