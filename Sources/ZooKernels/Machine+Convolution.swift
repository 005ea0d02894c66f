internal import CZooKernels
import ZooTensor

extension Machine {
  /// `output = f(bias + weights ∗ input + addend)`, directly. An output is one chain of fused multiply-adds that starts
  /// from the bias; the order is channel block, kernel row, kernel column, channel within the block. Then comes the
  /// addend. A reduction of more than 4608 steps is cut into chains of as many whole blocks as fit; the later ones
  /// start from zero and are added one after the other, after the addend. Where each channel has a filter of its own,
  /// one chain over the taps is all there is. In groups whose channels are no multiples of 16, the order is part of the
  /// group's inputs, kernel row, input, kernel column; see `NarrowGroups`. Chains are made of parts. `input`:
  /// `geometry.input` with at least `geometry.requiredHalo` around it. `addend`: a map of the output's channels and
  /// extent with any halo; may be the output itself.
  public func convolve(
    _ convolution: PackedConvolution, _ input: BlockedView, adding addend: BlockedView? = nil,
    into output: BlockedView
  ) {
    precondition(convolution.inputForm == .blocked, "the convolution was packed for planar input")
    convolve(convolution, ConvolutionInput(input, for: convolution.geometry), adding: addend, into: output)
  }

  /// As above, from planar images; the order is channel, kernel row, kernel column.
  public func convolve(
    _ convolution: PackedConvolution, planar input: PlanarView, adding addend: BlockedView? = nil,
    into output: BlockedView
  ) {
    precondition(convolution.inputForm == .planar, "the convolution was packed for blocked input")
    convolve(convolution, ConvolutionInput(input, for: convolution.geometry), adding: addend, into: output)
  }

  private func convolve(
    _ convolution: PackedConvolution, _ input: ConvolutionInput, adding addend: BlockedView?, into output: BlockedView
  ) {
    let geometry = convolution.geometry
    precondition(
      output.layout.channels == geometry.outputChannels && output.layout.extent == geometry.output,
      "the output is \(output.layout.channels)×\(output.layout.extent), the convolution \(geometry)")
    precondition(output.images == input.images, "\(input.images) images into \(output.images)")
    if let addend { precondition(addend.hasShape(of: output), "the addend is not of the output's shape") }
    if convolution.panels.isDepthwise {
      return convolveDepthwise(convolution, input, adding: addend, into: output)
    }
    if let order = convolution.narrowGroups {
      return convolve(convolution, order, input, adding: addend, into: output)
    }

    // Where maps are single pixels, a tile takes one of several images.
    let isBatch = geometry.output.area == 1
    // Where pixels follow each other without a gap, short rows are joined.
    let joined =
      isBatch || !geometry.readsPixelByPixel || !input.isCompact || !output.layout.halo.isNone
        || addend.map { !$0.layout.halo.isNone } ?? false
      ? 1 : PixelGrid.joinedRows(of: geometry.output, kernels)
    let rows = isBatch ? 1 : geometry.output.height / joined
    let grid =
      isBatch
      ? PixelGrid(
        columns: input.images, input: .init(column: input.imageStride), output: output.strides(isBatch: true))
      : PixelGrid(
        columns: joined * geometry.output.width,
        input: .init(
          row: joined * geometry.stride.height * input.rowStride, column: geometry.stride.width * input.pixelStride),
        output: output.strides(isBatch: false, joinedRows: joined))
    let rowsPerTile = ConvolutionTiles.rowsPerTile(kernels, rows: rows, columns: grid.columns)
    let chunks = ConvolutionChunks(
      convolution.panels, images: isBatch ? 1 : input.images, rows: rows, columns: grid.columns,
      rowsPerUnit: rowsPerTile, threads: pool.threadCount)
    let shape = input.shape(geometry)
    let tiles = ConvolutionTiles(kernels, isPlanar: convolution.inputForm == .planar, grid: grid, shape: shape)
    parallel(rows: chunks.panelCount, columns: chunks.rowCount) { panels, rows, _ in
      let chunk = chunks[panels, rows]
      var tiles = tiles
      tiles.upcoming = upcomingWeights(
        row: panels, column: rows, rows: chunks.panelCount, columns: chunks.rowCount)
      convolve(
        convolution, chunk, &tiles, rowsPerTile: rowsPerTile, joinedRows: joined, input, adding: addend, into: output)
      if !convolution.activation.isFused {
        activate(convolution.activation, chunk, grid, blocksPerGroup: convolution.panels.blocksPerGroup, output)
      }
    }
  }

