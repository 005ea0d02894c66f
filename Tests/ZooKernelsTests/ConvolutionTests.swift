import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

/// A convolution to be checked against its twin.
struct ConvolutionCase: Sendable, CustomTestStringConvertible {
  var geometry: ConvolutionGeometry
  var images = 1
  var form = PackedConvolution.InputForm.blocked
  var activation: Activation?
  var hasBias = true
  var hasAddend = false
  /// How much wider the input's halo is than it need be.
  var spareHalo = 0

  var testDescription: String {
    "\(geometry), \(images) images, \(form), \(activation?.name ?? "no function")\(hasBias ? "" : ", no bias")\(hasAddend ? ", addend" : "")"
  }
}

@Suite struct ConvolutionTests {
  @Test("agrees with its twin and is the same bits everywhere", arguments: drawnCases + chosenCases)
  func matchesTwin(_ test: ConvolutionCase) { expectTwin(test) }

  @Test(
    "sums in the documented order, to the last bit",
    arguments: (chosenCases + drawnCases).filter { $0.geometry.groups == 1 && $0.form == .blocked }.prefix(200))
  func documentedOrder(_ test: ConvolutionCase) {
    let geometry = test.geometry
    var numbers = SplitMix64(seed: 7)
    let input = numbers.floats(geometry.inputChannels * geometry.input.area)
    let weights = numbers.floats(geometry.outputChannels * geometry.inputChannels * geometry.kernel.area)
    let bias = numbers.floats(geometry.outputChannels)
    let addend = numbers.floats(geometry.outputChannels * geometry.output.area)
    let packed = PackedConvolution(
      geometry, weights: Tensor(shape: Shape([weights.count]), floats: weights),
      bias: Tensor(shape: Shape([bias.count]), floats: bias), pool: machines[0].pool)
    let map = TestMap(
      input, channels: geometry.inputChannels, extent: geometry.input, halo: geometry.requiredHalo)
    let addendMap = TestMap(addend, channels: geometry.outputChannels, extent: geometry.output)
    let output = TestMap(channels: geometry.outputChannels, extent: geometry.output)
    machines[0].convolve(packed, map.view, adding: addendMap.view, into: output.view)
    let inOrder = chains(geometry, input, weights: weights, bias: bias, addend: addend)
    #expect(output.nchw == inOrder, "\(test.testDescription)")
  }

