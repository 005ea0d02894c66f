internal import CZooKernels
import ZooTensor

/// What is done to a map while a convolution of single pixels reads it.
package enum ConvolutionPrologue: Sendable {
  /// `f(input · scale + shift)` per channel: a batch normalisation that could not be folded.
  case scale(ChannelScale, Activation?)
  /// The input times a number for each channel of each image, `[C, 1, 1]`.
  case gate(BlockedView)
}

extension ConvolutionGeometry {
  /// Whether a convolution can have a prologue: it reads pixel by pixel, maps of more than one.
  package var takesPrologue: Bool { readsPixelByPixel && groups == 1 && output.area > 1 }
}

extension PackedConvolution {
  /// The memory that a convolution with a prologue needs, in floats: each thread prepares the pixels of its chunk.
  package func prologueFloats(threads: Int) -> Int {
    let columns = max(PixelGrid.joinedPixels, geometry.output.width)
    return threads * max(Self.preparedFloats, 2 * columns * panels.planesPerGroup * BlockedLayout.lanes)
  }

  /// What the prepared pixels of a chunk may take of the second-level cache, in floats, but for one unit of rows.
  fileprivate static let preparedFloats = 32 << 10
}

extension Machine {
  /// `output = f(bias + weights ∗ g(input) + addend)`, where `g` is the prologue, directly; the numbers are those of
  /// two steps, but what `g` makes is only ever in a cache. Precondition: `geometry.takesPrologue`. `input`:
  /// `geometry.input` with any halo. `addend`: a map of the output's channels and extent with any halo; may be the
  /// output itself. `scratch`: `convolution.prologueFloats(threads:)` floats, aligned to 64 bytes.
  package func convolve(
    _ convolution: PackedConvolution, after prologue: ConvolutionPrologue, _ input: BlockedView,
    adding addend: BlockedView? = nil, into output: BlockedView, scratch: UnsafeMutablePointer<Float>
  ) {
    let geometry = convolution.geometry
    precondition(geometry.takesPrologue && convolution.inputForm == .blocked, "\(geometry) takes no prologue")
    precondition(
      input.layout.channels == geometry.inputChannels && input.layout.extent == geometry.input,
      "the input is \(input.layout.channels)×\(input.layout.extent), the convolution \(geometry)")
    precondition(
      output.layout.channels == geometry.outputChannels && output.layout.extent == geometry.output,
      "the output is \(output.layout.channels)×\(output.layout.extent), the convolution \(geometry)")
    precondition(output.images == input.images, "\(input.images) images into \(output.images)")
    if let addend { precondition(addend.hasShape(of: output), "the addend is not of the output's shape") }

    let lanes = BlockedLayout.lanes
    let isJoined = output.layout.halo.isNone && addend?.layout.halo.isNone ?? true
    let joined = isJoined ? PixelGrid.joinedRows(of: geometry.output, kernels) : 1
    let (rows, columns) = (geometry.output.height / joined, joined * geometry.output.width)
    let rowsPerTile = ConvolutionTiles.rowsPerTile(kernels, rows: rows, columns: columns)
    let rowFloats = convolution.panels.planesPerGroup * lanes * columns
    let chunks = ConvolutionChunks(
      convolution.panels, images: input.images, rows: rows, columns: columns, rowsPerUnit: rowsPerTile,
      threads: pool.threadCount, mostRows: PackedConvolution.preparedFloats / rowFloats)
    let grid = PixelGrid(
      columns: columns, input: .init(row: columns * lanes, column: lanes),
      output: output.strides(isBatch: false, joinedRows: joined))
    let floats = convolution.prologueFloats(threads: 1)
    nonisolated(unsafe) let scratch = scratch
    parallel(rows: chunks.panelCount, columns: chunks.rowCount) { panels, rows, thread in
      let chunk = chunks[panels, rows]
      let prepared = BlockedView(
        scratch + thread * floats,
        layout: BlockedLayout(
          channels: geometry.inputChannels,
          extent: Extent(height: chunk.rows.count * joined, width: geometry.output.width)))
      prepare(prologue, input, image: chunk.image, firstRow: chunk.rows.lowerBound * joined, into: prepared)
      let source = ConvolutionInput(prepared, rowsBefore: chunk.rows.lowerBound * joined)
      var tiles = ConvolutionTiles(kernels, isPlanar: false, grid: grid, shape: source.shape(geometry))
      tiles.upcoming = upcomingWeights(
        row: panels, column: rows, rows: chunks.panelCount, columns: chunks.rowCount)
      convolve(
        convolution, chunk, &tiles, rowsPerTile: rowsPerTile, joinedRows: joined, source, adding: addend, into: output)
      if !convolution.activation.isFused {
        activate(convolution.activation, chunk, grid, blocksPerGroup: convolution.panels.blocksPerGroup, output)
      }
    }
  }

  /// Applies a prologue to some rows of an image.
  private func prepare(
    _ prologue: ConvolutionPrologue, _ input: BlockedView, image: Int, firstRow: Int, into prepared: BlockedView
  ) {
    let extent = prepared.layout.extent
    // Where rows follow each other without a gap, they are one.
    let isOneRow = input.layout.halo.isNone
    let (rows, width) = isOneRow ? (1, extent.area) : (extent.height, extent.width)
    for block in 0..<prepared.layout.blocks {
      for row in 0..<rows {
        let from = input.row(firstRow + row, image: image, block: block)
        let to = prepared.row(row, image: 0, block: block)
        switch prologue {
        case .scale(let channels, let activation):
          kernels.pointee.scale(
            activation.kernel, channels.scale(block: block), channels.shift(block: block), from, to, width)
        case .gate(let factors):
          let factor = factors.interior(image: image, block: block)
          multiplyPixels((UnsafePointer(from), BlockedLayout.lanes), (UnsafePointer(factor), 0), into: to, width)
        }
      }
    }
  }
}
