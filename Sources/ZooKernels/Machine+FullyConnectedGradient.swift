internal import CZooKernels
import ZooTensor

extension Machine {
  /// The gradient with respect to what a fully connected layer reads, given the one with respect to its output before
  /// the function. Unused lanes become zeros. The products of each panel of outputs with the weights of an input are
  /// chains of fused multiply-adds, 16 side by side, which are added panel by panel, and their 16 sums in a tree.
  /// `outputGradient`: a vector of `outputFeatures` without a halo. `inputGradient`: a map of the layer's input shape
  /// with any halo, or a vector.
  public func fullyConnectedDataGradient(
    _ layer: PackedFullyConnected, _ outputGradient: BlockedView, into inputGradient: BlockedView
  ) {
    check(layer, input: inputGradient, output: outputGradient)
    let lanes = BlockedLayout.lanes
    let lines = Parts(
      layer.inputBlocks * layer.inputShape.extent.area, atMost: max(1, 1024 / layer.outputBlocks))
    parallel(columns: lines.count) { _, part, _ in
      var memory = InlineArray<2048, Float>(repeating: 0)
      var span = memory.mutableSpan
      span.withUnsafeMutableBufferPointer { sums in
        guard let sums = sums.baseAddress else { return }
        for line in lines[part] {
          for first in stride(from: 0, to: inputGradient.images, by: 8) {
            let images = min(8, inputGradient.images - first)
            sums.update(repeating: 0, count: images * lanes * lanes)
            for panel in 0..<layer.panelCount {
              let blocks = layer.blocks(panel: panel)
              kernels.pointee.dot_rows(
                layer.weights.floats + layer.offset(panel: panel, line: line), blocks.count * lanes, blocks.count,
                outputGradient.interior(image: first, block: blocks.lowerBound), outputGradient.imageStride, images,
                sums)
            }
            for image in 0..<images {
              kernels.pointee.sum_lanes(
                sums + image * lanes * lanes, layer.line(line, of: inputGradient, image: first + image))
            }
          }
        }
      }
    }
  }

  /// The gradient with respect to the weights of a fully connected layer, in their order: each is one chain of fused
  /// multiply-adds over the images. What pads the weights stays zero. `input`: a map of the layer's input shape with
  /// any halo, or a vector. `outputGradient`: with respect to the output before the function: a vector of
  /// `outputFeatures` without a halo. `accumulates`: whether the chain goes on from what the buffer holds.
  /// `weightGradient`: as many floats as the layer's weights; see `PackedFullyConnected.unpack`.
  public func fullyConnectedWeightGradient(
    _ layer: PackedFullyConnected, _ input: BlockedView, _ outputGradient: BlockedView, accumulates: Bool = false,
    into weightGradient: FloatBuffer
  ) {
    check(layer, input: input, output: outputGradient)
    precondition(
      weightGradient.count == layer.weights.count, "\(weightGradient.count) floats for \(layer.weights.count) weights")
    let lanes = BlockedLayout.lanes
    let area = layer.inputShape.extent.area
    let lines = Parts(layer.inputBlocks * area, atMost: max(1, 1024 / layer.panelBlocks))
    parallel(rows: layer.panelCount, columns: lines.count) { panel, part, _ in
      let blocks = layer.blocks(panel: panel)
      for line in lines[part] {
        kernels.pointee.outer_products(
          layer.line(line, of: input, image: 0), input.imageStride, input.images,
          outputGradient.interior(image: 0, block: blocks.lowerBound), outputGradient.imageStride,
          input.layout.channels - line / area * lanes, layer.outputFeatures - blocks.lowerBound * lanes, accumulates,
          weightGradient.floats + layer.offset(panel: panel, line: line), blocks.count * lanes)
      }
    }
  }

  private func check(_ layer: PackedFullyConnected, input: BlockedView, output: BlockedView) {
    precondition(
      input.layout.channels == layer.inputShape.channels && input.layout.extent == layer.inputShape.extent,
      "the input is \(input.layout.channels)×\(input.layout.extent), the layer reads \(layer.inputShape)")
    precondition(
      output.layout.channels == layer.outputFeatures && output.layout.extent.area == 1 && output.layout.halo.isNone,
      "the output is \(output.layout.channels)×\(output.layout.extent), the layer's has \(layer.outputFeatures)")
    precondition(output.images == input.images, "\(output.images) images for \(input.images)")
  }
}

extension PackedFullyConnected {
  fileprivate var panelCount: Int { (outputBlocks + panelBlocks - 1) / panelBlocks }

  fileprivate func blocks(panel: Int) -> Range<Int> {
    panel * panelBlocks..<min((panel + 1) * panelBlocks, outputBlocks)
  }

  /// Where the weights of a panel for the 16 inputs of a line are.
  fileprivate func offset(panel: Int, line: Int) -> Int {
    let lanes = BlockedLayout.lanes
    let rows = inputBlocks * inputShape.extent.area * lanes
    return panel * panelBlocks * lanes * rows + line * lanes * blocks(panel: panel).count * lanes
  }

  /// A line of a map, counted in the order of the weights.
  fileprivate func line(_ line: Int, of view: BlockedView, image: Int) -> UnsafeMutablePointer<Float> {
    let extent = view.layout.extent
    let (block, pixel) = line.quotientAndRemainder(dividingBy: extent.area)
    return view.row(pixel / extent.width, image: image, block: block) + pixel % extent.width * BlockedLayout.lanes
  }
}
