internal import CZooKernels
import ZooTensor

/// The inputs of one phase of both sides.
struct DataGradientPhase: @unchecked Sendable {
  let kernels: UnsafePointer<zoo_kernels>
  let layer: PackedConvolution
  let rows: DataGradientSchedule.Phase
  let columns: DataGradientSchedule.Phase
  let panels: WeightPanels
  let weights: UnsafeMutablePointer<Float>
  let outputGradient: BlockedView
  let addend: BlockedView?
  let inputGradient: BlockedView
  /// Whether a tile takes the phase's only pixel of several images.
  private let isBatch: Bool
  /// How many rows of the map are one of the grid.
  private let joinedRows: Int
  private let chunks: ConvolutionChunks
  private let rowsPerTile: Int
  private let tiles: ConvolutionTiles

  private static var lanes: Int { BlockedLayout.lanes }
  /// See `Machine.dataGradient`.
  private static let stepsPerChain = 256

  init(
    kernels: UnsafePointer<zoo_kernels>, layer: PackedConvolution, schedule: DataGradientSchedule, row: Int,
    column: Int, weights: UnsafeMutablePointer<Float>, outputGradient: BlockedView, addend: BlockedView?,
    inputGradient: BlockedView
  ) {
    self.kernels = kernels
    self.layer = layer
    let (rows, columns) = (schedule.rows[row], schedule.columns[column])
    (self.rows, self.columns) = (rows, columns)
    panels = schedule.panels(rows, columns)
    self.weights = weights
    self.outputGradient = outputGradient
    self.addend = addend
    self.inputGradient = inputGradient
    let gradient = outputGradient.layout
    isBatch = rows.count * columns.count == 1
    let isCompact =
      layer.geometry.readsPixelByPixel && gradient.halo.isNone && inputGradient.layout.halo.isNone
      && addend?.layout.halo.isNone ?? true
    joinedRows = isCompact && !isBatch ? PixelGrid.joinedRows(of: layer.geometry.input, kernels) : 1
    let gridRows = rows.count / joinedRows
    let grid = PixelGrid(
      columns: isBatch ? outputGradient.images : joinedRows * columns.count,
      input: isBatch
        ? .init(column: outputGradient.imageStride)
        : .init(row: joinedRows * gradient.rowStride, column: Self.lanes),
      output: Self.strides(of: inputGradient, rows, columns, isBatch: isBatch, joinedRows: joinedRows))
    rowsPerTile = ConvolutionTiles.rowsPerTile(kernels, rows: gridRows, columns: grid.columns)
    let panelsOfWork = panels.steps == 0 ? schedule.panels.transposed(taps: 1) : panels
    let images = isBatch ? 1 : outputGradient.images
    chunks =
      panels.isDepthwise
      ? ConvolutionChunks(
        depthwise: panelsOfWork, images: images, rows: gridRows, columns: grid.columns, threads: 1)
      : ConvolutionChunks(
        panelsOfWork, images: images, rows: gridRows, columns: grid.columns, rowsPerUnit: rowsPerTile, threads: 1)
    var shape = zoo_convolution()
    shape.plane_stride = gradient.blockStride
    shape.rows = rows.taps
    shape.row_stride = rows.outputStep * gradient.rowStride
    shape.columns = columns.taps
    shape.column_stride = columns.outputStep * Self.lanes
    shape.weight_block = panels.blockFloats
    shape.activation = Activation?.none.kernel
    tiles = ConvolutionTiles(kernels, isPlanar: false, grid: grid, shape: shape)
  }

  /// The strides of the phase's pixels.
  private static func strides(
    of view: BlockedView, _ rows: DataGradientSchedule.Phase, _ columns: DataGradientSchedule.Phase, isBatch: Bool,
    joinedRows: Int
  ) -> PixelGrid.Strides {
    isBatch
      ? PixelGrid.Strides(column: view.imageStride, block: view.layout.blockStride)
      : PixelGrid.Strides(
        row: joinedRows * rows.step * view.layout.rowStride, column: columns.step * lanes,
        block: view.layout.blockStride)
  }

  /// The phase's first pixel.
  private func first(of view: BlockedView, image: Int, block: Int) -> UnsafeMutablePointer<Float> {
    view.row(rows.first, image: image, block: block) + columns.first * Self.lanes
  }

  func transposeWeights(group: Int, inputBlock: Int, outputBlock: Int) {
    let lanes = Self.lanes
    let source = layer.panels
    if source.isDepthwise { return reverseTaps(ofBlock: inputBlock) }
    let isPlanar = source.depth == 1
    let first =
      layer.weights.floats
      + source.offset(group: group, block: outputBlock, plane: isPlanar ? inputBlock * lanes : inputBlock)
    let inputs = isPlanar ? min(lanes, source.planesPerGroup - inputBlock * lanes) : lanes
    var target = weights + panels.offset(group: group, block: inputBlock, plane: outputBlock)
    forEachTap { tap in
      zoo_interleave(
        first + tap * source.depth * lanes, isPlanar ? source.stepsPerPlane * lanes : lanes, inputs, target, lanes)
      target += lanes * lanes
    }
  }

  /// Of channels with filters of their own, there is nothing to transpose.
  private func reverseTaps(ofBlock block: Int) {
    let first = layer.weights.floats + layer.panels.offset(group: 0, block: block, plane: 0)
    var target = weights + panels.offset(group: 0, block: block, plane: 0)
    forEachTap { tap in
      target.update(from: first + tap * Self.lanes, count: Self.lanes)
      target += Self.lanes
    }
  }

