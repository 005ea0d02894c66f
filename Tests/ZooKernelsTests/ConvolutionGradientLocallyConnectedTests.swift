import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite("The gradients of a locally connected layer")
struct ConvolutionGradientLocallyConnectedTests {
  @Test("of the input agrees with its twin and is the same bits everywhere", arguments: cases, [false, true])
  func data(_ test: ConvolutionGradientCase, hasAddend: Bool) {
    let (geometry, images) = (test.geometry, test.images)
    let drawn = Drawn(test)
    let name = "\(test.testDescription)\(hasAddend ? ", addend" : "")"
    let actual = runEverywhere(
      channels: geometry.inputChannels, extent: geometry.input, images: images, name
    ) { machine, output in
      machine.dataGradient(
        of: drawn.layer, outputGradient: drawn.gradientMap.view, adding: hasAddend ? drawn.inputMap.view : nil,
        into: output.view)
    }
    let expected = expected(
      images: images, [drawn.gradient], parameters: [drawn.weights],
      count: geometry.inputChannels * geometry.input.area
    ) { inputs, parameters, _, output in
      Reference.locallyConnectedDataGradient(geometry, weights: parameters[0], inputs[0], into: output)
    }.enumerated().map { index, expected in
      let addend = hasAddend ? Double(drawn.input[index]) : 0
      return Expected(expected.value + addend, magnitude: expected.magnitude + abs(addend))
    }
    expect(actual, expected, terms: geometry.outputChannels * geometry.kernel.area + 5, name)
    let inPlace = TestMap(drawn.input, channels: geometry.inputChannels, extent: geometry.input, images: images)
    if hasAddend {
      machines[0].dataGradient(
        of: drawn.layer, outputGradient: drawn.gradientMap.view, adding: inPlace.view, into: inPlace.view)
      #expect(inPlace.nchw == actual, "\(name)")
    }
  }

