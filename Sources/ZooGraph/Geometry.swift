import ZooTensor

/// The validated geometry of a node that looks through windows, made once, when the node is appended to its graph.
public enum Geometry: Hashable, Sendable {
  /// Of a convolution or a locally connected layer.
  case convolution(ConvolutionGeometry)
  /// Of pooling with a kernel that is given; adaptive pooling has none.
  case pooling(PoolingGeometry)
}

extension Node {
  /// The geometry of a convolution or a locally connected layer.
  ///
  /// - Precondition: the node is one.
  public var convolutionGeometry: ConvolutionGeometry {
    guard case .convolution(let geometry)? = geometry else { preconditionFailure("'\(name)' is no convolution") }
    return geometry
  }

  /// The geometry of pooling with a given kernel.
  ///
  /// - Precondition: the node is such pooling.
  public var poolingGeometry: PoolingGeometry {
    guard case .pooling(let geometry)? = geometry else { preconditionFailure("'\(name)' has no pooling window") }
    return geometry
  }
}
