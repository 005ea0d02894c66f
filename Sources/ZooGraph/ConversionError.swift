import ZooTensor

/// Why a graph cannot be rewritten for another input size.
public enum ConversionError: Error, Hashable, Sendable {
  /// The graph has no input, or several.
  case inputCount(found: Int)
  /// An operation does not fit its inputs at this size.
  case shape(LocatedShapeError)
  /// A fully connected layer has weights for a map of one size only.
  case fullyConnectedNeedsNativeSize(node: NodePlace, expected: Shape, found: Shape)
  /// A locally connected layer has weights for a map of one size only.
  case locallyConnectedNeedsNativeSize(node: NodePlace, expected: Shape, found: Shape)
  /// A locally connected layer has other weights at each position, so that it cannot slide.
  case locallyConnected(node: NodePlace)
  /// The layer reads a vector that does not come from an image.
  case noImage(node: NodePlace, input: Shape)
  /// The layer treats the positions of a flattened map differently.
  case mixesPositions(node: NodePlace, operation: Operation, map: Shape)
  /// The layer joins vectors that come from maps of different sizes or strides.
  case differentMaps(node: NodePlace, maps: [Shape])
  /// The layer multiplies a map by numbers that another layer, the gate, makes of the whole of it.
  case gate(node: NodePlace, gate: String, map: Shape)
  /// The layer takes its statistics over all positions.
  case normalizesWholeMap(node: NodePlace, operation: Operation, map: Shape)
  /// The windows of an adaptive pooling layer differ in size or distance.
  case irregularAdaptivePooling(node: NodePlace, input: Extent, output: Extent)
  /// An upsampling layer makes maps of one size, whatever the image's.
  case fixedUpsampling(node: NodePlace, output: Extent)
  /// An upsampling layer or a transposed convolution makes pixels that lie no whole number of the image's pixels apart.
  case finerThanPixels(node: NodePlace, factor: Extent, stride: Extent)
  /// Where an upsampling layer looks depends on the size of the map.
  case alignsCorners(node: NodePlace)
  /// A layer that inference needs reads one that only training has.
  case readsTrainingOnly(node: NodePlace, input: String)
}

extension ConversionError {
  /// The layer that it is about.
  public var node: NodePlace? {
    switch self {
    case .inputCount: nil
    case .shape(let error): error.node
    case .fullyConnectedNeedsNativeSize(let node, _, _), .locallyConnectedNeedsNativeSize(let node, _, _),
      .locallyConnected(let node), .noImage(let node, _), .mixesPositions(let node, _, _), .differentMaps(let node, _),
      .fixedUpsampling(let node, _), .finerThanPixels(let node, _, _), .alignsCorners(let node),
      .gate(let node, _, _), .normalizesWholeMap(let node, _, _), .irregularAdaptivePooling(let node, _, _),
      .readsTrainingOnly(let node, _):
      node
    }
  }
}
