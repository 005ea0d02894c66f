import ZooTensor

/// Why a transform cannot be applied to a tensor.
public enum TransformProblem: Error, Hashable, Sendable {
  /// `order` is not a permutation of the axes of `shape`.
  case axes(order: [Int], shape: Shape)
  /// `dimensions` do not hold as many elements as `shape`.
  case elements(dimensions: [Int], shape: Shape)
  /// A shape without a second axis.
  case noInputChannels(Shape)
  case divisorMissing(String, nearest: String?)
  /// The tensor to divide by holds more than one number, or none.
  case divisorNotOneNumber(String, Shape)
}

extension TensorTransform {
  /// The shape of the result. `divisors`: the shape of the checkpoint's tensor of a name.
  func shape(
    of shape: Shape, divisor: (String) throws(TransformProblem) -> Shape
  ) throws(TransformProblem) -> Shape {
    switch self {
    case .transpose(let order):
      guard order.sorted() == Array(0..<shape.rank) else { throw .axes(order: order, shape: shape) }
      return Shape(order.map { shape[$0] })
    case .reshape(let dimensions):
      guard let result = Self.complete(dimensions, count: shape.elementCount) else {
        throw .elements(dimensions: dimensions, shape: shape)
      }
      return result
    case .flipInputChannels:
      guard shape.rank >= 2 else { throw .noInputChannels(shape) }
      return shape
    case .divide(let name):
      let found = try divisor(name)
      guard found.elementCount == 1 else { throw .divisorNotOneNumber(name, found) }
      return shape
    }
  }

  /// The shape of `count` elements that `dimensions` mean; `nil` when there is none.
  private static func complete(_ dimensions: [Int], count: Int) -> Shape? {
    let known = dimensions.filter { $0 != -1 }
    guard dimensions.count - known.count <= 1, let part = Shape(validating: known)?.elementCount else { return nil }
    guard known.count < dimensions.count else { return part == count ? Shape(validating: dimensions) : nil }
    guard part > 0, count.isMultiple(of: part) else { return nil }
    return Shape(validating: dimensions.map { $0 == -1 ? count / part : $0 })
  }
}

/// What was done to a tensor on its way into a network.
public struct Transformation: Hashable, Sendable {
  /// The shape in the file.
  public let from: Shape
  /// In the order in which they were applied.
  public let steps: [TensorTransform]

  /// - Parameters:
  ///   - from: the shape in the file.
  ///   - steps: what was done, in order.
  public init(from: Shape, steps: [TensorTransform]) {
    self.from = from
    self.steps = steps
  }
}
