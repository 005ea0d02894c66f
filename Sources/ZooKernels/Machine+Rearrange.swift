internal import CZooKernels
import ZooTensor

extension Machine {
  /// Joins maps along the channels, at any channel counts. Branches that are whole blocks can skip this by writing to
  /// `output.channels(…)` directly.
  public func concatenate(_ inputs: [BlockedView], into output: BlockedView) {
    let extent = output.layout.extent
    for input in inputs {
      precondition(
        input.layout.extent == extent && input.images == output.images,
        "joining \(input.layout.extent) to \(extent)")
    }
    precondition(
      inputs.reduce(0) { $0 + $1.layout.channels } == output.layout.channels,
      "joining other than \(output.layout.channels) channels")
    forEachRow(
      images: output.images, blocks: 1, rows: extent.height, rowFloats: extent.width * output.layout.channels
    ) { image, _, row in
      clearLastLanes(of: output, image: image, row: row)
      var channel = 0
      for input in inputs {
        for block in 0..<input.layout.blocks {
          let first = channel + block * BlockedLayout.lanes
          copyLanes(
            input.row(row, image: image, block: block), pixelStride: BlockedLayout.lanes,
            channels: min(BlockedLayout.lanes, channel + input.layout.channels - first), to: output,
            image: image, row: row, channel: first)
        }
        channel += input.layout.channels
      }
    }
  }

  /// `output[c + channelsBefore] = input[c]` at every `stride`-th row and column; the other channels are zeros.
  ///
  /// The output's extent is the input's divided by the stride, rounded up.
  public func subsample(stride: Extent, channelsBefore: Int, _ input: BlockedView, into output: BlockedView) {
    let (from, to) = (input.layout.extent, output.layout.extent)
    precondition(
      to.height == (from.height + stride.height - 1) / stride.height
        && to.width == (from.width + stride.width - 1) / stride.width && input.images == output.images,
      "every \(stride)-th pixel of \(from) into \(to)")
    precondition(
      channelsBefore >= 0 && channelsBefore + input.layout.channels <= output.layout.channels,
      "\(input.layout.channels) channels after \(channelsBefore) into \(output.layout.channels)")
    forEachRow(
      images: output.images, blocks: 1, rows: to.height, rowFloats: to.width * output.layout.channels
    ) { image, _, row in
      for block in 0..<output.layout.blocks {
        output.row(row, image: image, block: block).update(repeating: 0, count: to.width * BlockedLayout.lanes)
      }
      for block in 0..<input.layout.blocks {
        let first = block * BlockedLayout.lanes
        copyLanes(
          input.row(row * stride.height, image: image, block: block),
          pixelStride: stride.width * BlockedLayout.lanes,
          channels: min(BlockedLayout.lanes, input.layout.channels - first), to: output, image: image, row: row,
          channel: channelsBefore + first)
      }
    }
  }

  /// A map as a vector of its elements in C, H, W order. (`PackedFullyConnected` does not need this.)
  ///
  /// - Precondition: the output has no halo.
  public func flatten(_ input: BlockedView, into output: BlockedView) {
    let layout = input.layout
    let extent = layout.extent
    precondition(
      output.layout.channels == layout.channels * extent.area && output.layout.extent.area == 1
        && output.layout.halo.isNone && input.images == output.images,
      "flattening \(layout.channels)×\(extent) into \(output.layout.channels)")
    parallel(columns: input.images) { _, image, _ in
      clearLastLanes(of: output, image: image, row: 0)
      let target = output.interior(image: image, block: 0)
      for block in 0..<layout.blocks {
        for row in 0..<extent.height {
          zoo_deinterleave(
            input.row(row, image: image, block: block),
            target + block * BlockedLayout.lanes * extent.area + row * extent.width, extent.area,
            min(BlockedLayout.lanes, layout.channels - block * BlockedLayout.lanes), extent.width)
        }
      }
    }
  }

  /// Copies up to 16 lanes of a row to a channel that need not be a multiple of 16.
  private func copyLanes(
    _ input: UnsafePointer<Float>, pixelStride: Int, channels: Int, to output: BlockedView, image: Int, row: Int,
    channel: Int
  ) {
    let lanes = BlockedLayout.lanes
    let width = output.layout.extent.width
    let (block, lane) = (channel / lanes, channel % lanes)
    let here = min(channels, lanes - lane)
    zoo_copy_lanes(
      input, pixelStride, 0, output.row(row, image: image, block: block), lanes, lane, here, width)
    if here == channels { return }
    zoo_copy_lanes(
      input, pixelStride, here, output.row(row, image: image, block: block + 1), lanes, 0, channels - here, width)
  }

  /// Makes the unused lanes of the last block zeros.
  func clearLastLanes(of output: BlockedView, image: Int, row: Int) {
    let lanes = BlockedLayout.lanes
    let used = output.layout.channels % lanes
    if used == 0 { return }
    let last = output.row(row, image: image, block: output.layout.blocks - 1)
    zoo_clear_lanes(last, used, lanes, output.layout.extent.width)
  }
}
