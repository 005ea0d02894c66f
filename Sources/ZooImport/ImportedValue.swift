import ZooTensor

/// A value of another framework's file that is what a layer of zoo's computes, its elements perhaps in another order.
package struct ImportedValue: Sendable {
  /// The layer, by the name of its node in the graph.
  package let node: String
  /// As the file calls it.
  package let name: String
  /// The file's node that makes it; `input` where none does.
  package let place: String
  /// How it lies over the layer's value.
  let view: ImageView

  /// Whether the file has its elements in the order of the layer's.
  package var isInOrder: Bool { view.isInOrder }

  init(node: String, name: String, place: String, view: ImageView) {
    self.node = node
    self.name = name
    self.place = place
    self.view = view
  }

  /// The elements of the value in the order of the layer's, `[images, channels, height, width]` or `[images, channels]`.
  ///
  /// - Parameters:
  ///   - tensor: the value, as the other framework computed it.
  ///   - shape: of the layer's value for one image.
  ///   - images: how many it was computed for, which may be another number than the file has.
  /// - Returns: `nil` where the tensor is not of a shape that the value has for so many images.
  package func elements(of tensor: Tensor, shape: Shape, images: Int) -> [Float]? {
    var dimensions = view.dimensions
    let found = tensor.shape.dimensions
    guard found.count == dimensions.count, tensor.shape.elementCount == images * shape.elementCount else { return nil }
    // Files that are exported for one image leave no trace of the axis of images.
    if view.sizes != found {
      let others = dimensions.indices.filter { view.sizes[$0] != found[$0] }
      guard others.count == 1, found[others[0]] == images, dimensions[others[0]].allSatisfy({ $0.side == .batch }),
        dimensions.indices.allSatisfy({ $0 == others[0] || dimensions[$0].allSatisfy { $0.side != .batch } })
      else { return nil }
      dimensions[others[0]] = ImageView.whole(.batch, images)
    }
    let sides = shape.dimensions
    let strides = [shape.elementCount] + sides.indices.map { sides[($0 + 1)...].reduce(1, *) }
    var offsets = [0]
    for part in dimensions.flatMap(\.self) {
      guard part.side.rawValue < strides.count else { return nil }
      let step = part.stride * strides[part.side.rawValue]
      offsets = offsets.flatMap { start in (0..<part.size).map { start + $0 * step } }
    }
    let floats = tensor.convertedToFloat32().floats
    guard offsets.count == floats.count else { return nil }
    var elements = [Float](repeating: 0, count: floats.count)
    for (offset, number) in zip(offsets, floats) {
      guard elements.indices.contains(offset) else { return nil }
      elements[offset] = number
    }
    return elements
  }
}
