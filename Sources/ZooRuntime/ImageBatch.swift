import ZooGraph
import ZooTensor

/// Images as a network reads them: `count` tensors of `shape`, one after the other.
struct ImageBatch {
  /// Float32, with a batch dimension in front or not.
  let tensor: Tensor
  let shape: Shape
  let count: Int

  /// `images`: one image of `shape`, or several with a batch dimension in front; any element type. Throws
  /// `RuntimeError.imageShape`, or `.imageNotFinite`: a maximum loses what is not a number, so that an answer could
  /// look like one.
  init(_ images: Tensor, shape: Shape) throws(RuntimeError) {
    let dimensions = images.shape.dimensions
    if images.shape == shape {
      count = 1
    } else if dimensions.count == shape.rank + 1, dimensions[0] > 0,
      dimensions.dropFirst().elementsEqual(shape.dimensions)
    {
      count = dimensions[0]
    } else {
      throw .imageShape(expected: shape, found: images.shape)
    }
    let floats = images.convertedToFloat32()
    tensor = floats
    self.shape = shape
    try floats.withFloats { floats throws(RuntimeError) in
      guard let position = floats.firstNonFinite else { return }
      throw .imageNotFinite(
        image: position / shape.elementCount, index: shape.index(ofElement: position % shape.elementCount),
        value: RuntimeError.NonFinite(floats[position]))
    }
  }

  /// `[count, …]`
  var stacked: Tensor { tensor.reshaped(to: Shape([count] + shape.dimensions)) }
}

extension Graph {
  /// The outputs to compute: those that only training needs are left out unless asked for.
  ///
  /// - Throws: `RuntimeError.noOutputs`.
  func selectedOutputs(includingTraining: Bool) throws(RuntimeError) -> [Output] {
    let selected = outputs.filter {
      includingTraining || ($0.role != .auxiliary && !self[$0.value].isTrainingOnly)
    }
    guard !selected.isEmpty else { throw .noOutputs }
    return selected
  }
}
