import FoundationEssentials
import ZooTensor
import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Which parts workers are at that take what is free, as files in a folder that all of them see.
///
/// `claims/17.0` is made by the one worker that does part 17: of several that try, the file system lets one (`O_EXCL`). It touches
/// the file while it works. When it has not for as long as the lease, or is gone, which the lock on `claims/worker.TOKEN` tells on the
/// same machine, another makes `claims/17.1`, which again only one can, and the first, should it live, leaves the part. Times are
/// compared with that of a file of one's own, just touched, so that they are all of the same clock.
///
/// Nothing depends on claims but who does what: a part that two have done has the same rows, and only one of the two is kept.
final class WorkClaims {
  /// What is in a claim.
  struct Holder: Codable, Hashable {
    /// The machine's name, for a person.
    let host: String
    /// Within the machine.
    let process: Int32
    /// What tells machines, and containers that count processes for themselves, from each other.
    let machine: String
    /// Of this worker alone.
    let token: String
    /// How long a claim holds that is not touched, in seconds.
    let lease: Int
  }

  private struct Claim {
    let part: Int
    let generation: Int
    var lastTouch: ContinuousClock.Instant
  }

  /// The leases that there can be, in seconds.
  static let leases = 1...86_400

  private let folder: WorkFolder
  private let path: String
  private let holder: Holder
  private let contents: [UInt8]
  private var claim: Claim?
  /// When this worker came, by the clock of the file system.
  private(set) var begin = 0.0

  /// Of the worker's own file, which is locked until the worker ends, whatever ends it.
  private var lock: CInt = -1

  init(_ folder: WorkFolder, lease: Int) throws {
    self.folder = folder
    path = "\(folder.path)/claims"
    holder = Holder(
      host: Self.host, process: getpid(), machine: Self.machine,
      token: String(UInt64.random(in: 0 ... .max), radix: 16), lease: lease)
    contents = Array(try JSONEncoder().encode(holder))
    begin = try now()
  }

  deinit { if lock >= 0 { close(lock) } }

  /// A number that other workers are unlikely to have, to begin at different parts.
  var start: Int { Int(UInt64(holder.token, radix: 16).map { $0 >> 1 } ?? 0) }

  private var ownPath: String { "\(path)/worker.\(holder.token)" }

  private static func name(_ part: Int, _ generation: Int) -> String { "\(part).\(generation)" }

  // MARK: Taking

  /// The latest claim of each part.
  func generations() throws(ZooError) -> [Int: Int] {
    var latest: [Int: Int] = [:]
    for (part, generation) in try Self.claims(in: path) { latest[part] = max(latest[part] ?? 0, generation) }
    return latest
  }

  /// Claims a part, unless somebody else has it.
  ///
  /// - Parameters:
  ///   - part: its number.
  ///   - latest: the latest claim of it that was seen, if there was one.
  /// - Throws: `ZooError.cannotWrite` or `.cannotRead`.
  /// - Returns: Whether it is this worker's now.
  func take(_ part: Int, after latest: Int?) throws(ZooError) -> Bool {
    if let latest {
      // One that is gone meanwhile is looked for again.
      guard try isOver(Self.name(part, latest)) == true else { return false }
    }
    let generation = latest.map { $0 + 1 } ?? 0
    guard let descriptor = try create("\(path)/\(Self.name(part, generation))") else { return false }
    close(descriptor)
    claim = Claim(part: part, generation: generation, lastTouch: .now)
    return true
  }

  /// Whether the part that this worker is at is still its own. Touches the claim when it is time.
  func isHeld() -> Bool {
    guard let claim else { return false }
    guard ContinuousClock.now - claim.lastTouch >= .seconds(holder.lease) / 4 else { return true }
    let isThere = "\(path)/\(Self.name(claim.part, claim.generation))".withPath { utimensat(AT_FDCWD, $0, nil, 0) == 0 }
    guard isThere, !FileSystem.exists("\(path)/\(Self.name(claim.part, claim.generation + 1))") else { return false }
    self.claim?.lastTouch = .now
    return true
  }

  /// Gives up the part that this worker is at; `isDone`: with all claims that others had of it.
  func release(isDone: Bool) {
    guard let claim else { return }
    for generation in isDone ? 0...claim.generation : claim.generation...claim.generation {
      "\(path)/\(Self.name(claim.part, generation))".withPath { _ = unlink($0) }
    }
    self.claim = nil
  }

  /// Leaves; `isDone`: all parts are there, and so nobody's claim means anything.
  func leave(isDone: Bool) {
    release(isDone: false)
    ownPath.withPath { _ = unlink($0) }
    guard isDone else { return }
    Self.clear(path)
  }

  /// Removes all claims, of which none is needed any more.
  static func clear(_ path: String) {
    for name in (try? directoryNames(path)) ?? [] where isName(name) {
      "\(path)/\(name)".withPath { _ = unlink($0) }
    }
    path.withPath { _ = rmdir($0) }
  }

