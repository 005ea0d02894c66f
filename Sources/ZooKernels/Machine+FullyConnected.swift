extension Machine {
  /// `output = f(weights · input + bias)`
  ///
  /// Inputs are taken in blocked order (channel block, row, column, channel within the block), as many whole blocks at
  /// a time as have 256 inputs, but at least one: a chain of fused multiply-adds each, the first from the bias, the
  /// others from zero, their results added in order. (One chain over 25088 inputs would lose two digits.)
  ///
  /// - Parameters:
  ///   - input: a map of the layer's input shape with any halo, or a vector
  ///   - output: a vector of `outputFeatures`
  public func fullyConnect(_ layer: PackedFullyConnected, _ input: BlockedView, into output: BlockedView) {
    convolve(layer.convolution, input, into: output)
  }
}
