internal import CZooKernels
import ZooTensor

extension ConvolutionGeometry {
  /// Whether a depthwise convolution can compute what it reads itself, by a convolution of this geometry.
  package var expands: Bool { readsPixelByPixel && groups == 1 }
}

/// How a depthwise convolution and the convolution before it are cut: into bands of output rows, whose input rows are computed
/// again where bands meet, and parts of the channels.
private struct ExpandedBands {
  let geometry: ConvolutionGeometry
  let bands: Parts
  let parts: BlockParts

  /// What a band of one unit's channels, and that of the input, may take of the second-level cache, in bytes.
  private static let cache = 256 << 10
  /// Into how many chunks at least the work of an image is cut, if it can be.
  private static let fewest = 8

  /// `blocks`: of channels in a unit, which are computed together.
  init(_ geometry: ConvolutionGeometry, inputBlocks: Int, blocks: Int, images: Int, threads: Int) {
    self.geometry = geometry
    let lineBytes = BlockedLayout.lanes * MemoryLayout<Float>.size
    let rowBytes = lineBytes * max(blocks * Self.width(geometry), inputBlocks * geometry.input.width)
    let rows = geometry.output.height
    let most = (Self.cache / rowBytes - Self.window(geometry)) / geometry.stride.height + 1
    bands = Parts(rows, atMost: max(1, most), images: images, threads: threads)
    parts = BlockParts(
      (geometry.outputChannels + BlockedLayout.lanes - 1) / BlockedLayout.lanes, blocksPerUnit: blocks,
      parts: (Self.fewest + bands.count - 1) / bands.count, shares: images * bands.count < threads ? threads : 1)
  }

  /// The columns of a row with its padding.
  static func width(_ geometry: ConvolutionGeometry) -> Int {
    geometry.requiredHalo.left + geometry.input.width + geometry.requiredHalo.right
  }

  /// The rows that a row of the output reads.
  private static func window(_ geometry: ConvolutionGeometry) -> Int {
    (geometry.kernel.height - 1) * geometry.dilation.height + 1
  }

  /// The rows that a full band reads, those of the padding included.
  var inputRows: Int { (bands.longest - 1) * geometry.stride.height + Self.window(geometry) }
}

extension PackedConvolution {
  /// The memory that a depthwise convolution needs, in floats, to compute what it reads: each thread has a band of some
  /// channels. `expansion`: the convolution before.
  package func expandedFloats(after expansion: PackedConvolution, threads: Int) -> Int {
    // The widest tile of all instruction sets has two blocks.
    let floats = (1...2).map { blocks in
      let bands = ExpandedBands(
        geometry, inputBlocks: expansion.panels.planesPerGroup, blocks: blocks, images: 1, threads: 1)
      return blocks * (bands.inputRows + 1) * ExpandedBands.width(geometry) * BlockedLayout.lanes
    }
    return threads * (floats.max() ?? 0)
  }
}

