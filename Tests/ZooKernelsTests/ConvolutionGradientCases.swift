import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

/// A convolution whose gradients are to be checked against their twins.
struct ConvolutionGradientCase: Sendable, CustomTestStringConvertible {
  var geometry: ConvolutionGeometry
  var images = 1
  var form = PackedConvolution.InputForm.blocked

  var testDescription: String { "\(geometry), \(images) images, \(form)" }

  /// Geometries that someone would forget to draw, and others drawn from all that are small enough.
  static let all = chosen + drawn

  static let chosen: [ConvolutionGradientCase] = {
    var cases: [ConvolutionGradientCase] = []
    func add(
      _ inputs: Int, _ outputs: Int, _ input: Extent, _ kernel: Extent, stride: Extent = Extent(1),
      padding: Padding = .none, dilation: Extent = Extent(1), groups: Int = 1, images: Int = 1,
      form: PackedConvolution.InputForm = .blocked
    ) {
      let geometry = try? ConvolutionGeometry(
        inputChannels: inputs, outputChannels: outputs, groups: groups, input: input, kernel: kernel, stride: stride,
        padding: padding, dilation: dilation)
      guard let geometry else { preconditionFailure("a chosen geometry is wrong") }
      cases.append(ConvolutionGradientCase(geometry: geometry, images: images, form: form))
    }
    // As in residual networks.
    add(16, 16, Extent(32), Extent(3), padding: Padding(1), images: 2)
    add(32, 64, Extent(8), Extent(3), stride: Extent(2), padding: Padding(1), images: 3)
    add(32, 64, Extent(8), Extent(1), stride: Extent(2), images: 2)
    add(48, 80, Extent(7), Extent(1), images: 5)
    // So many weights that a tile walks all slices, with and without whole blocks.
    add(256, 128, Extent(2), Extent(3), padding: Padding(1), images: 8)
    add(250, 135, Extent(height: 2, width: 3), Extent(3), padding: Padding(1), images: 4)
    // Groups: of blocks, of none, depthwise, with a multiplier, odd, across blocks.
    add(64, 32, Extent(6), Extent(3), padding: Padding(1), groups: 2, images: 2)
    add(32, 64, Extent(5), Extent(3), padding: Padding(1), groups: 4)
    add(48, 48, Extent(7), Extent(3), padding: Padding(1), groups: 48, images: 3)
    add(48, 48, Extent(9), Extent(3), stride: Extent(2), padding: Padding(1), groups: 48, images: 2)
    add(40, 40, Extent(8), Extent(height: 5, width: 3), padding: Padding(2), groups: 40, images: 4)
    add(24, 24, Extent(9), Extent(3), stride: Extent(3), dilation: Extent(2), groups: 24, images: 9)
    add(17, 34, Extent(5), Extent(3), padding: Padding(1), groups: 17, images: 2)
    add(24, 36, Extent(4), Extent(3), padding: Padding(1), groups: 12)
    add(15, 10, Extent(4), Extent(2), groups: 5, images: 2)
    add(40, 40, Extent(5), Extent(3), padding: Padding(1), groups: 5)
    // Groups that are no blocks: each way to gather inputs, outputs beyond the last block, several parts, strides, holes.
    add(16, 16, Extent(9), Extent(3), padding: Padding(1), groups: 4, images: 2)
    add(20, 20, Extent(height: 5, width: 8), Extent(3), stride: Extent(2), padding: Padding(1), groups: 5, images: 3)
    add(24, 24, Extent(7), Extent(3), padding: Padding(1), groups: 3, images: 2)
    add(24, 24, Extent(height: 4, width: 11), Extent(3), padding: Padding(2), dilation: Extent(2), groups: 2)
    add(48, 48, Extent(6), Extent(3), stride: Extent(2), padding: Padding(1), groups: 2, images: 2)
    add(112, 56, Extent(4), Extent(3), padding: Padding(1), groups: 2, images: 2)
    add(60, 40, Extent(4), Extent(height: 1, width: 5), padding: Padding(2), groups: 2, images: 2)
    add(15, 9, Extent(5), Extent(3), padding: Padding(1), groups: 3, images: 5)
    add(24, 72, Extent(1), Extent(1), groups: 3, images: 7)
    add(36, 36, Extent(3), Extent(2), stride: Extent(3), groups: 9, images: 2)
    // Dense layers, and single pixels.
    add(20, 33, Extent(height: 3, width: 2), Extent(height: 3, width: 2), images: 17)
    add(16, 16, Extent(1), Extent(1), images: 29)
    add(48, 48, Extent(1), Extent(3), padding: Padding(1), groups: 48, images: 2)
    // First layers.
    add(3, 64, Extent(17), Extent(7), stride: Extent(2), padding: Padding(3), images: 2, form: .planar)
    add(3, 16, Extent(32), Extent(3), padding: Padding(1), images: 9, form: .planar)
    add(3, 48, Extent(31), Extent(11), stride: Extent(4), padding: Padding(2), form: .planar)
    add(1, 6, Extent(12), Extent(5), images: 4, form: .planar)
    add(3, 5, Extent(9), Extent(9), images: 4, form: .planar)
    // Strides beyond the kernel and the map, which leave inputs unread.
    add(2, 3, Extent(11), Extent(2), stride: Extent(5), images: 2)
    add(2, 2, Extent(1), Extent(5), stride: Extent(65536), padding: Padding(2), groups: 2)
    add(5, 18, Extent(13), Extent(1), stride: Extent(height: 20, width: 3))
    // Padding wider than the kernel, on one side only and on all.
    add(1, 2, Extent(3), Extent(2), padding: Padding(top: 5, left: 0, bottom: 0, right: 4), images: 2)
    add(3, 17, Extent(4), Extent(1), stride: Extent(height: 2, width: 3), padding: Padding(3))
    // Dilations beyond the map: taps that touch no output.
    add(1, 1, Extent(2), Extent(3), padding: Padding(9), dilation: Extent(7))
    add(4, 4, Extent(5), Extent(3), stride: Extent(2), padding: Padding(6), dilation: Extent(6), images: 2)
    // Dilations that share a factor with the stride.
    add(3, 4, Extent(20), Extent(3), stride: Extent(4), padding: Padding(6), dilation: Extent(6))
    add(3, 4, Extent(20), Extent(4), stride: Extent(6), padding: Padding(5), dilation: Extent(height: 4, width: 3))
    // Long and thin.
    add(1, 1, Extent(height: 1, width: 300), Extent(height: 1, width: 31), stride: Extent(7), dilation: Extent(9))
    add(16, 16, Extent(height: 300, width: 1), Extent(height: 3, width: 1), images: 2)
    for images in 1...9 { add(18, 20, Extent(height: 6, width: 5), Extent(3), padding: Padding(1), images: images) }
    return cases
  }()

