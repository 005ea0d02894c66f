import ZooTensor

/// The table of an archive: which tensors there are and where their chunks lie.
struct ArchiveIndex: Sendable {
  /// Sorted by the UTF-8 bytes of their names.
  var tensors: [Tensor] = []
  var metadata: [String: String] = [:]

  struct Tensor: Sendable {
    let name: String
    let elementType: ElementType
    let shape: Shape
    /// SHA-256 of the elements, little-endian, in row-major order.
    var digest: [UInt8] = []
    var chunks: [Chunk] = []
    /// The streams of all chunks, `elementType.size` per chunk, most significant plane first.
    var streams: [Stream] = []

    var byteCount: Int { shape.elementCount * elementType.size }

    func streams(ofChunk chunk: Int) -> ArraySlice<Stream> {
      let planes = elementType.size
      return streams[chunk * planes..<(chunk + 1) * planes]
    }

    /// The number of chunks that a tensor of this shape is cut into.
    static func chunkCount(elements: Int) -> Int {
      elements / ArchiveLayout.chunkElements + (elements % ArchiveLayout.chunkElements == 0 ? 0 : 1)
    }
  }

  struct Chunk: Sendable {
    let offset: Int
    let elements: Int
    /// The length of the streams together.
    let length: Int
    let checksum: UInt32
  }

  struct Stream: Sendable {
    let codec: StreamCodec
    let length: Int
  }

  /// The positions in `tensors` in the order of the data; tensors without elements come last, by name.
  var dataOrder: [Int] {
    tensors.indices.sorted { left, right in
      let places = (tensors[left].chunks.first?.offset ?? .max, tensors[right].chunks.first?.offset ?? .max)
      return places.0 == places.1 ? left < right : places.0 < places.1
    }
  }

  var contentIdentifier: ContentIdentifier {
    var hash = SHA256()
    for tensor in tensors {
      var record: [UInt8] = []
      tensor.appendIdentity(to: &record)
      record += tensor.digest
      hash.update(record)
    }
    return ContentIdentifier(bytes: hash.digest)
  }
}

extension ArchiveIndex {
  func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt32(tensors.count))
    for tensor in tensors {
      tensor.appendIdentity(to: &bytes)
      bytes.append(littleEndian: UInt32(tensor.chunks.count))
      bytes += tensor.digest
      for (number, chunk) in tensor.chunks.enumerated() {
        bytes.append(littleEndian: UInt64(chunk.offset))
        bytes.append(littleEndian: UInt32(chunk.elements))
        for stream in tensor.streams(ofChunk: number) {
          bytes.append(stream.codec.rawValue)
          bytes.append(littleEndian: UInt32(stream.length))
        }
        bytes.append(littleEndian: chunk.checksum)
      }
    }
    bytes.append(littleEndian: UInt32(metadata.count))
    for (key, value) in metadata.sorted(by: { String.bytewisePrecedes($0.key, $1.key) }) {
      bytes.append(littleEndian: UInt16(key.utf8.count))
      bytes += key.utf8
      bytes.append(littleEndian: UInt32(value.utf8.count))
      bytes += value.utf8
    }
    return bytes
  }
}

extension ArchiveIndex.Tensor {
  /// Name, type and shape: what a record starts with, and what the content identifier covers besides the digest.
  fileprivate func appendIdentity(to bytes: inout [UInt8]) {
    bytes.append(littleEndian: UInt16(name.utf8.count))
    bytes += name.utf8
    bytes.append(elementType.archiveCode)
    bytes.append(UInt8(shape.rank))
    for dimension in shape.dimensions { bytes.append(littleEndian: UInt64(dimension)) }
  }
}
