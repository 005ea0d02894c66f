import ZooTensor

/// What was counted in a part of two tensors; the sums of all parts are a `ValueDifference`.
struct ComparedPart: Sendable {
  var differing = 0
  var sameNumberOtherBits = 0
  var incomparable = 0
  /// How many elements are finite in both.
  var finite = 0
  var sum = 0.0
  var maximum = 0.0
  /// Counted from the beginning of the tensor.
  var maximumElement: Int?
  var largestMagnitude = 0.0
  var firstNaNs = 0
  var secondNaNs = 0

  /// Adds the part that follows this one.
  mutating func add(_ next: ComparedPart) {
    differing += next.differing
    sameNumberOtherBits += next.sameNumberOtherBits
    incomparable += next.incomparable
    finite += next.finite
    sum += next.sum
    if next.maximum > maximum { (maximum, maximumElement) = (next.maximum, next.maximumElement) }
    largestMagnitude = max(largestMagnitude, next.largestMagnitude)
    firstNaNs += next.firstNaNs
    secondNaNs += next.secondNaNs
  }

  func difference(of shape: Shape) -> ValueDifference {
    ValueDifference(
      elements: shape.elementCount, differing: differing, sameNumberOtherBits: sameNumberOtherBits,
      incomparable: incomparable, maximum: maximum,
      maximumPlace: maximumElement.map { ElementPlace(shape, element: $0) },
      mean: finite == 0 ? 0 : sum / Double(finite), largestMagnitude: largestMagnitude, firstNaNs: firstNaNs,
      secondNaNs: secondNaNs)
  }
}

/// Compares parts of two tensors element by element.
struct ElementComparison: Sendable {
  let first: ElementType
  let second: ElementType

  /// Precondition: as many elements on both sides. `start`: the number of the parts' first element in the tensors.
  func compare(
    _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer, start: Int
  ) -> ComparedPart {
    var part: ComparedPart
    if first == .int64, second == .int64 {
      // A double does not hold every one of these, so they are subtracted as they are.
      part = compare(left, right, Int64.self, Int64.self, { Double($0) }, { Double($0) }) { left, right in
        Double((left > right ? left &- right : right &- left).magnitudeAsUnsigned)
      }
    } else {
      part = compareFirst(left, right)
    }
    part.maximumElement = part.maximumElement.map { $0 + start }
    if first == second { part.sameNumberOtherBits = Self.differingBits(left, right, size: first.size) - part.differing }
    return part
  }

  private func compareFirst(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> ComparedPart {
    switch first {
    case .float64: compareSecond(left, right, Double.self) { $0 }
    case .float32: compareSecond(left, right, Float.self) { Double($0) }
    case .float16: compareSecond(left, right, UInt16.self) { Double(Widening.float16($0)) }
    case .bfloat16: compareSecond(left, right, UInt16.self) { Double(Widening.bfloat16($0)) }
    case .int64: compareSecond(left, right, Int64.self) { Double($0) }
    case .int32: compareSecond(left, right, Int32.self) { Double($0) }
    case .int16: compareSecond(left, right, Int16.self) { Double($0) }
    case .int8: compareSecond(left, right, Int8.self) { Double($0) }
    case .uint8, .bool: compareSecond(left, right, UInt8.self) { Double($0) }
    }
  }

  @inline(__always)
  private func compareSecond<Left: BitwiseCopyable>(
    _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer, _: Left.Type, _ value: (Left) -> Double
  ) -> ComparedPart {
    func with<Right: BitwiseCopyable>(_: Right.Type, _ other: (Right) -> Double) -> ComparedPart {
      compare(left, right, Left.self, Right.self, value, other) { (value($0) - other($1)).magnitude }
    }
    return switch second {
    case .float64: with(Double.self) { $0 }
    case .float32: with(Float.self) { Double($0) }
    case .float16: with(UInt16.self) { Double(Widening.float16($0)) }
    case .bfloat16: with(UInt16.self) { Double(Widening.bfloat16($0)) }
    case .int64: with(Int64.self) { Double($0) }
    case .int32: with(Int32.self) { Double($0) }
    case .int16: with(Int16.self) { Double($0) }
    case .int8: with(Int8.self) { Double($0) }
    case .uint8, .bool: with(UInt8.self) { Double($0) }
    }
  }

  @inline(__always)
  private func compare<Left: BitwiseCopyable, Right: BitwiseCopyable>(
    _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer, _: Left.Type, _: Right.Type,
    _ firstValue: (Left) -> Double, _ secondValue: (Right) -> Double, _ distance: (Left, Right) -> Double
  ) -> ComparedPart {
    let (left, right) = (left.assumingMemoryBound(to: Left.self), right.assumingMemoryBound(to: Right.self))
    var part = ComparedPart()
    for index in left.indices {
      let (first, second) = (firstValue(left[index]), secondValue(right[index]))
      if first.isFinite, second.isFinite {
        part.finite += 1
        part.largestMagnitude = max(part.largestMagnitude, first.magnitude)
        let distance = distance(left[index], right[index])
        guard distance > 0 else { continue }
        part.differing += 1
        part.sum += distance
        if distance > part.maximum { (part.maximum, part.maximumElement) = (distance, index) }
      } else {
        part.firstNaNs += first.isNaN ? 1 : 0
        part.secondNaNs += second.isNaN ? 1 : 0
        if first.isFinite { part.largestMagnitude = max(part.largestMagnitude, first.magnitude) }
        guard first != second, !(first.isNaN && second.isNaN) else { continue }
        part.differing += 1
        part.incomparable += 1
      }
    }
    return part
  }

  /// How many elements do not have the same bits.
  private static func differingBits(
    _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer, size: Int
  ) -> Int {
    func count<Bits: FixedWidthInteger & BitwiseCopyable>(_: Bits.Type) -> Int {
      let (left, right) = (left.assumingMemoryBound(to: Bits.self), right.assumingMemoryBound(to: Bits.self))
      var count = 0
      for index in left.indices where left[index] != right[index] { count += 1 }
      return count
    }
    return switch size {
    case 1: count(UInt8.self)
    case 2: count(UInt16.self)
    case 4: count(UInt32.self)
    default: count(UInt64.self)
    }
  }
}

extension Int64 {
  /// The number that a difference which wrapped round stands for.
  fileprivate var magnitudeAsUnsigned: UInt64 { UInt64(bitPattern: self) }
}
