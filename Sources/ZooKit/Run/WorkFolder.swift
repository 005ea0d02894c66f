import ZooTensor
import ZooWeights

/// The folder of a run: `run.json`, which says what every worker does, and `parts/`, where a part is when it is whole.
///
/// Workers have nothing else in common, and need not know of each other.
public struct WorkFolder: Sendable {
  /// Where it is.
  public let path: String
  /// What the run was begun with.
  public let record: WorkRecord

  /// The largest part, in bytes.
  static let maximumPartSize = 1 << 30

  /// Opens the folder of a run that was begun.
  ///
  /// - Throws: `WorkError.notARun` or `.damagedRecord`, `ZooError`.
  public init(_ path: String) throws {
    let file = "\(path)/\(WorkRecord.fileName)"
    guard FileSystem.exists(file) else { throw WorkError.notARun(folder: path) }
    self.path = path
    record = try WorkRecord(bytes: FileSystem.read(file, limit: WorkRecord.maximumSize), path: file)
  }

  /// Begins a run in a folder, which is made, or goes on with the one that is there.
  ///
  /// - Throws: `WorkError.otherRun` when that is of something else, `.damagedRecord`; `ZooError`.
  public init(_ path: String, for record: WorkRecord) throws {
    try FileSystem.makeFolder("\(path)/parts")
    let file = "\(path)/\(WorkRecord.fileName)"
    if !FileSystem.exists(file) {
      do {
        try FileSystem.write(record.bytes, to: file, overwrite: false)
      } catch ZooError.alreadyExists {
        // Another worker was sooner.
      }
    }
    try self.init(path)
    let differences = self.record.differences(from: record)
    guard differences.isEmpty else { throw WorkError.otherRun(folder: path, differences) }
  }

  /// Where a part is when it is whole: `parts/000017`.
  public func path(of part: Int) -> String {
    let digits = String(part)
    return "\(path)/parts/" + String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
  }

  /// Where the pictures are named that a part could not be made of.
  func reportPath(of part: Int) -> String { path(of: part) + ".errors.jsonl" }

  /// What there is of a part.
  public enum State: Hashable, Sendable {
    /// Nothing.
    case missing
    /// Something that is not the part, or not whole.
    case damaged
    /// All of it.
    case done(WorkFooter)

    /// What the part says of itself; `nil` when it is not whole.
    public var footer: WorkFooter? {
      if case .done(let footer) = self { footer } else { nil }
    }
  }

  /// Looks for a part.
  ///
  /// - Parameters:
  ///   - part: its number.
  ///   - verifying: whether every byte of the rows is looked at as well.
  /// - Throws: `ZooError.cannotRead` when the system will not read what is there.
  /// - Returns: What there is of it.
  public func state(of part: Int, verifying: Bool) throws(ZooError) -> State {
    let path = path(of: part)
    do throws(WeightsProblem) {
      guard FileSystem.exists(path) else { return .missing }
      let file = try InputFile(path)
      guard file.size <= Self.maximumPartSize + WorkFooter.tailLength + (32 << 20) else { return .damaged }
      guard let footer = try Self.footer(file, part, record) else { return .damaged }
      guard verifying else { return .done(footer) }
      var hash = SHA256()
      try Self.read(file, 0..<footer.rowByteCount) { (bytes) throws(WeightsProblem) in hash.update(bytes) }
      return hash.digest.hexadecimal == footer.sha256 ? .done(footer) : .damaged
    } catch {
      switch error {
      case .file(.missing): return .missing
      case .file(.shrank), .file(.notRegular): return .damaged
      case .file(.cannotOpen(let system)), .file(.cannotRead(_, let system)):
        throw .cannotRead(path: path, reason: system.message)
      default: throw .cannotRead(path: path, reason: "\(error)")
      }
    }
  }

