/// A sum of numbers without rounding, so that it is the same in whatever order and in however many parts it is made.
///
/// A fixed-point number of 384 bits in limbs of 32, the highest signed. It holds more than 2³² pictures' sums of float32
/// values (Kulisch's accumulator, cut to what a sum of float32 can be).
package struct ExactSum: Hashable, Sendable {
  package static let limbCount = 12
  /// The power of two of the lowest bit.
  private static let lowest = -160

  /// Each from 0 up to 2³², but the last, which has the sign.
  package private(set) var limbs = [Int64](repeating: 0, count: limbCount)

  package init() {}

  /// `nil` for limbs that are not as `limbs` says.
  package init?(limbs: [Int64]) {
    guard limbs.count == Self.limbCount, limbs.dropLast().allSatisfy({ 0..<(1 << 32) ~= $0 }),
      limbs[Self.limbCount - 1].magnitude < 1 << 32
    else { return nil }
    self.limbs = limbs
  }

  /// Adds a finite number that is a sum of float32 numbers, and so a multiple of 2⁻¹⁴⁹.
  package mutating func add(_ number: Double) {
    guard number != 0 else { return }
    var significand = number.significandBitPattern | 1 << 52
    var exponent = Int(number.exponent) - 52
    exponent += significand.trailingZeroBitCount
    significand >>= significand.trailingZeroBitCount
    let (limb, shift) = (exponent - Self.lowest).quotientAndRemainder(dividingBy: 32)
    let wide = significand.multipliedFullWidth(by: 1 << UInt64(shift))
    for (offset, part) in [wide.low & 0xFFFF_FFFF, wide.low >> 32, wide.high].enumerated() where part != 0 {
      limbs[limb + offset] += number < 0 ? -Int64(part) : Int64(part)
    }
    carry()
  }

  package mutating func add(_ other: ExactSum) {
    for index in limbs.indices { limbs[index] += other.limbs[index] }
    carry()
  }

  private mutating func carry() {
    for index in 0..<Self.limbCount - 1 {
      limbs[index + 1] += limbs[index] >> 32
      limbs[index] &= 0xFFFF_FFFF
    }
  }

  /// The nearest number, within the last bit or two.
  package var value: Double {
    limbs.indices.reversed().reduce(0.0) { sum, index in
      sum + Double(limbs[index]) * Double(sign: .plus, exponent: 32 * index + Self.lowest, significand: 1)
    }
  }
}
