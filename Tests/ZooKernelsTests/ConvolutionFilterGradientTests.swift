import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite("The gradient of a convolution's weights")
struct ConvolutionFilterGradientTests {
  @Test("agrees with its twin and is the same bits everywhere", arguments: ConvolutionGradientCase.all)
  func matchesTwin(_ test: ConvolutionGradientCase) {
    let (geometry, images) = (test.geometry, test.images)
    let drawn = Drawn(test)
    let bits = expectSameBits(test, drawn, accumulatesOnto: nil)
    let (weights, bias) = drawn.unpack(bits)

    func twin(_ transform: (Float) -> Float) -> [Float] {
      reference(
        images: 1, [drawn.input.map(transform), drawn.gradient.map(transform)], count: weights.count
      ) {
        Reference.convolutionFilterGradient(geometry, images: images, $0[0], $0[1], into: $1)
      }
    }
    let terms = images * geometry.output.area + 5
    let expected = zip(twin { $0 }, twin(abs)).map { Expected(Double($0), magnitude: Double($1)) }
    expect(weights, expected, terms: terms, test.testDescription)

    let area = geometry.output.area
    let sums = (0..<geometry.outputChannels).map { channel in
      var sum = Expected(0, magnitude: 0)
      for image in 0..<images {
        for pixel in 0..<area {
          let number = Double(drawn.gradient[(image * geometry.outputChannels + channel) * area + pixel])
          sum.value += number
          sum.magnitude += abs(number)
        }
      }
      return sum
    }
    expect(bias, sums, terms: terms, "bias of \(test.testDescription)")
  }

  @Test("is zero in what is no weight", arguments: ConvolutionGradientCase.all)
  func zeros(_ test: ConvolutionGradientCase) {
    let drawn = Drawn(test)
    // Packing puts numbers other than zero exactly where there is a weight.
    let count = drawn.layer.unpackWeights().shape.elementCount
    let ones = Tensor(shape: Shape([count]), floats: [Float](repeating: 1, count: count))
    let outputs = test.geometry.outputChannels
    let mask = PackedConvolution(
      test.geometry, weights: ones,
      bias: Tensor(shape: Shape([outputs]), floats: [Float](repeating: 1, count: outputs)), inputForm: test.form,
      pool: machines[0].pool
    ).buffers.flatMap { buffer in (0..<buffer.count).map { buffer.floats[$0] } }
    let (weights, bias) = drawn.gradients(on: machines[0], accumulatesOnto: nil)
    let wrong = zip(weights + bias, mask).filter { $1 == 0 && $0.bitPattern != 0 }.count
    #expect(wrong == 0, "\(test.testDescription)")
  }

  @Test("is added to what is there", arguments: ConvolutionGradientCase.chosen)
  func accumulates(_ test: ConvolutionGradientCase) {
    let drawn = Drawn(test)
    let alone = drawn.gradients(on: machines[0], accumulatesOnto: nil)
    let twice = expectSameBits(test, drawn, accumulatesOnto: alone)
    #expect(twice.weights == alone.weights.map { $0 + $0 }, "\(test.testDescription)")
    #expect(twice.bias == alone.bias.map { $0 + $0 }, "\(test.testDescription)")
  }

  @Test("of a slice of the batch is a node of the tree", arguments: ConvolutionGradientCase.chosen)
  func slices(_ test: ConvolutionGradientCase) {
    // Two images are two slices, each of them alone is one.
    var test = test
    test.images = 2
    let pair = Drawn(test)
    let first = pair.gradients(on: machines[0], images: 0..<1, accumulatesOnto: nil)
    let second = pair.gradients(on: machines[0], images: 1..<2, accumulatesOnto: nil)
    let both = pair.gradients(on: machines[0], accumulatesOnto: nil)
    #expect(both.weights == zip(first.weights, second.weights).map { $0 + $1 }, "\(test.testDescription)")
    #expect(both.bias == zip(first.bias, second.bias).map { $0 + $1 }, "\(test.testDescription)")
  }

