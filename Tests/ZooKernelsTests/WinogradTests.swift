import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

/// A convolution to be computed by Winograd's algorithm and by its twin.
struct WinogradCase: Sendable, CustomTestStringConvertible {
  var geometry: ConvolutionGeometry
  var form: WinogradForm
  var images = 1
  var activation: Activation?
  var hasBias = true
  var hasAddend = false
  var halo = Padding.none

  var testDescription: String {
    "\(form): \(geometry), \(images) images, \(activation?.name ?? "no function")\(hasBias ? "" : ", no bias")"
      + "\(hasAddend ? ", addend" : ""), halo \(halo)"
  }
}

@Suite struct WinogradTests {
  @Test("agrees with its twin and is the same bits everywhere", arguments: chosenCases + drawnCases)
  func matchesTwin(_ test: WinogradCase) {
    let geometry = test.geometry
    var numbers = SplitMix64(seed: geometry.hashableSeed)
    let input = numbers.floats(test.images * geometry.inputChannels * geometry.input.area)
    let weights = numbers.floats(geometry.outputChannels * geometry.inputChannels * geometry.kernel.area)
    let bias = numbers.floats(geometry.outputChannels)
    let addend = numbers.floats(test.images * geometry.outputChannels * geometry.output.area)
    let map = TestMap(
      input, channels: geometry.inputChannels, extent: geometry.input, halo: test.halo, images: test.images)
    let addendMap = TestMap(
      addend, channels: geometry.outputChannels, extent: geometry.output, halo: Padding(1), images: test.images)

    let actual = runEverywhere(
      channels: geometry.outputChannels, extent: geometry.output, images: test.images, test.testDescription
    ) { machine, output in
      let packed = pack(test, weights, bias, pool: machine.pool)
      let scratch = GuardedFloats(count: packed.schedule.scratchFloats(images: test.images))
      machine.convolve(
        packed, map.view, adding: test.hasAddend ? addendMap.view : nil, into: output.view, scratch: scratch.floats)
    }

    var expected = expected(
      images: test.images, test.hasAddend ? [input, addend] : [input],
      parameters: test.hasBias ? [weights, bias] : [weights],
      count: geometry.outputChannels * geometry.output.area, test.activation
    ) { inputs, parameters, activation, output in
      Reference.convolve(
        geometry, weights: parameters[0], bias: test.hasBias ? parameters[1] : nil, activation, inputs[0],
        adding: test.hasAddend ? inputs[1] : nil, into: output)
    }
    // An output takes part in the rounding of its neighbours in the tile.
    let magnitude = expected.reduce(0) { max($0, $1.magnitude) }
    for index in expected.indices { expected[index].magnitude = magnitude }
    expect(actual, expected, terms: 13, test.testDescription)
  }

