extension Machine {
  /// Calls `body` for every row of every block of every image, on all threads.
  ///
  /// - Parameter rowFloats: what a row costs, in floats touched; chunks are made of rows that cost some tens of KiB.
  func forEachRow(
    images: Int, blocks: Int, rows: Int, rowFloats: Int,
    _ body: @Sendable (_ image: Int, _ block: Int, _ row: Int) -> Void
  ) {
    let count = images * blocks * rows
    let rowsPerChunk = max(1, 16384 / max(1, rowFloats))
    pool.parallel((count + rowsPerChunk - 1) / rowsPerChunk) { chunk in
      for index in chunk * rowsPerChunk..<min(count, (chunk + 1) * rowsPerChunk) {
        body(index / (rows * blocks), index / rows % blocks, index % rows)
      }
    }
  }
}
