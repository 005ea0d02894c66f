import Synchronization

/// Threads that share the work of one forward pass.
///
/// The caller is one of them. The others sleep until `run` begins, spin between parallel loops while it lasts, and
/// sleep again a tenth of a millisecond after it. While other programs take the workers' processors, the caller works
/// alone; see `Solitude`. Results never depend on how many there are, because what is added up, and in which order, does
/// not.
public final class ThreadPool: Sendable {
  /// How many threads share the work, the caller included.
  public let threadCount: Int

  private let crew: ThreadCrew
  private let workers: [WorkerThread]
  /// Whether workers wait for the next loop without giving up their processors.
  let spins: Bool
  private let knownDistance = Mutex<Duration?>(nil)

  /// What two threads of one cache take at most to answer each other. (Cores of one cache of AMD's Zen 4 take 50 to 90 ns,
  /// those of two 330 and more.)
  private static let nearDistance = Duration.nanoseconds(160)

  /// Starts `requested` threads less one, but no more than the machine grants; see `availableProcessors`.
  ///
  /// - Parameter requested: `nil` for as many as there are processors.
  public convenience init(threads requested: Int? = nil) {
    let available = Self.availableProcessors
    self.init(exactly: max(1, min(requested ?? available, available)))
  }

  /// Starts `threadCount - 1` threads, even when there are fewer processors. They do not spin then.
  package init(exactly threadCount: Int) {
    self.threadCount = threadCount
    spins = threadCount <= Self.availableProcessors
    let crew = ThreadCrew(threads: max(threadCount, 1), spins: spins)
    self.crew = crew
    workers = (1..<max(threadCount, 1)).map { thread in WorkerThread { crew.work(as: thread) } }
  }

  deinit {
    crew.dismiss()
    for worker in workers { worker.join() }
  }

  /// What `measureDistance` found when it first found something.
  package var distance: Duration? {
    let found = knownDistance.withLock { $0 } ?? measureDistance()
    knownDistance.withLock { $0 = found }
    return found
  }

  /// Whether the threads share a cache, or it cannot be told. (What the system says of caches is not always so in a virtual
  /// machine.)
  package var sharesCache: Bool { distance.map { $0 < Self.nearDistance } ?? true }

  /// Keeps the threads awake while `body` runs: one forward pass, with any number of parallel loops inside.
  ///
  /// Calls from several threads take turns. Calls nest.
  public func run<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    if workers.isEmpty { return try body() }
    crew.beginSession()
    defer { crew.endSession() }
    return try body()
  }

  /// Calls `body` once for every index below `count`, on all threads, in no particular order, and returns when all
  /// calls have. Writes made before are seen by `body`, its writes are seen after.
  ///
  /// `body` must not call the pool.
  public func parallel(_ count: Int, _ body: @Sendable (_ index: Int) -> Void) {
    parallel(count) { index, _ in body(index) }
  }

  /// As above. `body`: also told which thread calls it, a number below `threadCount`, so that it can use memory that no
  /// other thread touches meanwhile.
  public func parallel(_ count: Int, _ body: @Sendable (_ index: Int, _ thread: Int) -> Void) {
    parallel(rows: 1, columns: count) { _, index, thread in body(index, thread) }
  }

  /// Calls `body` once for every row and column, as above.
  ///
  /// Each thread begins with the same share of the columns whenever there are as many, row by row, and helps the others
  /// when it is done: work on a part of a map goes to the thread in whose cache the part is. Where columns are fewer than
  /// threads, shares are of all pieces in their order.
  public func parallel(
    rows: Int, columns: Int, _ body: @Sendable (_ row: Int, _ column: Int, _ thread: Int) -> Void
  ) {
    withoutActuallyEscaping(body) { parallel(ParallelLoop(rows: rows, columns: columns, body: $0)) }
  }

  /// As above, without allocating anything.
  ///
  /// - Parameters:
  ///   - loop: its body is called once for each row and column.
  ///   - cancellation: once it is set, what is left of the loop is left out.
  public func parallel(_ loop: ParallelLoop, until cancellation: Cancellation? = nil) {
    if workers.isEmpty || loop.rows * loop.columns <= 1 { return loop.run(until: cancellation) }
    run { crew.share(loop, until: cancellation) }
  }
}

/// A grid of pieces of work, and the function that does one of them.
public final class ParallelLoop: Sendable {
  let rows: Int
  let columns: Int
  let body: @Sendable (_ row: Int, _ column: Int, _ thread: Int) -> Void

  /// `body`: as for `ThreadPool.parallel(rows:columns:_:)`.
  public init(
    rows: Int, columns: Int, body: @escaping @Sendable (_ row: Int, _ column: Int, _ thread: Int) -> Void
  ) {
    self.rows = max(rows, 0)
    self.columns = max(columns, 0)
    self.body = body
  }

  /// Does all pieces, as thread 0.
  func run(until cancellation: Cancellation?) {
    for row in 0..<rows {
      for column in 0..<columns {
        if let cancellation, cancellation.isCancelled { return }
        body(row, column, 0)
      }
    }
  }
}
