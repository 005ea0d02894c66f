import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite("The gradients of a convolution are its adjoints")
struct ReferenceGradientTests {
  @Test("in whole numbers, which are summed without rounding", arguments: drawnGeometries + chosenGeometries)
  func adjoints(_ geometry: ConvolutionGeometry) {
    var numbers = SplitMix64(seed: geometry.hashableSeed)
    let images = 3
    func integers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(numbers.integer(-4...4)) } }
    let inputCount = geometry.inputChannels * geometry.input.area
    let outputCount = geometry.outputChannels * geometry.output.area
    let input = integers(images * inputCount)
    let gradient = integers(images * outputCount)
    let weights = integers(geometry.outputChannels * geometry.inputChannelsPerGroup * geometry.kernel.area)

    let (output, inputGradient) = withPointers(to: [weights]) { parameters in
      (
        reference(images: images, [input], count: outputCount) {
          Reference.convolve(geometry, weights: parameters[0], bias: nil, nil, $0[0], adding: nil, into: $1)
        },
        reference(images: images, [gradient], count: inputCount) {
          Reference.convolutionDataGradient(geometry, weights: parameters[0], $0[0], into: $1)
        }
      )
    }
    let filterGradient = reference(images: 1, [input, gradient], count: weights.count) {
      Reference.convolutionFilterGradient(geometry, images: images, $0[0], $0[1], into: $1)
    }
    let product = dot(output, gradient)
    #expect(product == dot(input, inputGradient))
    #expect(product == dot(weights, filterGradient))
  }

  @Test("in the places that the definition says", arguments: drawnGeometries.prefix(40) + chosenGeometries)
  func unitVectors(_ geometry: ConvolutionGeometry) {
    // One output's gradient is spread over the inputs that it reads, and gathered by the weights that it uses.
    var numbers = SplitMix64(seed: geometry.hashableSeed)
    let weights = numbers.floats(geometry.outputChannels * geometry.inputChannelsPerGroup * geometry.kernel.area)
    let input = numbers.floats(geometry.inputChannels * geometry.input.area)
    let (row, column) = (
      numbers.integer(0...geometry.output.height - 1), numbers.integer(0...geometry.output.width - 1)
    )
    let channel = numbers.integer(0...geometry.outputChannels - 1)
    var gradient = [Float](repeating: 0, count: geometry.outputChannels * geometry.output.area)
    gradient[(channel * geometry.output.height + row) * geometry.output.width + column] = 1

    var inputGradient = [Float](repeating: 0, count: input.count)
    var filterGradient = [Float](repeating: 0, count: weights.count)
    for index in 0..<geometry.inputChannelsPerGroup {
      let plane = channel / geometry.outputChannelsPerGroup * geometry.inputChannelsPerGroup + index
      for y in 0..<geometry.kernel.height {
        for x in 0..<geometry.kernel.width {
          let inputRow = row * geometry.stride.height + y * geometry.dilation.height - geometry.padding.top
          let inputColumn = column * geometry.stride.width + x * geometry.dilation.width - geometry.padding.left
          guard (0..<geometry.input.height).contains(inputRow), (0..<geometry.input.width).contains(inputColumn)
          else { continue }
          let pixel = (plane * geometry.input.height + inputRow) * geometry.input.width + inputColumn
          let weight =
            ((channel * geometry.inputChannelsPerGroup + index) * geometry.kernel.height + y) * geometry.kernel.width
            + x
          inputGradient[pixel] += weights[weight]
          filterGradient[weight] += input[pixel]
        }
      }
    }
    let data = reference(images: 1, [weights, gradient], count: input.count) {
      Reference.convolutionDataGradient(geometry, weights: $0[0], $0[1], into: $1)
    }
    let filter = reference(images: 1, [input, gradient], count: weights.count) {
      Reference.convolutionFilterGradient(geometry, images: 1, $0[0], $0[1], into: $1)
    }
    #expect(data == inputGradient)
    #expect(filter == filterGradient)
  }

  private func dot(_ a: [Float], _ b: [Float]) -> Double {
    zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
}

/// Geometries that someone would forget to draw.
private let chosenGeometries: [ConvolutionGeometry] = {
  let cases:
    [(
      channels: (Int, Int), groups: Int, input: Extent, kernel: Extent, stride: Extent, padding: Padding,
      dilation: Extent
    )] = [
      // A stride beyond the kernel, which leaves inputs unread.
      ((2, 3), 1, Extent(11), Extent(2), Extent(5), .none, Extent(1)),
      // Padding wider than the kernel: windows of nothing but zeros, on one side only.
      ((1, 2), 1, Extent(3), Extent(2), Extent(1), Padding(top: 5, left: 0, bottom: 0, right: 4), Extent(1)),
      // A dilation beyond the map: taps that touch no output.
      ((1, 1), 1, Extent(2), Extent(3), Extent(1), Padding(9), Extent(7)),
      // Each channel on its own, and several outputs for each.
      ((6, 6), 6, Extent(5), Extent(3), Extent(2), Padding(1), Extent(1)),
      ((3, 9), 3, Extent(height: 4, width: 6), Extent(3), Extent(1), Padding(1), Extent(2)),
      // A dense layer.
      ((5, 4), 1, Extent(height: 3, width: 2), Extent(height: 3, width: 2), Extent(1), .none, Extent(1)),
      // One window that overhangs the map on all sides.
      ((2, 2), 2, Extent(1), Extent(5), Extent(65536), Padding(2), Extent(1)),
      // Long and thin.
      ((1, 1), 1, Extent(height: 1, width: 300), Extent(height: 1, width: 31), Extent(7), Padding(0), Extent(9)),
    ]
  return cases.map {
    let geometry = try? ConvolutionGeometry(
      inputChannels: $0.channels.0, outputChannels: $0.channels.1, groups: $0.groups, input: $0.input,
      kernel: $0.kernel, stride: $0.stride, padding: $0.padding, dilation: $0.dilation)
    guard let geometry else { preconditionFailure("a chosen geometry is wrong") }
    return geometry
  }
}()

private let drawnGeometries: [ConvolutionGeometry] = {
  var numbers = SplitMix64(seed: 12)
  var result: [ConvolutionGeometry] = []
  while result.count < 200 {
    func extent(_ most: Int) -> Extent {
      Extent(height: numbers.integer(1...most), width: numbers.integer(1...most))
    }
    let groups = numbers.element([1, 1, 2, 3])
    let geometry = try? ConvolutionGeometry(
      inputChannels: groups * numbers.integer(1...3), outputChannels: groups * numbers.integer(1...3), groups: groups,
      input: extent(12), kernel: extent(5), stride: extent(6),
      padding: Padding(
        top: numbers.integer(0...4), left: numbers.integer(0...4), bottom: numbers.integer(0...4),
        right: numbers.integer(0...4)), dilation: extent(3))
    if let geometry { result.append(geometry) }
  }
  return result
}()
