import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite("The gradient of a convolution's input")
struct ConvolutionDataGradientTests {
  @Test(
    "agrees with its twin and is the same bits everywhere", arguments: ConvolutionGradientCase.all, [false, true])
  func matchesTwin(_ test: ConvolutionGradientCase, hasAddend: Bool) {
    let (geometry, images) = (test.geometry, test.images)
    let drawn = Drawn(test)
    let name = "\(test.testDescription)\(hasAddend ? ", addend" : "")"
    let actual = runEverywhere(
      channels: geometry.inputChannels, extent: geometry.input, images: images, name
    ) { machine, output in
      drawn.run(on: machine, adding: hasAddend ? drawn.addendMap.view : nil, into: output.view)
    }
    let expected = expected(
      images: images, [drawn.gradient], parameters: [drawn.weights],
      count: geometry.inputChannels * geometry.input.area
    ) { inputs, parameters, _, output in
      Reference.convolutionDataGradient(geometry, weights: parameters[0], inputs[0], into: output)
    }.enumerated().map { index, expected in
      let addend = hasAddend ? Double(drawn.addend[index]) : 0
      return Expected(expected.value + addend, magnitude: expected.magnitude + abs(addend))
    }
    expect(actual, expected, terms: geometry.outputChannelsPerGroup * geometry.kernel.area + 5, name)
  }

  @Test("is added to what is there", arguments: ConvolutionGradientCase.all)
  func addsInPlace(_ test: ConvolutionGradientCase) {
    let geometry = test.geometry
    let drawn = Drawn(test)
    for machine in machines {
      let inPlace = TestMap(
        drawn.addend, channels: geometry.inputChannels, extent: geometry.input, images: test.images)
      let apart = TestMap(channels: geometry.inputChannels, extent: geometry.input, images: test.images)
      // With a halo, rows are not joined.
      let withHalo = TestMap(
        channels: geometry.inputChannels, extent: geometry.input, halo: Padding(1), images: test.images)
      drawn.run(on: machine, adding: inPlace.view, into: apart.view)
      drawn.run(on: machine, adding: inPlace.view, into: withHalo.view)
      drawn.run(on: machine, adding: inPlace.view, into: inPlace.view)
      #expect(
        inPlace.nchw.map(\.bitPattern) == apart.nchw.map(\.bitPattern), "\(test.testDescription), \(machine.name)")
      #expect(
        inPlace.nchw.map(\.bitPattern) == withHalo.nchw.map(\.bitPattern), "\(test.testDescription), \(machine.name)")
    }
  }

  @Test("needs a halo where taps overhang the output")
  func halo() throws {
    func halo(_ input: Int, _ kernel: Int, stride: Int = 1, padding: Int = 0) throws -> Padding {
      try ConvolutionGeometry(
        inputChannels: 1, outputChannels: 1, input: Extent(input), kernel: Extent(kernel), stride: Extent(stride),
        padding: Padding(padding)
      ).dataGradientHalo
    }
    #expect(try halo(9, 1) == .none)
    #expect(try halo(9, 3, padding: 1) == Padding(1))
    #expect(try halo(9, 3) == Padding(2))
    #expect(try halo(9, 3, padding: 4) == .none)
    #expect(try halo(8, 3, stride: 2, padding: 1) == Padding(top: 0, left: 0, bottom: 1, right: 1))
    #expect(try halo(9, 3, stride: 2, padding: 1) == .none)
    #expect(try halo(9, 2, stride: 5) == .none)
    // A single output.
    #expect(try halo(7, 7) == .none)
  }

  /// The numbers of a case, and the layer.
  private struct Drawn {
    let test: ConvolutionGradientCase
    let layer: PackedConvolution
    let weights: [Float]
    let gradient: [Float]
    let addend: [Float]
    let gradientMap: TestMap
    let addendMap: TestMap

    init(_ test: ConvolutionGradientCase) {
      let (geometry, images) = (test.geometry, test.images)
      self.test = test
      var numbers = SplitMix64(seed: geometry.hashableSeed)
      weights = numbers.floats(geometry.outputChannels * geometry.inputChannelsPerGroup * geometry.kernel.area)
      gradient = numbers.floats(images * geometry.outputChannels * geometry.output.area)
      addend = numbers.floats(images * geometry.inputChannels * geometry.input.area)
      layer = PackedConvolution(
        geometry, weights: Tensor(shape: Shape([weights.count]), floats: weights), bias: nil, inputForm: test.form,
        pool: machines[0].pool)
      var halo = geometry.dataGradientHalo
      if images % 2 == 0 {
        halo.top += 1
        halo.right += 2
      }
      gradientMap = TestMap(
        gradient, channels: geometry.outputChannels, extent: geometry.output, halo: halo, images: images)
      addendMap = TestMap(
        addend, channels: geometry.inputChannels, extent: geometry.input,
        halo: images % 3 == 0 ? .none : Padding(top: 0, left: 1, bottom: 2, right: 0), images: images,
        haloValue: .nan)
    }

    func run(on machine: Machine, adding addend: BlockedView?, into output: BlockedView) {
      let scratch = GuardedFloats(count: test.geometry.dataGradientScratchFloats(inputForm: test.form))
      machine.dataGradient(
        of: layer, outputGradient: gradientMap.view, adding: addend, into: output, scratch: scratch.floats)
    }
  }
}
