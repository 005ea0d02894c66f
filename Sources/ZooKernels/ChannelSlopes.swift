/// The slope of a function's negative part for each channel, padded to whole blocks.
public struct ChannelSlopes: Sendable {
  /// Without those that fill the last block.
  public let channels: Int
  var floats: FloatBuffer

  /// Zeros.
  public init(channels: Int) {
    self.channels = channels
    let lanes = BlockedLayout.lanes
    floats = FloatBuffer(count: (channels + lanes - 1) / lanes * lanes)
  }

  /// Precondition: `slopes` has one element or as many as there are channels. `slopes`: one for all channels, or one
  /// for each.
  public init(_ slopes: [Float], channels: Int) {
    precondition(slopes.count == 1 || slopes.count == channels, "\(slopes.count) slopes for \(channels) channels")
    self.init(channels: channels)
    for channel in 0..<channels { floats.floats[channel] = slopes.count == 1 ? slopes[0] : slopes[channel] }
  }

  func slopes(block: Int) -> UnsafePointer<Float> {
    UnsafePointer(floats.floats + block * BlockedLayout.lanes)
  }
}
