/// Two numbers for each channel, in memory that someone else may own: all of the first, padded to whole blocks of 16, then all
/// of the second.
///
/// They are the mean and the variance of a batch, the scale and the shift of a batch normalisation, or the gradients with
/// respect to these.
public struct ChannelPairs: @unchecked Sendable {
  /// Without those that fill the last block.
  public let channels: Int
  let base: UnsafeMutablePointer<Float>
  private let owner: FloatBuffer?

  /// `base`: `floatCount(channels:)` floats, 64-byte aligned, which outlive this.
  public init(_ base: UnsafeMutablePointer<Float>, channels: Int) {
    self.channels = channels
    self.base = base
    owner = nil
  }

  /// - Precondition: `buffer` has `floatCount(channels:)` floats.
  public init(_ buffer: FloatBuffer, channels: Int) {
    let count = Self.floatCount(channels: channels)
    precondition(buffer.count == count, "\(buffer.count) floats for pairs of \(channels) channels")
    self.channels = channels
    base = buffer.floats
    owner = buffer
  }

  /// Zeros.
  public init(channels: Int) {
    self.init(FloatBuffer(count: Self.floatCount(channels: channels)), channels: channels)
  }

  /// Numbers for each channel; zeros behind them.
  ///
  /// - Precondition: as many of the first as of the second.
  public init(first: [Float], second: [Float]) { self.init(first: first[...], second: second[...]) }

  /// As above.
  public init(first: ArraySlice<Float>, second: ArraySlice<Float>) {
    precondition(first.count == second.count, "pairs of \(first.count) and \(second.count) numbers")
    self.init(channels: first.count)
    for lane in 0..<channels {
      base[lane] = first[first.startIndex + lane]
      base[Self.paddedCount(channels) + lane] = second[second.startIndex + lane]
    }
  }

  /// The memory of a scale and a shift.
  public init(_ scale: ChannelScale) { self.init(scale.floats, channels: scale.channels) }

  /// How many floats two numbers for each channel take, both padded to whole blocks of 16.
  public static func floatCount(channels: Int) -> Int { 2 * paddedCount(channels) }

  /// The first number of each channel.
  public var first: [Float] { (0..<channels).map { base[$0] } }

  /// The second number of each channel.
  public var second: [Float] { (0..<channels).map { base[Self.paddedCount(channels) + $0] } }

  func first(block: Int) -> UnsafeMutablePointer<Float> { base + block * BlockedLayout.lanes }

  func second(block: Int) -> UnsafeMutablePointer<Float> {
    base + Self.paddedCount(channels) + block * BlockedLayout.lanes
  }

  private static func paddedCount(_ channels: Int) -> Int {
    (channels + BlockedLayout.lanes - 1) / BlockedLayout.lanes * BlockedLayout.lanes
  }
}
