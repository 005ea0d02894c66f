/// Elementary functions of nothing but additions, multiplications, divisions and roots, which IEEE 754 rounds in one way:
/// the same bits on every machine, where a system's own differ with its version and the processor. Within some 2⁻⁵⁰ of the
/// true value.
package enum PortableMath {
  /// cos(πx), for x from 0 to 1.
  package static func cosine(halfTurns x: Double) -> Double {
    if x > 0.5 { return -cosine(halfTurns: 1 - x) }
    if x > 0.25 { return sine(Double.pi * (0.5 - x)) }
    let square = (Double.pi * x) * (Double.pi * x)
    return series(square, from: 0)
  }

  private static func sine(_ x: Double) -> Double { x * series(x * x, from: 1) }

  /// The alternating series Σ (−z)ⁿ / (2n + first)! for z up to (π/4)².
  private static func series(_ z: Double, from first: Int) -> Double {
    var sum = 1.0
    for n in stride(from: 11, through: 1, by: -1) {
      let last = Double(2 * n + first)
      sum = 1 - sum * z / (last * (last - 1))
    }
    return sum
  }

  /// The natural logarithm of a positive normal number.
  package static func log(_ x: Double) -> Double {
    var (mantissa, exponent) = (x.significand, Double(x.exponent))
    if mantissa > 1.414_213_562_373_095_1 { (mantissa, exponent) = (mantissa / 2, exponent + 1) }
    // log m = 2 artanh((m − 1) / (m + 1))
    let s = (mantissa - 1) / (mantissa + 1)
    var sum = 0.0
    for n in stride(from: 25, through: 1, by: -2) { sum = sum * (s * s) + 1 / Double(n) }
    return exponent * 0.693_147_180_559_945_3 + 2 * s * sum
  }

  /// eˣ, for x from −700 to 700.
  package static func exp(_ x: Double) -> Double {
    let halvings = (x / 0.693_147_180_559_945_3).rounded()
    // ln 2 in two parts, so that the difference is exact but for the last rounding.
    let rest = (x - halvings * 0.693_147_180_369_123_8) - halvings * 1.908_214_929_270_587_7e-10
    var sum = 1.0
    for n in stride(from: 17, through: 1, by: -1) { sum = 1 + sum * rest / Double(n) }
    return sum * Double(sign: .plus, exponent: Int(halvings), significand: 1)
  }

  /// x to the power of an exponent, for x from 0 to 1 and a positive exponent.
  package static func power(_ x: Double, _ exponent: Double) -> Double {
    if exponent == 1 { return x }
    guard x > 0 else { return 0 }
    let logarithm = exponent * log(x)
    return logarithm < -700 ? 0 : exp(logarithm)
  }

  /// The number that a standard normal variable stays below with probability p, between 0 and 1 (Wichura, 1988, AS 241).
  package static func normalQuantile(_ p: Double) -> Double {
    let q = p - 0.5
    if abs(q) <= 0.425 { return q * ratio(0.180625 - q * q, central) }
    let r = (-log(q < 0 ? p : 1 - p)).squareRoot()
    let tail = r <= 5 ? ratio(r - 1.6, middle) : ratio(r - 5, far)
    return q < 0 ? -tail : tail
  }

  private static func ratio(_ x: Double, _ coefficients: (above: [Double], below: [Double])) -> Double {
    func polynomial(_ values: [Double]) -> Double { values.reversed().reduce(0) { $0 * x + $1 } }
    return polynomial(coefficients.above) / polynomial(coefficients.below)
  }

  private static let central: (above: [Double], below: [Double]) = (
    [
      3.387_132_872_796_366_608_0, 133.141_667_891_784_377_45, 1971.590_950_306_551_442_7, 13731.693_765_509_461_125,
      45921.953_931_549_871_457, 67265.770_927_008_700_853, 33430.575_583_588_128_105, 2509.080_928_730_122_672_7,
    ],
    [
      1, 42.313_330_701_600_911_252, 687.187_007_492_057_908_30, 5394.196_021_424_751_107_7,
      21213.794_301_586_595_867, 39307.895_800_092_710_610, 28729.085_735_721_942_674, 5226.495_278_852_854_561_0,
    ]
  )

  private static let middle: (above: [Double], below: [Double]) = (
    [
      1.423_437_110_749_683_577_34, 4.630_337_846_156_545_295_90, 5.769_497_221_460_691_405_50,
      3.647_848_324_763_204_605_04, 1.270_458_252_452_368_382_58, 0.241_780_725_177_450_611_770,
      2.272_384_498_926_918_458_33e-2, 7.745_450_142_783_414_076_40e-4,
    ],
    [
      1, 2.053_191_626_637_758_821_87, 1.676_384_830_183_803_849_40, 0.689_767_334_985_100_004_550,
      0.148_103_976_427_480_074_590, 1.519_866_656_361_645_719_66e-2, 5.475_938_084_995_344_946_00e-4,
      1.050_750_071_644_416_843_24e-9,
    ]
  )

  private static let far: (above: [Double], below: [Double]) = (
    [
      6.657_904_643_501_103_777_20, 5.463_784_911_164_114_369_90, 1.784_826_539_917_291_335_80,
      0.296_560_571_828_504_891_230, 2.653_218_952_657_612_309_30e-2, 1.242_660_947_388_078_438_60e-3,
      2.711_555_568_743_487_578_15e-5, 2.010_334_399_292_288_132_65e-7,
    ],
    [
      1, 0.599_832_206_555_887_937_690, 0.136_929_880_922_735_805_310, 1.487_536_129_085_061_485_25e-2,
      7.868_691_311_456_132_591_00e-4, 1.846_318_317_510_054_681_80e-5, 1.421_511_758_316_445_888_70e-7,
      2.044_263_103_389_939_785_64e-15,
    ]
  )
}