  @Test("adds to its own output", arguments: chosenCases.filter(\.hasAddend))
  func addsInPlace(_ test: WinogradCase) {
    let geometry = test.geometry
    var numbers = SplitMix64(seed: 5)
    let input = TestMap(
      numbers.floats(test.images * geometry.inputChannels * geometry.input.area), channels: geometry.inputChannels,
      extent: geometry.input, images: test.images)
    let weights = numbers.floats(geometry.outputChannels * geometry.inputChannels * geometry.kernel.area)
    let bias = numbers.floats(geometry.outputChannels)
    let addend = numbers.floats(test.images * geometry.outputChannels * geometry.output.area)
    for machine in machines {
      let packed = pack(test, weights, bias, pool: machine.pool)
      let scratch = GuardedFloats(count: packed.schedule.scratchFloats(images: test.images))
      let output = TestMap(channels: geometry.outputChannels, extent: geometry.output, images: test.images)
      let inPlace = TestMap(
        addend, channels: geometry.outputChannels, extent: geometry.output, images: test.images)
      machine.convolve(packed, input.view, adding: inPlace.view, into: output.view, scratch: scratch.floats)
      machine.convolve(packed, input.view, adding: inPlace.view, into: inPlace.view, scratch: scratch.floats)
      #expect(
        output.nchw.map(\.bitPattern) == inPlace.nchw.map(\.bitPattern), "\(test.testDescription), \(machine.name)")
    }
  }

  @Test(
    "pools as maxPool does, to the bit",
    arguments: (chosenCases + drawnCases).filter {
      !$0.hasAddend && $0.geometry.output.area > 1 && $0.activation?.neverFalls ?? true
    })
  func pools(_ test: WinogradCase) throws {
    let geometry = test.geometry
    guard geometry.output.height > 1, geometry.output.width > 1 else { return }
    let pooling = try PoolingGeometry(input: geometry.output, kernel: Extent(2), stride: Extent(2))
    var numbers = SplitMix64(seed: geometry.hashableSeed)
    let map = TestMap(
      numbers.floats(test.images * geometry.inputChannels * geometry.input.area), channels: geometry.inputChannels,
      extent: geometry.input, halo: test.halo, images: test.images)
    let weights = numbers.floats(geometry.outputChannels * geometry.inputChannels * geometry.kernel.area)
    let bias = numbers.floats(geometry.outputChannels)
    let apart = runEverywhere(
      channels: geometry.outputChannels, extent: pooling.output, images: test.images, test.testDescription
    ) { machine, output in
      let packed = pack(test, weights, bias, pool: machine.pool)
      let scratch = GuardedFloats(count: packed.schedule.scratchFloats(images: test.images))
      let whole = TestMap(channels: geometry.outputChannels, extent: geometry.output, images: test.images)
      machine.convolve(packed, map.view, into: whole.view, scratch: scratch.floats)
      machine.maxPool(pooling, whole.view, into: output.view)
    }
    let atOnce = runEverywhere(
      channels: geometry.outputChannels, extent: pooling.output, images: test.images, test.testDescription
    ) { machine, output in
      let packed = pack(test, weights, bias, pool: machine.pool)
      let scratch = GuardedFloats(count: packed.schedule.scratchFloats(images: test.images))
      machine.convolve(packed, map.view, pools: true, into: output.view, scratch: scratch.floats)
    }
    #expect(atOnce.map(\.bitPattern) == apart.map(\.bitPattern), "\(test.testDescription)")
  }

  @Test("memory for a batch is enough for a smaller one", arguments: WinogradForm.allCases)
  func memoryOfSmallerBatches(_ form: WinogradForm) throws {
    // Around the tiles of a group, of one chunk and of several; on few and on many threads.
    for (channels, side) in [(16, 20), (64, 28), (64, 31), (64, 57), (160, 14), (256, 14), (512, 7), (512, 27)] {
      guard let geometry = geometry(channels, channels, Extent(side), form, Padding(form.taps / 2)) else {
        Issue.record("a chosen geometry is wrong")
        continue
      }
      for threads in [1, 2, 3, 8, 64] {
        let schedule = WinogradSchedule(geometry, form, threads: threads)
        let floats = (1...40).map { schedule.scratchFloats(images: $0) }
        #expect(floats == floats.sorted(), "\(form): \(geometry), \(threads) threads")
      }
    }
    let machine = machines[0]
    for (channels, side) in [(16, 20), (64, 31), (160, 14)] {
      guard let geometry = geometry(channels, 48, Extent(side), form, Padding(form.taps / 2)) else { continue }
      var numbers = SplitMix64(seed: 3)
      let weights = numbers.floats(48 * channels * geometry.kernel.area)
      let test = WinogradCase(geometry: geometry, form: form, hasBias: false)
      let packed = pack(test, weights, [], pool: machine.pool)
      let input = numbers.floats(7 * channels * side * side)
      var first: [Float] = []
      for images in 1...7 {
        // Ends at a guard page.
        let scratch = GuardedFloats(count: packed.schedule.scratchFloats(images: images))
        let map = TestMap(
          Array(input.prefix(images * channels * side * side)), channels: channels, extent: Extent(side),
          images: images)
        let output = TestMap(channels: 48, extent: geometry.output, images: images)
        machine.convolve(packed, map.view, into: output.view, scratch: scratch.floats)
        if images == 1 { first = output.nchw }
        #expect(
          output.nchw.prefix(first.count).map(\.bitPattern) == first.map(\.bitPattern),
          "\(form): \(geometry), \(images) images")
      }
    }
  }

  @Test("is about as accurate as a direct convolution", arguments: WinogradForm.allCases)
  func accuracy(_ form: WinogradForm) throws {
    let geometry = try ConvolutionGeometry(
      inputChannels: 256, outputChannels: 32, input: Extent(14), kernel: Extent(form.taps),
      padding: Padding(form.taps / 2))
    var numbers = SplitMix64(seed: 11)
    let input = numbers.floats(256 * 196).map { max($0, 0) }
    let weights = numbers.floats(32 * 256 * geometry.kernel.area)
    let test = WinogradCase(geometry: geometry, form: form, hasBias: false)
    let map = TestMap(
      input, channels: 256, extent: geometry.input, halo: geometry.requiredHalo)
    let packed = pack(test, weights, [], pool: machines[0].pool)
    let direct = PackedConvolution(
      geometry, weights: Tensor(shape: Shape([weights.count]), floats: weights), bias: nil, pool: machines[0].pool)
    let output = TestMap(channels: 32, extent: geometry.output)
    let scratch = GuardedFloats(count: packed.schedule.scratchFloats(images: 1))
    machines[0].convolve(packed, map.view, into: output.view, scratch: scratch.floats)
    let found = output.nchw
    machines[0].convolve(direct, map.view, into: output.view)
    let exact = expected(images: 1, [input], parameters: [weights], count: 32 * geometry.output.area) {
      inputs, parameters, _, output in
      Reference.convolve(geometry, weights: parameters[0], bias: nil, nil, inputs[0], adding: nil, into: output)
    }
    func error(_ found: [Float]) -> Double {
      zip(found, exact).reduce(0) { $0 + (Double($1.0) - $1.1.value) * (Double($1.0) - $1.1.value) }.squareRoot()
    }
    #expect(error(found) < 3 * error(output.nchw), "\(form)")
  }

  @Test("is chosen where it does less work")
  func choice() throws {
    func choice(_ inputs: Int, _ outputs: Int, _ side: Int, kernel: Int = 3, stride: Int = 1) throws -> WinogradForm? {
      .fastest(
        for: try ConvolutionGeometry(
          inputChannels: inputs, outputChannels: outputs, input: Extent(side), kernel: Extent(kernel),
          stride: Extent(stride), padding: Padding(kernel / 2)))
    }
    #expect(try choice(64, 64, 56) == .f4x3)
    #expect(try choice(512, 512, 28) == .f4x3)
    // With few tiles, larger transformed weights cost more to read than they save.
    #expect(try choice(512, 512, 7) == .f2x3)
    #expect(try choice(64, 192, 27, kernel: 5) == .f2x5)
    #expect(try choice(512, 512, 2) == nil)
    #expect(try choice(64, 64, 56, kernel: 1) == nil)
    #expect(try choice(64, 64, 56, stride: 2) == nil)
    #expect(try choice(64, 64, 56, kernel: 7) == nil)
  }

  private func pack(_ test: WinogradCase, _ weights: [Float], _ bias: [Float], pool: ThreadPool) -> PackedWinograd {
    PackedWinograd(
      test.geometry, test.form, weights: Tensor(shape: Shape([weights.count]), floats: weights),
      bias: test.hasBias ? Tensor(shape: Shape([bias.count]), floats: bias) : nil, activation: test.activation,
      pool: pool)
  }
}

