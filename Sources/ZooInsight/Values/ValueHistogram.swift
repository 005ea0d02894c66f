/// How many values lie between powers of two: 64 bins that are the same for every layer, so that counts of different pictures
/// can be added.
///
/// Bin 31 counts zeros. Bin `32 + k`, for `k` from 0 to 31, counts values from 2^(k − 15) up to 2^(k − 14), the first also
/// what is smaller and the last what is larger. Bin `30 − k`, for `k` from 0 to 30, does so for negative values by their
/// magnitude.
public struct ValueHistogram: Hashable, Sendable {
  /// The same for every layer.
  public static let binCount = 64
  static let zeroBin = 31

  /// In the order of the bins.
  public internal(set) var counts = [Int](repeating: 0, count: binCount)

  /// Without values.
  public init() {}

  /// The bin of a finite value.
  @inline(__always)
  static func bin(of value: Float) -> Int {
    let exponent = Int(value.bitPattern >> 23 & 0xFF) - 127
    if value > 0 { return 32 + min(max(exponent + 15, 0), 31) }
    if value < 0 { return 30 - min(max(exponent + 15, 0), 30) }
    return zeroBin
  }

  mutating func add(_ other: ValueHistogram) {
    for bin in counts.indices { counts[bin] += other.counts[bin] }
  }

  var total: Int { counts.reduce(0, +) }
  var positive: Int { counts[(Self.zeroBin + 1)...].reduce(0, +) }
}
