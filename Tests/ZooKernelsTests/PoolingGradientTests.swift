import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite struct PoolingGradientTests {
  @Test("of maxima and of means", arguments: geometries, [1, 33])
  func windows(_ geometry: PoolingGeometry, channels: Int) {
    var numbers = SplitMix64(seed: channels + geometry.output.area)
    let images = 2
    let count = channels * geometry.input.area
    // Few different numbers, so that many windows have several maxima.
    let inputs = numbers.floats(images * count).map { ($0 * 3).rounded() - 7 }
    let gradients = numbers.floats(images * channels * geometry.output.area)
    let input = TestMap(
      inputs, channels: channels, extent: geometry.input, halo: Padding(top: 1, left: 2, bottom: 3, right: 4),
      images: images, haloValue: 9e9)
    let gradient = TestMap(
      gradients, channels: channels, extent: geometry.output, halo: Padding(1), images: images, haloValue: .nan)
    let name = "\(geometry), \(channels) channels"
    let maximum = runGradientEverywhere(channels: channels, extent: geometry.input, images: images, name) {
      $0.maxPoolGradient(geometry, input.view, gradient.view, into: $1.view)
    }
    func expected(_ loops: (Reference.Input, Reference.Input, Reference.Output) -> Void) -> [Expected] {
      let values = reference(images: images, [inputs, gradients], count: count) { loops($0[0], $0[1], $1) }
      let terms = reference(images: images, [inputs, gradients.map(abs)], count: count) { loops($0[0], $0[1], $1) }
      return zip(values, terms).map { Expected(Double($0), magnitude: Double($1)) }
    }
    expect(
      maximum, expected { Reference.maxPoolGradient(geometry, $0, $1, into: $2) }, terms: geometry.kernel.area,
      "maximum, \(name)")
    for countsPadding in [false, true] {
      let mean = runGradientEverywhere(channels: channels, extent: geometry.input, images: images, name) {
        $0.averagePoolGradient(geometry, countsPadding: countsPadding, gradient.view, into: $1.view)
      }
      expect(
        mean,
        expected { Reference.averagePoolGradient(geometry, countsPadding: countsPadding, $1, into: $2) },
        terms: geometry.kernel.area + 2, "mean, \(name)")
    }
  }

  @Test(
    "of what is not a number goes where the twin sends it",
    arguments: [Extent(2), Extent(3), Extent(height: 1, width: 4)])
  func notNumbers(kernel: Extent) throws {
    let geometry = try PoolingGeometry(input: kernel, kernel: kernel, stride: Extent(1))
    for position in 0..<kernel.area {
      var inputs = (0..<kernel.area).map { Float($0 % 3) }
      inputs[position] = .nan
      let input = TestMap(inputs, channels: 1, extent: kernel)
      let gradient = TestMap([1], channels: 1, extent: Extent(1))
      let expected = reference(images: 1, [inputs, [1]], count: kernel.area) {
        Reference.maxPoolGradient(geometry, $0[0], $0[1], into: $1)
      }
      for machine in machines {
        let output = TestMap(channels: 1, extent: kernel)
        machine.maxPoolGradient(geometry, input.view, gradient.view, into: output.view)
        #expect(output.nchw == expected, "\(kernel), element \(position), \(machine.name)")
      }
    }
  }

  private static let geometries: [PoolingGeometry] = {
    var result: [PoolingGeometry] = []
    var numbers = SplitMix64(seed: 21)
    while result.count < 40 {
      func extent(_ most: Int) -> Extent {
        Extent(height: numbers.integer(1...most), width: numbers.integer(1...most))
      }
      let geometry = try? PoolingGeometry(
        input: extent(12), kernel: extent(5), stride: extent(4),
        padding: Padding(
          top: numbers.integer(0...2), left: numbers.integer(0...2), bottom: numbers.integer(0...2),
          right: numbers.integer(0...2)), rounding: numbers.element(PoolingRounding.allCases))
      if let geometry { result.append(geometry) }
    }
    // The ones of the literature, and one window for the whole map.
    for (side, kernel, stride, padding) in [(8, 2, 2, 0), (13, 3, 2, 0), (14, 3, 2, 1), (7, 3, 1, 1), (7, 7, 1, 0)] {
      if let geometry = try? PoolingGeometry(
        input: Extent(side), kernel: Extent(kernel), stride: Extent(stride), padding: Padding(padding))
      {
        result.append(geometry)
      }
    }
    return result
  }()

  @Test(
    "of means of windows chosen by the output",
    arguments: [
      (Extent(7), Extent(1)), (Extent(7), Extent(6)), (Extent(6), Extent(6)), (Extent(3), Extent(7)),
      (Extent(height: 13, width: 5), Extent(height: 4, width: 3)), (Extent(1), Extent(2)),
    ])
  func adaptive(_ from: Extent, _ to: Extent) {
    var numbers = SplitMix64(seed: from.area)
    for channels in [3, 16, 40] {
      let gradients = numbers.floats(2 * channels * to.area)
      let gradient = TestMap(
        gradients, channels: channels, extent: to, halo: Padding(1), images: 2, haloValue: 9e9)
      let name = "\(from) → \(to), \(channels) channels"
      let actual = runGradientEverywhere(channels: channels, extent: from, images: 2, name) {
        $0.adaptiveAveragePoolGradient(gradient.view, into: $1.view)
      }
      let expected = expected(images: 2, [gradients], count: channels * from.area) { inputs, _, _, output in
        Reference.adaptiveAveragePoolGradient(from: from, to: to, inputs[0], into: output)
      }
      expect(actual, expected, terms: to.area + 2, name)
      // Few different numbers, so that windows have several maxima.
      let inputs = numbers.floats(2 * channels * from.area).map { ($0 * 3).rounded() - 7 }
      let input = TestMap(
        inputs, channels: channels, extent: from, halo: Padding(top: 1, left: 2, bottom: 0, right: 1), images: 2,
        haloValue: 9e9)
      let maxima = runGradientEverywhere(channels: channels, extent: from, images: 2, name) {
        $0.adaptiveMaxPoolGradient(input.view, gradient.view, into: $1.view)
      }
      let largest = [gradients, gradients.map(abs)].map { gradients in
        reference(images: 2, [inputs, gradients], count: channels * from.area) {
          Reference.adaptiveMaxPoolGradient(from: from, to: to, $0[0], $0[1], into: $1)
        }
      }
      let shares = zip(largest[0], largest[1]).map { Expected(Double($0), magnitude: Double($1)) }
      expect(maxima, shares, terms: to.area + 2, "maxima, \(name)")
    }
  }
}
