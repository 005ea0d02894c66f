import ZooTensor

extension Checkpoint {
  /// Reads one tensor piece by piece, with several threads, and never holds more than one piece per thread where the
  /// format allows: for whoever puts the elements elsewhere than in row-major order.
  ///
  /// - Parameters:
  ///   - name: its name in this checkpoint.
  ///   - threads: how many share the work; one per processor when `nil`.
  ///   - body: called with the place of a piece among the elements, counted in row-major order, and its bytes, which
  ///     are aligned to 64 and gone when `body` returns. Every element occurs in one piece. Pieces come in any order
  ///     and several at a time; a tensor without elements has none.
  /// - Throws: `WeightsError` when there is no such tensor or the file is damaged; some pieces may have come by then.
  public func read(
    _ name: String, threads: Int? = nil,
    inPieces body: @Sendable (_ elements: Range<Int>, _ bytes: UnsafeRawBufferPointer) -> Void
  ) throws(WeightsError) {
    let position = try position(of: name)
    do throws(WeightsProblem) {
      try read(position, threads: max(1, threads ?? Workers.processorCount), inPieces: body)
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  private func read(
    _ position: Int, threads: Int, inPieces body: @Sendable (Range<Int>, UnsafeRawBufferPointer) -> Void
  ) throws(WeightsProblem) {
    let pieces = pieces(of: position)
    guard pieces.count > 0 else { return }
    let size = entries[position].elementType.size
    let readsPieces = source.readsPieces(of: position)
    let whole = readsPieces ? nil : try read(position, threads: threads)
    if readsPieces { try source.prepare(position, threads: threads) }
    try Workers.share(pieces.count, threads: threads) { queue in
      // Pages that are never written take no memory.
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: readsPieces ? pieces[0].count : 0, alignment: 64)
      defer { buffer.deallocate() }
      while let piece = queue.next() {
        queue.attempt(piece) { () throws(WeightsProblem) in
          let range = pieces[piece]
          let elements = range.lowerBound / size..<range.upperBound / size
          if let whole {
            whole.withUnsafeBytes { body(elements, UnsafeRawBufferPointer(rebasing: $0[range])) }
          } else {
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<range.count])
            try source.read(position, piece: piece, into: part)
            body(elements, UnsafeRawBufferPointer(part))
          }
        }
      }
    }
  }
}
