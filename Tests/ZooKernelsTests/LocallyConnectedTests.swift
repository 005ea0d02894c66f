import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite struct LocallyConnectedTests {
  @Test(
    "agrees with its twin and is the same bits everywhere",
    arguments: [(3, 5), (16, 16), (17, 33), (24, 48)],
    [
      (Extent(height: 5, width: 4), Extent(3), Extent(1), Padding(1)),
      (Extent(7), Extent(2), Extent(2), Padding.none),
      (Extent(height: 3, width: 9), Extent(height: 3, width: 1), Extent(height: 1, width: 3), Padding.none),
    ])
  func matchesTwin(_ channels: (Int, Int), _ window: (Extent, Extent, Extent, Padding)) throws {
    let geometry = try ConvolutionGeometry(
      inputChannels: channels.0, outputChannels: channels.1, input: window.0, kernel: window.1, stride: window.2,
      padding: window.3)
    var numbers = SplitMix64(seed: geometry.hashableSeed)
    for (images, activation) in [(1, Activation?.some(.relu)), (16, nil), (3, .tanh), (2, .hardswish)] {
      let area = geometry.output.area
      let steps = geometry.inputChannels * geometry.kernel.area
      let input = numbers.floats(images * geometry.inputChannels * geometry.input.area)
      let weights = numbers.floats(area * geometry.outputChannels * steps)
      let bias = numbers.floats(geometry.outputChannels * area)
      let layer = PackedLocallyConnected(
        geometry, weights: Tensor(shape: Shape([weights.count]), floats: weights),
        bias: Tensor(shape: Shape([bias.count]), floats: bias), activation: activation, pool: machines[0].pool)
      let map = TestMap(
        input, channels: geometry.inputChannels, extent: geometry.input, halo: geometry.requiredHalo, images: images)
      let name = "\(geometry), \(images) images"
      let actual = runEverywhere(
        channels: geometry.outputChannels, extent: geometry.output, images: images, name
      ) { $0.locallyConnect(layer, map.view, into: $1.view) }
      let expected = expected(
        images: images, [input], parameters: [weights, bias], count: geometry.outputChannels * area, activation
      ) {
        Reference.locallyConnect(geometry, weights: $1[0], bias: $1[1], $2, $0[0], into: $3)
      }
      expect(actual, expected, terms: steps + 9, name)
    }
  }
}
