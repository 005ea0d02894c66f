import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite struct NormalizationGradientTests {
  private let extent = Extent(height: 2, width: 3)

  @Test(
    "of local response normalisation", arguments: [1, 3, 16, 17, 33, 64, 100], [1, 3, 5, 7, 31, 33, 65])
  func localResponse(channels: Int, size: Int) {
    var numbers = SplitMix64(seed: channels * size)
    let count = channels * extent.area
    let inputs = numbers.floats(2 * count, scale: 10)
    let gradients = numbers.floats(2 * count)
    let input = TestMap(inputs, channels: channels, extent: extent, halo: Padding(1), images: 2, haloValue: 9e9)
    let gradient = TestMap(gradients, channels: channels, extent: extent, images: 2, unusedValue: .nan)
    for (alpha, beta, k) in [(Float(2e-5), Float(0.75), Float(1)), (0.3, 0.5, 2), (0.1, 1, 1), (0.01, 0.6, 1.5)] {
      let name = "\(channels) channels, size \(size), beta \(beta)"
      let actual = runGradientEverywhere(channels: channels, extent: extent, images: 2, name) {
        $0.localResponseNormGradient(
          size: size, alpha: alpha, beta: beta, k: k, input.view, gradient.view, into: $1.view)
      }
      // Of the two terms the first has the magnitude `plain`, and the other at most that and the sum of both.
      func loops(_ input: Reference.Input, _ gradient: Reference.Input, _ output: Reference.Output) {
        Reference.localResponseNormGradient(
          size: size, alpha: Double(alpha), beta: Double(beta), k: Double(k), area: extent.area, input, gradient,
          into: output)
      }
      let values = reference(images: 2, [inputs, gradients], count: count) { loops($0[0], $0[1], $1) }
      let plain = reference(images: 2, [inputs, gradients.map(abs)], count: count) { inputs, output in
        Reference.normalizeLocalResponse(
          size: size, alpha: Double(alpha), beta: Double(beta), k: Double(k), area: extent.area, inputs[0],
          into: output)
        for index in output.indices { output[index] *= inputs[1][index] / (inputs[0][index]) }
      }
      let whole = reference(images: 2, [inputs.map(abs), gradients.map(abs)], count: count) { loops($0[0], $0[1], $1) }
      let expected = values.indices.map {
        Expected(Double(values[$0]), magnitude: 2 * abs(Double(plain[$0])) + abs(Double(whole[$0])))
      }
      expect(actual, expected, terms: 2 * min(size, channels) + 12, name)
    }
  }

  @Test("of softmax", arguments: [1, 2, 10, 16, 17, 100, 1000])
  func softmax(channels: Int) {
    var numbers = SplitMix64(seed: channels)
    let count = channels * extent.area
    let outputs = reference(images: 2, [numbers.floats(2 * count, scale: 5)], count: count) {
      Reference.softmax(area: extent.area, $0[0], into: $1)
    }
    let gradients = numbers.floats(2 * count)
    let output = TestMap(outputs, channels: channels, extent: extent, halo: Padding(1), images: 2, haloValue: 9e9)
    let gradient = TestMap(gradients, channels: channels, extent: extent, images: 2, unusedValue: .nan)
    let name = "\(channels) channels"
    let actual = runGradientEverywhere(channels: channels, extent: extent, images: 2, name) {
      $0.softmaxGradient(output: output.view, gradient.view, into: $1.view)
    }
    let values = reference(images: 2, [outputs, gradients], count: count) {
      Reference.softmaxGradient(area: extent.area, output: $0[0], $0[1], into: $1)
    }
    let expected = zip(values, outputs).map { Expected(Double($0), magnitude: 2 * Double($1)) }
    expect(actual, expected, terms: channels / 16 + 20, name)
    let inPlace = TestMap(gradients, channels: channels, extent: extent, images: 2)
    machines[0].softmaxGradient(output: output.view, inPlace.view, into: inPlace.view)
    #expect(inPlace.nchw == actual, "in place")
  }
}