  private static func footer(_ file: InputFile, _ part: Int, _ record: WorkRecord) throws(WeightsProblem) -> WorkFooter?
  {
    var problem: WeightsProblem?
    let footer = WorkFooter(size: file.size, part: part, of: record) { offset, count in
      do throws(WeightsProblem) {
        return try file.bytes(at: offset, count: count)
      } catch {
        problem = error
        return []
      }
    }
    if let problem { throw problem }
    return footer
  }

  /// Bytes of a file, some at a time.
  static func read(
    _ file: InputFile, _ range: Range<Int>, _ body: ([UInt8]) throws(WeightsProblem) -> Void
  ) throws(WeightsProblem) {
    let step = 4 << 20
    var start = range.lowerBound
    while start < range.upperBound {
      let count = min(step, range.upperBound - start)
      try body(try file.bytes(at: start, count: count))
      start += count
    }
  }

  /// Removes a part.
  ///
  /// - Throws: `WeightsError` when it cannot be.
  func remove(_ part: Int) throws(WeightsError) {
    let path = path(of: part)
    do throws(WeightsProblem) {
      try AppendedFile.remove(path)
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  /// Notes that a part is of the pictures that are there now.
  func touch(_ part: Int) { FileSystem.touch(path(of: part)) }

  /// Whether a part was made or touched after a time, in seconds since 1970 by the clock of the file system.
  func isMade(_ part: Int, since time: Double) -> Bool { FileSystem.changed(path(of: part)).map { $0 > time } ?? false }

  /// Puts a part where it belongs: under another name first, flushed, then renamed. Where another worker was sooner, what that made
  /// stays.
  ///
  /// - Throws: `WorkError.partTooLarge`, `.partsDiffer` when the other has other rows, `WeightsError` when it cannot be written.
  /// - Returns: The part that is there now.
  func write(_ rows: WorkRows, _ footer: WorkFooter) throws -> PictureWork.Made {
    guard footer.rowByteCount <= Self.maximumPartSize else {
      throw WorkError.partTooLarge(part: footer.part, limit: Self.maximumPartSize)
    }
    var bytes: [UInt8] = []
    let end = try footer.bytes
    bytes.reserveCapacity(footer.rowByteCount + end.count)
    for stream in rows.streams { bytes += stream }
    bytes += end
    let path = path(of: footer.part)
    guard try !Self.write(bytes, to: path, overwrite: false) else {
      return PictureWork.Made(footer: footer, isOurs: true)
    }
    if case .done(let other) = try state(of: footer.part, verifying: true) {
      guard other.sha256 == footer.sha256 else {
        throw WorkError.partsDiffer(path: path, hosts: [other.host, footer.host])
      }
      return PictureWork.Made(footer: other, isOurs: false)
    }
    _ = try Self.write(bytes, to: path, overwrite: true)
    return PictureWork.Made(footer: footer, isOurs: true)
  }

  /// `false` when there is such a file, which is not to be replaced. A disk that is full is told from a folder that cannot be written,
  /// as the next attempt may find room.
  private static func write(_ bytes: [UInt8], to path: String, overwrite: Bool) throws(WeightsError) -> Bool {
    do throws(WeightsProblem) {
      try OutputFile.write(bytes, to: path, overwrite: overwrite)
      return true
    } catch .file(.exists) {
      return false
    } catch {
      throw WeightsError(path: path, error)
    }
  }
}

extension WorkFolder {
  /// Notes of how many workers there are: an empty file `workers/16`.
  func note(_ share: WorkShare) throws(ZooError) {
    let path = "\(path)/workers/\(share.count)"
    guard !FileSystem.exists(path) else { return }
    try FileSystem.makeFolder("\(self.path)/workers")
    try FileSystem.write([], to: path)
  }

  /// How many workers there are, when all that came were of as many.
  var workerCount: Int? {
    guard let names = try? FileSystem.list("\(path)/workers") else { return nil }
    let counts = names.compactMap(Int.init).filter(WorkShare.counts.contains)
    return counts.count == 1 ? counts[0] : nil
  }
}
