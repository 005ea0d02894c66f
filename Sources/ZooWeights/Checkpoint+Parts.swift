import ZooTensor

extension Checkpoint {
  /// Whether `forEachPart` reads no more of the file than it hands over, but for the ends; otherwise it reads the whole
  /// tensor for each call.
  ///
  /// - Throws: `WeightsError` when there is no such tensor.
  public func readsPieces(of name: String) throws(WeightsError) -> Bool {
    source.readsPieces(of: try position(of: name))
  }

  /// Hands a tensor, or some of its elements, over part by part, in order, at least one: what packs weights needs no
  /// more memory than the result and a few pieces.
  ///
  /// Several threads read and decode a part; then `body` is called with it, by the caller's thread.
  ///
  /// - Parameters:
  ///   - name: its name in this checkpoint.
  ///   - elements: which of them, in row-major order; those that the tensor does not have are left out. `nil` for all.
  ///   - unit: each part but the last is a multiple of this many elements
  ///   - threads: how many share the work; one per processor when `nil`
  ///   - body: called with each part, whose bytes are valid until it returns.
  /// - Throws: `WeightsError` when there is no such tensor or the file is damaged; what `body` throws.
  public func forEachPart(
    of name: String, elements: Range<Int>? = nil, unit: Int, threads: Int? = nil, _ body: (TensorPart) throws -> Void
  ) throws {
    let threads = max(1, threads ?? Workers.processorCount)
    let position = try position(of: name)
    let (entry, pieces) = (entries[position], pieces(of: position))
    let all = 0..<entry.shape.elementCount
    let elements = elements?.clamped(to: all) ?? all
    do {
      guard source.readsPieces(of: position), !elements.isEmpty else {
        return try read(position, threads: threads).withWholePart { try body($0[elements]) }
      }
      try source.prepare(position, threads: threads)
    } catch let problem as WeightsProblem {
      throw WeightsError(path: path, problem)
    }
    let size = entry.elementType.size
    let bytes = elements.lowerBound * size..<elements.upperBound * size
    let unit = unit * size
    let needed = bytes.lowerBound / pieces.step..<(bytes.upperBound + pieces.step - 1) / pieces.step
    // Enough pieces for all threads, and for one unit wherever in a piece it begins. A single thread takes one after the
    // other, so that each is still in the cache when `body` reads it.
    let batch = threads == 1 ? 1 : min(needed.count, max(2 * threads, unit / pieces.step + 2))
    let capacity = min(needed.count * pieces.step, bytes.lowerBound % pieces.step + batch * pieces.step + unit)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 64)
    defer { buffer.deallocate() }
    nonisolated(unsafe) let target = buffer
    /// The bytes of the tensor where the buffer begins, of which nothing before was handed over, and up to which it was
    /// read.
    var (base, start, end) = (needed.lowerBound * pieces.step, bytes.lowerBound, 0)
    var piece = needed.lowerBound
    while piece < needed.upperBound {
      let batch = piece..<min(piece + batch, needed.upperBound)
      let (origin, source) = (base, source)
      do {
        try Workers.forEach(batch.count, threads: threads) { (index) throws(WeightsProblem) in
          let range = pieces[batch.lowerBound + index]
          try source.read(
            position, piece: batch.lowerBound + index,
            into: .init(rebasing: target[range.lowerBound - origin..<range.upperBound - origin]))
        }
      } catch {
        throw WeightsError(path: path, error)
      }
      piece = batch.upperBound
      end = min(pieces[batch.upperBound - 1].upperBound, bytes.upperBound)
      let ready = piece == needed.upperBound ? end - start : (end - start) / unit * unit
      guard ready > 0 else { continue }
      try body(
        TensorPart(
          shape: entry.shape, elementType: entry.elementType, elements: start / size..<(start + ready) / size,
          bytes: UnsafeRawBufferPointer(rebasing: buffer[start - base..<start - base + ready])))
      let rest = start - base + ready..<end - base
      if !rest.isEmpty { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[rest])) }
      start += ready
      base = start
    }
  }
}