  /// The phase's taps in the order of the gradient's pixels.
  private func forEachTap(_ body: (_ tap: Int) -> Void) {
    for row in 0..<rows.taps {
      for column in 0..<columns.taps {
        body(
          (rows.lastTap - row * rows.tapStep) * layer.geometry.kernel.width + columns.lastTap
            - column * columns.tapStep)
      }
    }
  }

  var chunkCount: Int { chunks.panelCount * chunks.rowCount }

  func compute(chunk index: Int) {
    let (panelIndex, rowIndex) = index.quotientAndRemainder(dividingBy: chunks.rowCount)
    let chunk = chunks[panelIndex, rowIndex]
    if panels.steps == 0 { return fill(chunk) }
    if panels.isDepthwise { return computeDepthwise(chunk) }
    let tileBlocks = Int(kernels.pointee.tile_channels) / Self.lanes
    let zeros = UnsafePointer(layer.bias.floats + layer.bias.count - 2 * Self.lanes)
    let planesPerChain = max(1, Self.stepsPerChain / panels.stepsPerPlane)
    let source =
      outputGradient.interior(image: chunk.image, block: chunk.group * panels.planesPerGroup)
      + rows.firstOutput * outputGradient.layout.rowStride + columns.firstOutput * Self.lanes
    var tiles = tiles
    for block in stride(from: chunk.blocks.lowerBound, to: chunk.blocks.upperBound, by: tileBlocks) {
      let blocks = min(tileBlocks, chunk.blocks.upperBound - block)
      let inputBlock = chunk.group * panels.blocksPerGroup + block
      let target = first(of: inputGradient, image: chunk.image, block: inputBlock)
      for plane in stride(from: 0, to: panels.planesPerGroup, by: planesPerChain) {
        let isLast = plane + planesPerChain >= panels.planesPerGroup
        tiles.shape.planes = min(planesPerChain, panels.planesPerGroup - plane)
        tiles.shape.last_lanes = isLast ? panels.lanesOfLastPlane : Self.lanes
        let addend: (UnsafePointer<Float>, PixelGrid.Strides)? =
          plane > 0
          ? (UnsafePointer(target), tiles.grid.output)
          : addend.map {
            (
              UnsafePointer(first(of: $0, image: chunk.image, block: inputBlock)),
              Self.strides(of: $0, rows, columns, isBatch: isBatch, joinedRows: joinedRows)
            )
          }
        tiles.run(
          rows: chunk.rows, rowsPerTile: rowsPerTile, blocks: blocks,
          input: source + plane * outputGradient.layout.blockStride,
          weights: weights + panels.offset(group: chunk.group, block: block, plane: plane),
          next: weights
            + panels.offset(
              group: chunk.group, block: isLast ? block + blocks : block,
              plane: isLast ? 0 : plane + planesPerChain), bias: zeros, addend: addend, output: target)
      }
    }
  }

  private func computeDepthwise(_ chunk: ConvolutionChunks.Chunk) {
    let gradient = outputGradient.layout
    let addendStrides = addend.map { Self.strides(of: $0, rows, columns, isBatch: isBatch, joinedRows: joinedRows) }
    var shape = zoo_depthwise(
      taps: Extent(height: rows.taps, width: columns.taps), row: tiles.shape.row_stride,
      column: tiles.shape.column_stride, input: tiles.grid.input, output: tiles.grid.output, addend: addendStrides)
    let zeros = UnsafePointer(layer.bias.floats + layer.bias.count - 2 * Self.lanes)
    let firstRow = chunk.rows.lowerBound
    for block in chunk.blocks {
      let source =
        outputGradient.interior(image: chunk.image, block: block) + rows.firstOutput * gradient.rowStride
        + columns.firstOutput * Self.lanes + firstRow * tiles.grid.input.row
      let target = first(of: inputGradient, image: chunk.image, block: block) + firstRow * tiles.grid.output.row
      let added = addend.map {
        UnsafePointer(first(of: $0, image: chunk.image, block: block) + firstRow * (addendStrides?.row ?? 0))
      }
      kernels.pointee.depthwise(
        &shape, source, weights + panels.offset(group: 0, block: block, plane: 0), zeros, added, target,
        chunk.rows.count, tiles.grid.columns)
    }
  }

  /// What nothing reads has the gradient zero.
  private func fill(_ chunk: ConvolutionChunks.Chunk) {
    if let addend, addend.base == inputGradient.base { return }
    for block in chunk.blocks {
      let inputBlock = chunk.group * panels.blocksPerGroup + block
      for row in chunk.rows {
        for column in 0..<tiles.grid.columns {
          let target =
            first(of: inputGradient, image: chunk.image, block: inputBlock) + row * tiles.grid.output.row
            + column * tiles.grid.output.column
          guard let addend else {
            target.update(repeating: 0, count: Self.lanes)
            continue
          }
          let strides = Self.strides(of: addend, rows, columns, isBatch: isBatch, joinedRows: joinedRows)
          target.update(
            from: first(of: addend, image: chunk.image, block: inputBlock) + row * strides.row
              + column * strides.column, count: Self.lanes)
        }
      }
    }
  }
}
