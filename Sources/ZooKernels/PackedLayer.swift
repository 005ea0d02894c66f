/// A layer's weights in the order in which kernels read them.
///
/// The order is the same on every machine, for any instruction set and any number of threads.
public protocol PackedLayer: Sendable {
  /// The memory of the weights and what goes with them.
  var buffers: [FloatBuffer] { get }

  /// The same layer with other memory.
  ///
  /// - Precondition: as many buffers of the same counts.
  func replacing(_ buffers: [FloatBuffer]) -> Self
}

extension PackedLayer {
  fileprivate func check(_ others: [FloatBuffer]) {
    precondition(
      buffers.map(\.count) == others.map(\.count), "\(others.map(\.count)) floats for \(buffers.map(\.count))")
  }
}

extension PackedConvolution: PackedLayer {
  public var buffers: [FloatBuffer] { [weights, bias] }

  public func replacing(_ buffers: [FloatBuffer]) -> PackedConvolution {
    check(buffers)
    var result = self
    (result.weights, result.bias) = (buffers[0], buffers[1])
    return result
  }
}

extension PackedWinograd: PackedLayer {
  public var buffers: [FloatBuffer] { [weights, bias] }

  public func replacing(_ buffers: [FloatBuffer]) -> PackedWinograd {
    check(buffers)
    var result = self
    (result.weights, result.bias) = (buffers[0], buffers[1])
    return result
  }
}

extension PackedFullyConnected: PackedLayer {
  public var buffers: [FloatBuffer] { [weights, bias] }

  public func replacing(_ buffers: [FloatBuffer]) -> PackedFullyConnected {
    check(buffers)
    var result = self
    (result.weights, result.bias) = (buffers[0], buffers[1])
    return result
  }
}

extension PackedLocallyConnected: PackedLayer {
  public var buffers: [FloatBuffer] { [weights, bias] }

  public func replacing(_ buffers: [FloatBuffer]) -> PackedLocallyConnected {
    check(buffers)
    var result = self
    (result.weights, result.bias) = (buffers[0], buffers[1])
    return result
  }
}

extension ChannelScale: PackedLayer {
  public var buffers: [FloatBuffer] { [floats] }

  public func replacing(_ buffers: [FloatBuffer]) -> ChannelScale {
    check(buffers)
    var result = self
    result.floats = buffers[0]
    return result
  }
}
