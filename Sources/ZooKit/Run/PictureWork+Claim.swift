#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension PictureWork {
  /// How long a worker's claim on a part holds when the worker shows no sign, in seconds, unless another time is given.
  public static let defaultLease = 180

  /// Does parts that nobody else does, one after the other, until all are there.
  ///
  /// A part is claimed in the folder, so that workers need no numbers, may come and go, and a fast one does more. What a worker
  /// claimed that is gone, or shows no sign for as long as `lease`, is taken over. When nothing is free, the worker waits for what
  /// the others are at. Parts that are there are taken for whole by what stands at their end; those that were there before the
  /// worker came are compared with their pictures.
  ///
  /// - Parameters:
  ///   - folder: where the parts go; for all workers the same, on a file system on which creating a file is exclusive.
  ///   - lease: how long a claim of this worker's holds, in seconds. It should be longer than the file system remembers
  ///     attributes (a minute on NFS) and than a batch takes.
  ///   - options: how the worker works.
  ///   - isStopped: asked often; when it answers yes, the part that is begun is left, and nothing remains of it.
  ///   - report: told what happens.
  /// - Throws: `WorkError.lease`, and as `run(in:share:options:isStopped:report:)`. A part with too many errors is given up, the others
  ///   are done, and then it is thrown.
  /// - Returns: What was done.
  @discardableResult
  public func run(
    in folder: WorkFolder, claiming lease: Int, options: Options = Options(), isStopped: () -> Bool = { false },
    report: (Event) -> Void = { _ in }
  ) throws -> Outcome {
    guard WorkClaims.leases.contains(lease) else { throw WorkError.lease(lease, allowed: WorkClaims.leases) }
    try check(options)
    let claims = try WorkClaims(folder, lease: lease)
    var isDone = false
    defer { claims.leave(isDone: isDone) }
    var outcome = Outcome()
    var refusal: WorkError?
    // Not all at the same parts at first.
    let first = claims.start % record.partCount
    var open = Array(first..<record.partCount) + Array(0..<first)
    while !open.isEmpty {
      let latest = try claims.generations()
      var rest: [Int] = []
      var isIdle = true
      for part in open {
        if isStopped() { break }
        switch try attempt(part, in: folder, claims, latest[part], options, isStopped, report, &outcome) {
        case .settled: isIdle = false
        case .refused(let error):
          outcome.refused += 1
          refusal = refusal ?? error
          isIdle = false
        case .held: rest.append(part)
        }
      }
      if isStopped() {
        outcome.isStopped = true
        return outcome
      }
      open = rest
      if isIdle, !open.isEmpty { Self.wait(min(2, Double(lease) / 20), isStopped) }
    }
    isDone = outcome.refused == 0
    if let refusal { throw refusal }
    return outcome
  }

  private enum Attempt {
    /// It is there.
    case settled
    /// It was given up; `nil`: by another worker.
    case refused(WorkError?)
    /// Another worker is at it, or was until now.
    case held
  }

  private func attempt(
    _ part: Int, in folder: WorkFolder, _ claims: WorkClaims, _ latest: Int?, _ options: Options,
    _ isStopped: () -> Bool, _ report: (Event) -> Void, _ outcome: inout Outcome
  ) throws -> Attempt {
    func settle(_ footer: WorkFooter) -> Attempt {
      outcome.found += 1
      report(.found(footer))
      return .settled
    }
    // Whoever claims a part that was there before this worker came compares it with its pictures for all.
    if case .done(let footer) = try folder.state(of: part, verifying: false),
      folder.isMade(part, since: claims.begin) || !isOlder(footer, in: folder)
    {
      return settle(footer)
    }
    if claims.wasRefused(part) { return .refused(nil) }
    guard try claims.take(part, after: latest) else { return .held }
    // Whoever had it may have done it since it was looked for.
    switch try folder.state(of: part, verifying: false) {
    case .done(let footer) where try isCurrent(footer, in: folder):
      claims.release(isDone: true)
      return settle(footer)
    case .done:
      report(.outdated(path: folder.path(of: part)))
      try folder.remove(part)
    case .damaged: report(.damaged(path: folder.path(of: part)))
    case .missing: break
    }
    do {
      let made = try make(part, in: folder, options, { isStopped() || !claims.isHeld() }, report)
      claims.release(isDone: made != nil)
      guard let made else { return .held }
      outcome.add(made, report)
      return .settled
    } catch let error as WorkError {
      claims.release(isDone: false)
      guard case .tooManyErrors = error else { throw error }
      return .refused(error)
    }
  }

  private static func wait(_ seconds: Double, _ isStopped: () -> Bool) {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end, !isStopped() { usleep(50_000) }
  }
}
