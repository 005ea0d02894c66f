import ZooTensor

/// The tensors of an HDF5 file, read from where they lie.
struct HDF5Source: TensorSource {
  let bytes: HDF5Bytes
  let datasets: [HDF5Dataset]

  func readsPieces(of entry: Int) -> Bool {
    if case .chunked = datasets[entry].layout { false } else { true }
  }

  func read(_ entry: Int, piece: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    let dataset = datasets[entry]
    let start = piece * ArchiveLayout.chunkElements * dataset.elementType.size
    switch dataset.layout {
    case .compact(let content):
      content.withUnsafeBytes {
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + target.count]))
      }
    case .contiguous(let offset): try bytes.read(at: offset + start, into: target)
    case .chunked: preconditionFailure("entry \(entry) is read whole")
    }
    if dataset.isBigEndian { target.swapBytes(elementSize: dataset.elementType.size) }
  }

  func read(_ entry: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    let dataset = datasets[entry]
    guard case .chunked(let chunks) = dataset.layout else {
      preconditionFailure("entry \(entry) is read in pieces")
    }
    let size = dataset.elementType.size
    for (position, chunk) in chunks.chunks.enumerated() {
      let index = chunks.index(of: position)
      let stored = try bytes.bytes(at: chunk.offset, count: chunk.length)
      do throws(HDF5ChunkProblem) {
        let content = try chunks.filters.decode(stored, count: chunks.byteCount, elementSize: size, mask: chunk.mask)
        content.withUnsafeBytes {
          chunks.copy($0, at: index, into: target, shape: dataset.shape.dimensions, elementSize: size)
        }
      } catch {
        throw .hdf5(.chunk(tensor: dataset.name, index: index, error))
      }
    }
    if dataset.isBigEndian { target.swapBytes(elementSize: size) }
  }
}
