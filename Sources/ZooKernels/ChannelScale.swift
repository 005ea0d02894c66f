/// A factor and a summand for each channel, padded to whole blocks.
public struct ChannelScale: Sendable {
  /// Without those that fill the last block.
  public let channels: Int
  /// All scales, then all shifts.
  var floats: FloatBuffer

  /// Zeros.
  public init(channels: Int) {
    self.channels = channels
    let lanes = BlockedLayout.lanes
    floats = FloatBuffer(count: (channels + lanes - 1) / lanes * lanes * 2)
  }

  /// - Precondition: as many shifts as scales.
  public init(scale: [Float], shift: [Float]) {
    precondition(scale.count == shift.count, "\(scale.count) scales and \(shift.count) shifts")
    self.init(channels: scale.count)
    for channel in 0..<channels {
      floats.floats[channel] = scale[channel]
      floats.floats[floats.count / 2 + channel] = shift[channel]
    }
  }

  /// A batch normalisation with fixed statistics, `scale · (x − mean) / √(variance + epsilon) + shift`, folded in
  /// double precision.
  ///
  /// - Precondition: four arrays of one length.
  public init(scale: [Float], shift: [Float], mean: [Float], variance: [Float], epsilon: Double) {
    precondition(
      mean.count == scale.count && variance.count == scale.count && shift.count == scale.count,
      "statistics of different lengths")
    let factors = scale.indices.map { Double(scale[$0]) / (Double(variance[$0]) + epsilon).squareRoot() }
    self.init(
      scale: factors.map { Float($0) },
      shift: scale.indices.map { Float(Double(shift[$0]) - Double(mean[$0]) * factors[$0]) })
  }

  func scale(block: Int) -> UnsafePointer<Float> {
    UnsafePointer(floats.floats + block * BlockedLayout.lanes)
  }

  func shift(block: Int) -> UnsafePointer<Float> {
    UnsafePointer(floats.floats + floats.count / 2 + block * BlockedLayout.lanes)
  }
}
