internal import CZooKernels
import ZooTensor

extension Machine {
  /// Sets the halo to zeros: once for memory that nothing else uses, else before the map's first reader.
  public func zeroHalo(_ view: BlockedView) {
    let layout = view.layout
    let halo = layout.halo
    if halo.isNone { return }
    let lanes = BlockedLayout.lanes
    let height = layout.extent.height
    // Seldom worth another thread.
    parallel(columns: 1) { _, _, _ in
      for image in 0..<view.images {
        for block in 0..<layout.blocks {
          let start = view.base + image * view.imageStride + block * layout.blockStride
          start.update(repeating: 0, count: halo.top * layout.rowStride)
          for row in halo.top..<halo.top + height {
            let row = start + row * layout.rowStride
            row.update(repeating: 0, count: halo.left * lanes)
            (row + layout.rowStride - halo.right * lanes).update(repeating: 0, count: halo.right * lanes)
          }
          let bottom = start + (halo.top + height) * layout.rowStride
          bottom.update(repeating: 0, count: halo.bottom * layout.rowStride)
        }
      }
    }
  }

  /// Reads `[images, channels, height, width]` floats; writes the halo and the unused lanes too.
  public func pack(_ nchw: UnsafePointer<Float>, into output: BlockedView) {
    pack(FloatReference(UnsafeMutablePointer(mutating: nchw)), into: output)
  }

  /// As above, from where the floats are at the time.
  public func pack(_ nchw: FloatReference, into output: BlockedView) {
    let layout = output.layout
    let extent = layout.extent
    zeroHalo(output)
    forEachRow(
      images: output.images, blocks: layout.blocks, rows: extent.height,
      rowFloats: extent.width * BlockedLayout.lanes
    ) { image, block, row in
      guard let nchw = nchw.floats else { preconditionFailure("there are no images") }
      let channel = block * BlockedLayout.lanes
      zoo_interleave(
        nchw + ((image * layout.channels + channel) * extent.height + row) * extent.width, extent.area,
        min(BlockedLayout.lanes, layout.channels - channel), output.row(row, image: image, block: block),
        extent.width)
    }
  }

  /// Reads `[images, channels, height, width]` floats; writes the padding too.
  public func pack(_ nchw: UnsafePointer<Float>, into output: PlanarView) {
    pack(FloatReference(UnsafeMutablePointer(mutating: nchw)), into: output)
  }

  /// As above, from where the floats are at the time.
  public func pack(_ nchw: FloatReference, into output: PlanarView) {
    let layout = output.layout
    let (extent, padding) = (layout.extent, layout.padding)
    forEachRow(
      images: output.images, blocks: layout.channels, rows: extent.height, rowFloats: layout.rowStride
    ) { image, channel, row in
      guard let nchw = nchw.floats else { preconditionFailure("there are no images") }
      let source = nchw + ((image * layout.channels + channel) * extent.height + row) * extent.width
      let plane = output.base + image * layout.floatsPerImage + channel * layout.planeStride
      let target = plane + (padding.top + row) * layout.rowStride
      target.update(repeating: 0, count: padding.left)
      (target + padding.left).update(from: source, count: extent.width)
      (target + padding.left + extent.width).update(repeating: 0, count: padding.right)
      if row == 0 { plane.update(repeating: 0, count: padding.top * layout.rowStride) }
      if row == extent.height - 1 {
        (target + layout.rowStride).update(repeating: 0, count: padding.bottom * layout.rowStride)
      }
    }
  }

  /// Writes `[images, channels, height, width]` floats.
  public func unpack(_ input: BlockedView, into nchw: UnsafeMutablePointer<Float>) {
    unpack(input, into: FloatReference(nchw))
  }

  /// As above, to where the floats go at the time.
  public func unpack(_ input: BlockedView, into nchw: FloatReference) {
    let layout = input.layout
    let extent = layout.extent
    forEachRow(
      images: input.images, blocks: layout.blocks, rows: extent.height,
      rowFloats: extent.width * BlockedLayout.lanes
    ) { image, block, row in
      guard let nchw = nchw.floats else { preconditionFailure("there is no place for the answer") }
      let channel = block * BlockedLayout.lanes
      zoo_deinterleave(
        input.row(row, image: image, block: block),
        nchw + ((image * layout.channels + channel) * extent.height + row) * extent.width, extent.area,
        min(BlockedLayout.lanes, layout.channels - channel), extent.width)
    }
  }
}
