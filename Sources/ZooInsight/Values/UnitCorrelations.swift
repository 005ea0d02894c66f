import ZooKit
import ZooTensor

/// Which units of a layer answer nearly alike: the correlation of their values over positions and pictures.
public struct UnitCorrelations: Sendable {
  /// Two units and Pearson's correlation of their values.
  public struct Pair: Hashable, Sendable {
    /// From 0.
    public let first: Int
    /// From 0, above `first`.
    public let second: Int
    /// From −1 to 1.
    public let correlation: Double
  }

  /// The most units that are compared, each with each.
  public static let maximumUnits = 2048
  /// The most positions of a picture's map that are compared, spread evenly.
  public static let maximumPositions = 1024
  /// Above this correlation two units are near-duplicates.
  public static let threshold = 0.99

  private let units: Int
  private let area: Int
  private var count = 0.0
  private var sums: [Double]
  /// Of the products of two units, the first not behind the second: row by row.
  private var products: [[Double]]

  /// `nil` for a layer of one unit, or of more than `maximumUnits`.
  init?(of shape: Shape) {
    guard (2...Self.maximumUnits).contains(shape.unitCount) else { return nil }
    (units, area) = (shape.unitCount, shape.unitExtent.area)
    sums = [Double](repeating: 0, count: units)
    products = (0..<units).map { [Double](repeating: 0, count: shape.unitCount - $0) }
  }

  /// `value`: of the layer, `[images, …]`, finite.
  mutating func add(_ value: Tensor, threads: Int) {
    let stride = max(1, (area + Self.maximumPositions - 1) / Self.maximumPositions)
    let positions = (area + stride - 1) / stride
    let width = positions * value.shape[0]
    var samples = [Double](repeating: 0, count: units * width)
    for unit in 0..<units {
      for image in 0..<value.shape[0] {
        value.withMap(image: image, unit: unit, area: area) { map in
          for position in 0..<positions {
            samples[unit * width + image * positions + position] = Double(map[position * stride])
          }
        }
      }
    }
    count += Double(width)
    let (units, rows, before) = (units, UnitBlock.blocks(of: units), products)
    let added = concurrentResults(rows.count, threads: threads) { [samples] block in
      samples.withUnsafeBufferPointer { samples in
        rows[block].map { first in
          var row = before[first]
          for second in first..<units {
            row[second - first] += Self.product(samples, first * width, second * width, width)
          }
          return row
        }
      }
    }
    products = added.flatMap { (try? $0.get()) ?? [] }
    for unit in 0..<units { sums[unit] += samples[unit * width..<(unit + 1) * width].reduce(0, +) }
  }

  private static func product(_ samples: UnsafeBufferPointer<Double>, _ first: Int, _ second: Int, _ count: Int)
    -> Double
  {
    var (sum, index) = (SIMD4<Double>(), 0)
    while index + 4 <= count {
      var (a, b) = (SIMD4<Double>(), SIMD4<Double>())
      for lane in 0..<4 { (a[lane], b[lane]) = (samples[first + index + lane], samples[second + index + lane]) }
      sum += a * b
      index += 4
    }
    var total = sum.sum()
    while index < count {
      total += samples[first + index] * samples[second + index]
      index += 1
    }
    return total
  }

  /// The near-duplicates, in the order of their units. A unit that always answers the same has no correlation.
  var duplicates: [Pair] {
    guard count > 1 else { return [] }
    let means = sums.map { $0 / count }
    let variances = (0..<units).map { products[$0][0] / count - means[$0] * means[$0] }
    // What is left of a constant's variance after rounding.
    let isVarying = (0..<units).map { variances[$0] > 1e-12 * products[$0][0] / count }
    var pairs: [Pair] = []
    for first in 0..<units where isVarying[first] {
      for second in first + 1..<max(units, first + 1) where isVarying[second] {
        let covariance = products[first][second - first] / count - means[first] * means[second]
        let correlation = covariance / (variances[first] * variances[second]).squareRoot()
        if correlation > Self.threshold {
          pairs.append(Pair(first: first, second: second, correlation: min(correlation, 1)))
        }
      }
    }
    return pairs
  }
}
