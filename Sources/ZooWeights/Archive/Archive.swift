import Synchronization
import ZooTensor

/// An open archive. Opening reads and checks the index; tensors are read when they are asked for.
public final class Archive: Sendable {
  /// Where the file is, as it was given.
  public let path: String
  /// What the file says beside its tensors, by key: source, licence, and what `pack` adds.
  public let metadata: [String: String]
  /// What identifies the tensors, independent of their order and compression.
  public let contentIdentifier: ContentIdentifier
  /// The size of the file in bytes.
  public let fileSize: Int

  let file: InputFile
  let index: ArchiveIndex
  /// Positions in `index.tensors` in the order of the data.
  let order: [Int]
  private let decoders = Mutex<[ChunkDecoder]>([])

  /// - Throws: `WeightsError` saying what is wrong with the file, before anything is allocated for its tensors.
  public convenience init(path: String, limits: WeightsLimits = WeightsLimits()) throws(WeightsError) {
    do throws(WeightsProblem) {
      try self.init(file: InputFile(path), limits: limits)
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  init(file: InputFile, limits: WeightsLimits) throws(WeightsProblem) {
    let footerOffset = file.size - ArchiveLayout.footerSize
    guard footerOffset >= ArchiveLayout.superblockSize else { throw .archive(.tooShort(size: file.size)) }
    try Self.checkSuperblock(file.bytes(at: 0, count: ArchiveLayout.superblockSize))
    let footer = try Footer(file.bytes(at: footerOffset, count: ArchiveLayout.footerSize))
    guard footer.indexLength <= ArchiveLayout.maximumIndexLength else {
      throw .archive(.indexTooLong(footer.indexLength))
    }
    let (end, overflow) = footer.indexOffset.addingReportingOverflow(footer.indexLength)
    guard !overflow, end == UInt64(footerOffset), footer.indexOffset >= ArchiveLayout.superblockSize else {
      throw .archive(
        .indexOutOfPlace(offset: footer.indexOffset, length: footer.indexLength, expectedEnd: footerOffset))
    }
    let dataEnd = Int(footer.indexOffset)
    let bytes = try file.bytes(at: dataEnd, count: Int(footer.indexLength))
    guard crc32(bytes) == footer.indexChecksum else { throw .archive(.indexChecksum) }
    index = try ArchiveIndex.decode(bytes, dataEnd: dataEnd, limits: limits)
    contentIdentifier = index.contentIdentifier
    guard contentIdentifier.bytes == footer.contentIdentifier else { throw .archive(.contentIdentifier) }
    order = index.dataOrder
    self.file = file
    path = file.path
    metadata = index.metadata
    fileSize = file.size
  }

  /// Whether a file begins or ends as archives do, damaged or not.
  package static func isOne(_ path: String) -> Bool {
    guard let file = try? InputFile(path) else { return false }
    let length = ArchiveLayout.magic.count
    guard let start = try? file.bytes(at: 0, count: min(file.size, length)),
      let end = try? file.bytes(at: max(0, file.size - length), count: min(file.size, length))
    else { return false }
    return (!start.isEmpty && ArchiveLayout.magic.starts(with: start.prefix(4)))
      || start.dropFirst().starts(with: ArchiveLayout.magic[1..<4]) || end == ArchiveLayout.magic.reversed()
  }

  /// The SHA-256 that the index gives for a tensor: 32 bytes, or `nil` when there is no such tensor.
  func digest(of name: String) -> [UInt8]? {
    position(of: name).map { index.tensors[$0].digest }
  }

  private func position(of name: String) -> Int? {
    var (low, high) = (0, index.tensors.count)
    while low < high {
      let middle = (low + high) / 2
      if String.bytewisePrecedes(index.tensors[middle].name, name) { low = middle + 1 } else { high = middle }
    }
    return low < index.tensors.count && index.tensors[low].name == name ? low : nil
  }

  /// How many bytes of the file a tensor takes; `nil` when there is no such tensor.
  public func storedByteCount(of name: String) -> Int? {
    position(of: name).map { index.tensors[$0].chunks.reduce(0) { $0 + $1.length } }
  }

  /// Lends a decoder, with its buffers, to one thread.
  func withDecoder(_ body: (ChunkDecoder) throws(WeightsProblem) -> Void) throws(WeightsProblem) {
    let decoder: ChunkDecoder
    if let idle = decoders.withLock({ $0.popLast() }) {
      decoder = idle
    } else {
      decoder = try ChunkDecoder()
    }
    try body(decoder)
    decoders.withLock { $0.append(decoder) }
  }

  private static func checkSuperblock(_ bytes: [UInt8]) throws(WeightsProblem) {
    let magic = Array(bytes[..<8])
    guard magic == ArchiveLayout.magic else {
      let isMangled = magic.starts(with: ArchiveLayout.magic[..<4]) || magic[1...].starts(with: [0x5A, 0x4F, 0x4F])
      throw .archive(isMangled ? .mangledByTextTransfer : .badMagic(found: magic))
    }
    var reader = ByteReader(bytes, range: 8..<bytes.count)
    guard let major = reader.integer(UInt16.self), reader.integer(UInt16.self) != nil,
      let flags = reader.integer(UInt32.self), let checksum = reader.integer(UInt32.self)
    else { throw .archive(.tooShort(size: bytes.count)) }
    guard checksum == crc32(Array(bytes[..<ArchiveLayout.superblockChecked])) else {
      throw .archive(.superblockChecksum)
    }
    guard major == ArchiveLayout.major else { throw .archive(.unsupportedVersion(Int(major))) }
    guard flags == 0 else { throw .archive(.unknownFlags(flags)) }
    if let position = bytes[reader.position...].firstIndex(where: { $0 != 0 }) {
      throw .archive(.reservedNotZero(offset: position))
    }
  }

  private struct Footer {
    let indexOffset: UInt64
    let indexLength: UInt64
    let indexChecksum: UInt32
    let contentIdentifier: [UInt8]

    init(_ bytes: [UInt8]) throws(WeightsProblem) {
      guard Array(bytes[56...]) == ArchiveLayout.magic.reversed() else { throw .archive(.badFooter) }
      var reader = ByteReader(bytes)
      guard let offset = reader.integer(UInt64.self), let length = reader.integer(UInt64.self),
        let indexChecksum = reader.integer(UInt32.self), let identifier = reader.slice(32),
        let checksum = reader.integer(UInt32.self)
      else { throw .archive(.badFooter) }
      guard checksum == crc32(Array(bytes[..<ArchiveLayout.footerChecked])) else { throw .archive(.footerChecksum) }
      indexOffset = offset
      indexLength = length
      self.indexChecksum = indexChecksum
      contentIdentifier = Array(identifier)
    }
  }
}
