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
      try decode(streamAt: 0, of: tensor, chunk: number, from: source, start: 0, into: target)
      return
    }
    var start = 0
    for (position, stream) in tensor.streams(ofChunk: number).enumerated() {
      let plane = UnsafeMutableRawBufferPointer(
        rebasing: planes[position * chunk.elements..<(position + 1) * chunk.elements])
      try decode(streamAt: position, of: tensor, chunk: number, from: source, start: start, into: plane)
      start += stream.length
    }
    let rotated = tensor.elementType.isRotated
    switch size {
    case 2: Self.merge(planes, as: UInt16.self, elements: chunk.elements, rotated: rotated, into: target)
    case 4: Self.merge(planes, elements: chunk.elements, rotated: rotated, into: target)
    default: Self.merge(planes, as: UInt64.self, elements: chunk.elements, rotated: rotated, into: target)
    }
  }

  private func decode(
    streamAt position: Int, of tensor: ArchiveIndex.Tensor, chunk: Int, from source: UnsafeMutableRawBufferPointer,
    start: Int, into plane: UnsafeMutableRawBufferPointer
  ) throws(WeightsProblem) {
    let stream = tensor.streams[chunk * tensor.elementType.size + position]
    let bytes = UnsafeRawBufferPointer(rebasing: source[start..<start + stream.length])
    switch stream.codec {
    case .stored: plane.copyMemory(from: bytes)
    case .deflate:
      if let problem = inflater.inflate(bytes, into: plane) {
        let place = StreamPlace(tensor: tensor.name, chunk: chunk, plane: tensor.elementType.size - 1 - position)
        throw .archive(.stream(place, offset: tensor.chunks[chunk].offset + start, problem))
      }
    }
  }

  /// The planes lie one behind the other, most significant first.
  private static func merge<Word: FixedWidthInteger & UnsignedInteger>(
    _ planes: UnsafeMutableRawBufferPointer, as _: Word.Type, elements: Int, rotated: Bool,
    into target: UnsafeMutableRawBufferPointer
  ) {
    guard let bytes = planes.assumingMemoryBound(to: UInt8.self).baseAddress,
      let words = target.assumingMemoryBound(to: Word.self).baseAddress
    else { return }
    let top = Word(truncatingIfNeeded: Word.bitWidth - 1)
    for index in 0..<elements {
      var word: Word = 0
      for plane in 0..<MemoryLayout<Word>.size {
        word = word &<< 8 | Word(truncatingIfNeeded: bytes[plane &* elements &+ index])
      }
      words[index] = rotated ? word &>> 1 | word &<< top : word
    }
  }

  /// The same for four planes, written so that the compiler can use vectors.
  private static func merge(
    _ planes: UnsafeMutableRawBufferPointer, elements: Int, rotated: Bool, into target: UnsafeMutableRawBufferPointer
  ) {
    guard let third = planes.assumingMemoryBound(to: UInt8.self).baseAddress,
      let words = target.assumingMemoryBound(to: UInt32.self).baseAddress
    else { return }
    let (second, first, zeroth) = (third + elements, third + 2 * elements, third + 3 * elements)
    func word(_ index: Int) -> UInt32 {
      let upper = UInt32(third[index]) &<< 24 | UInt32(second[index]) &<< 16
      return upper | UInt32(first[index]) &<< 8 | UInt32(zeroth[index])
    }
    if rotated {
      for index in 0..<elements { words[index] = word(index) &>> 1 | word(index) &<< 31 }
    } else {
      for index in 0..<elements { words[index] = word(index) }
    }
  }
}
