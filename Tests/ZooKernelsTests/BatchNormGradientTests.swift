import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite struct BatchNormGradientTests {
  static let extents = [Extent(1), Extent(height: 3, width: 5), Extent(height: 40, width: 1), Extent(17)]

  @Test("statistics of a batch", arguments: [1, 16, 20, 33], [1, 2, 5, 9])
  func statistics(channels: Int, images: Int) {
    var numbers = SplitMix64(seed: channels * images)
    for (extent, offset) in zip(Self.extents, [0, 0, -3, 1000] as [Float]) {
      let inputs = numbers.floats(images * channels * extent.area).map { $0 + offset }
      let input = TestMap(inputs, channels: channels, extent: extent, halo: Padding(1), images: images, haloValue: .nan)
      let scratch = FloatBuffer(count: Machine.batchScratchFloats(input.layout, images: images))
      let name = "\(channels) channels, \(images) images, \(extent), around \(offset)"
      let padded = (channels + 15) / 16 * 16
      let actual = runEverywhere(count: 2 * padded, name) {
        scratch.floats.update(repeating: .nan, count: scratch.count)
        $0.batchStatistics(input.view, into: ChannelPairs($1, channels: channels), scratch: scratch.floats)
      }
      let expected = batchReference(images: images, [inputs], count: 2 * channels) {
        Reference.batchStatistics($0[0], area: extent.area, into: $1)
      }
      for channel in 0..<channels {
        let (mean, variance) = (expected[channel], expected[channels + channel])
        #expect(abs(Double(actual[channel]) - mean) <= 1e-6 * (1 + abs(mean)), "\(name), channel \(channel)")
        #expect(
          abs(Double(actual[padded + channel]) - variance) <= 2e-6 * variance + 1e-30, "\(name), channel \(channel)")
      }
      #expect(actual[channels..<padded].allSatisfy { $0 == 0 }, "\(name)")
      #expect(actual[(padded + channels)...].allSatisfy { $0 == 1 }, "\(name)")
    }
  }

  @Test("one number has no variance, and equal ones have none")
  func constants() {
    for (extent, images) in [(Extent(1), 1), (Extent(5), 1), (Extent(height: 3, width: 7), 4)] {
      let input = TestMap(
        [Float](repeating: 0.1, count: 3 * extent.area * images), channels: 3, extent: extent, images: images)
      let statistics = ChannelPairs(channels: 3)
      let scratch = FloatBuffer(count: Machine.batchScratchFloats(input.layout, images: images))
      machines[0].batchStatistics(input.view, into: statistics, scratch: scratch.floats)
      #expect(statistics.first == [0.1, 0.1, 0.1], "\(extent), \(images) images")
      #expect(statistics.second.allSatisfy { $0 >= 0 && $0 < 1e-15 }, "\(extent), \(images) images")
    }
  }

  @Test(
    "normalisation with given statistics", arguments: [1, 16, 20, 33],
    [(nil, false), (.relu, false), (.relu, true), (nil, true), (.silu, true)] as [(Activation?, Bool)])
  func normalization(channels: Int, _ function: (activation: Activation?, adds: Bool)) {
    var numbers = SplitMix64(seed: channels)
    for (extent, mean) in zip(Self.extents, [0, 0, -3, 1000] as [Float]) {
      let images = 3
      let case_ = Case(channels: channels, extent: extent, images: images, mean: mean, &numbers)
      let addends = numbers.floats(images * channels * extent.area)
      let addend = TestMap(
        addends, channels: channels, extent: extent, halo: Padding(2), images: images, haloValue: .nan)
      let name = "\(channels) channels, \(extent), around \(mean), \(function)"
      let actual = runEverywhere(channels: channels, extent: extent, images: images, name) {
        $0.batchNormalize(
          case_.input.view, statistics: case_.statistics, parameters: case_.parameters, epsilon: 1e-3,
          function.activation, adding: function.adds ? addend.view : nil, into: $1.view)
      }
      let normalized = withPointers(to: case_.numbers[...]) { numbers in
        reference(images: images, [case_.inputs], count: channels * extent.area) {
          Reference.batchNormalize(
            scale: numbers[0], shift: numbers[1], mean: numbers[2], variance: numbers[3], epsilon: 1e-3,
            area: extent.area, $0[0], into: $1)
        }
      }
      let expected = zip(normalized, addends).map {
        let sum = Double($0) + (function.adds ? Double($1) : 0)
        return Expected(function.activation?(sum) ?? sum, magnitude: 2 * (abs(Double($0)) + abs(Double($1)) + 1))
      }
      expect(actual, expected, terms: 8, name)
      for machine in machines {
        let inPlace = TestMap(case_.inputs, channels: channels, extent: extent, images: images)
        machine.batchNormalize(
          inPlace.view, statistics: case_.statistics, parameters: case_.parameters, epsilon: 1e-3,
          function.activation, adding: function.adds ? addend.view : nil, into: inPlace.view)
        #expect(inPlace.nchw == actual, "in place, \(name), \(machine.name)")
      }
    }
  }

  @Test("gradients", arguments: [1, 16, 20, 33], [(1, false), (2, false), (2, true), (9, true)])
  func gradients(channels: Int, _ batch: (images: Int, isMasked: Bool)) {
    let (images, isMasked) = batch
    var numbers = SplitMix64(seed: channels * images)
    for (extent, mean) in zip(Self.extents, [0, 0, -3, 1000] as [Float]) {
      let case_ = Case(channels: channels, extent: extent, images: images, mean: mean, &numbers)
      let count = channels * extent.area
      let dy = numbers.floats(images * count)
      let outputs = numbers.floats(images * count).map { max(0, $0) }
      let gradient = TestMap(dy, channels: channels, extent: extent, images: images)
      let output = TestMap(
        outputs, channels: channels, extent: extent, halo: Padding(1), images: images, haloValue: .nan)
      let mask = isMasked ? output.view : nil
      let masked = isMasked ? zip(dy, outputs).map { $1 > 0 ? $0 : 0 } : dy
      let scratch = FloatBuffer(count: Machine.batchScratchFloats(gradient.layout, images: images))
      let name = "\(channels) channels, \(images) images, \(extent), around \(mean)"
      let padded = (channels + 15) / 16 * 16
      let sums = runEverywhere(count: 2 * padded, name) {
        scratch.floats.update(repeating: .nan, count: scratch.count)
        $0.batchNormParameterGradient(
          case_.input.view, gradient.view, masking: mask, statistics: case_.statistics, epsilon: 1e-3,
          into: ChannelPairs($1, channels: channels), scratch: scratch.floats)
      }
      let statistics = (case_.numbers[2] + case_.numbers[3]).map(Double.init)
      func expectedSums(_ inputs: [Float], _ masked: [Float]) -> [Double] {
        statistics.withUnsafeBufferPointer { statistics in
          batchReference(images: images, [inputs, masked], count: 2 * channels) {
            Reference.batchNormParameterGradient(
              statistics: statistics, epsilon: 1e-3, area: extent.area, inputs: $0[0], outputGradients: $0[1], into: $1)
          }
        }
      }
      let exact = expectedSums(case_.inputs, masked)
      let plain = zip(case_.inputs.indices, masked.map(abs)).map { index, gradient -> (Float, Float) in
        let mean = case_.numbers[2][index / extent.area % channels]
        return (mean + abs(case_.inputs[index] - mean), gradient)
      }
      let terms = expectedSums(plain.map(\.0), plain.map(\.1))
      let expectedPairs = zip(exact, terms).map { Expected($0, magnitude: abs($1) + 1e-3 * abs($0)) }
      expect(
        Array(sums[..<channels]) + Array(sums[padded..<padded + channels]), expectedPairs,
        terms: extent.width + extent.height + 4, "parameters, \(name)")
      #expect(
        (sums[channels..<padded] + sums[(padded + channels)...]).allSatisfy { $0 == 0 }, "parameters, \(name)")

      for isFixed in [false, true] {
        let pairs = ChannelPairs(FloatBuffer(sums), channels: channels)
        let actual = runGradientEverywhere(channels: channels, extent: extent, images: images, name) {
          $0.batchNormDataGradient(
            case_.input.view, gradient.view, masking: mask, statistics: case_.statistics,
            parameters: case_.parameters, epsilon: 1e-3, gradients: isFixed ? nil : pairs, into: $1.view)
        }
        let given = (pairs.first + pairs.second).map(Double.init)
        let expected = withPointers(to: case_.numbers[...]) { numbers in
          reference(images: images, [case_.inputs, masked], count: count) { inputs, output in
            if isFixed {
              Reference.batchNormDataGradient(
                scale: numbers[0], variance: numbers[3], epsilon: 1e-3, area: extent.area, inputs[1], into: output)
            } else {
              statistics.withUnsafeBufferPointer { statistics in
                given.withUnsafeBufferPointer { given in
                  Reference.batchNormDataGradient(
                    scale: numbers[0], statistics: statistics, epsilon: 1e-3, gradients: given,
                    count: images * extent.area, area: extent.area, inputs[0], inputs[1], into: output)
                }
              }
            }
          }
        }
        let scale = 40.0  // The largest weight over the least deviation, and three terms.
        expect(
          actual, expected.map { Expected(Double($0), magnitude: abs(Double($0)) + scale) }, terms: 6,
          "data, \(isFixed ? "fixed" : "training"), \(name)")
        for machine in machines {
          let inPlace = TestMap(dy, channels: channels, extent: extent, images: images)
          machine.batchNormDataGradient(
            case_.input.view, inPlace.view, masking: mask, statistics: case_.statistics,
            parameters: case_.parameters, epsilon: 1e-3, gradients: isFixed ? nil : pairs, into: inPlace.view)
          #expect(inPlace.nchw == actual, "in place, \(name), \(machine.name)")
        }
      }
    }
  }

  @Test("running statistics move towards those of the batch")
  func running() {
    let (running, new) = (ChannelPairs(channels: 20), ChannelPairs(channels: 20))
    let statistics = TestMap(
      (0..<40).map { Float($0 % 2 == 0 ? $0 : $0 - 2) }, channels: 20, extent: Extent(height: 1, width: 2))
    let scratch = FloatBuffer(count: Machine.batchScratchFloats(statistics.layout, images: 1))
    let machine = machines[0]
    machine.batchStatistics(statistics.view, into: new, scratch: scratch.floats)
    machine.updateRunningStatistics(running, with: new, momentum: 0.25, count: 2)
    let moved = (0..<20).map { (channel: Int) -> Float in 0.25 * (Float(2 * channel) - 0.5) }
    #expect(running.first == moved)
    // Distances of a half from the mean: a variance of a quarter, of the population one half.
    #expect(running.second == [Float](repeating: 0.125, count: 20))
    machine.updateRunningStatistics(running, with: new, momentum: 0.5, count: 1)
    #expect(running.second == [Float](repeating: 0.0625 + 0.125, count: 20))
  }

  /// Inputs around a mean, and statistics and parameters that go with it.
  private struct Case {
    let inputs: [Float]
    let input: TestMap
    /// Weights, biases, means, variances.
    let numbers: [[Float]]
    let statistics: ChannelPairs
    let parameters: ChannelPairs

    init(channels: Int, extent: Extent, images: Int, mean: Float, _ random: inout SplitMix64) {
      inputs = random.floats(images * channels * extent.area).map { $0 + mean }
      input = TestMap(inputs, channels: channels, extent: extent, halo: Padding(1), images: images, haloValue: .nan)
      let parts = [
        random.floats(channels, scale: 2), random.floats(channels), random.floats(channels).map { $0 + mean },
        random.floats(channels).map { 0.1 + $0 * $0 },
      ]
      numbers = parts
      parameters = ChannelPairs(ChannelScale(scale: parts[0], shift: parts[1]))
      // The variance of a channel that does not exist is not zero.
      statistics = ChannelPairs(ChannelScale(scale: parts[2], shift: parts[3]))
    }
  }
}