  /// The descriptor of a file that was not there; `nil` when it was.
  private func create(_ file: String) throws(ZooError) -> CInt? {
    var attempts = 0
    while true {
      let descriptor = file.withPath { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
      if descriptor >= 0 {
        let written = contents.withUnsafeBytes { systemWrite(descriptor, $0) }
        guard written == contents.count else {
          let error = SystemError(written < 0 ? errno : ENOSPC)
          close(descriptor)
          file.withPath { _ = unlink($0) }
          throw .cannotWrite(path: file, reason: error.message)
        }
        return descriptor
      }
      let error = SystemError(errno)
      if error.number == EEXIST { return nil }
      // The last of the others that left has removed the folder.
      guard error.number == ENOENT, attempts < 10 else { throw .cannotWrite(path: file, reason: error.message) }
      attempts += 1
      try FileSystem.makeFolder(path)
    }
  }

  // MARK: Looking

  /// The time of the file system's clock, in seconds.
  private func now() throws(ZooError) -> Double {
    if ownPath.withPath({ utimensat(AT_FDCWD, $0, nil, 0) }) != 0, let descriptor = try create(ownPath) {
      if lock >= 0 { close(lock) }
      lock = descriptor
      _ = flock(lock, LOCK_EX | LOCK_NB)
    }
    var status = stat()
    guard ownPath.withPath({ stat($0, &status) }) == 0 else {
      throw .cannotRead(path: ownPath, reason: SystemError(errno).message)
    }
    return status.modified
  }

  /// Whether a claim does not count any more; `nil` when it is gone.
  private func isOver(_ name: String) throws(ZooError) -> Bool? {
    guard let (other, touched) = try Self.read("\(path)/\(name)") else { return nil }
    if let other, other.machine == holder.machine {
      if kill(other.process, 0) != 0, errno == ESRCH { return true }
      if isUnlocked("\(path)/worker.\(other.token)") { return true }
    }
    return try now() - touched > Double(other?.lease ?? holder.lease)
  }

  /// Whether nobody has the file open who made it; where a file system has no locks, nobody knows.
  private func isUnlocked(_ file: String) -> Bool {
    let descriptor = file.withPath { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_EX | LOCK_NB) == 0
  }

  /// What a claim says and when it was touched; `nil` when it is gone. It is opened, as only then network file systems ask anew.
  private static func read(_ path: String) throws(ZooError) -> (Holder?, touched: Double)? {
    let descriptor = path.withPath { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw .cannotRead(path: path, reason: SystemError(errno).message)
    }
    defer { close(descriptor) }
    var status = stat()
    var buffer = [UInt8](repeating: 0, count: 4096)
    guard fstat(descriptor, &status) == 0 else { throw .cannotRead(path: path, reason: SystemError(errno).message) }
    let count = buffer.withUnsafeMutableBytes { systemRead(descriptor, $0) }
    let holder = try? JSONDecoder().decode(Holder.self, from: Data(buffer.prefix(max(0, count))))
    return (holder, status.modified)
  }

  private static func isName(_ name: String) -> Bool { name.hasPrefix("worker.") || numbers(name) != nil }

  private static func numbers(_ name: String) -> (part: Int, generation: Int)? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    // Nobody else's files are claims, nor have ours more digits.
    guard parts.count == 2,
      parts.allSatisfy({ $0.utf8.count <= 12 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
      let part = Int(parts[0]), let generation = Int(parts[1])
    else { return nil }
    return (part, generation)
  }

  private static func claims(in path: String) throws(ZooError) -> [(part: Int, generation: Int)] {
    do throws(SystemError) {
      return try directoryNames(path).compactMap(numbers)
    } catch {
      if error.number == ENOENT { return [] }
      throw .cannotRead(path: path, reason: error.message)
    }
  }

  /// Whether a part was given up after this worker had come, by another one.
  func wasRefused(_ part: Int) -> Bool {
    var status = stat()
    return folder.reportPath(of: part).withPath { stat($0, &status) } == 0 && status.modified >= begin
  }

  // MARK: Machines

  /// What this machine is called.
  static let host: String = {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }()

  /// The numbers of processes are the same thing only within one boot of one kernel, and one of its spaces of numbers.
  private static let machine: String = {
    var space = [CChar](repeating: 0, count: 64)
    let count = readlink("/proc/self/ns/pid", &space, space.count)
    let words = space.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
    return "\(boot ?? host) \(String(decoding: words, as: UTF8.self))"
  }()

  private static let boot: String? = {
    let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 64)
    let count = buffer.withUnsafeMutableBytes { systemRead(descriptor, $0) }
    return String(decoding: buffer.prefix(max(0, count)).prefix { $0 > 0x20 }, as: UTF8.self)
  }()
}

extension WorkClaims {
  /// What somebody else sees of a claim.
  struct Sight {
    let part: Int
    let holder: Holder?
    /// When it was touched, in seconds since 1970.
    let touched: Double
  }

  /// The latest claim of each part.
  static func seen(in folder: WorkFolder) throws(ZooError) -> [Sight] {
    let path = "\(folder.path)/claims"
    var latest: [Int: Int] = [:]
    for (part, generation) in try claims(in: path) { latest[part] = max(latest[part] ?? 0, generation) }
    var sights: [Sight] = []
    for (part, generation) in latest.sorted(by: { $0.key < $1.key }) {
      guard let (holder, touched) = try read("\(path)/\(name(part, generation))") else { continue }
      sights.append(Sight(part: part, holder: holder, touched: touched))
    }
    return sights
  }
}

extension stat {
  /// When the contents were changed, or touched, in seconds since 1970.
  var modified: Double {
    #if canImport(Darwin)
      Double(st_mtimespec.tv_sec) + Double(st_mtimespec.tv_nsec) * 1e-9
    #else
      Double(st_mtim.tv_sec) + Double(st_mtim.tv_nsec) * 1e-9
    #endif
  }
}

private func systemRead(_ descriptor: CInt, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
  read(descriptor, buffer.baseAddress, buffer.count)
}

private func systemWrite(_ descriptor: CInt, _ buffer: UnsafeRawBufferPointer) -> Int {
  write(descriptor, buffer.baseAddress, buffer.count)
}
