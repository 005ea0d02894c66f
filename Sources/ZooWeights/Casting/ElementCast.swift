import ZooTensor

/// Floating-point elements in another floating-point type: exact where the type is wider, rounded to the nearest where it
/// is narrower.
struct ElementCast: Hashable, Sendable {
  let from: ElementType
  let to: ElementType

  /// The first number that is finite and whose nearest number in the other type would not be.
  struct Overflow: Error, Hashable, Sendable {
    /// Counted in elements from the beginning of the source.
    let index: Int
    let value: Double
  }

  /// Fills `target` with the elements of `source`.
  ///
  /// - Precondition: both types are floating-point, and `target` has room for exactly as many elements.
  func convert(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) throws(Overflow) {
    switch from {
    case .float64: try narrow(source.assumingMemoryBound(to: Double.self), { $0 }, Narrowing.sticky, target)
    case .float32: try narrow(source.assumingMemoryBound(to: Float.self), Double.init, { $0 }, target)
    case .float16:
      try narrow(
        source.assumingMemoryBound(to: UInt16.self), { Double(Widening.float16($0)) }, Widening.float16, target)
    case .bfloat16:
      try narrow(
        source.assumingMemoryBound(to: UInt16.self), { Double(Widening.bfloat16($0)) }, Widening.bfloat16, target)
    case .int64, .int32, .int16, .int8, .uint8, .bool: preconditionFailure("\(from) is not floating-point")
    }
  }

  /// `exact`: the number that an element stands for. `float`: a float32 that rounds as the element does.
  @inline(__always)
  private func narrow<Element>(
    _ source: UnsafeBufferPointer<Element>, _ exact: (Element) -> Double, _ float: (Element) -> Float,
    _ target: UnsafeMutableRawBufferPointer
  ) throws(Overflow) {
    switch to {
    case .float64: Self.fill(target.assumingMemoryBound(to: Double.self), source, exact)
    case .float32:
      let target = target.assumingMemoryBound(to: Float.self)
      Self.fill(target, source) { Float(exact($0)) }
      try Self.check(target, source, exact) { $0.bitPattern & 0x7FFF_FFFF == 0x7F80_0000 }
    case .float16:
      let target = target.assumingMemoryBound(to: UInt16.self)
      Self.fill(target, source) { Narrowing.float16(float($0)) }
      try Self.check(target, source, exact) { $0 & 0x7FFF == 0x7C00 }
    case .bfloat16:
      let target = target.assumingMemoryBound(to: UInt16.self)
      Self.fill(target, source) { Narrowing.bfloat16(float($0)) }
      try Self.check(target, source, exact) { $0 & 0x7FFF == 0x7F80 }
    case .int64, .int32, .int16, .int8, .uint8, .bool: preconditionFailure("\(to) is not floating-point")
    }
  }

  @inline(__always)
  private static func fill<Element, Result>(
    _ target: UnsafeMutableBufferPointer<Result>, _ source: UnsafeBufferPointer<Element>,
    _ convert: (Element) -> Result
  ) {
    for index in target.indices { target[index] = convert(source[index]) }
  }

  /// Infinity may only come from infinity.
  @inline(__always)
  private static func check<Element, Result>(
    _ target: UnsafeMutableBufferPointer<Result>, _ source: UnsafeBufferPointer<Element>,
    _ exact: (Element) -> Double, _ isInfinite: (Result) -> Bool
  ) throws(Overflow) {
    for index in target.indices where isInfinite(target[index]) {
      let value = exact(source[index])
      if value.isFinite { throw Overflow(index: index, value: value) }
    }
  }
}

/// Small floating-point types as float32, exactly.
enum Widening {
  @inline(__always)
  static func bfloat16(_ bits: UInt16) -> Float {
    Float(bitPattern: UInt32(bits) << 16)
  }

  @inline(__always)
  static func float16(_ bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let magnitude = UInt32(bits & 0x7FFF)
    if magnitude >= 0x7C00 { return Float(bitPattern: sign | 0x7F80_0000 | (magnitude & 0x3FF) << 13) }
    // Multiplying by a power of two puts the exponent right, of subnormal numbers too.
    let scaled = Float(bitPattern: magnitude << 13) * 0x1p112
    return Float(bitPattern: sign | scaled.bitPattern)
  }
}
