import ZooTensor

/// The tensors of a file of Caffe's, read from where they lie.
struct CaffeSource: TensorSource {
  struct Item: Sendable {
    let entry: Checkpoint.Entry
    let numbers: ProtobufNumbers
    /// What every element is multiplied by: not 1 for the statistics of a batch norm.
    let scale: Double
  }

  let file: InputFile
  let items: [Item]

  func readsPieces(of entry: Int) -> Bool { true }

  func read(_ entry: Int, piece: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    let item = items[entry]
    try item.numbers.read(from: file, first: piece * ArchiveLayout.chunkElements, into: target)
    guard item.scale != 1 else { return }
    if item.entry.elementType == .float64 {
      multiply(target, by: item.scale)
    } else {
      // A scale of float32 elements was rounded to float32 when it was made.
      multiply(target, by: Float(item.scale))
    }
  }

  private func multiply<Number: FloatingPoint & BitwiseCopyable>(
    _ bytes: UnsafeMutableRawBufferPointer, by scale: Number
  ) {
    let size = MemoryLayout<Number>.size
    for offset in stride(from: 0, to: bytes.count, by: size) {
      let value = bytes.loadUnaligned(fromByteOffset: offset, as: Number.self)
      bytes.storeBytes(of: value * scale, toByteOffset: offset, as: Number.self)
    }
  }
}
