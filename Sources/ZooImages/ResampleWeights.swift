import ZooTensor

/// For each pixel of a resized row: which source pixels contribute, and how much of each.
///
/// Weights are fixed-point numbers with `precision` fractional bits, rounded as Pillow's Resample.c rounds them, so
/// that the sums are Pillow's to the last bit.
struct ResampleWeights {
  /// 32 bits less 8 of the sample and 2 of headroom for the overshoot of the cubic.
  static let precision: Int32 = 22

  /// The first source pixel of each result.
  private(set) var starts: [Int] = []
  /// The number of source pixels of each result.
  private(set) var counts: [Int] = []
  /// `stride` weights per result, the first `counts[i]` of them used.
  private(set) var weights: [Int32]
  let stride: Int

  /// - Precondition: `filter` is not `.nearest`, and both sizes are positive.
  init(from sourceSize: Int, to targetSize: Int, filter: ResizeFilter) {
    let scale = Double(sourceSize) / Double(targetSize)
    let filterScale = max(scale, 1)
    let support = (filter == .bilinear ? 1 : 2) * filterScale
    stride = min(Int(support.rounded(.up)) * 2 + 1, sourceSize)
    weights = Array(repeating: 0, count: stride * targetSize)
    var row = [Double](repeating: 0, count: stride)
    for target in 0..<targetSize {
      let centre = (Double(target) + 0.5) * scale
      let first = max(Int(centre - support + 0.5), 0)
      let count = min(Int(centre + support + 0.5), sourceSize) - first
      var sum = 0.0
      for index in 0..<count {
        let distance = (Double(index + first) - centre + 0.5) * (1 / filterScale)
        row[index] = filter == .bilinear ? triangle(distance) : cubic(distance)
        sum += row[index]
      }
      for index in 0..<count {
        let weight = (sum == 0 ? row[index] : row[index] / sum) * Double(1 << Self.precision)
        weights[target * stride + index] = Int32(weight < 0 ? weight - 0.5 : weight + 0.5)
      }
      starts.append(first)
      counts.append(count)
    }
  }
}

private func triangle(_ distance: Double) -> Double {
  max(0, 1 - abs(distance))
}

private func cubic(_ distance: Double) -> Double {
  let a = -0.5
  let x = abs(distance)
  if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
  if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
  return 0
}
