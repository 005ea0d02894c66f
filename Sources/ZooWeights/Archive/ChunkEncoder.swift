import ZooTensor

/// Takes chunks of elements apart into byte planes and compresses those that gain from it.
///
/// A weight's mantissa is noise, its exponent is not: apart, the exponents shrink to a third and the rest is stored.
final class ChunkEncoder {
  private let matching: Deflater
  private let planes: UnsafeMutableRawBufferPointer
  private let probe: UnsafeMutableRawBufferPointer
  private let probeOutput: UnsafeMutableRawBufferPointer

  /// How much of a plane is compressed to see whether the rest is worth it.
  private static let probeSize = 4096

  init() throws(WeightsProblem) {
    matching = try Deflater()
    planes = .allocate(byteCount: ArchiveLayout.chunkElements * 8, alignment: 64)
    probe = .allocate(byteCount: Self.probeSize, alignment: 64)
    probeOutput = .allocate(byteCount: Self.probeSize, alignment: 64)
  }

  deinit {
    planes.deallocate()
    probe.deallocate()
    probeOutput.deallocate()
  }

  /// Encodes the elements in `source` into the beginning of `target`, which must be as large.
  func encode(
    _ source: UnsafeRawBufferPointer, as type: ElementType, into target: UnsafeMutableRawBufferPointer
  ) -> (streams: [ArchiveIndex.Stream], length: Int, checksum: UInt32) {
    let elements = source.count / type.size
    split(source, as: type)
    var streams: [ArchiveIndex.Stream] = []
    var length = 0
    for position in 0..<type.size {
      let plane =
        type.size == 1
        ? source : UnsafeRawBufferPointer(rebasing: planes[position * elements..<(position + 1) * elements])
      let room = UnsafeMutableRawBufferPointer(rebasing: target[length..<length + elements])
      let isExponent = type.isRotated && position == 0
      if let compressed = compress(plane, alwaysTry: isExponent, into: room) {
        streams.append(ArchiveIndex.Stream(codec: .deflate, length: compressed))
        length += compressed
      } else {
        room.copyMemory(from: plane)
        streams.append(ArchiveIndex.Stream(codec: .stored, length: elements))
        length += elements
      }
    }
    return (streams, length, crc32(UnsafeRawBufferPointer(rebasing: target[..<length])))
  }

  /// Fills `planes`, the most significant first.
  private func split(_ source: UnsafeRawBufferPointer, as type: ElementType) {
    guard type.size > 1, let first = planes.assumingMemoryBound(to: UInt8.self).baseAddress else { return }
    withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<UInt8>.self, capacity: type.size) { pointers in
      for position in 0..<type.size {
        pointers.initializeElement(at: position, to: first + position * (source.count / type.size))
      }
      Codec.split(source, size: type.size, rotated: type.isRotated, into: UnsafeBufferPointer(pointers))
    }
  }

  /// Compresses a plane by whichever strategy does better on a sample.
  ///
  /// A plane of which the sample does not lose a sixteenth is stored: it would gain less than it costs to decode.
  /// - Returns: the compressed length, or `nil` when the plane is to be stored.
  private func compress(
    _ bytes: UnsafeRawBufferPointer, alwaysTry: Bool, into target: UnsafeMutableRawBufferPointer
  ) -> Int? {
    let sample = sample(of: bytes)
    let byHuffman = min(Codec.deflatedLength(sample), sample.count)
    let byMatching = matching.compress(sample, into: probeOutput) ?? sample.count
    guard alwaysTry || min(byHuffman, byMatching) * 16 < sample.count * 15 else { return nil }
    // The stream must be shorter than the plane.
    let room = UnsafeMutableRawBufferPointer(rebasing: target[..<(bytes.count - 1)])
    return byMatching < byHuffman ? matching.compress(bytes, into: room) : Codec.deflateLiterals(bytes, into: room)
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
}
