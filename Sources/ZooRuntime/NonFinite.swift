import ZooTensor

extension RuntimeError.NonFinite {
  /// - Precondition: the value is not finite.
  init(_ value: Float) {
    self = value.isNaN ? .notANumber : value > 0 ? .infinity : .negativeInfinity
  }
}

extension UnsafeBufferPointer<Float> {
  /// The position of the first element that is not finite.
  var firstNonFinite: Int? {
    // Zero times a number is zero, unless the number is not finite: a sum is cheaper than a branch on each element.
    typealias Line = SIMD16<Float>
    let run = 4096
    let bytes = UnsafeRawBufferPointer(self)
    for start in stride(from: 0, to: count, by: run) {
      let range = start..<Swift.min(start + run, count)
      var index = start
      var sums = Line()
      while index + Line.scalarCount <= range.upperBound {
        sums += bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Float>.size, as: Line.self) * 0
        index += Line.scalarCount
      }
      let rest = self[index..<range.upperBound].contains { !$0.isFinite }
      if rest || sums != Line() { return range.first { !self[$0].isFinite } }
    }
    return nil
  }
}

extension Shape {
  /// The index along each dimension of the element at `position` in row-major order.
  func index(ofElement position: Int) -> [Int] {
    var rest = position
    var index: [Int] = []
    for dimension in dimensions.reversed() {
      index.append(rest % dimension)
      rest /= dimension
    }
    return index.reversed()
  }
}
