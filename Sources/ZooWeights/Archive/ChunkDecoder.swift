import ZooTensor

/// Puts chunks together again. One thread uses it at a time.
final class ChunkDecoder: @unchecked Sendable {
  private let inflater: Inflater
  private let compressed: UnsafeMutableRawBufferPointer
  private let planes: UnsafeMutableRawBufferPointer

  init() throws(WeightsProblem) {
    inflater = try Inflater()
    let largest = ArchiveLayout.chunkElements * 8
    compressed = .allocate(byteCount: largest, alignment: 64)
    planes = .allocate(byteCount: largest, alignment: 64)
  }

  deinit {
    compressed.deallocate()
    planes.deallocate()
  }

  /// Reads one chunk of a tensor and writes its elements to `target`, which has exactly their size.
  func decode(
    _ tensor: ArchiveIndex.Tensor, chunk number: Int, from file: InputFile,
    into target: UnsafeMutableRawBufferPointer
  ) throws(WeightsProblem) {
    let chunk = tensor.chunks[number]
    let source = UnsafeMutableRawBufferPointer(rebasing: compressed[..<chunk.length])
    try file.read(at: chunk.offset, into: source)
    guard crc32(UnsafeRawBufferPointer(source)) == chunk.checksum else {
      throw .archive(.chunkChecksum(tensor: tensor.name, chunk: number, offset: chunk.offset, length: chunk.length))
    }
    let size = tensor.elementType.size
    if size == 1 {
      if let stored = try decode(streamAt: 0, of: tensor, chunk: number, from: source, start: 0, into: target) {
        target.copyMemory(from: stored)
      }
      return
    }
    try withUnsafeTemporaryAllocation(of: UnsafePointer<UInt8>.self, capacity: size) {
      (pointers) throws(WeightsProblem) in
      var start = 0
      for (position, stream) in tensor.streams(ofChunk: number).enumerated() {
        let plane = UnsafeMutableRawBufferPointer(
          rebasing: planes[position * chunk.elements..<(position + 1) * chunk.elements])
        let stored = try decode(streamAt: position, of: tensor, chunk: number, from: source, start: start, into: plane)
        pointers.initializeElement(at: position, to: Self.bytes(of: stored ?? UnsafeRawBufferPointer(plane)))
        start += stream.length
      }
      Codec.merge(UnsafeBufferPointer(pointers), size: size, rotated: tensor.elementType.isRotated, into: target)
    }
  }

  /// Decodes a stream into `plane`, unless it is stored.
  ///
  /// - Returns: the bytes of a stored stream, where they are.
  private func decode(
    streamAt position: Int, of tensor: ArchiveIndex.Tensor, chunk: Int, from source: UnsafeMutableRawBufferPointer,
    start: Int, into plane: UnsafeMutableRawBufferPointer
  ) throws(WeightsProblem) -> UnsafeRawBufferPointer? {
    let stream = tensor.streams[chunk * tensor.elementType.size + position]
    let bytes = UnsafeRawBufferPointer(rebasing: source[start..<start + stream.length])
    switch stream.codec {
    case .stored: return bytes
    case .deflate:
      if let problem = inflater.inflate(bytes, into: plane) {
        let place = StreamPlace(tensor: tensor.name, chunk: chunk, plane: tensor.elementType.size - 1 - position)
        throw .archive(.stream(place, offset: tensor.chunks[chunk].offset + start, problem))
      }
      return nil
    }
  }

  /// Chunks are never empty, so there is a first byte.
  private static func bytes(of plane: UnsafeRawBufferPointer) -> UnsafePointer<UInt8> {
    guard let first = plane.baseAddress else { preconditionFailure("an empty plane") }
    return first.assumingMemoryBound(to: UInt8.self)
  }
}
