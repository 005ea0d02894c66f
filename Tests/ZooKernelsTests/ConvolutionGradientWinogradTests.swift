import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite("Winograd's algorithm with weights that change")
struct ConvolutionGradientWinogradTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var geometry: ConvolutionGeometry
    var form: WinogradForm
    var images = 1
    var layerForm = PackedConvolution.InputForm.blocked

    var testDescription: String { "\(form): \(geometry), \(images) images, \(layerForm)" }
  }

  @Test("transforms filters to the bits of packing them", arguments: cases)
  func filters(_ test: Case) {
    let drawn = Drawn(test)
    let geometry = test.geometry
    let anew = PackedWinograd(
      geometry, test.form, weights: drawn.weightTensor, bias: drawn.bias, activation: .relu, pool: machines[0].pool)
    for machine in machines {
      let memory = Frequencies(geometry, test.form)
      let winograd = PackedWinograd(
        of: drawn.layer, test.form, frequencies: memory.floats.floats, owner: memory,
        threads: machine.pool.threadCount)
      let loops = machine.recording { $0.transformFilters(of: drawn.layer, into: winograd) }
      #expect((0..<memory.floats.count).allSatisfy { memory.floats.floats[$0].isNaN }, "nothing runs when recorded")
      for loop in loops { machine.pool.parallel(loop) }
      let areSame = zip(winograd.buffers, anew.buffers).allSatisfy { mine, other in
        mine.count == other.count
          && (0..<mine.count).allSatisfy { mine.floats[$0].bitPattern == other.floats[$0].bitPattern }
      }
      #expect(areSame, "\(test.testDescription), \(machine.name)")
      #expect(winograd.activation == anew.activation)
    }
  }

  @Test("agrees with the twin of the data gradient and is the same bits everywhere", arguments: cases)
  func dataGradient(_ test: Case) {
    guard let rotated = test.geometry.rotated else {
      Issue.record("\(test.testDescription) has no rotation")
      return
    }
    let geometry = test.geometry
    let drawn = Drawn(test)
    let gradientMap = TestMap(
      drawn.gradient, channels: geometry.outputChannels, extent: geometry.output, halo: Padding(1),
      images: test.images)
    let addendMap = TestMap(
      drawn.addend, channels: geometry.inputChannels, extent: geometry.input, images: test.images)
    let actual = runEverywhere(
      channels: geometry.inputChannels, extent: geometry.input, images: test.images, test.testDescription
    ) { machine, output in
      let memory = Frequencies(rotated, test.form)
      let winograd = PackedWinograd(
        dataGradientOf: drawn.layer, test.form, frequencies: memory.floats.floats, owner: memory,
        threads: machine.pool.threadCount)
      let scratch = GuardedFloats(count: winograd.schedule.scratchFloats(images: test.images))
      machine.transformRotatedFilters(of: drawn.layer, into: winograd)
      machine.convolve(
        winograd, gradientMap.view, adding: addendMap.view, into: output.view, scratch: scratch.floats)
    }
    var expected = expected(
      images: test.images, [drawn.gradient, drawn.addend], parameters: [drawn.weights],
      count: geometry.inputChannels * geometry.input.area
    ) { inputs, parameters, _, output in
      Reference.convolutionDataGradient(geometry, weights: parameters[0], inputs[0], into: output)
      for index in output.indices { output[index] += inputs[1][index] }
    }
    // An output takes part in the rounding of its neighbours in the tile.
    let magnitude = expected.reduce(0) { max($0, $1.magnitude) }
    for index in expected.indices { expected[index].magnitude = magnitude }
    expect(actual, expected, terms: 13, test.testDescription)
  }

  @Test(
    "agrees with the twin of the filter gradient and is the same bits everywhere",
    arguments: cases.filter { $0.layerForm == .blocked } + manyWeights)
  func filterGradient(_ test: Case) {
    var test = test
    test.images = 1 + (test.images * 5 + test.geometry.input.height) % 9
    let (geometry, images) = (test.geometry, test.images)
    let drawn = Drawn(test)
    let first = drawn.filterGradient(on: machines[0], accumulatesOnto: nil)
    for machine in machines.dropFirst() {
      let other = drawn.filterGradient(on: machine, accumulatesOnto: nil)
      #expect(first.map(\.bitPattern) == other.map(\.bitPattern), "\(test.testDescription), \(machine.name)")
    }
    let twice = drawn.filterGradient(on: machines[0], accumulatesOnto: first)
    #expect(twice == first.map { $0 + $0 }, "\(test.testDescription)")

    let layer = drawn.layer
    func twin(_ transform: (Float) -> Float) -> [Float] {
      reference(
        images: 1, [drawn.input.map(transform), drawn.gradient.map(transform)], count: drawn.weights.count
      ) {
        Reference.convolutionFilterGradient(geometry, images: images, $0[0], $0[1], into: $1)
      }
    }
    // A weight takes part in the rounding of the others of its filter.
    let magnitude = Double(twin(abs).max() ?? 0)
    let expected = twin { $0 }.map { Expected(Double($0), magnitude: magnitude) }
    expect(layer.unpack(weights: first).withFloats { Array($0) }, expected, terms: 26, test.testDescription)
    // The biases are those of the direct computation, and what is no weight gets zeros.
    let direct = drawn.directFilterGradient(on: machines[0])
    #expect(first.suffix(layer.biasFloats) == direct.suffix(layer.biasFloats), "\(test.testDescription)")
    let wrong = zip(first, drawn.mask).filter { $1 == 0 && $0.bitPattern != 0 }.count
    #expect(wrong == 0, "\(test.testDescription)")
  }

  @Test("is not chosen for the filter gradient where slices have few tiles, or no form can compute it")
  func choice() throws {
    func geometry(_ side: Int, stride: Int = 1) throws -> ConvolutionGeometry {
      try ConvolutionGeometry(
        inputChannels: 256, outputChannels: 256, input: Extent(side), kernel: Extent(3), stride: Extent(stride),
        padding: Padding(1))
    }
    let large = try geometry(28)
    let form = try #require(WinogradForm.fastest(for: large))
    #expect(WinogradForm.fastestFilterGradient(for: large, images: 1) == form)
    #expect(WinogradForm.fastestFilterGradient(for: large, images: 64) == form)
    #expect(WinogradForm.fastestFilterGradient(for: try geometry(4), images: 8) == nil)
    #expect(WinogradForm.fastestFilterGradient(for: try geometry(28, stride: 2), images: 64) == nil)
  }

  @Test("a rotated convolution leads from the output's extent to the input's")
  func rotation() throws {
    let valid = try ConvolutionGeometry(
      inputChannels: 3, outputChannels: 5, input: Extent(9), kernel: Extent(height: 3, width: 4),
      padding: Padding(top: 0, left: 1, bottom: 2, right: 3), dilation: Extent(height: 2, width: 1))
    let rotated = try #require(valid.rotated)
    #expect(rotated.output == valid.input)
    #expect(rotated.padding == Padding(top: 4, left: 2, bottom: 2, right: 0))
    #expect(rotated.inputChannels == 5 && rotated.outputChannels == 3)
    #expect(rotated.rotated == valid)
    let strided = try ConvolutionGeometry(
      inputChannels: 3, outputChannels: 5, input: Extent(9), kernel: Extent(3), stride: Extent(2))
    #expect(strided.rotated == nil)
    let wide = try ConvolutionGeometry(
      inputChannels: 3, outputChannels: 5, input: Extent(9), kernel: Extent(3), padding: Padding(3))
    #expect(wide.rotated == nil)
  }

  private static let cases: [Case] = {
    var numbers = SplitMix64(seed: 41)
    var cases: [Case] = []
    for form in WinogradForm.allCases {
      for index in 0..<30 {
        let span = form.taps - 1
        let isPlanar = index % 5 == 4
        let geometry = try? ConvolutionGeometry(
          inputChannels: numbers.element(isPlanar ? [1, 3, 4] : [1, 3, 15, 16, 17, 33, 64]),
          outputChannels: numbers.element([1, 5, 16, 17, 32, 48]),
          input: Extent(height: numbers.integer(5...19), width: numbers.integer(5...19)), kernel: Extent(form.taps),
          padding: Padding(
            top: numbers.integer(0...span), left: numbers.integer(0...span), bottom: numbers.integer(0...span),
            right: numbers.integer(0...span)))
        guard let geometry else { preconditionFailure("a drawn geometry is wrong") }
        cases.append(
          Case(
            geometry: geometry, form: form, images: numbers.integer(1...3), layerForm: isPlanar ? .planar : .blocked))
      }
    }
    return cases
  }()

  /// So many that a unit of work walks all slices.
  private static let manyWeights: [Case] = {
    let geometry = try? ConvolutionGeometry(
      inputChannels: 185, outputChannels: 170, input: Extent(height: 6, width: 5), kernel: Extent(3),
      padding: Padding(1))
    guard let geometry else { preconditionFailure("a chosen geometry is wrong") }
    return [Case(geometry: geometry, form: .f4x3)]
  }()

  /// Memory for frequencies, with nonsense in it.
  private final class Frequencies: Sendable {
    let floats: GuardedFloats

    init(_ geometry: ConvolutionGeometry, _ form: WinogradForm) {
      floats = GuardedFloats(count: PackedWinograd.frequencyFloats(geometry, form))
    }
  }

  /// The numbers of a case, and the layer.
  private struct Drawn {
    let layer: PackedConvolution
    let weights: [Float]
    let weightTensor: Tensor
    let bias: Tensor
    let input: [Float]
    let gradient: [Float]
    let addend: [Float]
    let test: Case

    init(_ test: Case) {
      let geometry = test.geometry
      self.test = test
      var numbers = SplitMix64(seed: geometry.hashableSeed)
      weights = numbers.floats(geometry.outputChannels * geometry.inputChannels * geometry.kernel.area)
      weightTensor = Tensor(shape: Shape([weights.count]), floats: weights)
      bias = Tensor(shape: Shape([geometry.outputChannels]), floats: numbers.floats(geometry.outputChannels))
      input = numbers.floats(test.images * geometry.inputChannels * geometry.input.area)
      gradient = numbers.floats(test.images * geometry.outputChannels * geometry.output.area)
      addend = numbers.floats(test.images * geometry.inputChannels * geometry.input.area)
      layer = PackedConvolution(
        geometry, weights: weightTensor, bias: bias, activation: .relu, inputForm: test.layerForm,
        pool: machines[0].pool)
    }

    private func map(_ numbers: [Float], channels: Int, extent: Extent, halo: Padding) -> TestMap {
      TestMap(numbers, channels: channels, extent: extent, halo: halo, images: test.images)
    }

    /// The weights', then the biases'.
    func filterGradient(on machine: Machine, accumulatesOnto start: [Float]?) -> [Float] {
      let geometry = test.geometry
      let scratch = GuardedFloats(
        count: geometry.filterGradientScratchFloats(
          test.form, images: test.images, threads: machine.pool.threadCount))
      let inputMap = map(
        input, channels: geometry.inputChannels, extent: geometry.input,
        halo: test.images % 2 == 0 ? Padding(1) : .none)
      let gradientMap = TestMap(
        gradient, channels: geometry.outputChannels, extent: geometry.output, halo: Padding(1), images: test.images,
        haloValue: .nan)
      return withExtendedLifetime((inputMap, gradientMap, scratch)) {
        gradients(accumulatesOnto: start) { weights, bias in
          machine.filterGradient(
            of: layer, test.form, input: inputMap.view, outputGradient: gradientMap.view, weights: weights,
            bias: bias, accumulates: start != nil, scratch: scratch.floats)
        }
      }
    }

    func directFilterGradient(on machine: Machine) -> [Float] {
      let geometry = test.geometry
      let scratch = GuardedFloats(
        count: geometry.filterGradientScratchFloats(images: test.images, threads: machine.pool.threadCount))
      let inputMap = map(
        input, channels: geometry.inputChannels, extent: geometry.input, halo: geometry.requiredHalo)
      let gradientMap = map(gradient, channels: geometry.outputChannels, extent: geometry.output, halo: .none)
      return withExtendedLifetime((inputMap, gradientMap, scratch)) {
        gradients(accumulatesOnto: nil) { weights, bias in
          machine.filterGradient(
            of: layer, input: inputMap.view, outputGradient: gradientMap.view, weights: weights, bias: bias,
            scratch: scratch.floats)
        }
      }
    }

    private func gradients(
      accumulatesOnto start: [Float]?,
      _ compute: (_ weights: UnsafeMutablePointer<Float>, _ bias: UnsafeMutablePointer<Float>) -> Void
    ) -> [Float] {
      let weights = GuardedFloats(count: layer.weightFloats)
      let bias = GuardedFloats(count: layer.biasFloats)
      if let start {
        weights.floats.update(from: Array(start.prefix(weights.count)), count: weights.count)
        bias.floats.update(from: Array(start.suffix(bias.count)), count: bias.count)
      }
      compute(weights.floats, bias.floats)
      return (0..<weights.count).map { weights.floats[$0] } + (0..<bias.count).map { bias.floats[$0] }
    }

    /// Zeros in what is no weight or bias.
    var mask: [Float] {
      let (count, outputs) = (weights.count, test.geometry.outputChannels)
      return PackedConvolution(
        test.geometry, weights: Tensor(shape: Shape([count]), floats: [Float](repeating: 1, count: count)),
        bias: Tensor(shape: Shape([outputs]), floats: [Float](repeating: 1, count: outputs)), pool: machines[0].pool
      ).buffers.flatMap { buffer in (0..<buffer.count).map { buffer.floats[$0] } }
    }
  }
}
