import ZooTensor

/// How much a checkpoint may ask for. A file of a few hundred bytes can describe a petabyte.
public struct WeightsLimits: Hashable, Sendable {
  /// The largest size of all tensors together, in bytes, as they would lie in memory.
  public var maximumBytes: Int

  /// - Parameter maximumBytes: 16 GiB unless said otherwise.
  public init(maximumBytes: Int = 16 << 30) {
    self.maximumBytes = maximumBytes
  }

  /// Adds the size of one more tensor.
  func add(_ byteCount: Int, to total: inout Int) throws(WeightsProblem) {
    let (sum, overflow) = total.addingReportingOverflow(byteCount)
    guard !overflow, sum <= maximumBytes else { throw .tooManyBytes(limit: maximumBytes) }
    total = sum
  }
}

extension Shape {
  /// The shape with the given dimensions, or `nil` when the product of those that are not zero, times the size of an
  /// element, does not fit in 62 bits. Zeros are left out so that the order of the dimensions does not matter.
  init?(checking dimensions: [Int], elementType: ElementType) {
    var bytes = elementType.size
    for dimension in dimensions where dimension != 0 {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: dimension)
      guard !overflow, product > 0, product <= 1 << 62 else { return nil }
      bytes = product
    }
    self.init(validating: dimensions)
  }
}
