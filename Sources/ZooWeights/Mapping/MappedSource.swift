import ZooTensor

/// A checkpoint's tensors under other names, shapes and orders, and tensors that it does not have.
struct MappedSource: TensorSource {
  enum Origin: Sendable {
    case stored(TransformedTensor)
    case initial(InitialTensor)
    /// One number for all elements, in float32.
    case constant(Float)
  }

  let checkpoint: Checkpoint
  let origins: [Origin]

  func readsPieces(of entry: Int) -> Bool {
    switch origins[entry] {
    case .stored(let tensor): tensor.keepsBytes && checkpoint.source.readsPieces(of: tensor.position)
    case .initial, .constant: true
    }
  }

  func prepare(_ entry: Int, threads: Int) throws(WeightsProblem) {
    // What is read whole prepares itself.
    guard case .stored(let tensor) = origins[entry], tensor.keepsBytes else { return }
    try checkpoint.source.prepare(tensor.position, threads: threads)
  }

  func read(_ entry: Int, piece: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    switch origins[entry] {
    case .stored(let tensor): try checkpoint.source.read(tensor.position, piece: piece, into: target)
    case .initial(let tensor): tensor.fill(target, from: piece * ArchiveLayout.chunkElements)
    case .constant(let number): target.assumingMemoryBound(to: Float.self).update(repeating: number)
    }
  }

  func read(_ entry: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    guard case .stored(let tensor) = origins[entry] else { preconditionFailure("entry \(entry) is read in pieces") }
    if tensor.keepsBytes {
      try checkpoint.source.read(tensor.position, into: target)
    } else {
      try tensor.read(from: checkpoint).withUnsafeBytes { target.copyMemory(from: $0) }
    }
  }
}
