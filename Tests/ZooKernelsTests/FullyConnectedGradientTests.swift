import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite struct FullyConnectedGradientTests {
  static let inputs: [Shape] = [[1], [5], [33], [300], [3, 2, 2], [17, 3, 3], [40, 4, 5]]

  @Test("agree with their twins and are the same bits everywhere", arguments: inputs, [1, 2, 3, 4, 5, 7, 8, 9])
  func twins(_ shape: Shape, images: Int) {
    var numbers = SplitMix64(seed: shape.elementCount + images)
    let inputCount = shape.elementCount
    for outputs in [1, 10, 16, 31, 33, 300] {
      let weights = numbers.floats(outputs * inputCount)
      let tensor = Tensor(shape: [outputs, inputCount], floats: weights)
      let layer = PackedFullyConnected(inputShape: shape, weights: tensor, bias: nil, pool: machines[0].pool)
      let inputs = numbers.floats(images * inputCount)
      let gradients = numbers.floats(images * outputs)
      let halo = shape.isFeatureMap ? numbers.element([Padding.none, Padding(1)]) : .none
      let input = TestMap(
        inputs, channels: shape.channels, extent: shape.extent, halo: halo, images: images, haloValue: .nan)
      let gradient = TestMap(gradients, channels: outputs, extent: Extent(1), images: images)
      let name = "\(shape) → \(outputs), \(images) images, halo \(halo)"

      let data = runGradientEverywhere(
        channels: shape.channels, extent: shape.extent, halo: halo, images: images, name
      ) { $0.fullyConnectedDataGradient(layer, gradient.view, into: $1.view) }
      let expectedData = expected(images: images, [gradients], parameters: [weights], count: inputCount) {
        Reference.fullyConnectedDataGradient(weights: $1[0], $0[0], into: $3)
      }
      expect(data, expectedData, terms: min(outputs, 100) + 6, "data, \(name)")

      let packed = layer.buffers[0].count
      let filter = runEverywhere(count: packed, name) {
        $0.fullyConnectedWeightGradient(layer, input.view, gradient.view, into: $1)
      }
      func filterReference(_ transform: (Float) -> Float) -> [Double] {
        batchReference(
          images: images, [inputs.map(transform), gradients.map(transform)], count: outputs * inputCount
        ) { Reference.fullyConnectedWeightGradient(inputs: $0[0], outputGradients: $0[1], into: $1) }
      }
      let expectedFilter = zip(filterReference { $0 }, filterReference(abs)).map { Expected($0, magnitude: $1) }
      let unpacked = layer.unpack(FloatBuffer(filter)).withFloats { Array($0) }
      expect(unpacked, expectedFilter, terms: images + 1, "weights, \(name)")
      // What pads the weights stays zero: there are not more numbers than weights.
      let (used, real) = (filter.count { $0 != 0 }, unpacked.count { $0 != 0 })
      #expect(used == real, "\(name)")

      let start = numbers.floats(packed)
      let accumulated = runEverywhere(count: packed, name) { machine, buffer in
        for index in 0..<packed { buffer.floats[index] = filter[index] == 0 ? 0 : start[index] }
        machine.fullyConnectedWeightGradient(layer, input.view, gradient.view, accumulates: true, into: buffer)
      }
      expect(
        accumulated,
        zip(filter, start).map {
          $0 == 0 ? Expected(0) : Expected(Double($0) + Double($1), magnitude: Double(images) + 1)
        }, terms: images + 2, "accumulated, \(name)")
      let roundTrip = layer.unpack(layer.buffers[0]).withFloats { Array($0) }
      #expect(roundTrip == weights, "\(name)")
    }
  }

  @Test("an image's gradient is the same alone and among others")
  func images() {
    var numbers = SplitMix64(seed: 5)
    let (shape, outputs, images): (Shape, Int, Int) = ([20, 3, 3], 600, 19)
    let layer = PackedFullyConnected(
      inputShape: shape, weights: Tensor(shape: [outputs, 180], floats: numbers.floats(outputs * 180)), bias: nil,
      pool: machines[0].pool)
    let gradients = numbers.floats(images * outputs)
    let gradient = TestMap(gradients, channels: outputs, extent: Extent(1), images: images)
    let together = TestMap(channels: 20, extent: Extent(3), images: images)
    machines[0].fullyConnectedDataGradient(layer, gradient.view, into: together.view)
    for image in 0..<images {
      let single = TestMap(
        Array(gradients[image * outputs..<(image + 1) * outputs]), channels: outputs, extent: Extent(1))
      let alone = TestMap(channels: 20, extent: Extent(3))
      machines[0].fullyConnectedDataGradient(layer, single.view, into: alone.view)
      #expect(alone.nchw[...] == together.nchw[image * 180..<(image + 1) * 180], "image \(image)")
    }
  }

  @Test("of biases", arguments: [1, 16, 33], [1, 2, 9])
  func biases(channels: Int, images: Int) {
    var numbers = SplitMix64(seed: channels + images)
    for extent in [Extent(1), Extent(height: 7, width: 6), Extent(height: 1, width: 101)] {
      let gradients = numbers.floats(images * channels * extent.area)
      let gradient = TestMap(
        gradients, channels: channels, extent: extent, halo: Padding(1), images: images, haloValue: .nan)
      let scratch = FloatBuffer(count: Machine.batchScratchFloats(gradient.layout, images: images))
      let name = "\(channels) channels, \(images) images, \(extent)"
      let actual = runEverywhere(count: (channels + 15) / 16 * 16, name) {
        scratch.floats.update(repeating: .nan, count: scratch.count)
        $0.biasGradient(gradient.view, into: $1, scratch: scratch.floats)
      }
      func expected(_ transform: (Float) -> Float) -> [Double] {
        batchReference(images: images, [gradients.map(transform)], count: channels) {
          Reference.biasGradient(area: extent.area, outputGradients: $0[0], into: $1)
        }
      }
      expect(
        Array(actual[..<channels]), zip(expected { $0 }, expected(abs)).map { Expected($0, magnitude: $1) },
        terms: extent.area + 2, name)
      #expect(actual[channels...].allSatisfy { $0 == 0 }, "\(name)")
      let start = FloatBuffer([Float](repeating: 2, count: actual.count))
      machines[0].biasGradient(gradient.view, accumulates: true, into: start, scratch: scratch.floats)
      #expect(actual.indices.allSatisfy { start.floats[$0] == actual[$0] + 2 }, "\(name)")
    }
  }
}
