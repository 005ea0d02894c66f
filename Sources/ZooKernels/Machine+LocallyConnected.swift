internal import CZooKernels
import ZooTensor

extension Machine {
  /// As `convolve`, in the same order but always in one chain, with weights and a bias that depend on the position.
  public func locallyConnect(_ layer: PackedLocallyConnected, _ input: BlockedView, into output: BlockedView) {
    let geometry = layer.geometry
    let panels = layer.panels
    let input = ConvolutionInput(input, for: geometry)
    precondition(
      output.layout.channels == geometry.outputChannels && output.layout.extent == geometry.output
        && output.images == input.images,
      "the output is \(output.layout.channels)×\(output.layout.extent), the layer \(geometry)")
    var shape = input.shape(geometry)
    shape.planes = panels.planesPerGroup
    shape.last_lanes = panels.lanesOfLastPlane
    shape.weight_block = panels.blockFloats
    shape.activation = (layer.activation.isFused ? layer.activation : nil).kernel
    // A tile takes one position of several images.
    let tiles = ConvolutionTiles(
      kernels, isPlanar: false,
      grid: PixelGrid(
        columns: input.images, input: .init(column: input.imageStride), output: output.strides(isBatch: true)),
      shape: shape)
    let tileBlocks = Int(kernels.pointee.tile_channels) / BlockedLayout.lanes
    parallel(columns: geometry.output.area) { _, position, _ in
      var tiles = tiles
      let (row, column) = (position / geometry.output.width, position % geometry.output.width)
      let window =
        input.corner + row * geometry.stride.height * input.rowStride
        + column * geometry.stride.width * input.pixelStride
      let weights = UnsafePointer(layer.weights.floats) + position * panels.floatCount
      for block in stride(from: 0, to: panels.blocksPerGroup, by: tileBlocks) {
        let blocks = min(tileBlocks, panels.blocksPerGroup - block)
        tiles.run(
          rows: 0..<1, rowsPerTile: 1, blocks: blocks, input: window,
          weights: weights + panels.offset(group: 0, block: block, plane: 0),
          next: weights + panels.offset(group: 0, block: block + blocks, plane: 0),
          bias: layer.bias.floats + (position * panels.blocksPerGroup + block) * BlockedLayout.lanes, addend: nil,
          output: output.row(row, image: 0, block: block) + column * BlockedLayout.lanes)
      }
      if layer.activation.isFused { return }
      for image in 0..<input.images {
        for block in 0..<panels.blocksPerGroup {
          let line = output.row(row, image: image, block: block) + column * BlockedLayout.lanes
          kernels.pointee.activate(layer.activation.kernel, line, line, 1)
        }
      }
    }
  }
}
