#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The Fourier transform of real pictures to as many real numbers: rows and columns each by the discrete Hartley transform,
/// `X(k) = n^−½ Σ x(j) (cos(2πjk/n) + sin(2πjk/n))`, real part minus imaginary part of Fourier's (Bracewell, 1983).
///
/// The number at row k and column l belongs to the frequencies k or n − k and l or n − l, whichever is lower. The transform is
/// orthogonal and its own inverse, and so it is its own gradient too.
package struct RealFourierTransform: Sendable {
  package let height: Int
  package let width: Int
  private let column: Line
  private let row: Line

  package init(height: Int, width: Int) {
    self.height = height
    self.width = width
    column = Line(count: height)
    row = Line(count: width)
  }

  /// Replaces each plane of `height · width` numbers by its transform.
  package func apply(to planes: inout [Double]) {
    planes.withUnsafeMutableBufferPointer { planes in
      for start in stride(from: 0, to: planes.count, by: height * width) {
        row.apply(to: planes, start: start, lines: height, from: width, step: 1)
        column.apply(to: planes, start: start, lines: width, from: 1, step: width)
      }
    }
  }

  /// The length of the number's frequency, in cycles per pixel.
  package func frequency(row: Int, column: Int) -> Double {
    let y = Double(min(row, height - row)) / Double(height)
    let x = Double(min(column, width - column)) / Double(width)
    return (x * x + y * y).squareRoot()
  }
}

extension RealFourierTransform {
  /// Lines of one length, by a complex Fourier transform of mixed radix that needs no reordering (Stockham's).
  private struct Line: Sendable {
    let count: Int
    let factors: [Int]
    /// cos and sin of −2πk/n.
    let cosines: [Double]
    let sines: [Double]

    init(count: Int) {
      self.count = count
      var (factors, rest, factor) = ([Int](), count, 2)
      while rest > 1 {
        if factor * factor > rest { factor = rest }
        while rest % factor == 0 {
          factors.append(factor)
          rest /= factor
        }
        factor += 1
      }
      self.factors = factors
      cosines = (0..<count).map { cos(2 * Double.pi * Double($0) / Double(count)) }
      sines = (0..<count).map { -sin(2 * Double.pi * Double($0) / Double(count)) }
    }

    /// Two real lines at a time are the real and the imaginary part of a complex one.
    func apply(
      to numbers: UnsafeMutableBufferPointer<Double>, start: Int, lines: Int, from distance: Int, step: Int
    ) {
      let scale = 1 / Double(count).squareRoot()
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 4 * count) { memory in
        memory.initialize(repeating: 0)
        let parts = (0..<4).map { UnsafeMutableBufferPointer(rebasing: memory[$0 * count..<($0 + 1) * count]) }
        for line in stride(from: 0, to: lines, by: 2) {
          let (first, second) = (start + line * distance, start + (line + 1) * distance)
          let isPair = line + 1 < lines
          for index in 0..<count {
            parts[0][index] = numbers[first + index * step]
            parts[1][index] = isPair ? numbers[second + index * step] : 0
          }
          let isSwapped = transform(parts[0], parts[1], parts[2], parts[3])
          let (real, imaginary) = isSwapped ? (parts[2], parts[3]) : (parts[0], parts[1])
          for index in 0..<count {
            let mirror = index == 0 ? 0 : count - index
            let (even, odd) = (real[index] + real[mirror], real[index] - real[mirror])
            let (evenImaginary, oddImaginary) = (
              imaginary[index] + imaginary[mirror], imaginary[index] - imaginary[mirror]
            )
            numbers[first + index * step] = (even - oddImaginary) / 2 * scale
            if isPair { numbers[second + index * step] = (evenImaginary + odd) / 2 * scale }
          }
        }
      }
    }

    /// - Returns: whether the answer is in the second pair.
    private func transform(
      _ real: UnsafeMutableBufferPointer<Double>, _ imaginary: UnsafeMutableBufferPointer<Double>,
      _ otherReal: UnsafeMutableBufferPointer<Double>, _ otherImaginary: UnsafeMutableBufferPointer<Double>
    ) -> Bool {
      var (a, b, c, d) = (real, imaginary, otherReal, otherImaginary)
      var (length, step, isSwapped) = (count, 1, false)
      cosines.withUnsafeBufferPointer { cosines in
        sines.withUnsafeBufferPointer { sines in
          for factor in factors {
            let part = length / factor
            for j in 0..<part {
              for k in 0..<factor {
                let twiddle = j * k * (count / length)
                for q in 0..<step {
                  var (sum, sumImaginary) = (0.0, 0.0)
                  for r in 0..<factor {
                    let root = (twiddle + r * k % factor * (count / factor)) % count
                    let source = q + step * (j + part * r)
                    sum += a[source] * cosines[root] - b[source] * sines[root]
                    sumImaginary += a[source] * sines[root] + b[source] * cosines[root]
                  }
                  c[q + step * (factor * j + k)] = sum
                  d[q + step * (factor * j + k)] = sumImaginary
                }
              }
            }
            (length, step, isSwapped) = (part, step * factor, !isSwapped)
            (a, b, c, d) = (c, d, a, b)
          }
        }
      }
      return isSwapped
    }
  }
}