  @Test("of the weights agrees with its twin and is the same bits everywhere", arguments: cases)
  func filter(_ test: ConvolutionGradientCase) {
    let (geometry, images) = (test.geometry, test.images)
    let drawn = Drawn(test)
    let (weights, bias) = drawn.gradients(on: machines[0], accumulatesOnto: nil)
    let (twiceWeights, twiceBias) = drawn.gradients(on: machines[0], accumulatesOnto: (weights, bias))
    #expect(twiceWeights == weights.map { $0 + $0 }, "\(test.testDescription)")
    #expect(twiceBias == bias.map { $0 + $0 }, "\(test.testDescription)")
    for machine in machines {
      let other = drawn.gradients(on: machine, accumulatesOnto: nil)
      #expect(
        other.weights.map(\.bitPattern) == weights.map(\.bitPattern)
          && other.bias.map(\.bitPattern) == bias.map(\.bitPattern), "\(test.testDescription), \(machine.name)")
    }
    func twin(_ transform: (Float) -> Float) -> [Float] {
      reference(
        images: 1, [drawn.input.map(transform), drawn.gradient.map(transform)], count: drawn.weights.count
      ) {
        Reference.locallyConnectedFilterGradient(geometry, images: images, $0[0], $0[1], into: $1)
      }
    }
    expect(
      drawn.layer.unpack(weights: weights).withFloats { Array($0) },
      zip(twin { $0 }, twin(abs)).map { Expected(Double($0), magnitude: Double($1)) }, terms: images + 3,
      test.testDescription)
    let count = geometry.outputChannels * geometry.output.area
    let sums = (0..<count).map { index in
      let terms = (0..<images).map { Double(drawn.gradient[$0 * count + index]) }
      return Expected(terms.reduce(0, +), magnitude: terms.reduce(0) { $0 + abs($1) })
    }
    expect(
      drawn.layer.unpack(bias: bias).withFloats { Array($0) }, sums, terms: images + 3,
      "bias of \(test.testDescription)")
    // What is no weight gets zeros.
    let ones = [Float](repeating: 1, count: drawn.weights.count)
    let mask = PackedLocallyConnected(
      geometry, weights: Tensor(shape: Shape([ones.count]), floats: ones),
      bias: Tensor(shape: Shape([count]), floats: Array(ones.prefix(count))), pool: machines[0].pool
    ).buffers.flatMap { buffer in (0..<buffer.count).map { buffer.floats[$0] } }
    let wrong = zip(weights + bias, mask).filter { $1 == 0 && $0.bitPattern != 0 }.count
    #expect(wrong == 0, "\(test.testDescription)")
  }

  private static let cases: [ConvolutionGradientCase] = {
    let windows: [(Extent, Extent, Extent, Padding, Extent)] = [
      (Extent(height: 5, width: 4), Extent(3), Extent(1), Padding(1), Extent(1)),
      (Extent(7), Extent(2), Extent(2), .none, Extent(1)),
      (Extent(height: 3, width: 9), Extent(height: 3, width: 1), Extent(height: 1, width: 3), .none, Extent(1)),
      (Extent(6), Extent(3), Extent(2), Padding(top: 3, left: 0, bottom: 1, right: 5), Extent(2)),
    ]
    var cases: [ConvolutionGradientCase] = []
    for (index, window) in windows.enumerated() {
      for (inputs, outputs) in [(3, 5), (16, 16), (17, 33), (24, 48)] {
        let geometry = try? ConvolutionGeometry(
          inputChannels: inputs, outputChannels: outputs, input: window.0, kernel: window.1, stride: window.2,
          padding: window.3, dilation: window.4)
        guard let geometry else { preconditionFailure("a chosen geometry is wrong") }
        cases.append(ConvolutionGradientCase(geometry: geometry, images: 1 + (index + inputs) % 9))
      }
    }
    return cases
  }()

  /// The numbers of a case, and the layer.
  private struct Drawn {
    let test: ConvolutionGradientCase
    let layer: PackedLocallyConnected
    let input: [Float]
    let weights: [Float]
    let gradient: [Float]
    let inputMap: TestMap
    let gradientMap: TestMap

    init(_ test: ConvolutionGradientCase) {
      let (geometry, images) = (test.geometry, test.images)
      self.test = test
      var numbers = SplitMix64(seed: geometry.hashableSeed)
      input = numbers.floats(images * geometry.inputChannels * geometry.input.area)
      weights = numbers.floats(
        geometry.output.area * geometry.outputChannels * geometry.inputChannels * geometry.kernel.area)
      gradient = numbers.floats(images * geometry.outputChannels * geometry.output.area)
      layer = PackedLocallyConnected(
        geometry, weights: Tensor(shape: Shape([weights.count]), floats: weights), bias: nil, pool: machines[0].pool)
      inputMap = TestMap(
        input, channels: geometry.inputChannels, extent: geometry.input, halo: geometry.requiredHalo, images: images)
      gradientMap = TestMap(
        gradient, channels: geometry.outputChannels, extent: geometry.output,
        halo: Padding(top: 1, left: 0, bottom: 0, right: 2), images: images, haloValue: .nan)
    }

    func gradients(
      on machine: Machine, accumulatesOnto start: (weights: [Float], bias: [Float])?
    ) -> (weights: [Float], bias: [Float]) {
      let weights = GuardedFloats(count: layer.weightFloats)
      let bias = GuardedFloats(count: layer.biasFloats)
      if let start {
        weights.floats.update(from: start.weights, count: weights.count)
        bias.floats.update(from: start.bias, count: bias.count)
      }
      let scratch = GuardedFloats(
        count: test.geometry.locallyConnectedGradientScratchFloats(
          images: test.images, threads: machine.pool.threadCount))
      machine.filterGradient(
        of: layer, input: inputMap.view, outputGradient: gradientMap.view, weights: weights.floats,
        bias: bias.floats, accumulates: start != nil, scratch: scratch.floats)
      return ((0..<weights.count).map { weights.floats[$0] }, (0..<bias.count).map { bias.floats[$0] })
    }
  }
}
