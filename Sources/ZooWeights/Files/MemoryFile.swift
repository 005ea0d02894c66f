import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Memory kept in a file as it is, to be mapped back by a later process: a cache and not a format to exchange.
///
/// A page-aligned header, then each piece at the start of a page. The header is the magic, the number of pieces, 32 bytes
/// of key, for each piece its size and CRC-32, and its own CRC-32; numbers are little-endian and 8 bytes long.
package final class MemoryFile: Sendable {
  /// The pieces, for as long as the file object lives.
  package var pieces: [UnsafeRawBufferPointer] {
    offsets.map { UnsafeRawBufferPointer(rebasing: mapping[$0]) }
  }

  nonisolated(unsafe) private let mapping: UnsafeRawBufferPointer
  private let offsets: [Range<Int>]

  private static let magic: [UInt8] = Array("ZOOMEM1\n".utf8)
  private static let page = 1 << 14

  /// Maps a file that `write` made; `nil` when there is none, when it is not of this key and these sizes, or when a bit of
  /// it changed.
  ///
  /// The file must not be shortened by anyone while it is mapped; it may be removed.
  package init?(_ path: String, key: [UInt8], sizes: [Int]) {
    let descriptor = path.withPath { open($0, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    let offsets = Self.offsets(sizes)
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size == off_t(Self.fileSize(offsets, sizes)), status.st_size > 0,
      let start = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED
    else { return nil }
    mapping = UnsafeRawBufferPointer(start: start, count: Int(status.st_size))
    self.offsets = offsets
    madvise(start, mapping.count, MADV_WILLNEED)
    let pieces = pieces
    let checksums = Self.checksums(of: pieces)
    let header = Self.header(key: key, sizes: sizes, checksums: checksums)
    guard mapping.prefix(header.count).elementsEqual(header) else { return nil }
  }

  deinit {
    munmap(UnsafeMutableRawPointer(mutating: mapping.baseAddress), mapping.count)
  }

  /// Writes pieces of memory under a temporary name, and then gives the file its own. `key`: 32 bytes that say what the
  /// memory is for. Throws `WeightsError`, with the old file, if there was one, as it was.
  package static func write(_ pieces: [UnsafeRawBufferPointer], key: [UInt8], to path: String) throws(WeightsError) {
    do throws(WeightsProblem) {
      let sizes = pieces.map(\.count)
      let file = try OutputFile(path, overwrite: true)
      try file.write(header(key: key, sizes: sizes, checksums: checksums(of: pieces)))
      for (piece, range) in zip(pieces, offsets(sizes)) {
        try file.write([UInt8](repeating: 0, count: range.lowerBound - file.size))
        try file.write(piece)
      }
      try file.commit()
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  private static func offsets(_ sizes: [Int]) -> [Range<Int>] {
    var end = headerSize(sizes.count)
    return sizes.map { size in
      let start = (end + page - 1) / page * page
      end = start + size
      return start..<end
    }
  }

  private static func fileSize(_ offsets: [Range<Int>], _ sizes: [Int]) -> Int {
    offsets.last?.upperBound ?? headerSize(sizes.count)
  }

  private static func headerSize(_ count: Int) -> Int { magic.count + 8 + 32 + 16 * count + 8 }

  private static func header(key: [UInt8], sizes: [Int], checksums: [UInt32]) -> [UInt8] {
    precondition(key.count == 32, "a key of \(key.count) bytes")
    var bytes = magic
    func append(_ number: UInt64) {
      withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
    }
    append(UInt64(sizes.count))
    bytes += key
    for (size, checksum) in zip(sizes, checksums) {
      append(UInt64(size))
      append(UInt64(checksum))
    }
    append(UInt64(crc32(bytes)))
    return bytes
  }

  /// CRC-32 of each piece, on all processors.
  private static func checksums(of pieces: [UnsafeRawBufferPointer]) -> [UInt32] {
    [UInt32](unsafeUninitializedCapacity: pieces.count) { checksums, count in
      count = pieces.count
      nonisolated(unsafe) let checksums = checksums
      nonisolated(unsafe) let pieces = pieces
      let work: @Sendable (Int) throws(WeightsProblem) -> Void = { checksums[$0] = crc32(pieces[$0]) }
      // Nothing is thrown.
      try? Workers.forEach(pieces.count, threads: Workers.processorCount, work)
    }
  }
}
