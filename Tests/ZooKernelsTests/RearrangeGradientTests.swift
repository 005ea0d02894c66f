import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite struct RearrangeGradientTests {
  private let extent = Extent(height: 3, width: 5)

  @Test("of parts of a concatenation", arguments: [(1, 0, 1), (40, 16, 16), (40, 3, 30), (33, 15, 17), (70, 31, 39)])
  func parts(channels: Int, before: Int, part: Int) {
    var numbers = SplitMix64(seed: channels)
    let gradients = numbers.floats(2 * channels * extent.area)
    let gradient = TestMap(
      gradients, channels: channels, extent: extent, halo: Padding(1), images: 2, haloValue: .nan, unusedValue: .nan)
    let name = "\(part) after \(before) of \(channels)"
    let actual = runGradientEverywhere(channels: part, extent: extent, images: 2, name) {
      $0.selectChannels(Array(before..<before + part), of: [gradient.view], into: $1.view)
    }
    let expected = reference(images: 2, [gradients], count: part * extent.area) {
      Reference.concatenateGradient(channelsBefore: before, area: extent.area, $0[0], into: $1)
    }
    #expect(actual == expected, "\(name)")
  }

  @Test(
    "of pixels that were taken", arguments: [Extent(1), Extent(2), Extent(height: 2, width: 3), Extent(9)],
    [(1, 0, 1), (16, 8, 32), (20, 5, 40), (33, 0, 33)])
  func pixels(stride: Extent, _ channels: (own: Int, before: Int, all: Int)) {
    var numbers = SplitMix64(seed: channels.all)
    let to = Extent(
      height: (extent.height + stride.height - 1) / stride.height,
      width: (extent.width + stride.width - 1) / stride.width)
    let gradients = numbers.floats(2 * channels.all * to.area)
    let gradient = TestMap(
      gradients, channels: channels.all, extent: to, halo: Padding(1), images: 2, haloValue: .nan, unusedValue: .nan)
    let name = "\(channels), every \(stride)-th"
    let actual = runGradientEverywhere(channels: channels.own, extent: extent, images: 2, name) {
      $0.subsampleGradient(stride: stride, channelsBefore: channels.before, gradient.view, into: $1.view)
    }
    let expected = reference(images: 2, [gradients], count: channels.own * extent.area) {
      Reference.subsampleGradient(
        stride: stride, channelsBefore: channels.before, from: extent, to: to, $0[0], into: $1)
    }
    #expect(actual == expected, "\(name)")
  }

  @Test("of vectors made of maps", arguments: [1, 3, 16, 33])
  func vectors(channels: Int) {
    var numbers = SplitMix64(seed: channels)
    let gradients = numbers.floats(2 * channels * extent.area)
    let gradient = TestMap(gradients, channels: channels * extent.area, extent: Extent(1), images: 2)
    let actual = runGradientEverywhere(channels: channels, extent: extent, images: 2, "\(channels) channels") {
      $0.unflatten(gradient.view, into: $1.view)
    }
    #expect(actual == gradients)
  }
}