  @Test("takes no more memory for fewer images", arguments: ConvolutionGradientCase.chosen)
  func scratch(_ test: ConvolutionGradientCase) {
    let floats = (1...20).map {
      test.geometry.filterGradientScratchFloats(inputForm: test.form, images: $0, threads: 3)
    }
    #expect(zip(floats, floats.dropFirst()).allSatisfy { $0 <= $1 }, "\(test.testDescription)")
  }

  typealias Gradients = (weights: [Float], bias: [Float])

  /// Runs on all machines, whose results must be the same bits.
  private func expectSameBits(
    _ test: ConvolutionGradientCase, _ drawn: Drawn, accumulatesOnto start: Gradients?
  ) -> Gradients {
    let first = drawn.gradients(on: machines[0], accumulatesOnto: start)
    for machine in machines.dropFirst() {
      let other = drawn.gradients(on: machine, accumulatesOnto: start)
      #expect(
        first.weights.map(\.bitPattern) == other.weights.map(\.bitPattern)
          && first.bias.map(\.bitPattern) == other.bias.map(\.bitPattern), "\(test.testDescription), \(machine.name)")
    }
    return first
  }

  /// The numbers of a case, and the layer.
  private struct Drawn {
    let test: ConvolutionGradientCase
    let layer: PackedConvolution
    let input: [Float]
    let gradient: [Float]

    init(_ test: ConvolutionGradientCase) {
      let geometry = test.geometry
      self.test = test
      var numbers = SplitMix64(seed: geometry.hashableSeed)
      input = numbers.floats(test.images * geometry.inputChannels * geometry.input.area)
      gradient = numbers.floats(test.images * geometry.outputChannels * geometry.output.area)
      layer = PackedConvolution(geometry, inputForm: test.form) { _ in }
    }

    func unpack(_ gradients: Gradients) -> Gradients {
      (
        layer.unpack(weights: gradients.weights).withFloats { Array($0) },
        layer.unpack(bias: gradients.bias).withFloats { Array($0) }
      )
    }

    func gradients(
      on machine: Machine, images: Range<Int>? = nil, accumulatesOnto start: Gradients?
    ) -> Gradients {
      let geometry = test.geometry
      let images = images ?? 0..<test.images
      var halo = geometry.requiredHalo
      halo.left += 1
      halo.bottom += 1
      let gradientMap = TestMap(
        gradient, channels: geometry.outputChannels, extent: geometry.output,
        halo: Padding(top: 1, left: 0, bottom: 0, right: 2), images: test.images, haloValue: .nan)
      let weights = GuardedFloats(count: layer.weightFloats)
      let bias = GuardedFloats(count: layer.biasFloats)
      if let start {
        weights.floats.update(from: start.weights, count: weights.count)
        bias.floats.update(from: start.bias, count: bias.count)
      }
      let scratch = GuardedFloats(
        count: geometry.filterGradientScratchFloats(
          inputForm: test.form, images: images.count, threads: machine.pool.threadCount))
      switch test.form {
      case .blocked:
        let map = TestMap(
          input, channels: geometry.inputChannels, extent: geometry.input, halo: halo, images: test.images)
        withExtendedLifetime((map, gradientMap, scratch)) {
          machine.filterGradient(
            of: layer, input: map.view.images(images), outputGradient: gradientMap.view.images(images),
            weights: weights.floats, bias: bias.floats, accumulates: start != nil, scratch: scratch.floats)
        }
      case .planar:
        let layout = PlanarLayout(channels: geometry.inputChannels, extent: geometry.input, padding: halo)
        let memory = GuardedFloats(count: layout.floatsPerImage * images.count)
        let view = PlanarView(memory.floats, layout: layout, images: images.count)
        let count = geometry.inputChannels * geometry.input.area
        machine.pack(Array(input[images.lowerBound * count..<images.upperBound * count]), into: view)
        withExtendedLifetime((memory, gradientMap, scratch)) {
          machine.filterGradient(
            of: layer, planar: view, outputGradient: gradientMap.view.images(images), weights: weights.floats,
            bias: bias.floats, accumulates: start != nil, scratch: scratch.floats)
        }
      }
      return (
        (0..<weights.count).map { weights.floats[$0] }, (0..<bias.count).map { bias.floats[$0] }
      )
    }
  }
}
