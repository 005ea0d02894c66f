import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite("Convolutions in groups that are no blocks") struct NarrowGroupsTests {
  @Test("agree with their twin and are the same bits everywhere", arguments: cases)
  func matchesTwin(_ test: ConvolutionCase) { expectTwin(test) }

  @Test(
    "sum in the documented order, to the last bit", arguments: cases.filter { $0.activation == nil && $0.images == 1 })
  func documentedOrder(_ test: ConvolutionCase) {
    let geometry = test.geometry
    var numbers = SplitMix64(seed: 8)
    let input = numbers.floats(geometry.inputChannels * geometry.input.area)
    let weights = numbers.floats(
      geometry.outputChannels * geometry.inputChannelsPerGroup * geometry.kernel.area)
    let bias = numbers.floats(geometry.outputChannels)
    let addend = numbers.floats(geometry.outputChannels * geometry.output.area)
    let packed = PackedConvolution(
      geometry, weights: Tensor(shape: Shape([weights.count]), floats: weights),
      bias: Tensor(shape: Shape([bias.count]), floats: bias), pool: machines[0].pool)
    let map = TestMap(
      input, channels: geometry.inputChannels, extent: geometry.input, halo: geometry.requiredHalo)
    let inOrder = chains(geometry, input, weights: weights, bias: bias, addend: addend)
    let apart = TestMap(addend, channels: geometry.outputChannels, extent: geometry.output)
    let output = TestMap(channels: geometry.outputChannels, extent: geometry.output)
    machines[0].convolve(packed, map.view, adding: apart.view, into: output.view)
    #expect(output.nchw == inOrder, "\(test.testDescription)")
    machines[0].convolve(packed, map.view, adding: apart.view, into: apart.view)
    #expect(apart.nchw == inOrder, "\(test.testDescription), in place")
  }

  @Test("read no channel of another group, whatever it is", arguments: cases.filter { $0.images == 1 })
  func otherGroups(_ test: ConvolutionCase) {
    let geometry = test.geometry
    var numbers = SplitMix64(seed: 9)
    var input = numbers.floats(geometry.inputChannels * geometry.input.area)
    let weights = numbers.floats(
      geometry.outputChannels * geometry.inputChannelsPerGroup * geometry.kernel.area)
    let packed = PackedConvolution(
      geometry, weights: Tensor(shape: Shape([weights.count]), floats: weights), bias: nil, pool: machines[0].pool)
    // All but the second group.
    let own = geometry.inputChannelsPerGroup * geometry.input.area
    for index in input.indices where index / own != 1 { input[index] = .nan }
    let map = TestMap(
      input, channels: geometry.inputChannels, extent: geometry.input, halo: geometry.requiredHalo,
      unusedValue: .nan)
    let plane = geometry.output.area
    let outputs = geometry.outputChannelsPerGroup * plane
    for machine in machines {
      let output = TestMap(channels: geometry.outputChannels, extent: geometry.output)
      machine.convolve(packed, map.view, into: output.view)
      let wrong = output.nchw[outputs..<2 * outputs].filter { !$0.isFinite }.count
      #expect(wrong == 0, "\(test.testDescription), \(machine.name)")
    }
  }

  @Test("unpack to the weights that they were packed of", arguments: cases)
  func unpacking(_ test: ConvolutionCase) {
    let geometry = test.geometry
    var numbers = SplitMix64(seed: 10)
    let shape = Shape([
      geometry.outputChannels, geometry.inputChannelsPerGroup, geometry.kernel.height, geometry.kernel.width,
    ])
    let weights = Tensor(shape: shape, floats: numbers.floats(shape.elementCount))
    let packed = PackedConvolution(geometry, weights: weights, bias: nil, pool: machines[0].pool)
    #expect(packed.unpackWeights().floats == weights.floats, "\(test.testDescription)")
  }

  @Test(
    "execute little more than the network's own operations",
    // Widths of groups and of layers of RegNet and ResNeXt.
    arguments: [
      (8, [48, 104, 208, 440]), (16, [64, 144, 320, 784]), (24, [48, 120, 336, 888]), (24, [72, 216, 576, 1512]),
      (56, [224, 448, 896, 2016]), (112, [224, 448, 1232, 3024]), (232, [232, 696, 1392, 3712]),
      (264, [528, 1056, 2904, 7392]), (16, [32, 64, 160, 400]), (16, [64, 128, 288, 672]),
      (24, [72, 168, 408, 912]), (48, [96, 192, 432, 1008]), (80, [80, 240]), (120, [720, 1920]),
      (128, [256, 512, 896, 2048]), (168, [336, 672, 1344, 2520]), (4, [128, 256]), (8, [256, 512]),
      (16, [512, 1024]), (32, [1024, 2048]), (64, [2048, 4096]),
    ])
  func operations(_ width: Int, _ channels: [Int]) throws {
    for count in channels {
      for stride in [1, 2] {
        let geometry = try ConvolutionGeometry(
          inputChannels: count, outputChannels: count, groups: count / width, input: Extent(14), kernel: Extent(3),
          stride: Extent(stride), padding: Padding(1))
        let cost = KernelCost.convolution(geometry)
        let own = 2 * Double(geometry.multiplyAccumulates)
        #expect(cost.products >= own && cost.products <= 1.25 * own, "\(geometry)")
      }
    }
  }

  private static let cases: [ConvolutionCase] = {
    var cases: [ConvolutionCase] = []
    func add(
      _ inputs: Int, _ outputs: Int, groups: Int, _ input: Extent, kernel: Extent = Extent(3),
      stride: Extent = Extent(1),
      padding: Padding = Padding(1), dilation: Extent = Extent(1), images: Int = 1, _ activation: Activation? = nil,
      hasAddend: Bool = false, spareHalo: Int = 0
    ) {
      let geometry = try? ConvolutionGeometry(
        inputChannels: groups * inputs, outputChannels: groups * outputs, groups: groups, input: input, kernel: kernel,
        stride: stride, padding: padding, dilation: dilation)
      guard let geometry else { preconditionFailure("a chosen geometry is wrong") }
      cases.append(
        ConvolutionCase(
          geometry: geometry, images: images, activation: activation, hasAddend: hasAddend, spareHalo: spareHalo))
    }
    for (index, width) in [2, 3, 4, 5, 6, 8, 12, 20, 24, 40, 56].enumerated() {
      // A last block that is full, and one that is not.
      let groups = width < 16 ? 16 : 2
      add(width, width, groups: groups, Extent(height: 3, width: 9 + index), hasAddend: index % 2 == 0)
      add(
        width, width, groups: groups + 1, Extent(height: 5, width: 20 + index), stride: Extent(2),
        images: 1 + index % 2, .relu)
    }
    // Each width of a tile.
    for width in 1...29 { add(4, 4, groups: 3, Extent(height: 2, width: width), .relu, hasAddend: width % 3 == 0) }
    // Other kernels, dilation, stride by three.
    add(8, 8, groups: 3, Extent(7), kernel: Extent(5), padding: Padding(2), .hardswish)
    add(4, 4, groups: 5, Extent(height: 9, width: 10), dilation: Extent(2), images: 2, .sigmoid)
    add(8, 8, groups: 2, Extent(height: 8, width: 13), stride: Extent(3), spareHalo: 1)
    add(8, 8, groups: 4, Extent(height: 4, width: 6), kernel: Extent(1), padding: .none, images: 3, .relu)
    add(
      12, 12, groups: 2, Extent(6), kernel: Extent(height: 2, width: 4),
      padding: Padding(top: 2, left: 0, bottom: 1, right: 3))
    // More outputs than inputs, and fewer; one of either.
    add(8, 16, groups: 3, Extent(5))
    add(16, 8, groups: 3, Extent(5), hasAddend: true)
    add(1, 2, groups: 17, Extent(5), images: 2)
    add(2, 1, groups: 17, Extent(5))
    add(40, 1, groups: 18, Extent(3), .relu)
    add(1, 40, groups: 3, Extent(4))
    // Several parts of the inputs; several chains, too.
    add(264, 24, groups: 2, Extent(3), .relu, hasAddend: true)
    add(120, 8, groups: 2, Extent(height: 8, width: 9), kernel: Extent(7), padding: Padding(3), hasAddend: true)
    add(120, 8, groups: 2, Extent(height: 8, width: 9), kernel: Extent(7), padding: Padding(3), .sigmoid)
    // A single pixel: rows of images.
    add(4, 4, groups: 6, Extent(3), padding: .none, images: 17, .tanh)
    add(24, 24, groups: 2, Extent(1), kernel: Extent(1), padding: .none, images: 20, hasAddend: true)
    return cases
  }()

  /// One image in single precision, in the order that `Machine.convolve` documents.
  private func chains(
    _ geometry: ConvolutionGeometry, _ input: [Float], weights: [Float], bias: [Float], addend: [Float]
  ) -> [Float] {
    var result: [Float] = []
    let (inputs, outputs, kernel) = (
      geometry.inputChannelsPerGroup, geometry.outputChannelsPerGroup, geometry.kernel
    )
    let most = max(1, 256 / kernel.area)
    let parts = (inputs + most - 1) / most
    let inputsPerPart = (inputs + parts - 1) / parts
    let inputsPerChain = max(1, 4608 / (inputsPerPart * kernel.area)) * inputsPerPart
    for output in 0..<geometry.outputChannels {
      for row in 0..<geometry.output.height {
        for column in 0..<geometry.output.width {
          var total: Float = 0
          for chain in stride(from: 0, to: inputs, by: inputsPerChain) {
            var sum = chain == 0 ? bias[output] : 0
            for part in stride(from: chain, to: min(inputs, chain + inputsPerChain), by: inputsPerPart) {
              for y in 0..<kernel.height {
                for channel in part..<min(inputs, part + inputsPerPart) {
                  for x in 0..<kernel.width {
                    guard let inputRow = geometry.vertical.input(output: row, tap: y),
                      let inputColumn = geometry.horizontal.input(output: column, tap: x)
                    else { continue }
                    let weight = ((output * inputs + channel) * kernel.height + y) * kernel.width + x
                    let plane = output / outputs * inputs + channel
                    let value = (plane * geometry.input.height + inputRow) * geometry.input.width + inputColumn
                    sum.addProduct(input[value], weights[weight])
                  }
                }
              }
            }
            total = chain == 0 ? sum + addend[result.count] : sum + total
          }
          result.append(total)
        }
      }
    }
    return result
  }
}
