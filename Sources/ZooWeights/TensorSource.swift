import ZooTensor

/// Where a checkpoint's tensors come from.
///
/// Entries are numbered as in `Checkpoint.entries`. A piece is `ArchiveLayout.chunkElements` elements, the last one less,
/// so that a tensor can be copied from file to file without ever being whole in memory.
protocol TensorSource: Sendable {
  /// Whether pieces can be read one at a time; otherwise only the whole tensor can.
  func readsPieces(of entry: Int) -> Bool

  /// Called once before a tensor is read, whole or in pieces.
  func prepare(_ entry: Int, threads: Int) throws(WeightsProblem)

  /// Fills `target` with one piece. Called from several threads at a time.
  func read(_ entry: Int, piece: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem)

  /// Fills `target` with all of a tensor whose pieces cannot be read one at a time.
  func read(_ entry: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem)
}

extension TensorSource {
  func prepare(_ entry: Int, threads: Int) throws(WeightsProblem) {}

  func read(_ entry: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    preconditionFailure("entry \(entry) is read in pieces")
  }
}

/// The pieces of a tensor, as ranges of its bytes.
struct Pieces: Sendable {
  let byteCount: Int
  let step: Int

  init(byteCount: Int, elementType: ElementType) {
    self.byteCount = byteCount
    step = ArchiveLayout.chunkElements * elementType.size
  }

  var count: Int { byteCount / step + (byteCount % step == 0 ? 0 : 1) }

  subscript(piece: Int) -> Range<Int> {
    piece * step..<min((piece + 1) * step, byteCount)
  }
}

/// Tensors that are in memory already.
struct MemorySource: TensorSource {
  let tensors: [Tensor]

  func readsPieces(of entry: Int) -> Bool { true }

  func read(_ entry: Int, piece: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    let tensor = tensors[entry]
    let range = Pieces(byteCount: tensor.byteCount, elementType: tensor.elementType)[piece]
    tensor.withUnsafeBytes { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[range])) }
  }
}

/// Tensors that lie in a file as they lie in memory, one after the other or not.
struct RawSource: TensorSource {
  struct Place: Sendable {
    let offset: Int
    let byteCount: Int
    let elementType: ElementType
  }

  let file: InputFile
  let places: [Place]

  func readsPieces(of entry: Int) -> Bool { true }

  func read(_ entry: Int, piece: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    let place = places[entry]
    let range = Pieces(byteCount: place.byteCount, elementType: place.elementType)[piece]
    try file.read(at: place.offset + range.lowerBound, into: target)
  }
}
