import ZooTensor

/// How alike two maps of the same size are.
///
/// Scales play no part: rank correlations do not know them, and for the structural similarity each map's magnitudes are
/// divided by their 99th percentile and cut at 1, as such maps are usually shown.
public struct MapSimilarity: Hashable, Sendable {
  /// Spearman's rank correlation of the values; `nil` where all values of a map are equal, which no correlation is defined for.
  public let rank: Double?
  /// The same of the magnitudes.
  public let magnitudeRank: Double?
  /// The structural similarity (Wang et al., 2004) of the magnitudes.
  public let structure: Double

  /// - Precondition: as many rows and columns, and finite values.
  public init(_ first: GridMap, _ second: GridMap) {
    precondition(
      first.rows == second.rows && first.columns == second.columns,
      "\(first.rows)×\(first.columns) and \(second.rows)×\(second.columns)")
    let magnitudes = [first, second].map { $0.values.map { abs(Double($0)) } }
    rank = Self.spearman(first.values.map(Double.init), second.values.map(Double.init))
    magnitudeRank = Self.spearman(magnitudes[0], magnitudes[1])
    structure = Self.structuralSimilarity(
      magnitudes[0].shown, magnitudes[1].shown, rows: first.rows, columns: first.columns)
  }

  /// The correlation of the ranks, in which equal numbers share the mean of theirs.
  ///
  /// - Returns: `nil` where all of the first or of the second numbers are equal.
  /// - Precondition: as many numbers, all finite.
  public static func spearman(_ first: [Double], _ second: [Double]) -> Double? {
    precondition(first.count == second.count, "\(first.count) and \(second.count) numbers")
    // Ranks are 0, ½, 1 …, so that what is summed here is exact.
    let middle = Double(first.count - 1) / 2
    var (product, squares) = (0.0, (0.0, 0.0))
    for (one, other) in zip(first.ranks, second.ranks) {
      let (one, other) = (one - middle, other - middle)
      product += one * other
      squares.0 += one * one
      squares.1 += other * other
    }
    guard squares.0 > 0, squares.1 > 0 else { return nil }
    return product / (squares.0 * squares.1).squareRoot()
  }

  /// The mean structural similarity of numbers from 0 to 1 (Wang et al., 2004, equation 13, with K₁ = 0.01 and K₂ = 0.03),
  /// over all windows of 7×7 that lie within the maps, each number with the same weight; of smaller maps, windows as large
  /// as they are.
  ///
  /// - Precondition: `rows · columns` numbers each, at least one.
  public static func structuralSimilarity(_ first: [Double], _ second: [Double], rows: Int, columns: Int) -> Double {
    precondition(
      rows > 0 && columns > 0 && first.count == rows * columns && second.count == first.count,
      "\(first.count) and \(second.count) numbers for \(rows)×\(columns)")
    let window = (height: min(7, rows), width: min(7, columns))
    let count = Double(window.height * window.width)
    let (luminance, contrast) = (0.01 * 0.01, 0.03 * 0.03)
    var sum = 0.0
    for top in 0...rows - window.height {
      for left in 0...columns - window.width {
        var (means, covariance, variances) = ((0.0, 0.0), 0.0, 0.0)
        for row in top..<top + window.height {
          for place in row * columns + left..<row * columns + left + window.width {
            means.0 += first[place]
            means.1 += second[place]
          }
        }
        means = (means.0 / count, means.1 / count)
        for row in top..<top + window.height {
          for place in row * columns + left..<row * columns + left + window.width {
            let (one, other) = (first[place] - means.0, second[place] - means.1)
            covariance += one * other
            variances += one * one + other * other
          }
        }
        let bright =
          (2 * means.0 * means.1 + luminance) / (means.0 * means.0 + means.1 * means.1 + luminance)
        sum += bright * (2 * covariance / count + contrast) / (variances / count + contrast)
      }
    }
    return sum / Double((rows - window.height + 1) * (columns - window.width + 1))
  }
}

extension [Double] {
  /// The places of the numbers in ascending order, from 0; equal ones share the mean of theirs.
  fileprivate var ranks: [Double] {
    let order = indices.sorted { (self[$0], $0) < (self[$1], $1) }
    var ranks = [Double](repeating: 0, count: count)
    var start = 0
    while start < count {
      var end = start + 1
      while end < count, self[order[end]] == self[order[start]] { end += 1 }
      for place in start..<end { ranks[order[place]] = Double(start + end - 1) / 2 }
      start = end
    }
    return ranks
  }

  /// Magnitudes as parts of their 99th percentile, at most 1.
  fileprivate var shown: [Double] {
    let limit = percentile99
    return limit > 0 ? map { Swift.min($0 / limit, 1) } : self
  }

  /// The smallest of them that 99 of 100 are not above; where that is 0, the largest.
  var percentile99: Double {
    let sorted = sorted()
    guard let largest = sorted.last else { return 0 }
    let value = sorted[(99 * count + 99) / 100 - 1]
    return value > 0 ? value : largest
  }
}
