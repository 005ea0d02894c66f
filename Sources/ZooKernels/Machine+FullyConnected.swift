internal import CZooKernels

extension Machine {
  /// `output = f(weights · input + bias)`, without the weights of inputs that are zero.
  ///
  /// Inputs are taken in blocked order (channel block, row, column, channel within the block), as many whole blocks at
  /// a time as have 256 inputs, but at least one: a chain of fused multiply-adds each, the first from the bias, the
  /// others from zero, their results added in order. (One chain over 25088 inputs would lose two digits.)
  ///
  /// - Parameters:
  ///   - input: a map of the layer's input shape with any halo, or a vector
  ///   - output: a vector of `outputFeatures`
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

  /// One panel: each chain's weights come from memory for the first image and from the cache for the others.
  private func fullyConnect(
    _ layer: PackedFullyConnected, _ input: BlockedView, into output: BlockedView, blocks: Range<Int>
  ) {
    let lanes = BlockedLayout.lanes
    let width = blocks.count * lanes
    let area = input.layout.extent.area
    let weights = layer.weights.floats + blocks.lowerBound * lanes * layer.inputBlocks * area * lanes
    // For `maximumPanelBlocks` blocks; a temporary allocation of so many floats would come from the heap.
    var memory = InlineArray<512, Float>(repeating: 0)
    precondition(width <= memory.count, "a panel of \(width) outputs")
    var span = memory.mutableSpan
    span.withUnsafeMutableBufferPointer { sums in
      guard let sums = sums.baseAddress else { return }
      for chain in stride(from: 0, to: layer.inputBlocks, by: layer.blocksPerChain) {
        let planes = chain..<min(chain + layer.blocksPerChain, layer.inputBlocks)
        for image in 0..<input.images {
          if chain == 0 {
            sums.update(from: layer.bias.floats + blocks.lowerBound * lanes, count: width)
          } else {
            sums.update(repeating: 0, count: width)
          }
          accumulate(
            input, image: image, planes: planes, weights + chain * area * lanes * width, blocks: blocks.count, sums)
          for block in blocks {
            let line = output.interior(image: image, block: block)
            let from = sums + (block - blocks.lowerBound) * lanes
            for lane in 0..<lanes { line[lane] = chain == 0 ? from[lane] : line[lane] + from[lane] }
          }
        }
      }
    }
    guard layer.nonlinearity != .identity else { return }
    for image in 0..<input.images {
      for block in blocks {
        let line = output.interior(image: image, block: block)
        kernels.pointee.activate(layer.nonlinearity.activation, layer.nonlinearity.slope, line, line, 1)
      }
    }
  }

  /// Some channel blocks of an image times their weights.
  private func accumulate(
    _ input: BlockedView, image: Int, planes: Range<Int>, _ weights: UnsafePointer<Float>, blocks: Int,
    _ sums: UnsafeMutablePointer<Float>
  ) {
    let lanes = BlockedLayout.lanes
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
      for start in stride(from: 0, to: pieceFloats, by: 256) {
        kernels.pointee.accumulate(
          source + start, min(256, pieceFloats - start), weights + (piece * pieceFloats + start) * blocks * lanes,
          blocks,
          sums)
      }
    }
  }
}
