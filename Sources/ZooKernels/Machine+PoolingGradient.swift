internal import CZooKernels
import ZooTensor

extension Machine {
  /// The gradient of `maxPool`: that of each window goes to its maximum, the first one in the order of rows and columns.
  public func maxPoolGradient(
    _ geometry: PoolingGeometry, _ input: BlockedView, _ outputGradient: BlockedView, into inputGradient: BlockedView
  ) {
    precondition(input.hasShape(of: inputGradient), "the gradient is not of the input's shape")
    poolGradient(geometry, outputGradient, into: inputGradient) { image, block, rows, row in
      var shape = windows(geometry, rows: rows, rowStride: input.layout.rowStride)
      kernels.pointee.max_pool_gradient(
        &shape, input.row(rows.lowerBound, image: image, block: block),
        outputGradient.row(row, image: image, block: block),
        inputGradient.row(rows.lowerBound, image: image, block: block), inputGradient.layout.rowStride,
        geometry.output.width)
    }
  }

  /// The gradient of `averagePool`: that of each window, divided as its mean is, goes to all of its pixels.
  public func averagePoolGradient(
    _ geometry: PoolingGeometry, countsPadding: Bool, _ outputGradient: BlockedView, into inputGradient: BlockedView
  ) {
    poolGradient(geometry, outputGradient, into: inputGradient) { image, block, rows, row in
      var shape = windows(geometry, rows: rows, rowStride: inputGradient.layout.rowStride)
      if countsPadding {
        let top = row * geometry.stride.height - geometry.padding.top
        let bottom = min(top + geometry.kernel.height, geometry.input.height + geometry.padding.bottom)
        shape.counted_rows = bottom - top
        shape.counts_padding = true
      }
      kernels.pointee.average_pool_gradient(
        &shape, outputGradient.row(row, image: image, block: block),
        inputGradient.row(rows.lowerBound, image: image, block: block), geometry.output.width)
    }
  }

  /// The gradient of `adaptiveAveragePool`; of the global average if the output had one pixel.
  public func adaptiveAveragePoolGradient(_ outputGradient: BlockedView, into inputGradient: BlockedView) {
    adaptivePoolGradient(outputGradient, into: inputGradient, rowStride: inputGradient.layout.rowStride) {
      shape, image, block, row, left, gradient in
      kernels.pointee.average_pool_gradient(
        &shape, gradient, inputGradient.row(row, image: image, block: block) + left * BlockedLayout.lanes, 1)
    }
  }

  /// The gradient of `adaptiveMaxPool`: that of each window goes to its maximum, the first one in the order of rows and
  /// columns.
  public func adaptiveMaxPoolGradient(
    _ input: BlockedView, _ outputGradient: BlockedView, into inputGradient: BlockedView
  ) {
    precondition(input.hasShape(of: inputGradient), "the gradient is not of the input's shape")
    adaptivePoolGradient(outputGradient, into: inputGradient, rowStride: input.layout.rowStride) {
      shape, image, block, row, left, gradient in
      let first = left * BlockedLayout.lanes
      kernels.pointee.max_pool_gradient(
        &shape, input.row(row, image: image, block: block) + first, gradient,
        inputGradient.row(row, image: image, block: block) + first, inputGradient.layout.rowStride, 1)
    }
  }

  /// Calls `body` for each window, with its first row and column and its gradient.
  private func adaptivePoolGradient(
    _ outputGradient: BlockedView, into inputGradient: BlockedView, rowStride: Int,
    _ body:
      @escaping @Sendable (
        _ window: inout zoo_pool, _ image: Int, _ block: Int, _ row: Int, _ column: Int,
        _ gradient: UnsafePointer<Float>
      ) -> Void
  ) {
    let (from, to) = (inputGradient.layout.extent, outputGradient.layout.extent)
    scatter(outputGradient, into: inputGradient) { row in
      row * from.height / to.height..<((row + 1) * from.height + to.height - 1) / to.height
    } body: { image, block, rows, row in
      for column in 0..<to.width {
        let left = column * from.width / to.width
        let right = ((column + 1) * from.width + to.width - 1) / to.width
        var shape = zoo_pool(
          rows: rows.count, row_stride: rowStride, kernel: right - left, stride: 1, padding: 0, width: right - left,
          counted_rows: rows.count, counted_width: right - left, counts_padding: false)
        body(
          &shape, image, block, rows.lowerBound, left,
          outputGradient.row(row, image: image, block: block) + column * BlockedLayout.lanes)
      }
    }
  }

  private func windows(_ geometry: PoolingGeometry, rows: Range<Int>, rowStride: Int) -> zoo_pool {
    zoo_pool(
      rows: rows.count, row_stride: rowStride, kernel: geometry.kernel.width, stride: geometry.stride.width,
      padding: geometry.padding.left, width: geometry.input.width, counted_rows: rows.count,
      counted_width: geometry.input.width + geometry.padding.right, counts_padding: false)
  }

  private func poolGradient(
    _ geometry: PoolingGeometry, _ outputGradient: BlockedView, into inputGradient: BlockedView,
    _ body: @escaping @Sendable (_ image: Int, _ block: Int, _ rows: Range<Int>, _ row: Int) -> Void
  ) {
    precondition(
      inputGradient.layout.extent == geometry.input && outputGradient.layout.extent == geometry.output,
      "the gradient of pooling \(geometry) from \(outputGradient.layout.extent) to \(inputGradient.layout.extent)")
    scatter(outputGradient, into: inputGradient, rows: { geometry.window(row: $0, column: 0).rows }, body: body)
  }

  /// Calls `body` for each row of windows, in order for each block of an image. The rows that windows cover hold zeros
  /// before they are added to. `rows`: the rows that a row of windows covers.
  private func scatter(
    _ outputGradient: BlockedView, into inputGradient: BlockedView, rows: @escaping @Sendable (Int) -> Range<Int>,
    body: @escaping @Sendable (_ image: Int, _ block: Int, _ rows: Range<Int>, _ row: Int) -> Void
  ) {
    precondition(
      inputGradient.layout.channels == outputGradient.layout.channels && inputGradient.images == outputGradient.images,
      "the gradient of \(outputGradient.layout.channels) channels for \(inputGradient.layout.channels)")
    let layout = inputGradient.layout
    let outputs = outputGradient.layout.extent.height
    forEachRow(
      images: inputGradient.images, blocks: layout.blocks, rows: 1,
      rowFloats: layout.extent.area * BlockedLayout.lanes * 2
    ) { image, block, _ in
      var next = 0
      func clear(to end: Int) {
        for row in min(next, end)..<end {
          inputGradient.row(row, image: image, block: block)
            .update(repeating: 0, count: layout.extent.width * BlockedLayout.lanes)
        }
        next = max(next, end)
      }
      for row in 0..<outputs {
        let rows = rows(row)
        clear(to: rows.upperBound)
        body(image, block, rows, row)
      }
      clear(to: layout.extent.height)
      if block < layout.blocks - 1 { return }
      for row in 0..<layout.extent.height { clearLastLanes(of: inputGradient, image: image, row: row) }
    }
  }
}
