import ZooTensor
import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension WeightDownload {
  /// What became of a file.
  public struct Outcome: Sendable, Hashable {
    /// Where it is.
    public let path: String
    /// Its size in bytes.
    public let byteCount: Int
    /// Of the whole file, in 64 hexadecimal digits.
    public let sha256: String
    /// Whether it was there already, so that nothing was fetched.
    public let wasThere: Bool
    /// How many bytes were left of an earlier attempt.
    public let resumedByteCount: Int
    /// Whether its SHA-256 was known before.
    public let isVerified: Bool
  }

  /// Fetches the file, unless it is there.
  ///
  /// An earlier attempt's bytes are used where the file's SHA-256 is known, so that a file that changed meanwhile is noticed.
  ///
  /// - Parameters:
  ///   - overwrite: fetch it in any case, and replace what has its name.
  ///   - patience: after how many seconds, at least 1, in which less than 100 bytes a second came, the server is given up.
  ///   - progress: called several times a second with the bytes that are there and, where it is known, the size of all.
  ///   - isCancelled: asked several times a second; `true` ends the transfer, and what came is kept.
  /// - Returns: where the file is, and what is known of it.
  /// - Throws: `DownloadError`, `ZooError.cannotWrite`, `ZooError.cannotRead`. Nothing has the file's name then that did not
  ///   have it before.
  public func run(
    overwrite: Bool = false, patience: Int = 60, progress: (_ byteCount: Int, _ total: Int?) -> Void = { _, _ in },
    isCancelled: () -> Bool = { Task.isCancelled }
  ) throws -> Outcome {
    if !overwrite, let found = try present() { return found }
    try FileSystem.makeFolder(folder)
    let part = try Self.writing(path) { () throws(WeightsProblem) in try AppendedFile("\(path).part") }
    if digest == nil || part.size >= limit { try truncate(part) }
    var resumed = part.size
    if resumed == 0 || !isComplete(part) {
      do {
        try transfer(to: part, &resumed, patience: max(1, patience), progress, isCancelled)
      } catch {
        // Nothing is left of an attempt by which nothing came.
        if part.size == 0 { try? AppendedFile.remove(part.path) }
        throw error
      }
    }
    let found = try verified(part, resumed: resumed)
    try Self.writing(path) { () throws(WeightsProblem) in try part.commit(as: path) }
    return Outcome(
      path: path, byteCount: part.size, sha256: found, wasThere: false, resumedByteCount: resumed,
      isVerified: digest != nil)
  }

  /// The file, where it is looked for before the network is asked.
  private func present() throws -> Outcome? {
    let candidates = places.map { "\($0)/\(file)" } + [path]
    guard let path = candidates.first(where: FileSystem.exists) else { return nil }
    let (found, size) = try Self.digest(of: path)
    if let digest, !found.hasPrefix(digest) {
      throw DownloadError.presentDiffers(path: path, expected: digest, found: found)
    }
    return Outcome(
      path: path, byteCount: size, sha256: found, wasThere: true, resumedByteCount: 0, isVerified: digest != nil)
  }

  /// Whether an earlier attempt has all of it, and lacked only the name.
  private func isComplete(_ part: AppendedFile) -> Bool {
    guard let digest, let found = try? Self.digest(of: part.path).text else { return false }
    return found.hasPrefix(digest)
  }

  /// Fetches what is missing; `resumed`, the bytes that were there, becomes 0 when the server does not go on from there.
  private func transfer(
    to part: AppendedFile, _ resumed: inout Int, patience: Int, _ progress: (Int, Int?) -> Void,
    _ isCancelled: () -> Bool
  ) throws {
    var end = try request(part, patience: patience, progress, isCancelled)
    // A server that gives no parts of files, or that finds nothing after them, is asked for the whole.
    if resumed > 0, !end.wasCancelled, end.code == 33 || end.status == 416 {
      try truncate(part)
      resumed = 0
      end = try request(part, patience: patience, progress, isCancelled)
    }
    if end.wasCancelled {
      throw DownloadError.cancelled(part: part.path, byteCount: part.size)
    }
    guard end.code != 63 else { throw try tooLarge(part, stated: end.total) }
    guard end.code == 0 else {
      throw failed(
        TransferProblem(code: end.code, status: end.status, words: end.words, patience: patience), part, end.total)
    }
    if let total = end.total, part.size < total { throw failed(.cut(""), part, total) }
  }

  private func failed(_ problem: TransferProblem, _ part: AppendedFile, _ total: Int?) -> DownloadError {
    // Without a digest nobody could tell whether the rest is of the same file.
    return .transfer(
      address: address, problem, part: part.path, byteCount: digest == nil ? 0 : part.size, total: total)
  }

  private func request(
    _ part: AppendedFile, patience: Int, _ progress: (Int, Int?) -> Void, _ isCancelled: () -> Bool
  ) throws -> CurlTransfer.End {
    let transfer = CurlTransfer(address: requested, offset: part.size, limit: limit, patience: patience)
    var stated: Int?
    return try transfer.run { bytes in
      guard bytes.count <= limit - part.size else { throw try tooLarge(part, stated: stated) }
      try Self.writing(path) { () throws(WeightsProblem) in try part.append(bytes) }
    } watch: { total in
      stated = total
      if let total, total > limit { throw try tooLarge(part, stated: total) }
      progress(part.size, total)
      return !isCancelled()
    }
  }

  private func tooLarge(_ part: AppendedFile, stated: Int?) throws -> DownloadError {
    try Self.writing(path) { () throws(WeightsProblem) in try AppendedFile.remove(part.path) }
    return .tooLarge(address: address, stated: stated.flatMap { $0 > limit ? $0 : nil }, limit: limit)
  }

  /// The SHA-256 of what came, which is removed if it is not as it must be.
  private func verified(_ part: AppendedFile, resumed: Int) throws -> String {
    let found = try Self.digest(of: part.path).text
    var problem: DownloadError?
    if let digest {
      if !found.hasPrefix(digest) {
        problem = .differs(
          address: address, expected: digest, found: found, byteCount: part.size, resumed: resumed)
      }
    } else if try Self.isPage(part.path) {
      problem = .page(address: address)
    }
    guard let problem else { return found }
    try Self.writing(path) { () throws(WeightsProblem) in try AppendedFile.remove(part.path) }
    throw problem
  }

  private func truncate(_ part: AppendedFile) throws {
    guard part.size > 0 else { return }
    try Self.writing(path) { () throws(WeightsProblem) in try part.truncate(to: 0) }
  }

  private static func digest(of path: String) throws -> (text: String, byteCount: Int) {
    do throws(WeightsProblem) {
      let file = try InputFile(path)
      var hash = SHA256()
      for start in stride(from: 0, to: file.size, by: 1 << 20) {
        hash.update(try file.bytes(at: start, count: min(1 << 20, file.size - start)))
      }
      return (hash.digest.hexadecimal, file.size)
    } catch .file(.empty) {
      return (SHA256.digest(of: []).hexadecimal, 0)
    } catch {
      throw ZooError.cannotRead(path: path, reason: "\(error)")
    }
  }

  /// Whether the file begins with text that begins as HTML or XML does, which no file of weights does.
  private static func isPage(_ path: String) throws -> Bool {
    do throws(WeightsProblem) {
      let file = try InputFile(path)
      let start = try file.bytes(at: 0, count: min(file.size, 512))
      let blanks: [UInt8] = [0x09, 0x0A, 0x0D, 0x20]
      let text = start.starts(with: [0xEF, 0xBB, 0xBF]) ? start.dropFirst(3) : start[...]
      return text.first { !blanks.contains($0) } == UInt8(ascii: "<")
        && text.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || blanks.contains($0) }
    } catch {
      return false
    }
  }

  /// Has what goes wrong with a file said in the words of this library.
  private static func writing<Result>(
    _ path: String, _ body: () throws(WeightsProblem) -> Result
  ) throws -> Result {
    do throws(WeightsProblem) {
      return try body()
    } catch .file(.cannotCreate(let name, SystemError(EBUSY))) {
      throw DownloadError.busy(path: name)
    } catch {
      throw FileSystem.error(error, writing: path)
    }
  }
}
