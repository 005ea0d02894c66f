/// The exponential function and the logarithm by additions and multiplications alone, because those of the C library give
/// other last bits on other processors, and a layout by gradient descent grows from its last bits.
extension Double {
  /// e to the power of a number that is not above 0, within two units in the last place; 0 below −708.
  ///
  /// x = k ln 2 + r with |r| ≤ ln 2 / 2, and the Taylor series of eʳ to the 13th power.
  @inline(__always)
  package static func power(ofNonpositive x: Double) -> Double {
    if x < -708 { return 0 }
    let k = (x * 1.4426950408889634).rounded()
    // ln 2 in two parts, of which the first has 32 bits, so that its product with k is exact (fdlibm).
    let r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10
    var sum = 1.6059043836821613e-10
    sum = sum * r + 2.08767569878681e-09
    sum = sum * r + 2.505210838544172e-08
    sum = sum * r + 2.755731922398589e-07
    sum = sum * r + 2.7557319223985893e-06
    sum = sum * r + 2.48015873015873e-05
    sum = sum * r + 1.984126984126984e-04
    sum = sum * r + 1.388888888888889e-03
    sum = sum * r + 8.333333333333333e-03
    sum = sum * r + 4.1666666666666664e-02
    sum = sum * r + 1.6666666666666666e-01
    sum = sum * r + 0.5
    sum = sum * r + 1
    sum = sum * r + 1
    return sum * Double(bitPattern: UInt64(Int(k) + 1023) << 52)
  }

  /// The natural logarithm of a positive normal number, within two units in the last place.
  ///
  /// ln m = 2 artanh((m − 1) / (m + 1)) for the significand, taken to √½ … √2.
  package static func naturalLogarithm(_ x: Double) -> Double {
    var (exponent, m) = (Double(x.exponent), x.significand)
    if m > 1.4142135623730951 { (exponent, m) = (exponent + 1, m / 2) }
    let f = (m - 1) / (m + 1)
    let square = f * f
    var sum = 0.0
    for power in stride(from: 21, through: 3, by: -2) { sum = sum * square + 1 / Double(power) }
    let tail = 2 * f * square * sum + exponent * 1.90821492927058770002e-10
    return exponent * 6.93147180369123816490e-01 + (2 * f + tail)
  }
}
