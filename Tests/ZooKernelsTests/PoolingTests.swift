import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite struct PoolingTests {
  @Test("maxima and means of windows", arguments: geometries, [1, 16, 33])
  func windows(_ geometry: PoolingGeometry, channels: Int) {
    var numbers = SplitMix64(seed: channels + geometry.output.area)
    let images = 2
    // Negative maxima would betray padding that is read as zeros.
    let input = numbers.floats(images * channels * geometry.input.area).map { $0 - 1.5 }
    let map = TestMap(
      input, channels: channels, extent: geometry.input, halo: Padding(top: 1, left: 2, bottom: 3, right: 4),
      images: images, haloValue: 9e9)
    let name = "\(geometry), \(channels) channels"
    let maxima = runEverywhere(channels: channels, extent: geometry.output, images: images, name) {
      $0.maxPool(geometry, map.view, into: $1.view)
    }
    let count = channels * geometry.output.area
    #expect(
      maxima == reference(images: images, [input], count: count) { Reference.maxPool(geometry, $0[0], into: $1) },
      "maximum, \(name)")
    for countsPadding in [false, true] {
      let means = runEverywhere(channels: channels, extent: geometry.output, images: images, name) {
        $0.averagePool(geometry, countsPadding: countsPadding, map.view, into: $1.view)
      }
      let expected = expected(images: images, [input], count: count) { inputs, _, _, output in
        Reference.averagePool(geometry, countsPadding: countsPadding, inputs[0], into: output)
      }
      expect(means, expected, terms: geometry.kernel.area + 2, "mean, \(name)")
    }
  }

  private static let geometries: [PoolingGeometry] = {
    var result: [PoolingGeometry] = []
    for (input, kernel, stride, padding) in [
      (Extent(8), Extent(2), Extent(2), Padding.none),
      (Extent(7), Extent(3), Extent(2), Padding.none),
      (Extent(7), Extent(3), Extent(2), Padding(1)),
      (Extent(height: 9, width: 6), Extent(3), Extent(1), Padding(1)),
      (Extent(height: 1, width: 17), Extent(height: 1, width: 3), Extent(2), Padding.none),
      (Extent(6), Extent(5), Extent(3), Padding(top: 0, left: 2, bottom: 1, right: 4)),
      (Extent(5), Extent(5), Extent(1), Padding.none),
      (Extent(11), Extent(2), Extent(3), Padding(1)),
      // Three columns are taken in registers, with two or three rows and a stride of one or two only.
      (Extent(height: 12, width: 9), Extent(height: 4, width: 3), Extent(height: 4, width: 2), Padding.none),
      (Extent(height: 9, width: 11), Extent(height: 7, width: 3), Extent(1), Padding(1)),
      (Extent(height: 5, width: 9), Extent(height: 1, width: 3), Extent(2), Padding.none),
      (Extent(height: 7, width: 13), Extent(3), Extent(height: 1, width: 3), Padding(2)),
    ] {
      for rounding in PoolingRounding.allCases {
        if let geometry = try? PoolingGeometry(
          input: input, kernel: kernel, stride: stride, padding: padding, rounding: rounding)
        {
          result.append(geometry)
        }
      }
    }
    return result
  }()

  @Test(
    "means of windows chosen by the output",
    arguments: [
      (Extent(7), Extent(1)), (Extent(7), Extent(6)), (Extent(6), Extent(6)), (Extent(3), Extent(7)),
      (Extent(height: 13, width: 5), Extent(height: 4, width: 3)), (Extent(1), Extent(2)),
    ])
  func adaptive(_ from: Extent, _ to: Extent) {
    var numbers = SplitMix64(seed: from.area)
    for channels in [3, 16, 40] {
      let input = numbers.floats(2 * channels * from.area)
      let map = TestMap(
        input, channels: channels, extent: from, halo: Padding(1), images: 2, haloValue: 9e9)
      let name = "\(from) → \(to), \(channels) channels"
      let actual = runEverywhere(channels: channels, extent: to, images: 2, name) {
        $0.adaptiveAveragePool(map.view, into: $1.view)
      }
      let expected = expected(images: 2, [input], count: channels * to.area) { inputs, _, _, output in
        Reference.adaptiveAveragePool(from: from, to: to, inputs[0], into: output)
      }
      expect(actual, expected, terms: from.area + 2, name)
      let maxima = runEverywhere(channels: channels, extent: to, images: 2, name) {
        $0.adaptiveMaxPool(map.view, into: $1.view)
      }
      let largest = reference(images: 2, [input], count: channels * to.area) {
        Reference.adaptiveMaxPool(from: from, to: to, $0[0], into: $1)
      }
      #expect(maxima == largest, "maxima, \(name)")
    }
  }
}
