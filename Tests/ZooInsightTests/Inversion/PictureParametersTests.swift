import Testing
import ZooInsight
import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite("Parameterisations of pictures") struct PictureParametersTests {
  private static func noise(_ count: Int, _ seed: UInt64) -> [Double] {
    let random = CounterRandom(seed: seed, purpose: .noise)
    return (0..<count).map(random.normal)
  }

  @Test(
    "The transform is the sum that defines it, and its own inverse",
    arguments: [(1, 1), (1, 7), (2, 3), (4, 6), (5, 12), (13, 8), (9, 11)])
  func transform(height: Int, width: Int) {
    let planes = Self.noise(2 * height * width, 1)
    let transform = RealFourierTransform(height: height, width: width)
    var answer = planes
    transform.apply(to: &answer)
    func cas(_ j: Int, _ k: Int, _ n: Int) -> Double {
      let angle = 2 * Double.pi * Double(j * k % n) / Double(n)
      return (cos(angle) + sin(angle)) / Double(n).squareRoot()
    }
    for plane in 0..<2 {
      for k in 0..<height {
        for l in 0..<width {
          var sum = 0.0
          for i in 0..<height {
            for j in 0..<width {
              sum += planes[(plane * height + i) * width + j] * cas(i, k, height) * cas(j, l, width)
            }
          }
          let found = answer[(plane * height + k) * width + l]
          #expect(abs(found - sum) < 1e-12, "\(height)×\(width), plane \(plane), frequency \(k), \(l)")
        }
      }
    }
    transform.apply(to: &answer)
    #expect(zip(answer, planes).allSatisfy { abs($0 - $1) < 1e-12 }, "\(height)×\(width)")
  }

  @Test("A wave has the frequency at which the transform finds it", arguments: [(12, 10, 3, 2), (7, 9, 1, 4)])
  func frequency(height: Int, width: Int, cycles: Int, across: Int) {
    let transform = RealFourierTransform(height: height, width: width)
    var plane = (0..<height * width).map { index in
      let phase =
        Double(cycles * (index / width)) / Double(height) + Double(across * (index % width)) / Double(width)
      return sin(2 * Double.pi * phase + 0.3)
    }
    transform.apply(to: &plane)
    let expected =
      ((Double(cycles) / Double(height)) * (Double(cycles) / Double(height))
      + (Double(across) / Double(width)) * (Double(across) / Double(width))).squareRoot()
    var found = 0
    for (index, number) in plane.enumerated() where abs(number) > 1e-9 {
      found += 1
      let frequency = transform.frequency(row: index / width, column: index % width)
      #expect(abs(frequency - expected) < 1e-12, "\(height)×\(width) at \(index)")
    }
    #expect(found > 0)
  }

  /// Σ w·picture by central differences in each variable.
  @Test(
    "Gradients are those by central differences",
    arguments: [
      (PictureParameterization.pixels, [1, 3, 4], false), (.fourier, [1, 5, 4], false),
      (.fourier, [3, 3, 4], false), (.fourier, [3, 4, 2], true), (.fourier, [2, 3, 3], false),
    ])
  func gradient(_ kind: PictureParameterization, shape dimensions: [Int], isReversed: Bool) {
    let shape = Shape(dimensions)
    let parameters = PictureParameters(kind, shape: shape, isReversed: isReversed)
    let weights = Self.noise(shape.elementCount, 2)
    let variables = Self.noise(shape.elementCount, 3).map { $0 * 0.1 }
    func value(_ variables: [Double]) -> Double {
      zip(parameters.picture(variables), weights).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let gradient = parameters.gradient(weights, picture: parameters.picture(variables))
    for index in variables.indices {
      var (above, below) = (variables, variables)
      above[index] += 1e-5
      below[index] -= 1e-5
      let slope = (value(above) - value(below)) / 2e-5
      #expect(abs(slope - gradient[index]) < 1e-7 * max(1, abs(slope)), "\(kind) \(shape), variable \(index)")
    }
  }

  @Test("Pictures are within their bounds, whatever the variables")
  func bounds() {
    for kind in PictureParameterization.allCases {
      let parameters = PictureParameters(kind, shape: [3, 4, 5], isReversed: false)
      var variables = Self.noise(60, 4).map { $0 * 100 }
      parameters.project(&variables)
      #expect(parameters.picture(variables).allSatisfy { abs($0) <= 1 }, "\(kind)")
    }
  }

  @Test("The first decorrelated colour changes red, green and blue alike, in the order of the channels")
  func colours() {
    func picture(_ isReversed: Bool) -> [Double] {
      let parameters = PictureParameters(.fourier, shape: [3, 1, 1], isReversed: isReversed)
      return parameters.picture([0.1, 0, 0.1])
    }
    let (rgb, bgr) = (picture(false), picture(true))
    #expect(rgb == bgr.reversed())
    #expect(rgb.allSatisfy { $0 > 0 })
    #expect(rgb[0] > rgb[1], "the third colour is red against green")
  }

  @Test(
    "Gradients of what is asked of any picture are those by central differences",
    arguments: [
      PicturePrior(alphaNorm: 0.7, totalVariation: 0, exponent: 2),
      PicturePrior(alphaNorm: 0, totalVariation: 0.4, exponent: 2),
      PicturePrior(alphaNorm: 0, totalVariation: 0.4, exponent: 1),
      PicturePrior(alphaNorm: 0.3, totalVariation: 0.4, exponent: 3),
    ])
  func prior(_ prior: PicturePrior) {
    let (height, width) = (4, 3)
    let picture = Self.noise(2 * height * width, 5)
    func value(_ picture: [Double]) -> Double {
      var gradient = [Double](repeating: 0, count: picture.count)
      return prior.value(of: picture, height: height, width: width, addingGradientTo: &gradient)
    }
    var gradient = [Double](repeating: 1, count: picture.count)
    _ = prior.value(of: picture, height: height, width: width, addingGradientTo: &gradient)
    for index in picture.indices {
      var (above, below) = (picture, picture)
      above[index] += 1e-5
      below[index] -= 1e-5
      let slope = (value(above) - value(below)) / 2e-5
      #expect(abs(slope + 1 - gradient[index]) < 1e-7 * max(1, abs(slope)), "\(prior), number \(index)")
    }
  }

  @Test("What is asked of any picture, by hand: 2×2 pixels, and flat ones without a slope")
  func priorByHand() {
    var gradient = [0.0, 0, 0, 0]
    // (1 − 0)² + (½ − 0)² + (¼ − ½)² down from the first column … : rows [0, 1], [½, ¼].
    let variation = PicturePrior(alphaNorm: 0, totalVariation: 1, exponent: 2)
    let value = variation.value(of: [0, 1, 0.5, 0.25], height: 2, width: 2, addingGradientTo: &gradient)
    #expect(value == (1 + 0.25 + 0.5625 + 0.0625) / 4)
    for exponent in [1.0, 1.5, 2] {
      gradient = [0, 0, 0, 0]
      let flat = PicturePrior(alphaNorm: 0, totalVariation: 1, exponent: exponent)
      #expect(flat.value(of: [0.3, 0.3, 0.3, 0.3], height: 2, width: 2, addingGradientTo: &gradient) == 0)
      #expect(gradient == [0, 0, 0, 0])
    }
    let norm = PicturePrior(alphaNorm: 2, totalVariation: 0, exponent: 2)
    let sixth = norm.value(of: [1, -1, 0, 0.5], height: 2, width: 2, addingGradientTo: &gradient)
    #expect(sixth == 2.015625 / 2)
  }
}
