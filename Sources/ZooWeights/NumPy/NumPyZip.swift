import Synchronization
import ZooTensor

/// An `.npz` file: a zip file with one `.npy` member per tensor, which is named as the tensor is.
///
/// Members are stored, as `numpy.savez` writes them, or deflated, as `numpy.savez_compressed` does. Other members are
/// skipped.
package enum NumPyZip {
  static func open(
    _ file: InputFile, directory: ZipDirectory, limits: WeightsLimits
  ) throws(WeightsProblem) -> Checkpoint {
    var entries: [Checkpoint.Entry] = []
    var items: [NumPyZipSource.Item] = []
    var skipped: [String] = []
    var logicalBytes = 0
    for member in directory.members {
      guard member.name.hasSuffix(".npy") else {
        if !member.name.hasSuffix("/") { skipped.append(member.name) }
        continue
      }
      guard entries.count < ArchiveLayout.maximumTensors else { throw .numpy(.tooManyFiles) }
      let header: NumPyHeader
      do throws(WeightsProblem) {
        header = try self.header(of: member, in: file)
      } catch {
        guard case .numpy = error else { throw error }
        throw .numpy(.inFile(member.name, error))
      }
      try limits.add(header.byteCount, to: &logicalBytes)
      entries.append(.init(name: String(member.name.dropLast(4)), shape: header.shape, elementType: header.elementType))
      items.append(.init(member: member, header: header))
    }
    return try Checkpoint(
      format: .numpyZip, path: file.path, entries: entries, skipped: skipped,
      source: NumPyZipSource(file: file, items: items))
  }

  private static func header(
    of member: ZipDirectory.Member, in file: InputFile
  ) throws(WeightsProblem) -> NumPyHeader {
    switch member.method {
    case 0:
      return try NumPyHeader(size: member.size) { (offset, count) throws(WeightsProblem) in
        try file.bytes(at: member.dataOffset + offset, count: count)
      }
    case 8:
      let reader = try InflatingReader(member, in: file)
      return try NumPyHeader(size: member.size) { (_, count) throws(WeightsProblem) in try reader.bytes(count) }
    default: throw .zip(.unknownMethod(member.name, method: Int(member.method)))
    }
  }

  /// Writes tensors, stored and not deflated: numbers hardly compress, and stored members are read in pieces.
  /// `positions`: those of the tensors to write, all when `nil`. `wideFrom`: sizes and offsets from this on are written
  /// in the records of zip64.
  package static func write(
    _ checkpoint: Checkpoint, positions: [Int]? = nil, to path: String, overwrite: Bool = false,
    wideFrom: Int = Int(UInt32.max)
  ) throws(WeightsProblem) {
    let file = try OutputFile(path, overwrite: overwrite)
    var zip = ZipWriter(file, wideFrom: wideFrom)
    for position in positions ?? Array(checkpoint.entries.indices) {
      let entry = checkpoint.entries[position]
      if let problem = NameProblem(entry.name) { throw .name(problem) }
      let header = NumPyHeader(shape: entry.shape, elementType: entry.elementType).encoded()
      try zip.begin("\(entry.name).npy", size: header.count + entry.byteCount)
      try header.withUnsafeBufferPointer { (bytes) throws(WeightsProblem) in
        try zip.write(UnsafeRawBufferPointer(bytes))
      }
      try checkpoint.forEachPiece(of: position) { (bytes) throws(WeightsProblem) in try zip.write(bytes) }
      try zip.end()
    }
    try zip.finish()
    try file.commit()
  }
}

/// The arrays in an `.npz` file.
final class NumPyZipSource: TensorSource {
  struct Item: Sendable {
    let member: ZipDirectory.Member
    let header: NumPyHeader

    var isStored: Bool { member.method == 0 }
  }

  private let file: InputFile
  private let items: [Item]
  /// Which stored members have been compared with their CRC-32.
  private let checked = Mutex<Set<Int>>([])

  init(file: InputFile, items: [Item]) {
    self.file = file
    self.items = items
  }

  func readsPieces(of entry: Int) -> Bool { items[entry].isStored && items[entry].header.isPlain }

  /// Compares a stored member with its CRC-32 before it is used; a deflated one is compared as it is read.
  func prepare(_ entry: Int, threads: Int) throws(WeightsProblem) {
    let member = items[entry].member
    guard items[entry].isStored, !checked.withLock({ $0.contains(entry) }) else { return }
    let range = member.dataOffset..<member.dataOffset + member.size
    guard try file.checksum(of: range, threads: threads) == member.checksum else {
      throw .zip(.memberChecksum(member.name))
    }
    _ = checked.withLock { $0.insert(entry) }
  }

  func read(_ entry: Int, piece: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    let item = items[entry]
    let range = Pieces(byteCount: item.header.byteCount, elementType: item.header.elementType)[piece]
    try file.read(at: item.member.dataOffset + item.header.dataOffset + range.lowerBound, into: target)
  }

  func read(_ entry: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    let (member, header) = (items[entry].member, items[entry].header)
    try header.decode(into: target) { (buffer) throws(WeightsProblem) in
      if items[entry].isStored {
        try file.read(at: member.dataOffset + header.dataOffset, into: buffer)
      } else {
        let reader = try InflatingReader(member, in: file)
        _ = try reader.bytes(header.dataOffset)
        try reader.read(into: buffer)
        try reader.finish()
      }
    }
  }
}
