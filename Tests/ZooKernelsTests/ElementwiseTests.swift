import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite struct ElementwiseTests {
  private let extent = Extent(height: 3, width: 5)

  @Test("functions of all magnitudes", arguments: someActivations)
  func accuracy(_ function: Activation?) {
    var numbers = SplitMix64(seed: 9)
    var input: [Float] = [
      0, -0, 0.625, -0.625, .leastNormalMagnitude, 3, -3, 88, -88, 88.5, -88.5, 88.7, -88.7, 88.75, -88.75, 90, -90,
      100, -100, 1e30, -1e30,
    ]
    input += [.leastNonzeroMagnitude, -.leastNonzeroMagnitude, -.greatestFiniteMagnitude, -13, -13.25, -14, 14]
    for exponent in -30...7 {
      input += numbers.floats(400, scale: Float(sign: .plus, exponent: exponent, significand: 1))
    }
    // Around where a function is cut.
    for edge: Float in [-3, 3, -0.75, 0.25, 0.5] { input += numbers.floats(400, scale: 1e-3).map { edge + $0 } }
    input += [Float](repeating: 0.5, count: 16 - input.count % 16)
    let map = TestMap(input, channels: 16, extent: Extent(height: 1, width: input.count / 16))
    let name = function?.name ?? "a copy"
    let actual = runEverywhere(channels: 16, extent: map.layout.extent, images: 1, name) {
      $0.activate(function, map.view, into: $1.view)
    }
    for (x, y) in zip(input, actual) {
      let exact = function?(Double(x)) ?? Double(x)
      // Some units in the last place; what is below the smallest normal number may become 0, before x times it is taken.
      let (units, isProduct): (Double, Bool) =
        switch function {
        case .silu: (3, true)
        case .hardswish: (3, false)
        case .gelu: (x > 0 ? 5 : 7, true)
        // The argument of the exponential is rounded, too.
        case .geluTanh: (3 - 4.8 * min(0, Double(x) * (1 + 0.044715 * Double(x) * Double(x))), true)
        default: (2, false)
        }
      let tolerance = max(
        units * Double(Float(exact).ulp),
        Double(Float.leastNormalMagnitude) * (isProduct ? max(1, abs(Double(x))) : 1))
      if !(abs(Double(y) - exact) <= tolerance) {
        Issue.record("\(name) of \(x) is \(y), not \(exact)")
        return
      }
    }
  }

  @Test("infinities and what is not a number", arguments: someActivations)
  func specialValues(_ function: Activation?) {
    let input: [Float] = [.infinity, -.infinity, .nan]
    let map = TestMap(input, channels: 3, extent: Extent(1))
    // What 0 times infinity is, for two of them; of others the limit.
    let expected: [Float] =
      switch function {
      case nil, .leakyRelu: [.infinity, -.infinity, .nan]
      case .relu: [.infinity, 0, .nan]
      case .tanh: [1, -1, .nan]
      case .sigmoid, .hardsigmoid: [1, 0, .nan]
      case .clamp(let lower, let upper): [upper, lower, .nan]
      case .silu, .hardswish: [.infinity, .nan, .nan]
      case .gelu, .geluTanh: [.infinity, 0, .nan]
      case .elu(let alpha): [.infinity, -alpha, .nan]
      }
    for (x, expected) in zip(input, expected) {
      let exact = Float(function?(Double(x)) ?? Double(x))
      #expect(exact == expected || exact.isNaN && expected.isNaN, "\(function?.name ?? "a copy") of \(x)")
    }
    for machine in machines {
      let output = TestMap(channels: 3, extent: Extent(1))
      machine.activate(function, map.view, into: output.view)
      for (actual, expected) in zip(output.nchw, expected) {
        #expect(actual == expected || actual.isNaN && expected.isNaN, "\(function?.name ?? "a copy"), \(machine.name)")
      }
    }
  }

  @Test("sums of maps", arguments: someActivations, 1...4)
  func sums(_ function: Activation?, count: Int) {
    var numbers = SplitMix64(seed: count)
    let channels = 20
    let inputs = (0..<count).map { _ in numbers.floats(2 * channels * extent.area) }
    let maps = inputs.enumerated().map {
      TestMap($1, channels: channels, extent: extent, halo: Padding($0), images: 2, haloValue: 9e9)
    }
    let name = "\(function?.name ?? "nothing") of the sum of \(count)"
    let actual = runEverywhere(channels: channels, extent: extent, images: 2, name) {
      $0.add(maps.map(\.view), function, into: $1.view)
    }
    let expected = expected(images: 2, inputs, count: channels * extent.area, function) {
      Reference.join(.add, $0, area: extent.area, $2, into: $3)
    }
    expect(actual, expected, terms: count + 5, name)
    machines[0].add(maps.map(\.view), function, into: maps[0].view)
    #expect(maps[0].nchw == actual, "in place")
  }

  @Test(
    "products of maps and of factors for each channel", arguments: [1, 15, 16, 20, 33],
    [
      // Whether each input is one pixel.
      [false, false], [false, true], [true, false], [true, true], [false, true, false], [true, true, false],
      [false, false, false, true], [true, false, true, true],
    ])
  func products(channels: Int, arePixels: [Bool]) {
    var numbers = SplitMix64(seed: channels * 31 + arePixels.count)
    let images = 2
    for (index, extent) in [extent, Extent(1), Extent(height: 1, width: 17), Extent(height: 40, width: 1)].enumerated()
    {
      let extents = arePixels.map { $0 ? Extent(1) : extent }
      let inputs = extents.map { numbers.floats(images * channels * $0.area, scale: 2) }
      // Products of what the unused lanes hold are no longer finite.
      let maps = zip(inputs, extents).enumerated().map {
        TestMap(
          $1.0, channels: channels, extent: $1.1, halo: Padding($0), images: images, haloValue: .nan, unusedValue: 1e30)
      }
      let function = someActivations[(index + channels + arePixels.count) % someActivations.count]
      let name = "\(function?.name ?? "nothing") of \(extents), \(channels) channels"
      let actual = runEverywhere(channels: channels, extent: extent, images: images, name) {
        $0.multiply(maps.map(\.view), function, into: $1.view)
      }
      let expected = expected(images: images, inputs, count: channels * extent.area, function) {
        Reference.join(.multiply, $0, area: extent.area, $2, into: $3)
      }
      expect(actual, expected, terms: extents.count + 5, name)
      guard extents[0] == extent else { continue }
      for machine in machines {
        let first = TestMap(inputs[0], channels: channels, extent: extent, images: images)
        machine.multiply([first.view] + maps.dropFirst().map(\.view), function, into: first.view)
        #expect(first.nchw == actual, "in place, \(machine.name)")
      }
    }
  }

  @Test("slopes of the negative part", arguments: [1, 15, 16, 20, 33], [true, false])
  func prelu(channels: Int, isShared: Bool) {
    var numbers = SplitMix64(seed: channels)
    for extent in [extent, Extent(1), Extent(height: 1, width: 17)] {
      let slopes = numbers.floats(isShared ? 1 : channels, scale: 2)
      var input = numbers.floats(2 * channels * extent.area)
      input[0] = 0
      let map = TestMap(input, channels: channels, extent: extent, halo: Padding(1), images: 2, haloValue: .nan)
      let packed = ChannelSlopes(slopes, channels: channels)
      let name = "\(channels) channels, \(extent)"
      let actual = runEverywhere(channels: channels, extent: extent, images: 2, name) {
        $0.prelu(packed, map.view, into: $1.view)
      }
      let expected = withPointers(to: [slopes]) { parameters in
        reference(images: 2, [input], count: channels * extent.area) {
          Reference.prelu(slopes: parameters[0], area: extent.area, $0[0], into: $1)
        }
      }
      #expect(actual == expected, "\(name)")
      for machine in machines {
        let inPlace = TestMap(input, channels: channels, extent: extent, images: 2)
        machine.prelu(packed, inPlace.view, into: inPlace.view)
        #expect(inPlace.nchw == expected, "in place, \(machine.name)")
      }
    }
    let notANumber = TestMap([.nan], channels: 1, extent: Extent(1))
    for machine in machines {
      let output = TestMap(channels: 1, extent: Extent(1))
      machine.prelu(ChannelSlopes([0], channels: 1), notANumber.view, into: output.view)
      #expect(output.nchw[0].isNaN, "\(machine.name)")
    }
  }

  @Test("a scale and a shift per channel", arguments: [1, 16, 20, 32])
  func scales(channels: Int) {
    var numbers = SplitMix64(seed: channels)
    let input = numbers.floats(2 * channels * extent.area)
    let (scale, shift, mean) = (numbers.floats(channels), numbers.floats(channels), numbers.floats(channels))
    let variance = numbers.floats(channels).map { $0 * $0 }
    let map = TestMap(input, channels: channels, extent: extent, images: 2)
    let plain = ChannelScale(scale: scale, shift: shift)
    let statistics = ChannelScale(scale: scale, shift: shift, mean: mean, variance: variance, epsilon: 1e-3)
    let scaled = runEverywhere(channels: channels, extent: extent, images: 2, "scale") {
      $0.scale(plain, nil, map.view, into: $1.view)
    }
    func batchNorm(_ input: [Float], _ parameters: [[Float]], epsilon: Double) -> [Float] {
      withPointers(to: parameters[...]) { parameters in
        reference(images: 2, [input], count: channels * extent.area) {
          Reference.batchNormalize(
            scale: parameters[0], shift: parameters[1], mean: parameters[2], variance: parameters[3], epsilon: epsilon,
            area: extent.area, $0[0], into: $1)
        }
      }
    }
    // The mean is subtracted: negative, it is a term like the others.
    func expected(mean: [Float], variance: [Float], epsilon: Double) -> [Expected] {
      zip(
        batchNorm(input, [scale, shift, mean, variance], epsilon: epsilon),
        batchNorm(input.map(abs), [scale.map(abs), shift.map(abs), mean.map { -abs($0) }, variance], epsilon: epsilon)
      ).map { Expected(Double($0), magnitude: Double($1)) }
    }
    let ones = [Float](repeating: 1, count: channels)
    expect(
      scaled, expected(mean: ones.map { _ in 0 }, variance: ones, epsilon: 0), terms: 2, "scale")
    let normalized = runEverywhere(channels: channels, extent: extent, images: 2, "batch norm") {
      $0.scale(statistics, .relu, map.view, into: $1.view)
    }
    let positive = expected(mean: mean, variance: variance, epsilon: 1e-3).map {
      Expected(max(0, $0.value), magnitude: $0.magnitude)
    }
    expect(normalized, positive, terms: 4, "batch norm")
  }
}
