import ZooTensor

extension Checkpoint {
  /// Hands a tensor over part by part, in order, at least one: what packs weights needs no more memory than the result
  /// and a few pieces.
  ///
  /// Several threads read and decode a part; then `body` is called with it, by the caller's thread.
  ///
  /// - Parameters:
  ///   - unit: each part but the last is a multiple of this many elements
  ///   - threads: how many share the work; one per processor when `nil`
  /// - Throws: `WeightsError` when there is no such tensor or the file is damaged; what `body` throws.
  public func forEachPart(
    of name: String, unit: Int, threads: Int? = nil, _ body: (TensorPart) throws -> Void
  ) throws {
    let threads = max(1, threads ?? Workers.processorCount)
    let position = try position(of: name)
    let (entry, pieces) = (entries[position], pieces(of: position))
    do {
      guard source.readsPieces(of: position), pieces.count > 0 else {
        return try read(position, threads: threads).withWholePart(body)
      }
      try source.prepare(position, threads: threads)
    } catch let problem as WeightsProblem {
      throw WeightsError(path: path, problem)
    }
    let size = entry.elementType.size
    // Enough pieces for all threads, and for one unit wherever in a piece it begins.
    let batch = min(pieces.count, max(2 * threads, unit * size / pieces.step + 2))
    let capacity = min(entry.byteCount, batch * pieces.step + unit * size)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 64)
    defer { buffer.deallocate() }
    nonisolated(unsafe) let target = buffer
    /// The first byte that was not handed over, and the first that was not read.
    var (start, end) = (0, 0)
    var piece = 0
    while piece < pieces.count {
      let batch = piece..<min(piece + batch, pieces.count)
      let (base, source) = (start, source)
      do {
        try Workers.forEach(batch.count, threads: threads) { (index) throws(WeightsProblem) in
          let range = pieces[batch.lowerBound + index]
          try source.read(
            position, piece: batch.lowerBound + index,
            into: .init(rebasing: target[range.lowerBound - base..<range.upperBound - base]))
        }
      } catch {
        throw WeightsError(path: path, error)
      }
      piece = batch.upperBound
      end = pieces[batch.upperBound - 1].upperBound
      let ready = piece == pieces.count ? end - start : (end - start) / (unit * size) * (unit * size)
      guard ready > 0 else { continue }
      try body(
        TensorPart(
          shape: entry.shape, elementType: entry.elementType, elements: start / size..<(start + ready) / size,
          bytes: UnsafeRawBufferPointer(rebasing: buffer[..<ready])))
      let rest = end - start - ready
      if rest > 0 { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[ready..<ready + rest])) }
      start += ready
    }
  }
}
