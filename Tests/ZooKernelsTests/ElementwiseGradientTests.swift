import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite struct ElementwiseGradientTests {
  private let extent = Extent(height: 3, width: 5)

  @Test("of functions", arguments: someActivations, [1, 16, 33])
  func functions(_ function: Activation?, channels: Int) {
    var numbers = SplitMix64(seed: channels)
    let images = 2
    let count = images * channels * extent.area
    var arguments = numbers.floats(count, scale: 6)
    for (index, edge) in ([0, -3, 3, -0.75, 0.25, 0.5, 80, -80, -1e30, 1e30] as [Float]).enumerated()
    where index < count {
      arguments[index] = edge
    }
    let values =
      function?.gradientReadsInput ?? true ? arguments : arguments.map { Float(function?(Double($0)) ?? 0) }
    let gradients = numbers.floats(count, scale: 3)
    let value = TestMap(
      values, channels: channels, extent: extent, halo: Padding(1), images: images, haloValue: .nan, unusedValue: 1e30)
    let gradient = TestMap(gradients, channels: channels, extent: extent, images: images, unusedValue: .nan)
    let name = "\(function?.name ?? "nothing"), \(channels) channels"
    let actual = runGradientEverywhere(channels: channels, extent: extent, images: images, name) {
      $0.activationGradient(function, value: value.view, gradient.view, into: $1.view)
    }
    let expected = zip(values, gradients).map {
      let derivative = function?.derivative(Double($0)) ?? 1
      return Expected(Double($1) * derivative, magnitude: Double(abs($1)) * max(1.1, abs(derivative)))
    }
    expect(actual, expected, terms: 4, name)
    for (index, (actual, expected)) in zip(actual, expected).enumerated() where expected.value == 0 {
      #expect(actual == 0, "\(name), \(values[index])")
    }
    for machine in machines {
      let inPlace = TestMap(gradients, channels: channels, extent: extent, images: images)
      machine.activationGradient(function, value: value.view, inPlace.view, into: inPlace.view)
      #expect(inPlace.nchw == actual, "in place, \(machine.name)")
    }
  }

  @Test("of slopes", arguments: [1, 15, 16, 20, 33], [1, 2, 9])
  func prelu(channels: Int, images: Int) {
    var numbers = SplitMix64(seed: channels + images)
    for extent in [extent, Extent(1), Extent(height: 1, width: 17)] {
      let count = channels * extent.area
      let slopes = numbers.floats(channels, scale: 2)
      var inputs = numbers.floats(images * count)
      inputs[0] = 0
      let gradients = numbers.floats(images * count)
      let input = TestMap(inputs, channels: channels, extent: extent, halo: Padding(1), images: images, haloValue: .nan)
      let gradient = TestMap(gradients, channels: channels, extent: extent, images: images, unusedValue: .nan)
      let name = "\(channels) channels, \(images) images, \(extent)"
      let actual = runGradientEverywhere(channels: channels, extent: extent, images: images, name) {
        $0.preluGradient(ChannelSlopes(slopes, channels: channels), input.view, gradient.view, into: $1.view)
      }
      let expected = withPointers(to: [slopes]) { slopes in
        reference(images: images, [inputs, gradients], count: count) {
          Reference.preluGradient(slopes: slopes[0], area: extent.area, $0[0], $0[1], into: $1)
        }
      }
      #expect(actual == expected, "\(name)")

      let padded = (channels + 15) / 16 * 16
      let scratch = FloatBuffer(count: Machine.batchScratchFloats(input.layout, images: images))
      for isShared in [false, true] {
        let slopeGradient = runEverywhere(count: padded, name) {
          scratch.floats.update(repeating: .nan, count: scratch.count)
          $0.preluSlopeGradient(input.view, gradient.view, isShared: isShared, into: $1, scratch: scratch.floats)
        }
        func expected(_ transform: (Float) -> Float) -> [Double] {
          batchReference(
            images: images, [inputs.map { -abs($0) * ($0 > 0 ? 0 : 1) }, gradients.map(transform)],
            count: isShared ? 1 : channels
          ) {
            Reference.preluSlopeGradient(area: extent.area, inputs: $0[0], outputGradients: $0[1], into: $1)
          }
        }
        let values = zip(expected { $0 }, expected(abs)).map { Expected($0, magnitude: abs($1)) }
        expect(
          Array(slopeGradient[..<channels]),
          isShared ? [Expected](repeating: values[0], count: channels) : values, terms: extent.area + 3, name)
        #expect(slopeGradient[channels...].allSatisfy { $0 == 0 }, "\(name)")
        let start = FloatBuffer([Float](repeating: 2, count: padded))
        machines[0].preluSlopeGradient(
          input.view, gradient.view, isShared: isShared, accumulates: true, into: start, scratch: scratch.floats)
        #expect((0..<channels).allSatisfy { start.floats[$0] == slopeGradient[$0] + 2 }, "\(name)")
      }
    }
  }

  @Test(
    "of factors", arguments: [1, 16, 20], [[true, false], [false, true], [false, false, true], [true, false, true]])
  func factors(channels: Int, arePixels: [Bool]) {
    var numbers = SplitMix64(seed: channels * 31 + arePixels.count)
    let images = 2
    for extent in [extent, Extent(1), Extent(height: 2, width: 131)] {
      let extents = arePixels.map { $0 ? Extent(1) : extent }
      let factors = extents.map { numbers.floats(images * channels * $0.area, scale: 2) }
      let gradients = numbers.floats(images * channels * extent.area)
      let maps = zip(factors, extents).map {
        TestMap(
          $0, channels: channels, extent: $1, halo: Padding(1), images: images, haloValue: .nan, unusedValue: 1e30)
      }
      let gradient = TestMap(gradients, channels: channels, extent: extent, images: images, unusedValue: 1e30)
      for index in factors.indices {
        var (others, otherNumbers) = (maps.map(\.view), factors)
        others.remove(at: index)
        otherNumbers.remove(at: index)
        let name = "factor \(index) of \(extents), \(channels) channels"
        let actual = runGradientEverywhere(channels: channels, extent: extents[index], images: images, name) {
          $0.multiplyGradient(others: others, gradient.view, into: $1.view)
        }
        let expected = expected(
          images: images, [gradients] + otherNumbers, count: channels * extents[index].area
        ) { inputs, _, _, output in
          Reference.multiplyGradient(others: Array(inputs.dropFirst()), area: extent.area, inputs[0], into: output)
        }
        expect(actual, expected, terms: extent.area + 4, name)
      }
    }
  }
}
