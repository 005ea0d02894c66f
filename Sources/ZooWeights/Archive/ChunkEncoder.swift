import ZooTensor

/// Takes chunks of elements apart into byte planes and compresses those that gain from it.
///
/// A weight's mantissa is noise, its exponent is not: apart, the exponents shrink to a third and the rest is stored.
final class ChunkEncoder {
  private let huffman: Deflater
  private let matching: Deflater
  private let plane: UnsafeMutableRawBufferPointer
  private let probe: UnsafeMutableRawBufferPointer
  private let probeOutput: UnsafeMutableRawBufferPointer

  /// How much of a plane is compressed to see whether the rest is worth it.
  private static let probeSize = 4096

  init() throws(WeightsProblem) {
    huffman = try Deflater(.huffmanOnly)
    matching = try Deflater(.matching)
    plane = .allocate(byteCount: ArchiveLayout.chunkElements, alignment: 64)
    probe = .allocate(byteCount: Self.probeSize, alignment: 64)
    probeOutput = .allocate(byteCount: Self.probeSize, alignment: 64)
  }

  deinit {
    plane.deallocate()
    probe.deallocate()
    probeOutput.deallocate()
  }

  /// Encodes the elements in `source` into the beginning of `target`, which must be as large.
  func encode(
    _ source: UnsafeRawBufferPointer, as type: ElementType, into target: UnsafeMutableRawBufferPointer
  ) -> (streams: [ArchiveIndex.Stream], length: Int, checksum: UInt32) {
    let elements = source.count / type.size
    let bytes = UnsafeMutableRawBufferPointer(rebasing: plane[..<elements])
    var streams: [ArchiveIndex.Stream] = []
    var length = 0
    for number in (0..<type.size).reversed() {
      extract(plane: number, of: source, as: type, into: bytes)
      let room = UnsafeMutableRawBufferPointer(rebasing: target[length..<length + elements])
      let isExponent = type.isRotated && number == type.size - 1
      if let compressed = compress(UnsafeRawBufferPointer(bytes), alwaysTry: isExponent, into: room) {
        streams.append(ArchiveIndex.Stream(codec: .deflate, length: compressed))
        length += compressed
      } else {
        room.copyMemory(from: UnsafeRawBufferPointer(bytes))
        streams.append(ArchiveIndex.Stream(codec: .stored, length: elements))
        length += elements
      }
    }
    return (streams, length, crc32(UnsafeRawBufferPointer(rebasing: target[..<length])))
  }

  /// Compresses a plane by whichever strategy does better on a sample.
  ///
  /// A plane of which the sample does not lose a sixteenth is stored: it would gain less than it costs to decode.
  /// - Returns: the compressed length, or `nil` when the plane is to be stored.
  private func compress(
    _ bytes: UnsafeRawBufferPointer, alwaysTry: Bool, into target: UnsafeMutableRawBufferPointer
  ) -> Int? {
    let sample = sample(of: bytes)
    let byHuffman = huffman.compress(sample, into: probeOutput) ?? sample.count
    let byMatching = matching.compress(sample, into: probeOutput) ?? sample.count
    guard alwaysTry || min(byHuffman, byMatching) * 16 < sample.count * 15 else { return nil }
    // The stream must be shorter than the plane.
    let room = UnsafeMutableRawBufferPointer(rebasing: target[..<(bytes.count - 1)])
    return byMatching < byHuffman ? matching.compress(bytes, into: room) : huffman.compress(bytes, into: room)
  }

  /// Four pieces from the beginning, the quarters and the middle of a plane, or all of a short one.
  private func sample(of bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    guard bytes.count > Self.probeSize else { return bytes }
    let piece = Self.probeSize / 4
    for quarter in 0..<4 {
      let start = bytes.count / 4 * quarter
      UnsafeMutableRawBufferPointer(rebasing: probe[quarter * piece..<(quarter + 1) * piece])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<start + piece]))
    }
    return UnsafeRawBufferPointer(probe)
  }

  private func extract(
    plane: Int, of source: UnsafeRawBufferPointer, as type: ElementType, into target: UnsafeMutableRawBufferPointer
  ) {
    switch type.size {
    case 1: target.copyMemory(from: source)
    case 2: Self.extract(plane, of: source, as: UInt16.self, rotated: type.isRotated, into: target)
    case 4: Self.extract(plane, of: source, as: UInt32.self, rotated: type.isRotated, into: target)
    default: Self.extract(plane, of: source, as: UInt64.self, rotated: type.isRotated, into: target)
    }
  }

  private static func extract<Word: FixedWidthInteger & UnsignedInteger>(
    _ plane: Int, of source: UnsafeRawBufferPointer, as _: Word.Type, rotated: Bool,
    into target: UnsafeMutableRawBufferPointer
  ) {
    guard let words = source.assumingMemoryBound(to: Word.self).baseAddress,
      let bytes = target.assumingMemoryBound(to: UInt8.self).baseAddress
    else { return }
    let shift = Word(truncatingIfNeeded: 8 * plane)
    let top = Word(truncatingIfNeeded: Word.bitWidth - 1)
    if rotated {
      for index in 0..<target.count {
        let word = words[index]
        bytes[index] = UInt8(truncatingIfNeeded: (word &<< 1 | word &>> top) &>> shift)
      }
    } else {
      for index in 0..<target.count { bytes[index] = UInt8(truncatingIfNeeded: words[index] &>> shift) }
    }
  }
}
