extension Machine {
  /// Maps of fewer rows are cut by their channels, as convolutions are that have more weights than such a map has pixels.
  private static let fewRows = 8

  /// Calls `body` for every row of every block of every image, on all threads. `rowFloats`: what a row costs, in floats
  /// touched; chunks are made of rows that cost some tens of KiB.
  func forEachRow(
    images: Int, blocks: Int, rows: Int, rowFloats: Int,
    _ body: @escaping @Sendable (_ image: Int, _ block: Int, _ row: Int) -> Void
  ) {
    let chunkFloats = 16384
    let isWhole = rows < Self.fewRows || images * blocks * rows * rowFloats <= chunkFloats
    let share = isWhole ? rows : (rows + pool.threadCount - 1) / pool.threadCount
    let parts = Parts(
      rows, atMost: max(1, min(share, chunkFloats / max(1, rowFloats))), images: images, threads: pool.threadCount)
    let blocksPerChunk = max(1, chunkFloats / max(1, rowFloats * parts.longest))
    parallel(rows: (blocks + blocksPerChunk - 1) / blocksPerChunk, columns: images * parts.count) {
      chunk, part, _ in
      let image = part / parts.count
      for block in chunk * blocksPerChunk..<min(blocks, (chunk + 1) * blocksPerChunk) {
        for row in parts[part % parts.count] { body(image, block, row) }
      }
    }
  }
}