  func convolve(
    _ convolution: PackedConvolution, _ chunk: ConvolutionChunks.Chunk, _ tiles: inout ConvolutionTiles,
    rowsPerTile: Int, joinedRows: Int, _ input: ConvolutionInput, adding addend: BlockedView?, into output: BlockedView
  ) {
    let isBatch = convolution.geometry.output.area == 1
    let panels = convolution.panels
    let fused = (convolution.activation.isFused ? convolution.activation : nil).kernel
    let identity = Activation?.none.kernel
    let tileBlocks = Int(kernels.pointee.tile_channels) / BlockedLayout.lanes
    let image = input.corner + chunk.image * input.imageStride
    let zeros = UnsafePointer(convolution.bias.floats + convolution.bias.count - 2 * BlockedLayout.lanes)
    tiles.shape.weight_block = panels.blockFloats
    // As many planes at a time as have weights that stay near while the rows go by, if the output can hold sums
    // meanwhile.
    let isSplit = panels.planesPerGroup <= convolution.planesPerChain && addend?.base != output.base
    let planesPerPass =
      isSplit
      ? max(1, Int(kernels.pointee.pass_steps) / panels.stepsPerPlane) : convolution.planesPerChain
    for block in stride(from: chunk.blocks.lowerBound, to: chunk.blocks.upperBound, by: tileBlocks) {
      let blocks = min(tileBlocks, chunk.blocks.upperBound - block)
      let outputBlock = chunk.group * panels.blocksPerGroup + block
      let target = output.interior(image: chunk.image, block: outputBlock)
      for plane in stride(from: 0, to: panels.planesPerGroup, by: planesPerPass) {
        let isLast = plane + planesPerPass >= panels.planesPerGroup
        tiles.shape.planes = min(planesPerPass, panels.planesPerGroup - plane)
        tiles.shape.last_lanes = isLast ? panels.lanesOfLastPlane : BlockedLayout.lanes
        tiles.shape.continues = isSplit && plane > 0
        tiles.shape.activation = isLast ? fused : identity
        let isLaterChain = !isSplit && plane > 0
        let addend: (UnsafePointer<Float>, PixelGrid.Strides)? =
          if isLaterChain {
            (UnsafePointer(target), tiles.grid.output)
          } else if isSplit && !isLast {
            nil
          } else {
            addend.map {
              (
                UnsafePointer($0.interior(image: chunk.image, block: outputBlock)),
                $0.strides(isBatch: isBatch, joinedRows: joinedRows)
              )
            }
          }
        let weights = convolution.weights.floats
        tiles.run(
          rows: chunk.rows, rowsPerTile: rowsPerTile, blocks: blocks,
          input: image + (chunk.group * panels.planesPerGroup + plane) * input.planeStride,
          weights: weights + panels.offset(group: chunk.group, block: block, plane: plane),
          next: weights
            + panels.offset(
              group: chunk.group, block: isLast ? block + blocks : block, plane: isLast ? 0 : plane + planesPerPass),
          bias: isLaterChain ? zeros : UnsafePointer(convolution.bias.floats + outputBlock * BlockedLayout.lanes),
          addend: addend, output: target)
      }
    }
  }

  /// The second pass, for functions that are not applied in registers.
  func activate(
    _ activation: Activation?, _ chunk: ConvolutionChunks.Chunk, _ grid: PixelGrid, blocksPerGroup: Int,
    _ output: BlockedView
  ) {
    let isRow = grid.output.column == BlockedLayout.lanes
    for block in chunk.blocks {
      let target = output.interior(image: chunk.image, block: chunk.group * blocksPerGroup + block)
      for row in chunk.rows {
        for column in 0..<(isRow ? 1 : grid.columns) {
          let line = target + row * grid.output.row + column * grid.output.column
          kernels.pointee.activate(activation.kernel, line, line, isRow ? grid.columns : 1)
        }
      }
    }
  }
}
