import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite("Recorded gradients of convolutions")
struct ConvolutionGradientRecordingTests {
  @Test("are computed when their loops run, as often as they do", arguments: [1, 3])
  func recording(threads: Int) throws {
    let machine = Machine(pool: ThreadPool(exactly: threads))
    // One whose tiles walk all slices, one whose slices are added later.
    for (inputs, outputs, stride) in [(256, 128, 1), (20, 36, 2)] {
      let geometry = try ConvolutionGeometry(
        inputChannels: inputs, outputChannels: outputs, input: Extent(5), kernel: Extent(3), stride: Extent(stride),
        padding: Padding(1))
      let images = 6
      var numbers = SplitMix64(seed: 3)
      let input = TestMap(
        numbers.floats(images * inputs * 25), channels: inputs, extent: Extent(5), halo: geometry.requiredHalo,
        images: images)
      let gradient = TestMap(
        numbers.floats(images * outputs * geometry.output.area), channels: outputs, extent: geometry.output,
        halo: geometry.dataGradientHalo, images: images)
      let layer = PackedConvolution(
        geometry, weights: Tensor(shape: [outputs, inputs, 3, 3], floats: numbers.floats(outputs * inputs * 9)),
        bias: nil, pool: machine.pool)
      let filterScratch = GuardedFloats(count: geometry.filterGradientScratchFloats(images: images, threads: threads))
      let dataScratch = GuardedFloats(count: geometry.dataGradientScratchFloats())
      let weights = GuardedFloats(count: layer.weightFloats)
      let bias = GuardedFloats(count: layer.biasFloats)
      let inputGradient = TestMap(channels: inputs, extent: Extent(5), images: images)
      func gradients(_ machine: Machine) {
        machine.filterGradient(
          of: layer, input: input.view, outputGradient: gradient.view, weights: weights.floats, bias: bias.floats,
          scratch: filterScratch.floats)
        machine.dataGradient(
          of: layer, outputGradient: gradient.view, into: inputGradient.view, scratch: dataScratch.floats)
      }
      func results() -> [[UInt32]] {
        [
          (0..<weights.count).map { weights.floats[$0].bitPattern },
          (0..<bias.count).map { bias.floats[$0].bitPattern }, inputGradient.nchw.map(\.bitPattern),
        ]
      }
      let loops = machine.recording(gradients)
      #expect((0..<weights.count).allSatisfy { weights.floats[$0].isNaN })
      #expect(inputGradient.nchw.allSatisfy { $0 == TestMap.untouched })
      for factor: Float in [1, -3] {
        // Weights and maps change between runs, and memory is used by others.
        for index in 0..<layer.buffers[0].count { layer.buffers[0].floats[index] *= factor }
        for index in 0..<input.memory.count { input.memory.floats[index] *= factor }
        for scratch in [filterScratch, dataScratch] { scratch.floats.update(repeating: .nan, count: scratch.count) }
        for loop in loops { machine.pool.parallel(loop) }
        let recorded = results()
        gradients(machine)
        #expect(recorded == results(), "\(geometry), factor \(factor)")
      }
    }
  }
}
