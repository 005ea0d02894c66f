import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite("Convolutions of each channel with its own filter")
struct DepthwiseConvolutionTests {
  @Test("agree with their twin and are the same bits everywhere", arguments: DepthwiseCase.all)
  func forward(_ test: DepthwiseCase) {
    ConvolutionTests().matchesTwin(test.forward)
  }

  @Test("have gradients that agree with their twins and are the same bits everywhere", arguments: DepthwiseCase.all)
  func gradients(_ test: DepthwiseCase) {
    ConvolutionDataGradientTests().matchesTwin(test.gradient, hasAddend: test.forward.hasAddend)
    ConvolutionFilterGradientTests().matchesTwin(test.gradient)
  }

  @Test("leave zeros in what is no weight", arguments: DepthwiseCase.all)
  func zeros(_ test: DepthwiseCase) {
    ConvolutionFilterGradientTests().zeros(test.gradient)
  }

  @Test("are unpacked as they were packed", arguments: DepthwiseCase.all)
  func unpacking(_ test: DepthwiseCase) {
    UnpackingTests().convolutions(test.gradient)
  }

  @Test("sum in the documented order, to the last bit", arguments: DepthwiseCase.chosen)
  func documentedOrder(_ test: DepthwiseCase) {
    let geometry = test.forward.geometry
    let (area, kernel) = (geometry.input.area, geometry.kernel)
    var numbers = SplitMix64(seed: 11)
    let input = numbers.floats(geometry.inputChannels * area)
    let weights = numbers.floats(geometry.outputChannels * kernel.area)
    let bias = numbers.floats(geometry.outputChannels)
    let addend = numbers.floats(geometry.outputChannels * geometry.output.area)
    let packed = PackedConvolution(
      geometry, weights: Tensor(shape: Shape([weights.count]), floats: weights),
      bias: Tensor(shape: Shape([bias.count]), floats: bias), pool: machines[0].pool)
    let map = TestMap(input, channels: geometry.inputChannels, extent: geometry.input, halo: geometry.requiredHalo)
    let addendMap = TestMap(addend, channels: geometry.outputChannels, extent: geometry.output)
    let output = TestMap(channels: geometry.outputChannels, extent: geometry.output)
    machines[0].convolve(packed, map.view, adding: addendMap.view, into: output.view)
    var expected: [Float] = []
    for channel in 0..<geometry.outputChannels {
      for row in 0..<geometry.output.height {
        for column in 0..<geometry.output.width {
          var sum = bias[channel]
          for y in 0..<kernel.height {
            for x in 0..<kernel.width {
              guard let inputRow = geometry.vertical.input(output: row, tap: y),
                let inputColumn = geometry.horizontal.input(output: column, tap: x)
              else { continue }
              sum.addProduct(
                input[channel * area + inputRow * geometry.input.width + inputColumn],
                weights[channel * kernel.area + y * kernel.width + x])
            }
          }
          expected.append(sum + addend[expected.count])
        }
      }
    }
    #expect(output.nchw == expected, "\(test.testDescription)")
  }

  @Test(
    "multiply nothing but their own weights and the empty lanes of the last block",
    arguments: [2, 3, 15, 16, 17, 24, 58, 72, 120, 960, 1000])
  func work(channels: Int) throws {
    let geometry = try ConvolutionGeometry(
      inputChannels: channels, outputChannels: channels, groups: channels, input: Extent(28), kernel: Extent(5),
      stride: Extent(2), padding: Padding(2))
    let lanes = (channels + 15) / 16 * 16
    let packed = PackedConvolution(geometry) { _ in }
    #expect(packed.weightFloats == 25 * lanes, "\(geometry)")
    let cost = KernelCost.convolution(geometry)
    #expect(cost.products == Double(2 * 14 * 14 * 25 * lanes), "\(geometry)")
    #expect(cost.weightBytes == Double(4 * 25 * lanes), "\(geometry)")
    let multiplied = geometry.multiplyAccumulates * lanes / channels
    #expect(cost.products == Double(2 * multiplied), "\(geometry)")
    if channels >= 64 { #expect(4 * packed.weightFloats <= 5 * 25 * channels, "\(geometry)") }
    // What the gradients need grows with the weights too, not with their square.
    #expect(geometry.dataGradientScratchFloats() <= 25 * lanes, "\(geometry)")
    #expect(geometry.filterGradientScratchFloats(images: 8, threads: 2) == 8 * (25 + 1) * lanes, "\(geometry)")
  }
}

/// A depthwise convolution forward, and its gradients.
struct DepthwiseCase: Sendable, CustomTestStringConvertible {
  var forward: ConvolutionCase

  var gradient: ConvolutionGradientCase { ConvolutionGradientCase(geometry: forward.geometry, images: forward.images) }
  var testDescription: String { forward.testDescription }

  static let all = chosen + drawn

