import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite struct NormalizationTests {
  private let extent = Extent(height: 2, width: 3)

  @Test(
    "local response normalisation", arguments: [1, 3, 15, 16, 17, 33, 64, 100], [1, 3, 5, 7, 31, 33, 35, 65])
  func localResponse(channels: Int, size: Int) {
    var numbers = SplitMix64(seed: channels * size)
    let input = numbers.floats(2 * channels * extent.area, scale: 10)
    let map = TestMap(input, channels: channels, extent: extent, halo: Padding(1), images: 2, haloValue: 9e9)
    for (alpha, beta, k) in [(Float(2e-5), Float(0.75), Float(1)), (0.3, 0.5, 2), (0.1, 1, 1), (0.01, 0.6, 1.5)] {
      let name = "\(channels) channels, size \(size), beta \(beta)"
      let actual = runEverywhere(channels: channels, extent: extent, images: 2, name) {
        $0.normalizeLocalResponse(size: size, alpha: alpha, beta: beta, k: k, map.view, into: $1.view)
      }
      let expected = expected(images: 2, [input], count: channels * extent.area) { inputs, _, _, output in
        Reference.normalizeLocalResponse(
          size: size, alpha: Double(alpha), beta: Double(beta), k: Double(k), area: extent.area, inputs[0], into: output
        )
      }
      expect(actual, expected, terms: min(size, channels) + 6, name)
    }
  }

  @Test("softmax", arguments: [1, 2, 10, 16, 17, 100, 1000], [Float(1), 20, 1000])
  func softmax(channels: Int, scale: Float) {
    var numbers = SplitMix64(seed: channels)
    let input = numbers.floats(2 * channels * extent.area, scale: scale)
    let map = TestMap(input, channels: channels, extent: extent, halo: Padding(1), images: 2, haloValue: 9e9)
    let name = "\(channels) channels up to \(scale)"
    let actual = runEverywhere(channels: channels, extent: extent, images: 2, name) {
      $0.softmax(map.view, into: $1.view)
    }
    // The difference from the largest is rounded before the exponential: half a unit of `scale` in relative terms.
    let values = reference(images: 2, [input], count: channels * extent.area) {
      Reference.softmax(area: extent.area, $0[0], into: $1)
    }
    expect(actual, values.map { Expected(Double($0)) }, terms: channels / 16 + 24 + Int(scale), name)
    machines[0].softmax(map.view, into: map.view)
    #expect(map.nchw == actual, "in place")
  }
}
