import Testing
import ZooKernels
import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite struct ElementwiseTests {
  static let all: [Nonlinearity] = [.identity, .relu, .leakyRelu(slope: 0.01), .tanh, .sigmoid]
  private let extent = Extent(height: 3, width: 5)

  @Test("functions of all magnitudes", arguments: all)
  func accuracy(_ function: Nonlinearity) {
    var numbers = Numbers(seed: 9)
    var input: [Float] = [0, -0, 0.625, -0.625, .leastNormalMagnitude, 88, -88, 100, -100, 1e30, -1e30]
    for exponent in -30...7 {
      input += numbers.floats(400, scale: Float(sign: .plus, exponent: exponent, significand: 1))
    }
    input += [Float](repeating: 0.5, count: 16 - input.count % 16)
    let map = TestMap(input, channels: 16, extent: Extent(height: 1, width: input.count / 16))
    let actual = runEverywhere(channels: 16, extent: map.layout.extent, images: 1, "\(function)") {
      $0.activate(function, map.view, into: $1.view)
    }
    for (x, y) in zip(input, actual) {
      let exact = Twin.apply(function, Double(x))
      // Two units in the last place; what is below the smallest normal number may become 0.
      let tolerance = max(2 * Double(Float(exact).ulp), Double(Float.leastNormalMagnitude))
      if !(abs(Double(y) - exact) <= tolerance) {
        Issue.record("\(function) of \(x) is \(y), not \(exact)")
        return
      }
    }
  }

  @Test("infinities and what is not a number", arguments: all)
  func specialValues(_ function: Nonlinearity) {
    let input: [Float] = [.infinity, -.infinity, .nan]
    let map = TestMap(input, channels: 3, extent: Extent(1))
    for machine in machines {
      let output = TestMap(channels: 3, extent: Extent(1))
      machine.activate(function, map.view, into: output.view)
      let actual = output.nchw
      #expect(actual[0] == (function == .tanh || function == .sigmoid ? 1 : .infinity), "\(function), \(machine.name)")
      let atMinusInfinity: Float =
        switch function {
        case .identity, .leakyRelu: -.infinity
        case .relu, .sigmoid: 0
        case .tanh: -1
        }
      #expect(actual[1] == atMinusInfinity, "\(function), \(machine.name)")
      #expect(actual[2].isNaN, "\(function), \(machine.name)")
    }
  }

  @Test("sums of maps", arguments: all, 1...4)
  func sums(_ function: Nonlinearity, count: Int) {
    var numbers = Numbers(seed: count)
    let channels = 20
    let inputs = (0..<count).map { _ in numbers.floats(2 * channels * extent.area) }
    let maps = inputs.enumerated().map {
      TestMap($1, channels: channels, extent: extent, halo: Padding($0), images: 2, haloValue: 9e9)
    }
    let sums = inputs[0].indices.map { index in
      Expected(
        inputs.reduce(0) { $0 + Double($1[index]) }, magnitude: inputs.reduce(0) { $0 + abs(Double($1[index])) })
    }
    let actual = runEverywhere(channels: channels, extent: extent, images: 2, "\(function) of \(count)") {
      $0.add(maps.map(\.view), function, into: $1.view)
    }
    expect(actual, Twin.apply(function, sums), terms: count + 4, "\(function) of the sum of \(count)")
    machines[0].add(maps.map(\.view), function, into: maps[0].view)
    #expect(maps[0].nchw == actual, "in place")
  }

  @Test("a scale and a shift per channel", arguments: [1, 16, 20, 32])
  func scales(channels: Int) {
    var numbers = Numbers(seed: channels)
    let input = numbers.floats(2 * channels * extent.area)
    let (scale, shift, mean) = (numbers.floats(channels), numbers.floats(channels), numbers.floats(channels))
    let variance = numbers.floats(channels).map { $0 * $0 }
    let map = TestMap(input, channels: channels, extent: extent, images: 2)
    let plain = ChannelScale(scale: scale, shift: shift)
    let statistics = ChannelScale(scale: scale, shift: shift, mean: mean, variance: variance, epsilon: 1e-3)
    func expected(_ value: (_ x: Double, _ channel: Int) -> Expected) -> [Expected] {
      input.indices.map { value(Double(input[$0]), $0 / extent.area % channels) }
    }
    expect(
      runEverywhere(channels: channels, extent: extent, images: 2, "scale") {
        $0.scale(plain, .identity, map.view, into: $1.view)
      },
      expected { x, channel in
        let (a, b) = (x * Double(scale[channel]), Double(shift[channel]))
        return Expected(a + b, magnitude: abs(a) + abs(b))
      }, terms: 1, "scale")
    expect(
      runEverywhere(channels: channels, extent: extent, images: 2, "batch norm") {
        $0.scale(statistics, .relu, map.view, into: $1.view)
      },
      expected { x, channel in
        let factor = Double(scale[channel]) / (Double(variance[channel]) + 1e-3).squareRoot()
        let b = Double(shift[channel]) - Double(mean[channel]) * factor
        return Expected(max(0, x * factor + b), magnitude: abs(x * factor) + abs(b))
      }, terms: 3, "batch norm")
  }
}
