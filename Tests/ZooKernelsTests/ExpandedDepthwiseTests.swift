import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

/// A convolution of single pixels that the depthwise convolution after it computes.
@Suite struct ExpandedDepthwiseTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var inputs: Int
    var channels: Int
    var input: Extent
    var kernel = Extent(3)
    var stride = Extent(1)
    var padding = Padding(1)
    var dilation = Extent(1)
    var images = 1
    var halo = Padding.none
    var hasAddend = false
    var activations: [Activation?] = [.relu, .relu]

    var testDescription: String {
      "\(inputs)×\(input) to \(channels), \(kernel) by \(stride), padding \(padding), dilation \(dilation), "
        + "\(images) images, halo \(halo), \(activations.map { $0?.name ?? "none" })\(hasAddend ? ", addend" : "")"
    }
  }

  static let cases: [Case] = [
    Case(inputs: 1, channels: 2, input: Extent(height: 1, width: 2), padding: Padding(2), activations: [nil, nil]),
    Case(inputs: 24, channels: 144, input: Extent(56), images: 2, hasAddend: true),
    Case(inputs: 16, channels: 40, input: Extent(112), stride: Extent(2), halo: Padding(1)),
    Case(
      inputs: 40, channels: 72, input: Extent(height: 29, width: 31), kernel: Extent(5), stride: Extent(2),
      padding: Padding(2), activations: [.silu, .hardswish]),
    Case(
      inputs: 7, channels: 33, input: Extent(height: 90, width: 5), kernel: Extent(height: 7, width: 2),
      padding: Padding(top: 5, left: 0, bottom: 9, right: 3), images: 3, activations: [.relu, nil]),
    Case(
      inputs: 20, channels: 17, input: Extent(height: 40, width: 300), dilation: Extent(height: 3, width: 2),
      hasAddend: true, activations: [.tanh, .relu]),
    Case(inputs: 160, channels: 960, input: Extent(7)),
    // Blocks that are no multiple of the threads.
    Case(inputs: 12, channels: 72, input: Extent(14), hasAddend: true),
    // As many images as threads, in bands.
    Case(inputs: 8, channels: 48, input: Extent(90), stride: Extent(2), images: 3),
    Case(
      inputs: 3, channels: 5, input: Extent(height: 9, width: 1000), kernel: Extent(1), stride: Extent(3),
      padding: .none),
    // The last rows of padding, which no row of the input reaches.
    Case(
      inputs: 4, channels: 20, input: Extent(height: 2, width: 2), kernel: Extent(2), stride: Extent(1),
      padding: Padding(top: 4, left: 4, bottom: 4, right: 4)),
  ]

  @Test("is the bits of two steps, on every machine", arguments: cases)
  func isTwoSteps(_ test: Case) throws {
    let first = try ConvolutionGeometry(
      inputChannels: test.inputs, outputChannels: test.channels, input: test.input, kernel: Extent(1))
    let second = try ConvolutionGeometry(
      inputChannels: test.channels, outputChannels: test.channels, groups: test.channels, input: test.input,
      kernel: test.kernel, stride: test.stride, padding: test.padding, dilation: test.dilation)
    #expect(first.expands && second.isDepthwise)
    var numbers = SplitMix64(seed: second.hashableSeed)
    let input = TestMap(
      numbers.floats(test.images * test.inputs * test.input.area), channels: test.inputs, extent: test.input,
      halo: test.halo, images: test.images)
    func packed(_ geometry: ConvolutionGeometry, _ activation: Activation?) -> PackedConvolution {
      let count = geometry.outputChannels * geometry.inputChannelsPerGroup * geometry.kernel.area
      return PackedConvolution(
        geometry, weights: Tensor(shape: [count], floats: numbers.floats(count)),
        bias: Tensor(shape: [geometry.outputChannels], floats: numbers.floats(geometry.outputChannels)),
        activation: activation, pool: machines[0].pool)
    }
    let (expansion, depthwise) = (packed(first, test.activations[0]), packed(second, test.activations[1]))
    let addendMap = TestMap(
      numbers.floats(test.images * test.channels * second.output.area), channels: test.channels,
      extent: second.output, images: test.images)

    var results: [[UInt32]] = []
    for machine in machines {
      let between = TestMap(
        [Float](repeating: .nan, count: test.images * test.channels * test.input.area), channels: test.channels,
        extent: test.input, halo: second.requiredHalo, images: test.images)
      func output() -> TestMap { TestMap(channels: test.channels, extent: second.output, images: test.images) }
      let (expected, actual) = (output(), output())
      let addend = test.hasAddend ? addendMap.view : nil
      machine.convolve(expansion, input.view, into: between.view)
      machine.convolve(depthwise, between.view, adding: addend, into: expected.view)
      let scratch = GuardedFloats(
        count: depthwise.expandedFloats(after: expansion, threads: machine.pool.threadCount))
      machine.fetching(machine.someUpcomingWeights).convolve(
        depthwise, after: expansion, input.view, adding: addend, into: actual.view, scratch: scratch.floats)
      let bits = actual.nchw.map(\.bitPattern)
      #expect(bits == expected.nchw.map(\.bitPattern), "\(test.testDescription), \(machine.name)")
      results.append(bits)
    }
    #expect(Set(results).count == 1, "\(test.testDescription): machines differ")
  }
}
