import ZooTensor

/// Why an operation cannot be applied to its inputs.
public enum ShapeError: Error, Hashable, Sendable {
  /// Another node has this path.
  case duplicateName(String)
  /// The operation takes another number of inputs.
  case inputCount(expected: ClosedRange<Int>, found: Int)
  /// The operation takes a feature map `[channels, height, width]`.
  case needsFeatureMap(found: Shape)
  /// The inputs of a sum have different shapes.
  case shapesDiffer([Shape])
  /// The inputs of a product are neither of one shape nor one number for each channel of the largest.
  case factorsDiffer([Shape])
  /// The inputs of a concatenation have different heights or widths.
  case extentsDiffer([Shape])
  /// The geometry of a convolution or a pooling window is impossible for this input.
  case geometry(GeometryError, input: Shape)
  /// An attribute is outside its range.
  case attributeOutOfRange(attribute: String, value: String, expected: String)
  /// The value or its weights would have more than `ShapeError.maximumElements` elements.
  case tooLarge(what: String, dimensions: [Int])
  /// The given parameters are not what the operation needs.
  case parametersDiffer(expected: [Shape], found: [Shape])

  /// The largest number of elements of one value or parameter.
  public static let maximumElements = 1 << 31
}
