internal import CZooKernels
import ZooTensor

extension Machine {
  /// A convolution of each channel with a filter of its own; see `convolve(_:_:adding:into:)`.
  func convolveDepthwise(
    _ convolution: PackedConvolution, _ input: ConvolutionInput, adding addend: BlockedView?, into output: BlockedView
  ) {
    let geometry = convolution.geometry
    let filter = DepthwiseFilter(
      convolution, input: .init(row: input.rowStride, column: input.pixelStride), adding: addend, into: output)
    let chunks = ConvolutionChunks(
      depthwise: convolution.panels, images: input.images, rows: geometry.output.height, columns: geometry.output.width,
      threads: pool.threadCount)
    parallel(rows: chunks.panelCount, columns: chunks.rowCount) { part, rows, _ in
      let chunk = chunks[part, rows]
      for block in chunk.blocks {
        filter.run(
          kernels, block: block, image: chunk.image, rows: chunk.rows,
          input: input.corner + chunk.image * input.imageStride + block * input.planeStride)
      }
    }
  }
}

/// The rows of a depthwise convolution, block by block.
struct DepthwiseFilter: @unchecked Sendable {
  private let convolution: PackedConvolution
  private let shape: zoo_depthwise
  /// What is applied to a row afterwards.
  private let secondPass: zoo_activation?
  private let addend: BlockedView?
  private let output: BlockedView

  /// `input`: the distances of pixels that are read.
  init(
    _ convolution: PackedConvolution, input: PixelGrid.Strides, adding addend: BlockedView?, into output: BlockedView
  ) {
    let geometry = convolution.geometry
    var shape = zoo_depthwise(
      taps: geometry.kernel, row: geometry.dilation.height * input.row, column: geometry.dilation.width * input.column,
      input: PixelGrid.Strides(
        row: geometry.stride.height * input.row, column: geometry.stride.width * input.column),
      output: output.strides(isBatch: false), addend: addend?.strides(isBatch: false))
    secondPass = shape.apply(convolution.activation)
    self.shape = shape
    self.convolution = convolution
    self.addend = addend
    self.output = output
  }

  /// Fetches what `run` reads besides the input.
  func fetchWeights(ofBlocks blocks: Range<Int>) {
    let panels = convolution.panels
    let offset = panels.offset(group: 0, block: blocks.lowerBound, plane: 0)
    zoo_fetch(convolution.weights.floats + offset, blocks.count * panels.blockFloats)
    zoo_fetch(convolution.bias.floats + blocks.lowerBound * BlockedLayout.lanes, blocks.count * BlockedLayout.lanes)
  }

  /// Computes rows of a block. `input`: the first pixel of the first window of row 0.
  func run(
    _ kernels: UnsafePointer<zoo_kernels>, block: Int, image: Int, rows: Range<Int>, input: UnsafePointer<Float>
  ) {
    var shape = shape
    let width = convolution.geometry.output.width
    let weights = convolution.weights.floats + convolution.panels.offset(group: 0, block: block, plane: 0)
    let bias = convolution.bias.floats + block * BlockedLayout.lanes
    // A second pass follows each row, while that is in the first-level cache.
    let rowsPerCall = secondPass == nil ? rows.count : 1
    for row in stride(from: rows.lowerBound, to: rows.upperBound, by: max(1, rowsPerCall)) {
      let target = output.row(row, image: image, block: block)
      kernels.pointee.depthwise(
        &shape, input + row * shape.input_row, weights, bias,
        addend.map { UnsafePointer($0.row(row, image: image, block: block)) }, target, rowsPerCall, width)
      if let secondPass { kernels.pointee.activate(secondPass, target, target, width) }
    }
  }
}

extension zoo_depthwise {
  /// A kernel, how far apart its taps read, and the pixels, whose values are kept as they are.
  init(
    taps: Extent, row: Int, column: Int, input: PixelGrid.Strides, output: PixelGrid.Strides,
    addend: PixelGrid.Strides?
  ) {
    self.init(
      rows: taps.height, row_stride: row, columns: taps.width, column_stride: column, input_row: input.row,
      input_pixel: input.column, output_row: output.row, output_pixel: output.column, addend_row: addend?.row ?? 0,
      addend_pixel: addend?.column ?? 0, lower: -.infinity, upper: .infinity)
  }

  /// Lets the kernel apply a function that keeps values between bounds.
  ///
  /// - Returns: what is to be applied afterwards; `nil` where there is nothing.
  mutating func apply(_ activation: Activation?) -> zoo_activation? {
    guard let curve = activation?.curve else { return nil }
    guard case .bounds(let least, let most) = curve else { return activation.kernel }
    (lower, upper) = (least, most)
    return nil
  }
}

extension ConvolutionChunks {
  /// What a chunk should cost at least, in floating-point operations.
  private static let depthwiseWork = 100_000
  /// How many rows a chunk should have at least: most inputs are read for several rows.
  private static let depthwiseRows = 4

  /// For channels with filters of their own: some rows of two blocks, or all rows of more.
  init(depthwise panels: WeightPanels, images: Int, rows: Int, columns: Int, threads: Int) {
    groups = 1
    self.images = images
    self.rows = rows
    rowsPerUnit = 1
    let panelCount = panels.panelsPerGroup
    let rowWork = max(1, 2 * columns * 32 * panels.steps)
    let target = max(rowWork * rows * panelCount * images / 32, Self.depthwiseWork)
    let rowsPerChunk = max(1, min(rows, max(Self.depthwiseRows, target / rowWork)))
    let panelsPerChunk = rowsPerChunk < rows ? 1 : max(1, min(panelCount, target / (rowWork * max(1, rows))))
    rowParts = Parts(rows, atMost: rowsPerChunk, images: images, threads: threads).count
    self.panels = BlockParts(
      panels.blocksPerGroup, blocksPerUnit: 2, parts: (panelCount + panelsPerChunk - 1) / panelsPerChunk,
      shares: images * rowParts < threads ? threads : 1)
  }
}

extension ConvolutionGeometry {
  /// Whether each channel has a filter of its own, so that kernels multiply lanes with lanes.
  public var isDepthwise: Bool { groups > 1 && inputChannels == groups && outputChannels == groups }
}
