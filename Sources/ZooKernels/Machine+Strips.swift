extension Machine {
  /// Calls `body` for all rows of every block of every image, as many at a time as are worth a thread's while.
  func forEachStrip(
    over view: BlockedView, _ body: @escaping @Sendable (_ image: Int, _ block: Int, _ rows: Range<Int>) -> Void
  ) {
    let extent = view.layout.extent
    let rowsPerStrip = max(1, 16384 / max(1, extent.width * BlockedLayout.lanes))
    let strips = Parts(extent.height, atMost: rowsPerStrip)
    forEachRow(
      images: view.images, blocks: view.layout.blocks, rows: strips.count,
      rowFloats: strips.longest * extent.width * BlockedLayout.lanes
    ) { image, block, strip in
      body(image, block, strips[strip])
    }
  }

  /// As above, row by row; the lanes beyond the last channel are zeros in the end, whatever `body` makes of those of its
  /// inputs.
  func forEachRow(
    clearing output: BlockedView, _ body: @escaping @Sendable (_ image: Int, _ block: Int, _ row: Int) -> Void
  ) {
    let layout = output.layout
    forEachRow(
      images: output.images, blocks: layout.blocks, rows: layout.extent.height,
      rowFloats: layout.extent.width * BlockedLayout.lanes
    ) { image, block, row in
      body(image, block, row)
      if block == layout.blocks - 1 { clearLastLanes(of: output, image: image, row: row) }
    }
  }
}
