internal import CZooKernels
import ZooTensor

extension Machine {
  /// A convolution of each channel with a filter of its own; see `convolve(_:_:adding:into:)`.
  func convolveDepthwise(
    _ convolution: PackedConvolution, _ input: ConvolutionInput, adding addend: BlockedView?, into output: BlockedView
  ) {
    let geometry = convolution.geometry
    let panels = convolution.panels
    let (width, stride) = (geometry.output.width, geometry.stride)
    var shape = zoo_depthwise(
      taps: geometry.kernel, row: geometry.dilation.height * input.rowStride,
      column: geometry.dilation.width * input.pixelStride,
      input: PixelGrid.Strides(row: stride.height * input.rowStride, column: stride.width * input.pixelStride),
      output: output.strides(isBatch: false), addend: addend?.strides(isBatch: false))
    let secondPass = shape.apply(convolution.activation)
    let fixedShape = shape
    let chunks = ConvolutionChunks(
      depthwise: panels, images: input.images, rows: geometry.output.height, columns: width)
    parallel(rows: chunks.panelCount, columns: chunks.rowCount) { part, rows, _ in
      let chunk = chunks[part, rows]
      var shape = fixedShape
      // A second pass follows each row, while that is in the first-level cache.
      let rowsPerCall = secondPass == nil ? chunk.rows.count : 1
      for block in chunk.blocks {
        let source = input.corner + chunk.image * input.imageStride + block * input.planeStride
        let weights = convolution.weights.floats + panels.offset(group: 0, block: block, plane: 0)
        let bias = convolution.bias.floats + block * BlockedLayout.lanes
        for row in Swift.stride(from: chunk.rows.lowerBound, to: chunk.rows.upperBound, by: rowsPerCall) {
          let target = output.row(row, image: chunk.image, block: block)
          kernels.pointee.depthwise(
            &shape, source + row * shape.input_row, weights, bias,
            addend.map { UnsafePointer($0.row(row, image: chunk.image, block: block)) }, target, rowsPerCall, width)
          if let secondPass { kernels.pointee.activate(secondPass, target, target, width) }
        }
      }
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
    switch activation {
    case nil: return nil
    case .relu: lower = 0
    case .clamp(let least, let most): (lower, upper) = (least, most)
    case .leakyRelu, .tanh, .sigmoid, .silu, .hardswish, .hardsigmoid: return activation.kernel
    }
    return nil
  }
}

extension ConvolutionChunks {
  /// What a chunk should cost at least, in floating-point operations.
  private static let depthwiseWork = 100_000
  /// How many rows a chunk should have at least: most inputs are read for several rows.
  private static let depthwiseRows = 4

  /// For channels with filters of their own: some rows of two blocks, or all rows of more.
  init(depthwise panels: WeightPanels, images: Int, rows: Int, columns: Int) {
    groups = 1
    blocks = panels.blocksPerGroup
    self.images = images
    self.rows = rows
    rowsPerUnit = 1
    let panelCount = panels.panelsPerGroup
    let rowWork = max(1, 2 * columns * 32 * panels.steps)
    let target = max(rowWork * rows * panelCount * images / 32, Self.depthwiseWork)
    let rowsPerChunk = max(1, min(rows, max(Self.depthwiseRows, target / rowWork)))
    let panelsPerChunk = rowsPerChunk < rows ? 1 : max(1, min(panelCount, target / (rowWork * max(1, rows))))
    panelParts = (panelCount + panelsPerChunk - 1) / panelsPerChunk
    rowParts = (rows + rowsPerChunk - 1) / rowsPerChunk
  }
}

extension ConvolutionGeometry {
  /// Whether each channel has a filter of its own, so that kernels multiply lanes with lanes.
  public var isDepthwise: Bool { groups > 1 && inputChannels == groups && outputChannels == groups }
}