  @Test("adds to its own output", arguments: chosenCases.filter { $0.hasAddend && $0.form == .blocked })
  func addsInPlace(_ test: ConvolutionCase) {
    let geometry = test.geometry
    var numbers = SplitMix64(seed: 5)
    let input = TestMap(
      numbers.floats(test.images * geometry.inputChannels * geometry.input.area), channels: geometry.inputChannels,
      extent: geometry.input, halo: geometry.requiredHalo, images: test.images)
    let weights = numbers.floats(
      geometry.outputChannels * geometry.inputChannelsPerGroup * geometry.kernel.area)
    let addend = numbers.floats(test.images * geometry.outputChannels * geometry.output.area)
    let packed = PackedConvolution(
      geometry, weights: Tensor(shape: Shape([weights.count]), floats: weights), bias: nil,
      activation: test.activation, pool: machines[0].pool)
    for machine in machines {
      let apart = TestMap(
        addend, channels: geometry.outputChannels, extent: geometry.output, images: test.images)
      let inPlace = TestMap(
        addend, channels: geometry.outputChannels, extent: geometry.output, images: test.images)
      let output = TestMap(channels: geometry.outputChannels, extent: geometry.output, images: test.images)
      machine.convolve(packed, input.view, adding: apart.view, into: output.view)
      machine.fetching(machine.someUpcomingWeights).convolve(
        packed, input.view, adding: inPlace.view, into: inPlace.view)
      #expect(
        output.nchw.map(\.bitPattern) == inPlace.nchw.map(\.bitPattern), "\(test.testDescription), \(machine.name)")
    }
  }

  @Test("reads and writes channels of wider maps")
  func sharesOfWiderMaps() throws {
    let geometry = try ConvolutionGeometry(
      inputChannels: 32, outputChannels: 24, input: Extent(5), kernel: Extent(3), padding: Padding(1))
    var numbers = SplitMix64(seed: 6)
    let wide = numbers.floats(2 * 64 * 25)
    let weights = Tensor(shape: [24, 32, 3, 3], floats: numbers.floats(24 * 32 * 9))
    let packed = PackedConvolution(geometry, weights: weights, bias: nil, pool: machines[0].pool)
    let wideInput = TestMap(wide, channels: 64, extent: Extent(5), halo: Padding(1), images: 2)
    let narrow = Array(wide[16 * 25..<48 * 25]) + Array(wide[(64 + 16) * 25..<(64 + 48) * 25])
    let narrowInput = TestMap(narrow, channels: 32, extent: Extent(5), halo: Padding(1), images: 2)
    for machine in machines {
      let expected = TestMap(channels: 24, extent: Extent(5), images: 2)
      machine.convolve(packed, narrowInput.view, into: expected.view)
      let output = TestMap(channels: 40, extent: Extent(5), images: 2)
      machine.convolve(packed, wideInput.view.channels(16..<48), into: output.view.channels(16..<40))
      let written = output.nchw
      for image in 0..<2 {
        let plane = image * 40 * 25
        let before = written[plane..<plane + 16 * 25]
        let share = Array(written[plane + 16 * 25..<plane + 40 * 25])
        let alone = Array(expected.nchw[image * 24 * 25..<(image + 1) * 24 * 25])
        #expect(before.allSatisfy { $0 == TestMap.untouched }, "\(machine.name)")
        #expect(share == alone, "\(machine.name)")
      }
    }
  }

  @Test("the required halo is the padding that some window reaches")
  func requiredHalo() throws {
    let reached = try ConvolutionGeometry(
      inputChannels: 1, outputChannels: 1, input: Extent(7), kernel: Extent(3), stride: Extent(2), padding: Padding(1))
    #expect(reached.requiredHalo == Padding(1))
    let unreached = try ConvolutionGeometry(
      inputChannels: 1, outputChannels: 1, input: Extent(224), kernel: Extent(7), stride: Extent(2),
      padding: Padding(3))
    #expect(unreached.requiredHalo == Padding(top: 3, left: 3, bottom: 2, right: 2))
    let short = try ConvolutionGeometry(
      inputChannels: 1, outputChannels: 1, input: Extent(6), kernel: Extent(2), stride: Extent(4))
    #expect(short.requiredHalo == .none)
  }
}

/// Checks a convolution against its twin, and that its bits are the same everywhere.
func expectTwin(_ test: ConvolutionCase) {
  let geometry = test.geometry
  var numbers = SplitMix64(seed: geometry.hashableSeed)
  let input = numbers.floats(test.images * geometry.inputChannels * geometry.input.area)
  let weights = numbers.floats(
    geometry.outputChannels * geometry.inputChannelsPerGroup * geometry.kernel.area)
  let bias = numbers.floats(geometry.outputChannels)
  let addend = numbers.floats(test.images * geometry.outputChannels * geometry.output.area)

  let packed = PackedConvolution(
    geometry, weights: Tensor(shape: Shape([weights.count]), floats: weights),
    bias: test.hasBias ? Tensor(shape: Shape([bias.count]), floats: bias) : nil, activation: test.activation,
    inputForm: test.form, pool: machines[0].pool)
  let addendMap = TestMap(
    addend, channels: geometry.outputChannels, extent: geometry.output,
    halo: Padding(top: 0, left: 1, bottom: 2, right: 0), images: test.images)
  var halo = geometry.requiredHalo
  halo.top += test.spareHalo
  halo.left += test.spareHalo
  halo.right += 2 * test.spareHalo
  let blockedInput = TestMap(
    input, channels: geometry.inputChannels, extent: geometry.input, halo: halo, images: test.images)
  let planarInput = GuardedFloats(
    count: PlanarLayout(channels: geometry.inputChannels, extent: geometry.input, padding: halo).floatsPerImage
      * test.images)
  let planarView = PlanarView(
    planarInput.floats,
    layout: PlanarLayout(channels: geometry.inputChannels, extent: geometry.input, padding: halo),
    images: test.images)
  machines[0].pack(input, into: planarView)

  let actual = runEverywhere(
    channels: geometry.outputChannels, extent: geometry.output, images: test.images, test.testDescription
  ) { machine, output in
    let addend = test.hasAddend ? addendMap.view : nil
    switch test.form {
    case .blocked: machine.convolve(packed, blockedInput.view, adding: addend, into: output.view)
    case .planar: machine.convolve(packed, planar: planarView, adding: addend, into: output.view)
    }
  }

  let expected = expected(
    images: test.images, test.hasAddend ? [input, addend] : [input],
    parameters: test.hasBias ? [weights, bias] : [weights],
    count: geometry.outputChannels * geometry.output.area, test.activation
  ) { inputs, parameters, activation, output in
    Reference.convolve(
      geometry, weights: parameters[0], bias: test.hasBias ? parameters[1] : nil, activation, inputs[0],
      adding: test.hasAddend ? inputs[1] : nil, into: output)
  }
  let terms = geometry.inputChannelsPerGroup * geometry.kernel.area + 5
  expect(actual, expected, terms: terms, test.testDescription)
}

