/// The weight and the bias of a normalisation for each channel, padded to whole blocks with zeros.
public struct ChannelAffine: Sendable {
  /// Without those that fill the last block.
  public let channels: Int
  var weight: FloatBuffer
  var bias: FloatBuffer

  /// Zeros.
  public init(channels: Int) {
    self.channels = channels
    let lanes = BlockedLayout.lanes
    let count = (channels + lanes - 1) / lanes * lanes
    weight = FloatBuffer(count: count)
    bias = FloatBuffer(count: count)
  }

  /// - Precondition: as many weights as biases.
  public init(weight: [Float], bias: [Float]) {
    precondition(weight.count == bias.count, "\(weight.count) weights and \(bias.count) biases")
    self.init(channels: weight.count)
    for channel in 0..<channels {
      self.weight.floats[channel] = weight[channel]
      self.bias.floats[channel] = bias[channel]
    }
  }
}

extension ChannelAffine: PackedLayer {
  package var buffers: [FloatBuffer] {
    get { [weight, bias] }
    set { (weight, bias) = (newValue[0], newValue[1]) }
  }
}