private func geometry(_ inputs: Int, _ outputs: Int, _ input: Extent, _ form: WinogradForm, _ padding: Padding)
  -> ConvolutionGeometry?
{
  try? ConvolutionGeometry(
    inputChannels: inputs, outputChannels: outputs, input: input, kernel: Extent(form.taps), padding: padding)
}

/// Around the edges of tiles, blocks, groups and passes.
private let chosenCases: [WinogradCase] = {
  var cases: [WinogradCase] = []
  func add(
    _ inputs: Int, _ outputs: Int, _ input: Extent, _ form: WinogradForm, images: Int = 1,
    _ activation: Activation? = .relu, hasAddend: Bool = false
  ) {
    guard let geometry = geometry(inputs, outputs, input, form, Padding(form.taps / 2)) else {
      preconditionFailure("a chosen geometry is wrong")
    }
    cases.append(
      WinogradCase(
        geometry: geometry, form: form, images: images, activation: activation, hasAddend: hasAddend))
  }
  for form in WinogradForm.allCases {
    for side in 1...9 { add(16, 16, Extent(height: side, width: 10 - side), form, hasAddend: side % 2 == 0) }
    // Several groups, of one image and across images; two panels, the last of them half.
    add(16, 48, Extent(height: 41, width: 43), form, .leakyRelu(slope: 0.1), hasAddend: true)
    add(17, 33, Extent(13), form, images: 9, hasAddend: true)
    // Several passes.
    add(1024, 16, Extent(height: 29, width: 23), form)
    // Few tiles, and a chain in several passes over its weights.
    add(1030, 17, Extent(height: 5, width: 6), form, hasAddend: true)
  }
  return cases
}()

private let drawnCases: [WinogradCase] = {
  var numbers = SplitMix64(seed: 2)
  var cases: [WinogradCase] = []
  while cases.count < 150 {
    let form = numbers.element(WinogradForm.allCases)
    func padding() -> Int { numbers.integer(0...form.taps - 1) }
    let geometry = geometry(
      numbers.integer(1...33), numbers.integer(1...33),
      Extent(height: numbers.integer(1...17), width: numbers.integer(1...17)), form,
      Padding(top: padding(), left: padding(), bottom: padding(), right: padding()))
    guard let geometry else { continue }
    let halos = [Padding.none, geometry.requiredHalo, Padding(top: 2, left: 0, bottom: 1, right: 3)]
    cases.append(
      WinogradCase(
        geometry: geometry, form: form, images: numbers.element([1, 1, 2, 3]),
        activation: numbers.element([nil, .relu] + someActivations.filter(\.isFused)),
        hasBias: numbers.element([true, true, false]), hasAddend: numbers.element([true, false]),
        halo: numbers.element(halos)))
  }
  return cases
}()
