#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What is asked of a picture whatever it is to show (Mahendran and Vedaldi, 2015): that its levels are not extreme and that
/// neighbours are alike. Pictures are numbers from −1 to 1, `[C, H, W]`; both terms are means over them, so that weights mean
/// the same at every size.
package struct PicturePrior: Sendable, Hashable {
  /// The weight of the mean of |x|⁶.
  package var alphaNorm: Double
  /// The weight of the mean of ((x(i, j + 1) − x(i, j))² + (x(i + 1, j) − x(i, j))²)^(β/2).
  package var totalVariation: Double
  /// β, at least 1.
  package var exponent: Double

  package init(alphaNorm: Double, totalVariation: Double, exponent: Double) {
    self.alphaNorm = alphaNorm
    self.totalVariation = totalVariation
    self.exponent = exponent
  }

  /// The sum of both terms; their gradient is added to `gradient`.
  package func value(of picture: [Double], height: Int, width: Int, addingGradientTo gradient: inout [Double]) -> Double
  {
    let count = Double(picture.count)
    var value = 0.0
    if alphaNorm > 0 {
      var sum = 0.0
      for (index, number) in picture.enumerated() {
        let square = number * number
        sum += square * square * square
        gradient[index] += alphaNorm * 6 * square * square * number / count
      }
      value += alphaNorm * sum / count
    }
    if totalVariation > 0 {
      var sum = 0.0
      for start in stride(from: 0, to: picture.count, by: height * width) {
        for row in 0..<height {
          for column in 0..<width {
            let index = start + row * width + column
            let right = column + 1 < width ? picture[index + 1] - picture[index] : 0
            let down = row + 1 < height ? picture[index + width] - picture[index] : 0
            let square = right * right + down * down
            guard square > 0 else { continue }
            let power = exponent == 2 ? square : pow(square, exponent / 2)
            sum += power
            let slope = totalVariation * exponent * power / square / count
            if column + 1 < width { gradient[index + 1] += slope * right }
            if row + 1 < height { gradient[index + width] += slope * down }
            gradient[index] -= slope * (right + down)
          }
        }
      }
      value += totalVariation * sum / count
    }
    return value
  }
}
