/// Consecutive elements of a tensor that is handed over part by part, so that it is never whole in memory.
public struct TensorPart {
  /// The shape of the whole tensor.
  public let shape: Shape
  /// How `bytes` are to be read.
  public let elementType: ElementType
  /// Which elements of the tensor, in row-major order.
  public let elements: Range<Int>
  /// The elements, valid until the call that was given them returns.
  public let bytes: UnsafeRawBufferPointer

  /// - Precondition: `bytes` holds exactly `elements`, and these are of the tensor.
  public init(shape: Shape, elementType: ElementType, elements: Range<Int>, bytes: UnsafeRawBufferPointer) {
    precondition(
      elements.lowerBound >= 0 && elements.upperBound <= shape.elementCount
        && bytes.count == elements.count * elementType.size,
      "\(bytes.count) bytes for elements \(elements) of a tensor of \(shape)")
    self.shape = shape
    self.elementType = elementType
    self.elements = elements
    self.bytes = bytes
  }

  /// Some of the elements.
  ///
  /// - Precondition: `range` lies in `elements`.
  public subscript(range: Range<Int>) -> TensorPart {
    let bounds = range.lowerBound - elements.lowerBound..<range.upperBound - elements.lowerBound
    return TensorPart(
      shape: shape, elementType: elementType, elements: range,
      bytes: UnsafeRawBufferPointer(
        rebasing: bytes[bounds.lowerBound * elementType.size..<bounds.upperBound * elementType.size]))
  }
}

extension Tensor {
  /// Calls `body` with all of the tensor as one part.
  public func withWholePart<Result, Failure: Error>(
    _ body: (TensorPart) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withUnsafeBytes { (bytes) throws(Failure) in
      try body(
        TensorPart(shape: shape, elementType: elementType, elements: 0..<shape.elementCount, bytes: bytes))
    }
  }
}
