internal import CZooKernels
import ZooTensor

extension Machine {
  /// The gradient with respect to the input of `normalizeLocalResponse`. Unused lanes become zeros.
  public func localResponseNormGradient(
    size: Int, alpha: Float, beta: Float, k: Float, _ input: BlockedView, _ outputGradient: BlockedView,
    into inputGradient: BlockedView
  ) {
    precondition(size % 2 == 1 && size > 0, "a window of \(size) channels has no middle")
    precondition(
      input.hasShape(of: inputGradient) && outputGradient.hasShape(of: inputGradient), "gradients of other shapes")
    let layout = input.layout
    forEachRow(
      images: input.images, blocks: 1, rows: layout.extent.height,
      rowFloats: layout.extent.width * layout.blocks * BlockedLayout.lanes * (size + 3)
    ) { image, _, row in
      var shape = zoo_response_norm(
        channels: layout.channels, reach: size / 2, block_stride: layout.blockStride, alpha: alpha, beta: beta, k: k)
      kernels.pointee.response_norm_gradient(
        &shape, input.row(row, image: image, block: 0), outputGradient.row(row, image: image, block: 0),
        outputGradient.layout.blockStride, inputGradient.row(row, image: image, block: 0),
        inputGradient.layout.blockStride, layout.extent.width)
    }
  }

  /// The gradient with respect to the input of `softmax`, `y · (dy − Σ dy · y)`. Unused lanes become zeros. The result
  /// may overwrite either. `output`: what the softmax gave.
  public func softmaxGradient(
    output: BlockedView, _ outputGradient: BlockedView, into inputGradient: BlockedView
  ) {
    precondition(
      output.hasShape(of: inputGradient) && outputGradient.hasShape(of: inputGradient), "gradients of other shapes")
    let layout = output.layout
    forEachRow(
      images: output.images, blocks: 1, rows: layout.extent.height,
      rowFloats: layout.extent.width * layout.blocks * BlockedLayout.lanes * 2
    ) { image, _, row in
      for column in 0..<layout.extent.width {
        let pixel = column * BlockedLayout.lanes
        kernels.pointee.softmax_gradient(
          layout.channels, output.row(row, image: image, block: 0) + pixel, layout.blockStride,
          outputGradient.row(row, image: image, block: 0) + pixel, outputGradient.layout.blockStride,
          inputGradient.row(row, image: image, block: 0) + pixel, inputGradient.layout.blockStride)
      }
    }
  }
}
