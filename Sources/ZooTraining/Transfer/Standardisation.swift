/// What makes each number of the codes have the mean 0 and the variance 1: (x − mean) · scale.
///
/// A number that is the same in all codes says nothing: its scale is 0, and so is every weight of it. So it is with one whose
/// deviation is so small that a weight of it could be too large for float32.
package struct Standardisation: Sendable {
  package let means: [Double]
  package let scales: [Double]

  /// The numbers as they are.
  static func none(width: Int) -> Standardisation {
    Standardisation(means: [Double](repeating: 0, count: width), scales: [Double](repeating: 1, count: width))
  }

  private init(means: [Double], scales: [Double]) {
    self.means = means
    self.scales = scales
  }

  /// Sums are made for fixed blocks of rows, then over the blocks in their order. Numbers are taken relative to those of the
  /// first row: the variance is then exactly 0 where all are equal, and does not drown in the mean where they nearly are.
  ///
  /// - Throws: `TransferError.notFinite`.
  package init(_ selection: RowSelection, of codes: any CodeRows, parallel: LinearClassifier.Parallel) throws {
    let width = codes.width
    var origin = [Double](repeating: 0, count: width)
    try selection.withEach(0..<1, of: codes) { _, code in
      for feature in 0..<width { origin[feature] = code[feature].isFinite ? Double(code[feature]) : 0 }
    }
    let blocks = (selection.count + Self.block - 1) / Self.block
    let sums = DoubleBuffer(count: blocks * 2 * width)
    let failure = FirstFailure()
    parallel(blocks) { [origin] block in
      let sum = sums.base + block * 2 * width
      let positions = block * Self.block..<min(selection.count, (block + 1) * Self.block)
      failure.catching(block) {
        try selection.withEach(positions, of: codes) { _, code in
          origin.withUnsafeBufferPointer { origin in
            for feature in 0..<width {
              let value = Double(code[feature]) - origin[feature]
              sum[feature] += value
              sum[width + feature] += value * value
            }
          }
        }
        if (width..<2 * width).contains(where: { !sum[$0].isFinite }) {
          try Self.findNotFinite(positions, selection, codes)
        }
      }
    }
    try failure.rethrow()
    var (means, scales) = (origin, [Double](repeating: 0, count: width))
    let share = 1 / Double(selection.count)
    for feature in 0..<width {
      var (sum, squares) = (0.0, 0.0)
      for block in 0..<blocks {
        sum += sums[block * 2 * width + feature]
        squares += sums[(block * 2 + 1) * width + feature]
      }
      let variance = (squares - sum * sum * share) * share
      means[feature] += sum * share
      let deviation = variance > 0 ? variance.squareRoot() : 0
      scales[feature] = deviation >= Self.smallestDeviation ? 1 / deviation : 0
    }
    (self.means, self.scales) = (means, scales)
  }

  private static func findNotFinite(
    _ positions: Range<Int>, _ selection: RowSelection, _ codes: any CodeRows
  ) throws {
    var found: TransferError?
    try selection.withEach(positions, of: codes) { position, code in
      guard found == nil, let feature = (0..<codes.width).first(where: { !code[$0].isFinite }) else { return }
      found = .notFinite(row: selection.rows[position], feature: feature, value: code[feature])
    }
    if let found { throw found }
  }

  private static let block = 512
  private static let smallestDeviation = 0x1p-100
}
