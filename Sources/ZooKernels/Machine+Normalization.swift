internal import CZooKernels
import ZooTensor

extension Machine {
  /// `x / (k + alpha · Σ x²)^beta`, the sum over `size` neighbouring channels, the channel itself in the middle. A beta
  /// of 0.75, 0.5 or 1 takes square roots only; others call `powf`. `size`: odd. `alpha`: what the plain sum of squares
  /// is multiplied with.
  public func normalizeLocalResponse(
    size: Int, alpha: Float, beta: Float, k: Float, _ input: BlockedView, into output: BlockedView
  ) {
    precondition(size % 2 == 1 && size > 0, "a window of \(size) channels has no middle")
    precondition(input.hasShape(of: output), "the input is not of the output's shape")
    let layout = input.layout
    forEachRow(
      images: input.images, blocks: layout.blocks, rows: layout.extent.height,
      rowFloats: layout.extent.width * BlockedLayout.lanes * (size + 3)
    ) { image, block, row in
      var shape = zoo_response_norm(
        channels: layout.channels, reach: size / 2, block_stride: layout.blockStride, alpha: alpha, beta: beta, k: k)
      kernels.pointee.response_norm(
        &shape, block * BlockedLayout.lanes, input.row(row, image: image, block: block),
        output.row(row, image: image, block: block), layout.extent.width)
    }
  }

  /// `exp(x − max) / Σ exp(x − max)` over the channels of each pixel. The output may be the input.
  public func softmax(_ input: BlockedView, into output: BlockedView) {
    precondition(input.hasShape(of: output), "the input is not of the output's shape")
    let layout = input.layout
    forEachRow(
      images: input.images, blocks: 1, rows: layout.extent.height,
      rowFloats: layout.extent.width * layout.blocks * BlockedLayout.lanes * 8
    ) { image, _, row in
      for column in 0..<layout.extent.width {
        kernels.pointee.softmax(
          layout.channels, input.row(row, image: image, block: 0) + column * BlockedLayout.lanes, layout.blockStride,
          output.row(row, image: image, block: 0) + column * BlockedLayout.lanes, output.layout.blockStride)
      }
    }
  }
}
