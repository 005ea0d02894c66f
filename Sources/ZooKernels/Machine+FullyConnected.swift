internal import CZooKernels

extension Machine {
  /// `output = f(weights · input + bias)`, without the weights of inputs that are zero, unless several images that are
  /// not mostly zeros share each weight. Inputs are taken in blocked order (channel block, row, column, channel within
  /// the block), as many whole blocks at a time as have 256 inputs, but at least one: a chain of fused multiply-adds
  /// each, the first from the bias, the others from zero, their results added in order. (One chain over 25088 inputs
  /// would lose two digits.). `input`: a map of the layer's input shape with any halo, or a vector. `output`: a vector
  /// of `outputFeatures`.
  public func fullyConnect(_ layer: PackedFullyConnected, _ input: BlockedView, into output: BlockedView) {
    precondition(
      input.layout.channels == layer.inputShape.channels && input.layout.extent == layer.inputShape.extent,
      "the input is \(input.layout.channels)×\(input.layout.extent), the layer reads \(layer.inputShape)")
    precondition(
      output.layout.channels == layer.outputFeatures && output.layout.extent.area == 1,
      "the output is \(output.layout.channels)×\(output.layout.extent), the layer's has \(layer.outputFeatures)")
    precondition(output.images == input.images, "\(input.images) images into \(output.images)")
    parallel(columns: (layer.outputBlocks + layer.panelBlocks - 1) / layer.panelBlocks) { _, panel, _ in
      let first = panel * layer.panelBlocks
      fullyConnect(layer, input, into: output, blocks: first..<min(first + layer.panelBlocks, layer.outputBlocks))
    }
  }

  /// One panel: the images of a group share each weight that is read, groups find each chain's in the cache.
  private func fullyConnect(
    _ layer: PackedFullyConnected, _ input: BlockedView, into output: BlockedView, blocks: Range<Int>
  ) {
    // For `maximumPanelBlocks` blocks; a temporary allocation of so many floats would come from the heap.
    if input.images == 1 {
      var sums = InlineArray<512, Float>(repeating: 0)
      var span = sums.mutableSpan
      span.withUnsafeMutableBufferPointer { fullyConnect(layer, input, group: 1, into: output, blocks: blocks, $0) }
    } else {
      var sums = InlineArray<4096, Float>(repeating: 0)
      var span = sums.mutableSpan
      span.withUnsafeMutableBufferPointer { fullyConnect(layer, input, group: 8, into: output, blocks: blocks, $0) }
    }
    if layer.activation == nil { return }
    let function = layer.activation.kernel
    for image in 0..<input.images {
      for block in blocks {
        let line = output.interior(image: image, block: block)
        kernels.pointee.activate(function, line, line, 1)
      }
    }
  }

  /// `group`: how many images at a time. `sums`: memory for the sums of a group.
  private func fullyConnect(
    _ layer: PackedFullyConnected, _ input: BlockedView, group: Int, into output: BlockedView, blocks: Range<Int>,
    _ sums: UnsafeMutableBufferPointer<Float>
  ) {
    let lanes = BlockedLayout.lanes
    let width = blocks.count * lanes
    let area = input.layout.extent.area
    let weights = layer.weights.floats + blocks.lowerBound * lanes * layer.inputBlocks * area * lanes
    precondition(group * width <= sums.count, "a panel of \(width) outputs")
    guard let sums = sums.baseAddress else { return }
    for chain in stride(from: 0, to: layer.inputBlocks, by: layer.blocksPerChain) {
      let planes = chain..<min(chain + layer.blocksPerChain, layer.inputBlocks)
      for first in stride(from: 0, to: input.images, by: group) {
        let images = first..<min(first + group, input.images)
        for image in 0..<images.count {
          if chain == 0 {
            (sums + image * width).update(from: layer.bias.floats + blocks.lowerBound * lanes, count: width)
          } else {
            (sums + image * width).update(repeating: 0, count: width)
          }
        }
        accumulate(
          input, images: images, planes: planes, weights + chain * area * lanes * width, blocks: blocks.count, sums)
        for image in images {
          for block in blocks {
            let line = output.interior(image: image, block: block)
            let from = sums + (image - first) * width + (block - blocks.lowerBound) * lanes
            for lane in 0..<lanes { line[lane] = chain == 0 ? from[lane] : line[lane] + from[lane] }
          }
        }
      }
    }
  }

  /// Some channel blocks of some images times their weights.
  private func accumulate(
    _ input: BlockedView, images: Range<Int>, planes: Range<Int>, _ weights: UnsafePointer<Float>, blocks: Int,
    _ sums: UnsafeMutablePointer<Float>
  ) {
    let lanes = BlockedLayout.lanes
    let image = images.lowerBound
    let layout = input.layout
    // Without a halo all of the blocks lie in one piece, else each row does.
    let isCompact = layout.halo.isNone
    let pieces = isCompact ? 1 : planes.count * layout.extent.height
    let pieceFloats = (isCompact ? planes.count * layout.extent.area : layout.extent.width) * lanes
    for piece in 0..<pieces {
      let source =
        isCompact
        ? input.interior(image: image, block: planes.lowerBound)
        : input.row(
          piece % layout.extent.height, image: image, block: planes.lowerBound + piece / layout.extent.height)
      let most = Int(ZOO_ACCUMULATED_INPUTS)
      for start in stride(from: 0, to: pieceFloats, by: most) {
        kernels.pointee.accumulate(
          source + start, input.imageStride, images.count, min(most, pieceFloats - start),
          weights + (piece * pieceFloats + start) * blocks * lanes, blocks, sums)
      }
    }
  }
}