extension Machine {
  /// `output = f(bias + weights ∗ g(input) + addend)`, where `g` is a convolution of single pixels and the other
  /// depthwise; the numbers are those of two steps, but the map between them, which is the widest of an inverted
  /// residual (Sandler et al., 2018), is only ever in a cache. Precondition: `expansion.geometry.expands`,
  /// `depthwise.geometry.isDepthwise`. `input`: `expansion.geometry.input` with any halo. `addend`: a map of the
  /// output's channels and extent with any halo; may be the output itself. `scratch`:
  /// `depthwise.expandedFloats(after:threads:)` floats, aligned to 64 bytes.
  package func convolve(
    _ depthwise: PackedConvolution, after expansion: PackedConvolution, _ input: BlockedView,
    adding addend: BlockedView? = nil, into output: BlockedView, scratch: UnsafeMutablePointer<Float>
  ) {
    let (geometry, first) = (depthwise.geometry, expansion.geometry)
    precondition(geometry.isDepthwise && depthwise.inputForm == .blocked, "\(geometry) is not depthwise")
    precondition(
      first.expands && expansion.inputForm == .blocked && first.outputChannels == geometry.inputChannels
        && first.output == geometry.input, "\(first) does not make the input of \(geometry)")
    precondition(
      output.layout.channels == geometry.outputChannels && output.layout.extent == geometry.output
        && output.images == input.images, "the output is \(output.layout.channels)×\(output.layout.extent)")
    if let addend { precondition(addend.hasShape(of: output), "the addend is not of the output's shape") }

    let source = ConvolutionInput(input, for: first)
    let lanes = BlockedLayout.lanes
    let unitBlocks = Int(kernels.pointee.tile_channels) / lanes
    let bands = ExpandedBands(
      geometry, inputBlocks: expansion.panels.planesPerGroup, blocks: unitBlocks, images: input.images,
      threads: pool.threadCount)
    let layout = BlockedLayout(
      channels: unitBlocks * lanes, extent: Extent(height: bands.inputRows, width: first.output.width),
      halo: Padding(
        top: 0, left: geometry.requiredHalo.left, bottom: 0, right: geometry.requiredHalo.right))
    let grid = PixelGrid(
      columns: first.output.width, input: .init(row: source.rowStride, column: lanes),
      output: .init(row: layout.rowStride, column: lanes, block: layout.blockStride))
    let rowsPerTile = ConvolutionTiles.rowsPerTile(kernels, rows: first.output.height, columns: grid.columns)
    let tiles = ConvolutionTiles(kernels, isPlanar: false, grid: grid, shape: source.shape(first))
    let filter = DepthwiseFilter(
      depthwise, input: .init(row: layout.rowStride, column: lanes), adding: addend, into: output)
    let floats = depthwise.expandedFloats(after: expansion, threads: 1)
    nonisolated(unsafe) let scratch = scratch
    let columns = input.images * bands.bands.count
    parallel(rows: bands.parts.count, columns: columns) { part, column, thread in
      let (image, band) = column.quotientAndRemainder(dividingBy: bands.bands.count)
      let rows = bands.bands[band]
      // Row 0 of the band's memory is this row of the map, which may lie in the padding.
      let top = rows.lowerBound * geometry.stride.height - geometry.padding.top
      let end = min(top + bands.inputRows, first.output.height)
      let mapRows = max(0, top)..<max(0, top, end)
      let memory = scratch + thread * floats
      BlockedView(memory, layout: layout).clearAround(rows: mapRows.lowerBound - top..<mapRows.upperBound - top)
      let blocks = bands.parts[part]
      var tiles = tiles
      tiles.upcoming = upcomingWeights(row: part, column: column, rows: bands.parts.count, columns: columns)
      for block in stride(from: blocks.lowerBound, to: blocks.upperBound, by: unitBlocks) {
        let unit = block..<min(blocks.upperBound, block + unitBlocks)
        let chunk = ConvolutionChunks.Chunk(group: 0, blocks: unit, image: image, rows: mapRows)
        filter.fetchWeights(ofBlocks: unit)
        // For whoever counts rows, blocks and images from the first of all.
        let target = BlockedView(
          memory - top * layout.rowStride - unit.lowerBound * layout.blockStride, layout: layout, imageStride: 0)
        convolve(expansion, chunk, &tiles, rowsPerTile: rowsPerTile, joinedRows: 1, source, adding: nil, into: target)
        if !expansion.activation.isFused {
          activate(expansion.activation, chunk, grid, blocksPerGroup: expansion.panels.blocksPerGroup, target)
        }
        for block in unit {
          filter.run(
            kernels, block: block, image: image, rows: rows,
            input: UnsafePointer(memory) + (block - unit.lowerBound) * layout.blockStride
              - rows.lowerBound * geometry.stride.height * layout.rowStride)
        }
      }
    }
  }
}

extension BlockedView {
  /// Sets to zero what lies around some rows, to all sides.
  fileprivate func clearAround(rows: Range<Int>) {
    let (left, right) = (layout.halo.left * BlockedLayout.lanes, layout.halo.right * BlockedLayout.lanes)
    for block in 0..<layout.blocks {
      for row in 0..<layout.extent.height {
        let start = base + block * layout.blockStride + row * layout.rowStride
        if rows.contains(row) {
          start.update(repeating: 0, count: left)
          (start + layout.rowStride - right).update(repeating: 0, count: right)
        } else {
          start.update(repeating: 0, count: layout.rowStride)
        }
      }
    }
  }
}
