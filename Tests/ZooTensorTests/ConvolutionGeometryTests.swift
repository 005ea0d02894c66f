import Testing
import ZooTensor

@Suite struct ConvolutionGeometryTests {
  @Test(
    "the number of windows is rounded down",
    arguments: [
      // input, kernel, stride, padding, dilation, output, unread
      (227, 11, 4, 0, 1, 55, 0), (224, 11, 4, 2, 1, 55, 1), (224, 11, 4, 0, 1, 54, 1), (224, 7, 2, 3, 1, 112, 1),
      (224, 3, 1, 1, 1, 224, 0), (56, 1, 2, 0, 1, 28, 1), (7, 7, 1, 0, 1, 1, 0), (32, 5, 1, 0, 1, 28, 0),
      (10, 3, 3, 0, 1, 3, 1), (10, 3, 1, 2, 2, 10, 0), (9, 3, 2, 0, 4, 1, 0), (5, 5, 100, 0, 1, 1, 0),
    ])
  func output(input: Int, kernel: Int, stride: Int, padding: Int, dilation: Int, output: Int, unread: Int) throws {
    let geometry = try ConvolutionGeometry(
      inputChannels: 1, outputChannels: 1, input: Extent(input), kernel: Extent(kernel), stride: Extent(stride),
      padding: Padding(padding), dilation: Extent(dilation))
    #expect(geometry.output == Extent(output), "\(geometry)")
    #expect(geometry.unread == Extent(unread), "\(geometry)")
  }

  @Test func sidesAreIndependent() throws {
    let geometry = try ConvolutionGeometry(
      inputChannels: 4, outputChannels: 6, groups: 2, input: Extent(height: 10, width: 20),
      kernel: Extent(height: 3, width: 5), stride: Extent(height: 1, width: 3),
      padding: Padding(top: 1, left: 2, bottom: 0, right: 3))
    #expect(geometry.output == Extent(height: 9, width: 7))
    #expect(geometry.unread == Extent(height: 0, width: 2))
    #expect(geometry.inputChannelsPerGroup == 2 && geometry.outputChannelsPerGroup == 3)
    #expect(geometry.multiplyAccumulates == 9 * 7 * 6 * 2 * 15)
    #expect(
      geometry.description
        == "4×10×20 → 6×9×7, kernel 3×5, stride 1×3, padding top 1, left 2, bottom 0, right 3, groups 2")
  }

  @Test("VGG16's first rows", arguments: [(3, 64, 224, 86_704_128), (64, 64, 224, 1_849_688_064)])
  func multiplyAccumulates(inputs: Int, outputs: Int, side: Int, expected: Int) throws {
    let geometry = try ConvolutionGeometry(
      inputChannels: inputs, outputChannels: outputs, input: Extent(side), kernel: Extent(3), padding: Padding(1))
    #expect(geometry.multiplyAccumulates == expected)
  }

  @Test(
    "impossible geometries",
    arguments: [
      (
        Case(input: Extent(height: 0, width: 5)), GeometryError.inputOutOfRange(Extent(height: 0, width: 5)),
        "the input map is 0×5; each side must be 1 to 65536"
      ),
      (
        Case(input: Extent(65537)), .inputOutOfRange(Extent(65537)),
        "the input map is 65537×65537; each side must be 1 to 65536"
      ),
      (
        Case(stride: Extent(0)), .extentOutOfRange(attribute: "stride", Extent(0)),
        "stride 0×0 is not possible; use 1 to 65536 for each side"
      ),
      (
        Case(kernel: Extent(height: 3, width: -1)),
        .extentOutOfRange(attribute: "kernel", Extent(height: 3, width: -1)),
        "kernel 3×-1 is not possible; use 1 to 65536 for each side"
      ),
      (
        Case(dilation: Extent(Int.max)), .extentOutOfRange(attribute: "dilation", Extent(Int.max)),
        "dilation 9223372036854775807×9223372036854775807 is not possible; use 1 to 65536 for each side"
      ),
      (
        Case(padding: Padding(65537)), .paddingOutOfRange(Padding(65537)),
        "padding 65537 is not possible; use 0 to 65536 for each side"
      ),
      (
        Case(padding: Padding(-1)), .paddingOutOfRange(Padding(-1)),
        "padding -1 is not possible; use 0 to 65536 for each side"
      ),
      (
        Case(kernel: Extent(11)), .kernelLargerThanInput(kernel: Extent(11), paddedInput: Extent(5)),
        "kernel 11×11 is larger than the padded input 5×5; use a smaller kernel, more padding, or a larger input"
      ),
      (
        Case(dilation: Extent(3)), .kernelLargerThanInput(kernel: Extent(7), paddedInput: Extent(5)),
        "kernel 7×7 is larger than the padded input 5×5; use a smaller kernel, more padding, or a larger input"
      ),
      (
        Case(outputs: 0), .countOutOfRange(attribute: "output channels", 0),
        "0 output channels are not possible; use 1 to 1048576"
      ),
      (
        Case(groups: -2), .countOutOfRange(attribute: "groups", -2),
        "-2 groups are not possible; use 1 to 1048576"
      ),
      (
        Case(groups: 3), .channelsNotDivisible(attribute: "input channels", channels: 4, groups: 3),
        "4 input channels cannot be split into 3 equal groups; use a number of groups that divides 4"
      ),
      (
        Case(outputs: 6, groups: 4), .channelsNotDivisible(attribute: "output channels", channels: 6, groups: 4),
        "6 output channels cannot be split into 4 equal groups; use a number of groups that divides 6"
      ),
    ] as [(Case, GeometryError, String)])
  func impossible(geometry: Case, error: GeometryError, message: String) {
    #expect(throws: error) {
      try ConvolutionGeometry(
        inputChannels: 4, outputChannels: geometry.outputs, groups: geometry.groups, input: geometry.input,
        kernel: geometry.kernel, stride: geometry.stride, padding: geometry.padding, dilation: geometry.dilation)
    }
    #expect(error.description == message)
  }

  struct Case: Sendable {
    var outputs = 8
    var groups = 1
    var input = Extent(5)
    var kernel = Extent(3)
    var stride = Extent(1)
    var padding = Padding.none
    var dilation = Extent(1)
  }
}
