/// Rounding of float32 to smaller types, to the nearest and to even when two are equally near, as IEEE 754 does by default.
///
/// By hand, because `Float16` is not available everywhere and bfloat16 is nowhere.
package enum Narrowing {
  /// The bits of the nearest float16. Infinity results from numbers of 65520 and more; NaN keeps its sign and the upper
  /// bits of its payload and becomes quiet.
  ///
  /// The method for small numbers, adding a number whose last place is that of the smallest float16 so that the
  /// processor rounds, is that of F. Giesen's `float_to_half_fast3_rtne` (2016).
  @inline(__always)
  package static func float16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
    var magnitude = bits & 0x7FFF_FFFF
    if magnitude >= 0x4780_0000 {
      // 65536 and more.
      guard magnitude > 0x7F80_0000 else { return sign | 0x7C00 }
      return sign | 0x7E00 | UInt16(truncatingIfNeeded: magnitude >> 13) & 0x1FF
    }
    if magnitude < 0x3880_0000 {
      // Below 2^-14, where float16 is subnormal.
      let shifted = Float(bitPattern: magnitude) + 0.5
      return sign | UInt16(truncatingIfNeeded: shifted.bitPattern &- 0x3F00_0000)
    }
    let odd = magnitude >> 13 & 1
    magnitude = magnitude &- (112 << 23) &+ 0xFFF &+ odd
    return sign | UInt16(truncatingIfNeeded: magnitude >> 13)
  }

  /// The bits of the nearest bfloat16. Infinity results from numbers nearer to 2^128 than to the largest bfloat16; NaN
  /// keeps its sign and the upper bits of its payload and becomes quiet.
  @inline(__always)
  package static func bfloat16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    guard bits & 0x7FFF_FFFF <= 0x7F80_0000 else { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }

  /// A float32 that rounds to a smaller type as `value` does: cut off towards zero, with the last bit set when anything
  /// was lost. Rounding to the nearest twice would be wrong where the first result lies halfway.
  @inline(__always)
  package static func sticky(_ value: Double) -> Float {
    let nearest = Float(value)
    guard Double(nearest) != value, !value.isNaN else { return nearest }
    let isAway = Double(nearest).magnitude > value.magnitude
    return Float(bitPattern: (isAway ? nearest.bitPattern - 1 : nearest.bitPattern) | 1)
  }
}
