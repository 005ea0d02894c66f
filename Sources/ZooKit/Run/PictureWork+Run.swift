import ZooRuntime
import ZooTensor
import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How many pictures of a part may be without an answer before the part is given up.
public enum ErrorLimit: Hashable, Sendable {
  /// So many of each part.
  case count(Int)
  /// So many of 1,000,000 of each part.
  case partsPerMillion(Int)

  /// Reads `5`, or `1%` and `0.25%`.
  ///
  /// - Throws: `WorkError.errorLimit`.
  public init(_ text: String) throws(WorkError) {
    if text.hasSuffix("%"), let percent = Double(text.dropLast()), (0...100).contains(percent) {
      self = .partsPerMillion(Int((percent * 10_000).rounded()))
    } else if let count = Int(text), count >= 0 {
      self = .count(count)
    } else {
      throw .errorLimit(text)
    }
  }

  /// How many of so many pictures, rounded down.
  public func allowed(of pictures: Int) -> Int {
    switch self {
    case .count(let count): count
    case .partsPerMillion(let parts): pictures * parts / 1_000_000
    }
  }
}

extension PictureWork {
  /// How a worker works.
  public struct Options: Hashable, Sendable {
    /// How many pictures are run together. The rows do not depend on it.
    public var batch: Int
    /// `nil` when any number of pictures may be without an answer.
    public var errorLimit: ErrorLimit?

    /// - Parameters:
    ///   - batch: how many pictures are run together.
    ///   - errorLimit: how many pictures of a part may be without an answer.
    public init(batch: Int = 16, errorLimit: ErrorLimit? = nil) {
      self.batch = batch
      self.errorLimit = errorLimit
    }
  }

  /// What happens while a worker works.
  public enum Event: Hashable, Sendable {
    /// A part was there and whole.
    case found(WorkFooter)
    /// A part was there and is not whole, or is of another run: it is done again.
    case damaged(path: String)
    /// A part was there whose pictures were changed since it was made: it is done again.
    case outdated(path: String)
    /// So many pictures of a part have their rows.
    case advanced(part: Int, pictures: Int)
    /// A part is done.
    case done(WorkFooter)
  }

  /// What a worker did.
  public struct Outcome: Hashable, Sendable {
    /// How many parts it made.
    public var made = 0
    /// How many parts were there.
    public var found = 0
    /// The pictures of the parts that it made.
    public var pictures = 0
    /// How many of those have no answer.
    public var errors = 0
    /// How many parts were given up because too many of their pictures have no answer.
    public var refused = 0
    /// Whether it was to end before all were done.
    public var isStopped = false

    /// A part is there that this worker made, or, while it was at it, another.
    mutating func add(_ made: Made, _ report: (Event) -> Void) {
      guard made.isOurs else {
        found += 1
        return report(.found(made.footer))
      }
      self.made += 1
      pictures += made.footer.count
      errors += made.footer.errorCount
      report(.done(made.footer))
    }
  }

  /// A part that is there.
  struct Made {
    let footer: WorkFooter
    /// Whether it is what this worker wrote.
    let isOurs: Bool
  }

  /// Does the parts of a share that are not there yet, one after the other.
  ///
  /// - Parameters:
  ///   - folder: where the parts go.
  ///   - share: which of them.
  ///   - options: how the worker works.
  ///   - isStopped: asked often; when it answers yes, the part that is begun is left, and nothing remains of it.
  ///   - report: told what happens.
  /// - Throws: `WorkError.tooManyErrors` or `.partTooLarge`, `RuntimeError`, `ImageError` for a disk that does not answer, `ZooError`.
  /// - Returns: What was done.
  @discardableResult
  public func run(
    in folder: WorkFolder, share: WorkShare = .all, options: Options = Options(), isStopped: () -> Bool = { false },
    report: (Event) -> Void = { _ in }
  ) throws -> Outcome {
    try check(options)
    var outcome = Outcome()
    try folder.note(share)
    for part in stride(from: share.index, to: record.partCount, by: share.count) {
      if isStopped() {
        outcome.isStopped = true
        return outcome
      }
      switch try folder.state(of: part, verifying: true) {
      case .done(let footer) where try isCurrent(footer, in: folder):
        outcome.found += 1
        report(.found(footer))
        continue
      case .done:
        report(.outdated(path: folder.path(of: part)))
        try folder.remove(part)
      case .damaged: report(.damaged(path: folder.path(of: part)))
      case .missing: break
      }
      guard let made = try make(part, in: folder, options, isStopped, report) else {
        outcome.isStopped = true
        return outcome
      }
      outcome.add(made, report)
    }
    return outcome
  }

  func check(_ options: Options) throws(RuntimeError) {
    guard (1...CompiledNetwork.maximumBatch).contains(options.batch) else {
      throw RuntimeError.batch(options.batch, expected: 1...CompiledNetwork.maximumBatch)
    }
  }

  /// Makes a part; `nil` when it was to end before that was done.
  func make(
    _ part: Int, in folder: WorkFolder, _ options: Options, _ isStopped: () -> Bool, _ report: (Event) -> Void
  ) throws -> Made? {
    let start = ContinuousClock.now
    var done = 0
    let all = try rows(of: part, batch: options.batch, isStopped: isStopped) { count in
      done += count
      report(.advanced(part: part, pictures: done))
    }
    guard let rows = all else { return nil }
    let count = record.pictures(of: part).count
    let reportPath = folder.reportPath(of: part)
    if let allowed = options.errorLimit?.allowed(of: count), rows.errorCount > allowed {
      try FileSystem.write(rows.errorLines, to: reportPath)
      throw WorkError.tooManyErrors(
        part: part, errors: rows.errorCount, allowed: allowed, pictures: count, report: reportPath)
    }
    let footer = WorkFooter(
      rows, part: part, of: record, seconds: (ContinuousClock.now - start) / .seconds(1), finished: Int(time(nil)),
      host: WorkClaims.host)
    let made = try folder.write(rows, footer)
    // What an earlier worker with a lower limit said of it is no longer so.
    reportPath.withPath { _ = unlink($0) }
    return made
  }
}

extension SystemError {
  /// Whether the next attempt will fail as well, unless somebody changes the file.
  var isPermanent: Bool { [EACCES, EPERM, ELOOP, ENAMETOOLONG, ENOTDIR, ENOENT].contains(number) }
}
