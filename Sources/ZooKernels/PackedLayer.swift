/// A layer's weights in the order in which kernels read them.
///
/// The order is the same on every machine, for any instruction set and any number of threads.
package protocol PackedLayer: Sendable {
  /// The memory of the weights and what goes with them. What replaces it has as many floats.
  var buffers: [FloatBuffer] { get set }
}

extension PackedLayer {
  /// The same layer with other memory.
  ///
  /// - Precondition: as many buffers of the same counts.
  package func replacing(_ buffers: [FloatBuffer]) -> Self {
    let (counts, others) = (self.buffers.map(\.count), buffers.map(\.count))
    precondition(counts == others, "buffers of \(others) floats for \(counts)")
    var result = self
    result.buffers = buffers
    return result
  }
}

extension PackedConvolution: PackedLayer {
  package var buffers: [FloatBuffer] {
    get { [weights, bias] }
    set { (weights, bias) = (newValue[0], newValue[1]) }
  }
}

extension PackedWinograd: PackedLayer {
  package var buffers: [FloatBuffer] {
    get { [weights, bias] }
    set { (weights, bias) = (newValue[0], newValue[1]) }
  }
}

extension PackedFullyConnected: PackedLayer {
  package var buffers: [FloatBuffer] {
    get { [weights, bias] }
    set { (weights, bias) = (newValue[0], newValue[1]) }
  }
}

extension PackedLocallyConnected: PackedLayer {
  package var buffers: [FloatBuffer] {
    get { [weights, bias] }
    set { (weights, bias) = (newValue[0], newValue[1]) }
  }
}

extension ChannelScale: PackedLayer {
  package var buffers: [FloatBuffer] {
    get { [floats] }
    set { floats = newValue[0] }
  }
}

extension ChannelSlopes: PackedLayer {
  package var buffers: [FloatBuffer] {
    get { [floats] }
    set { floats = newValue[0] }
  }
}
