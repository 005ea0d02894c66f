import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite("What is unpacked is what was packed")
struct UnpackingTests {
  @Test("of convolutions", arguments: ConvolutionGradientCase.all)
  func convolutions(_ test: ConvolutionGradientCase) {
    let geometry = test.geometry
    var numbers = SplitMix64(seed: geometry.hashableSeed)
    let shape = Shape([
      geometry.outputChannels, geometry.inputChannelsPerGroup, geometry.kernel.height, geometry.kernel.width,
    ])
    let weights = Tensor(shape: shape, floats: numbers.floats(shape.elementCount))
    let bias = Tensor(shape: Shape([geometry.outputChannels]), floats: numbers.floats(geometry.outputChannels))
    let layer = PackedConvolution(geometry, weights: weights, bias: bias, inputForm: test.form, pool: machines[0].pool)
    expectEqual(layer.unpackWeights(), weights, test.testDescription)
    expectEqual(layer.unpackBias(), bias, test.testDescription)
  }

  @Test("of locally connected layers", arguments: [(3, 5), (16, 16), (17, 33)])
  func locallyConnected(_ channels: (Int, Int)) throws {
    let geometry = try ConvolutionGeometry(
      inputChannels: channels.0, outputChannels: channels.1, input: Extent(height: 5, width: 4),
      kernel: Extent(height: 2, width: 3), padding: Padding(1))
    var numbers = SplitMix64(seed: geometry.hashableSeed)
    let output = geometry.output
    let shape = Shape([output.height, output.width, channels.1, channels.0, 2, 3])
    let weights = Tensor(shape: shape, floats: numbers.floats(shape.elementCount))
    let biasShape = Shape([channels.1, output.height, output.width])
    let bias = Tensor(shape: biasShape, floats: numbers.floats(biasShape.elementCount))
    let layer = PackedLocallyConnected(geometry, weights: weights, bias: bias, pool: machines[0].pool)
    expectEqual(layer.unpackWeights(), weights, "\(geometry)")
    expectEqual(layer.unpackBias(), bias, "\(geometry)")
  }

  private func expectEqual(_ actual: Tensor, _ expected: Tensor, _ comment: String) {
    #expect(actual.shape == expected.shape, "\(comment)")
    #expect(actual.withFloats { Array($0) } == expected.withFloats { Array($0) }, "\(comment)")
  }
}
