internal import CZooKernels
import ZooTensor

extension Machine {
  /// The gradient of `subsample`: zeros between the pixels that were taken. Unused lanes become zeros.
  public func subsampleGradient(
    stride: Extent, channelsBefore: Int, _ outputGradient: BlockedView, into inputGradient: BlockedView
  ) {
    let (from, to) = (inputGradient.layout.extent, outputGradient.layout.extent)
    precondition(
      to.height == (from.height + stride.height - 1) / stride.height
        && to.width == (from.width + stride.width - 1) / stride.width && inputGradient.images == outputGradient.images,
      "every \(stride)-th pixel of \(from) from \(to)")
    let channels = inputGradient.layout.channels
    precondition(
      channelsBefore >= 0 && channelsBefore + channels <= outputGradient.layout.channels,
      "\(channels) channels after \(channelsBefore) of \(outputGradient.layout.channels)")
    let lanes = BlockedLayout.lanes
    forEachRow(clearing: inputGradient) { image, block, row in
      let target = inputGradient.row(row, image: image, block: block)
      target.update(repeating: 0, count: from.width * lanes)
      if row % stride.height != 0 { return }
      copyLanes(
        of: outputGradient, channelsBefore + block * lanes, image: image, row: row / stride.height,
        channels: min(lanes, channels - block * lanes), to: target, pixelStride: stride.width * lanes, width: to.width)
    }
  }

  /// A vector of elements in C, H, W order as a map: the gradient of `flatten`. Unused lanes become zeros.
  ///
  /// - Precondition: the input has no halo.
  public func unflatten(_ input: BlockedView, into output: BlockedView) {
    let layout = output.layout
    let extent = layout.extent
    precondition(
      input.layout.channels == layout.channels * extent.area && input.layout.extent.area == 1
        && input.layout.halo.isNone && input.images == output.images,
      "\(input.layout.channels) elements as \(layout.channels)×\(extent)")
    forEachRow(
      images: output.images, blocks: layout.blocks, rows: extent.height, rowFloats: extent.width * BlockedLayout.lanes
    ) { image, block, row in
      let channel = block * BlockedLayout.lanes
      zoo_interleave(
        input.interior(image: image, block: 0) + (channel * extent.height + row) * extent.width, extent.area,
        min(BlockedLayout.lanes, layout.channels - channel), output.row(row, image: image, block: block), extent.width)
    }
  }

  /// Copies up to 16 channels of a row, from one that need not be a multiple of 16 on, to the first lanes of lines. What the
  /// others then hold is the caller's to clear.
  private func copyLanes(
    of input: BlockedView, _ channel: Int, image: Int, row: Int, channels: Int, to target: UnsafeMutablePointer<Float>,
    pixelStride: Int, width: Int
  ) {
    let lanes = BlockedLayout.lanes
    let (block, lane) = channel.quotientAndRemainder(dividingBy: lanes)
    if lane == 0 && pixelStride == lanes {
      return target.update(from: input.row(row, image: image, block: block), count: width * lanes)
    }
    let here = min(channels, lanes - lane)
    zoo_copy_lanes(input.row(row, image: image, block: block), lanes, lane, target, pixelStride, 0, here, width)
    if here == channels { return }
    zoo_copy_lanes(
      input.row(row, image: image, block: block + 1), lanes, 0, target, pixelStride, here, channels - here, width)
  }
}
