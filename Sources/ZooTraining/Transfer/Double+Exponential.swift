/// The exponential function and the logarithm by additions and multiplications alone, because those of the C library give
/// other last bits on other processors.
extension Double {
  /// e to the power of a number that is not above 0, within two units in the last place; 0 below −708.
  ///
  /// x = k ln 2 + r with |r| ≤ ln 2 / 2, and the Taylor series of eʳ to the 13th power.
  package static func exponential(ofNonpositive x: Double) -> Double {
    if x < -708 { return 0 }
    let k = (x * 1.4426950408889634).rounded()
    // ln 2 in two parts, of which the first has 32 bits, so that its product with k is exact (fdlibm).
    let r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10
    var sum = inverseFactorials[0]
    for factor in inverseFactorials.dropFirst() { sum = sum * r + factor }
    return sum * Double(sign: .plus, exponent: Int(k), significand: 1)
  }

  /// The natural logarithm of a positive normal number, within two units in the last place.
  ///
  /// ln m = 2 artanh((m − 1) / (m + 1)) for the significand, taken to √½ … √2.
  package static func logarithm(_ x: Double) -> Double {
    var (exponent, m) = (Double(x.exponent), x.significand)
    if m > 1.4142135623730951 { (exponent, m) = (exponent + 1, m / 2) }
    let f = (m - 1) / (m + 1)
    let square = f * f
    var sum = 0.0
    for power in stride(from: 21, through: 3, by: -2) { sum = sum * square + 1 / Double(power) }
    let tail = 2 * f * square * sum + exponent * 1.90821492927058770002e-10
    return exponent * 6.93147180369123816490e-01 + (2 * f + tail)
  }

  /// 1/13! … 1/0!
  private static let inverseFactorials: [Double] = {
    var values = [1.0]
    var factorial = 1.0
    for n in 1...13 {
      factorial *= Double(n)
      values.append(1 / factorial)
    }
    return values.reversed()
  }()
}