  static let drawn: [ConvolutionGradientCase] = {
    var numbers = SplitMix64(seed: 31)
    var cases: [ConvolutionGradientCase] = []
    while cases.count < 250 {
      func extent(_ most: Int) -> Extent {
        Extent(height: numbers.integer(1...most), width: numbers.integer(1...most))
      }
      let form = numbers.element([PackedConvolution.InputForm.blocked, .blocked, .planar])
      let groups = form == .planar ? 1 : numbers.element([1, 1, 1, 2, 3, 16])
      let inputs = form == .planar ? numbers.integer(1...5) : groups * numbers.element([1, 2, 7, 16, 17, 33])
      let outputs = groups * numbers.element([1, 2, 5, 16, 17, 33])
      let geometry = try? ConvolutionGeometry(
        inputChannels: inputs, outputChannels: outputs, groups: groups, input: extent(14), kernel: extent(5),
        stride: extent(6),
        padding: Padding(
          top: numbers.integer(0...4), left: numbers.integer(0...4), bottom: numbers.integer(0...4),
          right: numbers.integer(0...4)), dilation: extent(3))
      let images = numbers.integer(1...9)
      guard let geometry, geometry.multiplyAccumulates * images < 300_000 else { continue }
      cases.append(ConvolutionGradientCase(geometry: geometry, images: images, form: form))
    }
    return cases
  }()
}