/// One image, one group, in single precision and in the order that `Machine.convolve` documents.
func chains(
  _ geometry: ConvolutionGeometry, _ input: [Float], weights: [Float], bias: [Float], addend: [Float]
) -> [Float] {
  var result: [Float] = []
  let (from, kernel) = (geometry.input, geometry.kernel)
  let blocksPerChain = max(1, 4608 / (16 * kernel.area))
  for output in 0..<geometry.outputChannels {
    for row in 0..<geometry.output.height {
      for column in 0..<geometry.output.width {
        var total: Float = 0
        for firstBlock in stride(from: 0, to: (geometry.inputChannels + 15) / 16, by: blocksPerChain) {
          var sum = firstBlock == 0 ? bias[output] : 0
          for block in firstBlock..<firstBlock + blocksPerChain {
            for y in 0..<kernel.height {
              for x in 0..<kernel.width {
                guard let inputRow = geometry.vertical.input(output: row, tap: y),
                  let inputColumn = geometry.horizontal.input(output: column, tap: x)
                else { continue }
                for channel in 16 * block..<16 * block + 16 where channel < geometry.inputChannels {
                  let weight = ((output * geometry.inputChannels + channel) * kernel.height + y) * kernel.width + x
                  let value = (channel * from.height + inputRow) * from.width + inputColumn
                  sum.addProduct(input[value], weights[weight])
                }
              }
            }
          }
          total = firstBlock == 0 ? sum + addend[result.count] : sum + total
        }
        result.append(total)
      }
    }
  }
  return result
}

