/// The extents of a tensor, outermost dimension first.
///
/// Activations carry no batch dimension: a feature map is `[channels, height, width]`, the output of a fully
/// connected layer `[features]`. Convolution weights are `[outputs, inputs / groups, height, width]`.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral {
  /// Outermost first, each at least 0.
  public let dimensions: [Int]

  /// The number of elements: the product of the dimensions, 1 for a scalar.
  public let elementCount: Int

  /// Creates a shape from trusted numbers.
  ///
  /// - Precondition: no dimension is negative and the product fits in `Int`.
  public init(_ dimensions: [Int]) {
    guard let count = Shape.elementCount(of: dimensions) else {
      preconditionFailure("invalid shape \(dimensions)")
    }
    self.dimensions = dimensions
    self.elementCount = count
  }

  /// Creates a shape from numbers that a stranger wrote: `nil` when a dimension is negative or the product overflows.
  public init?(validating dimensions: [Int]) {
    guard let count = Shape.elementCount(of: dimensions) else { return nil }
    self.dimensions = dimensions
    self.elementCount = count
  }

  /// `[3, 224, 224]`; as `init(_:)`.
  public init(arrayLiteral elements: Int...) {
    self.init(elements)
  }

  /// The number of dimensions; a single number has none.
  public var rank: Int { dimensions.count }

  /// The extent of a dimension, from 0 for the outermost; `index` must be below `rank`.
  public subscript(index: Int) -> Int { dimensions[index] }

  private static func elementCount(of dimensions: [Int]) -> Int? {
    var product = 1
    for dimension in dimensions {
      guard dimension >= 0 else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
      guard !overflow else { return nil }
      product = next
    }
    return product
  }
}

extension Shape {
  /// The channels of a feature map, or the features of a vector: the outermost dimension, 1 for a scalar.
  public var channels: Int { dimensions.first ?? 1 }

  /// The height and width of a feature map `[channels, height, width]`; 1×1 for a vector.
  public var extent: Extent {
    rank == 3 ? Extent(height: dimensions[1], width: dimensions[2]) : Extent(height: 1, width: 1)
  }

  /// Whether this is a feature map `[channels, height, width]`.
  public var isFeatureMap: Bool { rank == 3 }
}

extension Shape: CustomStringConvertible {
  /// `64×56×56`; `scalar` for rank 0.
  public var description: String {
    rank == 0 ? "scalar" : dimensions.map(String.init).joined(separator: "×")
  }
}
