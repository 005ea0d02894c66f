import ZooTensor

/// The validated geometry of a node that looks through windows, made once, when the node is appended to its graph.
public enum Geometry: Hashable, Sendable {
  /// Of a convolution or a locally connected layer.
  case convolution(ConvolutionGeometry)
  /// Of pooling with a kernel that is given; adaptive pooling has none.
  case pooling(PoolingGeometry)
  /// Of a transposed convolution: that of the convolution whose data gradient it is, which reads the value and gives the input.
  case transposedConvolution(ConvolutionGeometry)
  /// Of padding and of upsampling.
  case resampling(Resampling)
}

extension Node {
  /// The geometry of a convolution or a locally connected layer.
  ///
  /// - Precondition: the node is one.
  public var convolutionGeometry: ConvolutionGeometry {
    guard case .convolution(let geometry)? = geometry else { preconditionFailure("'\(name)' is no convolution") }
    return geometry
  }

  /// The geometry of the convolution whose data gradient the node is.
  ///
  /// - Precondition: the node is a transposed convolution.
  public var transposedGeometry: ConvolutionGeometry {
    guard case .transposedConvolution(let geometry)? = geometry else {
      preconditionFailure("'\(name)' is no transposed convolution")
    }
    return geometry
  }

  /// How the rows and columns of the value are made of the input's.
  ///
  /// - Precondition: the node pads or enlarges a map.
  public var resampling: Resampling {
    guard case .resampling(let resampling)? = geometry else { preconditionFailure("'\(name)' resamples nothing") }
    return resampling
  }

  /// The geometry of pooling with a given kernel.
  ///
  /// - Precondition: the node is such pooling.
  public var poolingGeometry: PoolingGeometry {
    guard case .pooling(let geometry)? = geometry else { preconditionFailure("'\(name)' has no pooling window") }
    return geometry
  }
}