/// Geometries that someone would forget to draw.
private let chosenCases: [ConvolutionCase] = {
  var cases: [ConvolutionCase] = []
  func add(
    _ inputs: Int, _ outputs: Int, _ input: Extent, _ kernel: Int, stride: Int = 1, padding: Int = 0, groups: Int = 1,
    images: Int = 1, form: PackedConvolution.InputForm = .blocked, _ activation: Activation? = nil,
    hasAddend: Bool = false
  ) {
    let geometry = try? ConvolutionGeometry(
      inputChannels: inputs, outputChannels: outputs, groups: groups, input: input, kernel: Extent(kernel),
      stride: Extent(stride), padding: Padding(padding))
    guard let geometry else { preconditionFailure("a chosen geometry is wrong") }
    cases.append(
      ConvolutionCase(
        geometry: geometry, images: images, form: form, activation: activation, hasAddend: hasAddend))
  }
  // A row of several tiles, with 32 and with 16 channels.
  add(16, 48, Extent(height: 3, width: 60), 1, .relu, hasAddend: true)
  // Blocks that are no multiple of the threads, of maps that one row of tiles covers.
  add(33, 160, Extent(7), 1, hasAddend: true)
  add(16, 80, Extent(14), 1, .relu)
  add(24, 112, Extent(height: 3, width: 4), 3, padding: 1, .hardswish)
  // Groups: of blocks, of none, depthwise, depthwise with a multiplier, odd.
  add(64, 32, Extent(6), 3, padding: 1, groups: 2)
  add(96, 96, Extent(5), 3, padding: 1, groups: 3, .relu)
  add(32, 64, Extent(5), 3, padding: 1, groups: 4)
  add(48, 48, Extent(7), 3, padding: 1, groups: 48, hasAddend: true)
  add(17, 34, Extent(5), 3, padding: 1, groups: 17)
  add(24, 36, Extent(4), 3, padding: 1, groups: 12)
  add(15, 10, Extent(4), 2, groups: 5)
  // A reduction of several chains, with and without an addend, on maps and on single pixels.
  add(48, 17, Extent(12), 11, padding: 5, hasAddend: true)
  add(48, 17, Extent(12), 11, padding: 5, .sigmoid)
  add(100, 33, Extent(9), 9, images: 3, .relu, hasAddend: true)
  // One chain in several passes over its weights.
  add(200, 17, Extent(5), 3, padding: 1, .relu, hasAddend: true)
  add(1100, 33, Extent(height: 3, width: 13), 1, images: 2, .relu)
  // One output pixel: tiles of images.
  add(16, 40, Extent(3), 3, images: 17, .tanh)
  add(16, 16, Extent(1), 1, images: 29, hasAddend: true)
  add(48, 48, Extent(1), 3, padding: 1, groups: 48, images: 2)
  // First layers.
  add(3, 64, Extent(17), 7, stride: 2, padding: 3, images: 2, form: .planar, .relu)
  add(3, 48, Extent(31), 11, stride: 4, padding: 2, form: .planar, .leakyRelu(slope: 0.1))
  add(1, 6, Extent(12), 5, form: .planar, .tanh)
  add(3, 5, Extent(9), 9, images: 4, form: .planar, hasAddend: true)
  for width in 1...8 {
    // Narrow maps, whose rows are taken in pairs: an even and an odd number of rows.
    add(16, 32, Extent(height: 2, width: width), 3, padding: 1, images: 2, .relu, hasAddend: width % 2 == 0)
    add(16, 32, Extent(height: 5, width: width), 3, padding: 1, .relu)
  }
  for width in 9...29 {
    // Each width of a tile.
    add(16, 48, Extent(height: 2, width: width), 1, hasAddend: width % 2 == 0)
    add(3, 48, Extent(height: 2, width: width), 1, form: .planar)
  }
  return cases
}()

/// Geometries drawn from all that are small enough.
private let drawnCases: [ConvolutionCase] = {
  var numbers = SplitMix64(seed: 1)
  var cases: [ConvolutionCase] = []
  let channels = [1, 3, 15, 16, 17, 24, 31, 32, 33, 48]
  while cases.count < 350 {
    let form = numbers.element([PackedConvolution.InputForm.blocked, .blocked, .planar])
    let inputs = form == .planar ? numbers.integer(1...5) : numbers.element(channels)
    let outputs = numbers.element(channels)
    let kernels = [1, 2, 3, 3, 5, 7, 11]
    let kernel = Extent(height: numbers.element(kernels), width: numbers.element(kernels))
    let dilation = Extent(height: numbers.element([1, 1, 2, 3]), width: numbers.element([1, 1, 2]))
    let reach = Extent(
      height: dilation.height * (kernel.height - 1), width: dilation.width * (kernel.width - 1))
    let padding = Padding(
      top: numbers.integer(0...min(reach.height, 4)), left: numbers.integer(0...min(reach.width, 4)),
      bottom: numbers.integer(0...min(reach.height, 4)), right: numbers.integer(0...min(reach.width, 4)))
    let geometry = try? ConvolutionGeometry(
      inputChannels: inputs, outputChannels: outputs,
      input: Extent(height: numbers.integer(1...17), width: numbers.integer(1...33)), kernel: kernel,
      stride: Extent(height: numbers.integer(1...4), width: numbers.integer(1...4)), padding: padding,
      dilation: dilation)
    let images = numbers.element([1, 1, 2, 3])
    guard let geometry, geometry.multiplyAccumulates * images < 400_000 else { continue }
    cases.append(
      ConvolutionCase(
        geometry: geometry, images: images, form: form,
        activation: numbers.element([nil, .relu] + someActivations),
        hasBias: numbers.element([true, true, false]), hasAddend: numbers.element([true, false]),
        spareHalo: numbers.element([0, 0, 1])))
  }
  return cases
}()

extension ConvolutionGeometry {
  /// The same in every run, unlike `hashValue`.
  var hashableSeed: Int {
    [inputChannels, outputChannels, groups, input.height, input.width, kernel.height, kernel.width, stride.height]
      .reduce(17) { $0 &* 31 &+ $1 }
  }
}
