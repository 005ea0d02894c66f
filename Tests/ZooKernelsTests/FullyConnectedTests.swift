import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite struct FullyConnectedTests {
  static let inputs: [Shape] = [
    [1], [5], [16], [33], [300], [1000], [3, 2, 2], [17, 3, 3], [32, 5, 4], [40, 7, 7], [20, 9, 9],
  ]

  @Test("agrees with its twin and is the same bits everywhere", arguments: inputs, [1, 2, 3, 4, 6, 13, 15])
  func matchesTwin(_ shape: Shape, images: Int) throws {
    var numbers = SplitMix64(seed: shape.elementCount + images)
    for outputs in [1, 10, 16, 31, 33, 64] {
      let activation: Activation? = numbers.element([nil, .relu, .sigmoid, .hardswish])
      let input = numbers.floats(images * shape.elementCount)
      let weights = numbers.floats(outputs * shape.elementCount)
      let bias = numbers.floats(outputs)
      let layer = PackedFullyConnected(
        inputShape: shape, weights: Tensor(shape: [outputs, shape.elementCount], floats: weights),
        bias: Tensor(shape: [outputs], floats: bias), activation: activation, pool: machines[0].pool)
      let halo = shape.isFeatureMap ? numbers.element([Padding.none, Padding(1)]) : .none
      let map = TestMap(
        input, channels: shape.channels, extent: shape.extent, halo: halo, images: images, haloValue: 9e9)
      let name = "\(shape) → \(outputs), \(images) images, halo \(halo)"
      let actual = runEverywhere(channels: outputs, extent: Extent(1), halo: .none, images: images, name) {
        $0.fullyConnect(layer, map.view, into: $1.view)
      }
      let expected = expected(images: images, [input], parameters: [weights, bias], count: outputs, activation) {
        Reference.fullyConnect(weights: $1[0], bias: $1[1], $2, $0[0], into: $3)
      }
      let chain = max(256, 16 * shape.extent.area)
      expect(actual, expected, terms: min(shape.elementCount, chain) + 9, name)
    }
  }

  @Test("an image's answer is the same alone and among others, whichever are mostly zeros", arguments: [0, 0.3, 0.9])
  func images(density: Double) throws {
    var numbers = SplitMix64(seed: 77)
    let shape: Shape = [40, 5, 7]
    let (images, outputs) = (21, 530)
    let layer = PackedFullyConnected(
      inputShape: shape,
      weights: Tensor(
        shape: [outputs, shape.elementCount], floats: numbers.floats(outputs * shape.elementCount)),
      bias: Tensor(shape: [outputs], floats: numbers.floats(outputs)), pool: machines[0].pool)
    // Groups of dense images, of sparse ones and of both.
    let input = (0..<images).flatMap { image in
      let density = image < 8 ? 1 : image < 16 ? density : image % 2 == 0 ? 1 : density
      return numbers.floats(shape.elementCount).enumerated().map { index, value in
        Double((index &* 7919 &+ image &* 31) % 1000) < density * 1000 ? value : 0
      }
    }
    let map = TestMap(input, channels: shape.channels, extent: shape.extent, images: images)
    let together = runEverywhere(channels: outputs, extent: Extent(1), images: images, "\(images) images") {
      $0.fullyConnect(layer, map.view, into: $1.view)
    }
    for image in 0..<images {
      let single = TestMap(
        Array(input[image * shape.elementCount..<(image + 1) * shape.elementCount]), channels: shape.channels,
        extent: shape.extent)
      let alone = runEverywhere(channels: outputs, extent: Extent(1), images: 1, "image \(image)") {
        $0.fullyConnect(layer, single.view, into: $1.view)
      }
      #expect(together[image * outputs..<(image + 1) * outputs] == alone[...], "image \(image), density \(density)")
    }
  }

  @Test("sums many inputs in short chains")
  func isAccurate() throws {
    let count = 25088
    let layer = PackedFullyConnected(
      inputShape: [count], weights: Tensor(shape: [1, count], floats: .init(repeating: 0.1, count: count)), bias: nil,
      pool: machines[0].pool)
    let input = TestMap(.init(repeating: 0.7, count: count), channels: count, extent: Extent(1))
    let actual = runEverywhere(channels: 1, extent: Extent(1), images: 1, "25088 inputs") {
      $0.fullyConnect(layer, input.view, into: $1.view)
    }
    let exact = Double(Float(0.1)) * Double(Float(0.7)) * Double(count)
    var chain: Float = 0
    for _ in 0..<count { chain.addProduct(0.1, 0.7) }
    #expect(abs(Double(actual[0]) - exact) < 4e-6 * exact, "\(actual[0]), not \(exact)")
    #expect(abs(Double(chain) - exact) > 4e-5 * exact, "one chain would do: \(chain)")
  }
}