  /// Geometries that someone would forget to draw.
  static let chosen: [DepthwiseCase] = {
    var cases: [DepthwiseCase] = []
    func add(
      _ channels: Int, _ input: Extent, _ kernel: Extent, stride: Extent = Extent(1), padding: Padding? = nil,
      dilation: Extent = Extent(1), images: Int = 1, _ activation: Activation? = nil, hasAddend: Bool = false
    ) {
      let same = Padding(
        top: dilation.height * (kernel.height - 1) / 2, left: dilation.width * (kernel.width - 1) / 2,
        bottom: dilation.height * kernel.height / 2, right: dilation.width * kernel.width / 2)
      let geometry = try? ConvolutionGeometry(
        inputChannels: channels, outputChannels: channels, groups: channels, input: input, kernel: kernel,
        stride: stride, padding: padding ?? same, dilation: dilation)
      guard let geometry else { preconditionFailure("a chosen geometry is wrong") }
      cases.append(
        DepthwiseCase(
          forward: ConvolutionCase(geometry: geometry, images: images, activation: activation, hasAddend: hasAddend)))
    }
    // All numbers of lanes in the last block that networks have, and one, which is an ordinary convolution.
    for channels in [1, 2, 3, 15, 16, 17, 24, 58, 72, 120] {
      add(channels, Extent(height: 5, width: 6), Extent(3), images: 2, .clamp(lower: 0, upper: 6))
    }
    add(1000, Extent(height: 3, width: 2), Extent(3), .relu)
    // Each width of a tile, for each kernel that there is a tile of, at both strides.
    for width in 1...29 {
      let map = Extent(height: 2, width: width)
      add(16, map, Extent([3, 5, 7][width % 3]), hasAddend: width % 2 == 0)
      add(16, map, Extent([5, 7, 3][width % 3]), .relu)
      add(16, Extent(height: 3, width: 2 * width), Extent([3, 5, 7][width % 3]), stride: Extent(2), .hardswish)
    }
    // Every function, and another pass over rows that are not contiguous.
    for activation in someActivations { add(18, Extent(height: 9, width: 4), Extent(3), activation, hasAddend: true) }
    // Single pixels, kernels larger than the map, even and unequal ones.
    add(24, Extent(1), Extent(3), images: 3)
    add(17, Extent(1), Extent(1), images: 5, .silu)
    add(20, Extent(7), Extent(7), padding: Padding.none, images: 4)
    add(33, Extent(height: 2, width: 3), Extent(7), hasAddend: true)
    add(33, Extent(height: 6, width: 7), Extent(2), .leakyRelu(slope: 0.1))
    add(33, Extent(height: 6, width: 7), Extent(height: 4, width: 6), stride: Extent(2))
    add(16, Extent(height: 1, width: 40), Extent(height: 1, width: 5))
    add(16, Extent(height: 40, width: 1), Extent(height: 5, width: 1), images: 2)
    // Strides and dilations that no tile is made for, and rows and columns that nothing reads.
    add(40, Extent(11), Extent(3), stride: Extent(3), .relu)
    add(40, Extent(11), Extent(3), stride: Extent(height: 1, width: 2))
    add(40, Extent(12), Extent(3), dilation: Extent(2), .relu)
    add(40, Extent(12), Extent(5), stride: Extent(2), dilation: Extent(height: 2, width: 3), images: 2)
    add(40, Extent(height: 9, width: 8), Extent(1), stride: Extent(2))
    add(3, Extent(4), Extent(3), stride: Extent(2), padding: Padding(5), images: 2)
    add(19, Extent(5), Extent(3), padding: Padding(top: 0, left: 2, bottom: 4, right: 1), hasAddend: true)
    // Rows and blocks in several chunks.
    add(112, Extent(height: 37, width: 23), Extent(3), .relu)
    return cases
  }()

  /// Geometries drawn from all that are small enough.
  static let drawn: [DepthwiseCase] = {
    var numbers = SplitMix64(seed: 41)
    var cases: [DepthwiseCase] = []
    while cases.count < 150 {
      let channels = numbers.element([2, 3, 15, 16, 17, 24, 58])
      func extent(_ most: Int) -> Extent {
        Extent(height: numbers.integer(1...most), width: numbers.integer(1...most))
      }
      let geometry = try? ConvolutionGeometry(
        inputChannels: channels, outputChannels: channels, groups: channels, input: extent(24), kernel: extent(7),
        stride: extent(4),
        padding: Padding(
          top: numbers.integer(0...4), left: numbers.integer(0...4), bottom: numbers.integer(0...4),
          right: numbers.integer(0...4)), dilation: extent(3))
      let images = numbers.integer(1...5)
      guard let geometry, geometry.multiplyAccumulates * images < 100_000 else { continue }
      cases.append(
        DepthwiseCase(
          forward: ConvolutionCase(
            geometry: geometry, images: images, activation: numbers.element([nil, .relu] + someActivations),
            hasBias: numbers.element([true, true, false]), hasAddend: numbers.element([true, false]),
            spareHalo: numbers.element([0, 0, 1]))))
    }
    return cases
  }()
}
