internal import CZooKernels
import ZooTensor

extension Machine {
  /// The maximum of each window. Padding never wins; the halo is not read.
  public func maxPool(_ geometry: PoolingGeometry, _ input: BlockedView, into output: BlockedView) {
    pool(geometry, countsPadding: false, input, into: output, kernels.pointee.max_pool)
  }

  /// The mean of each window: each row is summed, then the rows, then divided. The halo is not read. `countsPadding`:
  /// whether cells of the padding count in the divisor (`PoolingGeometry.window`).
  public func averagePool(
    _ geometry: PoolingGeometry, countsPadding: Bool, _ input: BlockedView, into output: BlockedView
  ) {
    pool(geometry, countsPadding: countsPadding, input, into: output, kernels.pointee.average_pool)
  }

  private func pool(
    _ geometry: PoolingGeometry, countsPadding: Bool, _ input: BlockedView, into output: BlockedView,
    _ kernel: @convention(c) (UnsafePointer<zoo_pool>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
  ) {
    precondition(
      input.layout.extent == geometry.input && output.layout.extent == geometry.output
        && input.layout.channels == output.layout.channels && input.images == output.images,
      "pooling \(geometry) from \(input.layout.extent) to \(output.layout.extent)")
    forEachRow(
      images: input.images, blocks: input.layout.blocks, rows: geometry.output.height,
      rowFloats: geometry.output.width * geometry.kernel.area * BlockedLayout.lanes
    ) { image, block, row in
      let rows = geometry.window(row: row, column: 0).rows
      let top = row * geometry.stride.height - geometry.padding.top
      let bottom = min(top + geometry.kernel.height, geometry.input.height + geometry.padding.bottom)
      var shape = zoo_pool(
        rows: rows.count, row_stride: input.layout.rowStride, kernel: geometry.kernel.width,
        stride: geometry.stride.width, padding: geometry.padding.left, width: geometry.input.width,
        counted_rows: countsPadding ? bottom - top : rows.count,
        counted_width: geometry.input.width + geometry.padding.right, counts_padding: countsPadding)
      kernel(
        &shape, input.row(rows.lowerBound, image: image, block: block), output.row(row, image: image, block: block),
        geometry.output.width)
    }
  }

  /// The means of windows chosen by the output's extent, rows `⌊i · H / h⌋ ..< ⌈(i + 1) · H / h⌉` and columns alike
  /// (PyTorch's `AdaptiveAvgPool2d`), summed as in `averagePool`. An output of one pixel is the global average.
  public func adaptiveAveragePool(_ input: BlockedView, into output: BlockedView) {
    adaptivePool(input, into: output, kernels.pointee.average_pool)
  }

  /// The maxima of the windows that `adaptiveAveragePool` has (PyTorch's `AdaptiveMaxPool2d`).
  public func adaptiveMaxPool(_ input: BlockedView, into output: BlockedView) {
    adaptivePool(input, into: output, kernels.pointee.max_pool)
  }

  private func adaptivePool(
    _ input: BlockedView, into output: BlockedView,
    _ kernel:
      @escaping @convention(c) (UnsafePointer<zoo_pool>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int)
      -> Void
  ) {
    precondition(
      input.layout.channels == output.layout.channels && input.images == output.images,
      "pooling \(input.layout.channels) channels into \(output.layout.channels)")
    let (from, to) = (input.layout.extent, output.layout.extent)
    forEachRow(
      images: input.images, blocks: input.layout.blocks, rows: to.height,
      rowFloats: from.area / to.height * BlockedLayout.lanes
    ) { image, block, row in
      let top = row * from.height / to.height
      let bottom = ((row + 1) * from.height + to.height - 1) / to.height
      for column in 0..<to.width {
        let left = column * from.width / to.width
        let right = ((column + 1) * from.width + to.width - 1) / to.width
        var shape = zoo_pool(
          rows: bottom - top, row_stride: input.layout.rowStride, kernel: right - left, stride: 1, padding: 0,
          width: right - left, counted_rows: bottom - top, counted_width: right - left, counts_padding: false)
        kernel(
          &shape, input.row(top, image: image, block: block) + left * BlockedLayout.lanes,
          output.row(row, image: image, block: block) + column * BlockedLayout.lanes, 1)
      }
    }
  }
}
