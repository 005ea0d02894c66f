internal import CZooKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the threads of a pool share: the current loop, and the means to wait for the next.
///
/// A loop is announced through the gate. Whoever passes it while it is open takes indices until there are none left.
/// The caller then shuts the gate and waits for those who are inside, so that a thread that overslept delays nobody.
final class ThreadCrew: Sendable {
  /// The number of the loop in the high bits, whether it may be joined, and how many threads have.
  private let gate = Atomic<UInt>(0)
  /// The current loop, and what ends it early: the caller has both. Counting references would write to memory that all
  /// threads read.
  nonisolated(unsafe) private var work: Unmanaged<ParallelLoop>?
  nonisolated(unsafe) private var cancellation: Unmanaged<Cancellation>?
  /// Those of even loops, then those of odd ones.
  nonisolated(unsafe) private let counters: UnsafeMutablePointer<Counter>
  private let threadCount: Int

  /// The number of sessions begun.
  private let sessions = Atomic<Int>(0)
  private let isDismissed = Atomic<Bool>(false)
  private let sleepers = Atomic<Int>(0)

  /// Held by the thread whose session it is, as often as `run` nests.
  private let turn = Latch(recursive: true)
  nonisolated(unsafe) private var depth = 0
  private let bed = Latch(recursive: false)
  private let spins: Bool

  /// The caller's, in its session.
  nonisolated(unsafe) private var solitude = Solitude()

  private static let joinable: UInt = 1 << 16
  private static let joined: UInt = joinable - 1
  private static let loop: UInt = joinable << 1

  /// How long a thread spins before it goes to sleep, in nanoseconds.
  private static let patience: UInt64 = 100_000
  /// How often the caller pauses for workers before it gives its processor to others; a few tenths of a millisecond.
  private static let shortWait = 10_000

  init(threads: Int, spins: Bool) {
    threadCount = threads
    self.spins = spins
    counters = .allocate(capacity: 2 * threads)
    for index in 0..<2 * threads { (counters + index).initialize(to: Counter()) }
  }

  deinit {
    counters.deinitialize(count: 2 * threadCount)
    counters.deallocate()
  }

  // MARK: The caller's side

  func beginSession() {
    turn.lock()
    depth += 1
    guard depth == 1, !isAlone() else { return }
    sessions.wrappingAdd(1, ordering: .sequentiallyConsistent)
    wakeSleepers()
  }

  func endSession() {
    depth -= 1
    turn.unlock()
  }

  /// Runs a loop. The caller is in a session; it is thread 0.
  func share(_ work: ParallelLoop, until cancellation: Cancellation? = nil) {
    if isAlone() { return work.run(until: cancellation) }
    self.work = .passUnretained(work)
    self.cancellation = cancellation.map(Unmanaged.passUnretained)
    let number = gate.load(ordering: .relaxed) / Self.loop &+ 1
    gate.store(number &* Self.loop | Self.joinable, ordering: .sequentiallyConsistent)
    wakeSleepers()
    take(work, as: 0, ofLoop: number, until: cancellation)
    gate.bitwiseAnd(~Self.joinable, ordering: .relaxed)
    // Those of the next loop, which nobody reads yet.
    let counters = counters(ofLoop: number &+ 1)
    for thread in 0..<threadCount { counters[thread].next.store(0, ordering: .relaxed) }
    waitForWorkers()
  }

  private func counters(ofLoop number: UInt) -> UnsafeMutablePointer<Counter> {
    counters + Int(number % 2) * threadCount
  }

  /// Waits for those who are inside the gate, which is shut.
  private func waitForWorkers() {
    var turns = 0
    while gate.load(ordering: .acquiring) & Self.joined != 0 {
      turns += 1
      if spins && turns < Self.shortWait {
        zoo_pause()
      } else {
        return waitLong()
      }
    }
  }

  /// As above, and takes note of the time for which nobody who was waited for had a processor.
  private func waitLong() {
    let (start, before) = (nanoseconds(of: CLOCK_MONOTONIC), workersTime())
    while gate.load(ordering: .acquiring) & Self.joined != 0 { sched_yield() }
    guard spins else { return }
    let end = nanoseconds(of: CLOCK_MONOTONIC)
    let (waited, computed) = (end - start, workersTime() &- before)
    if waited > computed { solitude.suffer(waited - computed, at: end) }
  }

  /// For how long the workers together have had a processor, in nanoseconds.
  private func workersTime() -> UInt64 {
    #if os(Linux)
      var sum: UInt64 = 0
      for thread in 1..<threadCount {
        sum &+= nanoseconds(of: clockid_t(truncatingIfNeeded: counters[thread].clock.load(ordering: .relaxed)))
      }
      return sum
    #else
      // Where threads have no clocks, one that is waited for seems busy.
      return nanoseconds(of: CLOCK_MONOTONIC)
    #endif
  }

  /// Whether the caller works alone for now.
  private func isAlone() -> Bool {
    !solitude.isEnded && solitude.isAlone(at: nanoseconds(of: CLOCK_MONOTONIC))
  }

  /// Ends all threads, after the last session.
  func dismiss() {
    isDismissed.store(true, ordering: .sequentiallyConsistent)
    wakeSleepers()
  }

  private func wakeSleepers() {
    guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
    bed.lock()
    bed.wakeAll()
    bed.unlock()
  }

  // MARK: The workers' side

  func work(as thread: Int) {
    #if os(Linux)
      var clock = CLOCK_MONOTONIC
      if pthread_getcpuclockid(pthread_self(), &clock) == 0 {
        counters[thread].clock.store(Int(clock), ordering: .relaxed)
      }
    #endif
    var lastLoop: UInt = 0
    var lastSession = 0
    while !isDismissed.load(ordering: .acquiring) {
      if join(as: thread, after: &lastLoop) { continue }
      if spins && spinUntilLoop(after: lastLoop) { continue }
      sleep(lastLoop: lastLoop, lastSession: &lastSession)
    }
  }

  /// Takes part in the current loop, unless there is none or this thread has seen it.
  private func join(as thread: Int, after lastLoop: inout UInt) -> Bool {
    let seen = gate.load(ordering: .acquiring)
    guard isNew(seen, after: lastLoop) else { return false }
    let (passed, _) = gate.compareExchange(
      expected: seen, desired: seen &+ 1, successOrdering: .acquiring, failureOrdering: .relaxed)
    guard passed else { return true }
    lastLoop = seen / Self.loop
    work?._withUnsafeGuaranteedRef { work in
      guard let cancellation else { return take(work, as: thread, ofLoop: lastLoop, until: nil) }
      cancellation._withUnsafeGuaranteedRef { take(work, as: thread, ofLoop: lastLoop, until: $0) }
    }
    gate.wrappingSubtract(1, ordering: .releasing)
    return true
  }

  private func isNew(_ seen: UInt, after lastLoop: UInt) -> Bool {
    seen & Self.joinable != 0 && seen / Self.loop != lastLoop
  }

  /// Does this thread's share, then what is left of the others'.
  private func take(_ work: ParallelLoop, as thread: Int, ofLoop number: UInt, until cancellation: Cancellation?) {
    let counters = counters(ofLoop: number)
    for step in 0..<threadCount {
      let owner = (thread + step) % threadCount
      // Where columns are fewer than threads, pieces are shared out in their order.
      let isInOrder = work.columns < threadCount
      let all = isInOrder ? work.rows * work.columns : work.columns
      let share = all * owner / threadCount..<all * (owner + 1) / threadCount
      let count = isInOrder ? share.count : work.rows * share.count
      // Taking from those who have nothing left would only make them wait for their counter.
      if step > 0 && counters[owner].next.load(ordering: .relaxed) >= count { continue }
      while true {
        let index = counters[owner].next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < count else { break }
        if let cancellation, cancellation.isCancelled { return }
        if isInOrder {
          let (row, column) = (share.lowerBound + index).quotientAndRemainder(dividingBy: work.columns)
          work.body(row, column, thread)
        } else {
          work.body(index / share.count, share.lowerBound + index % share.count, thread)
        }
      }
    }
  }

  /// Waits for a loop, as long as the patience lasts: also after a session, which is often followed by the next.
  private func spinUntilLoop(after lastLoop: UInt) -> Bool {
    let start = nanoseconds(of: CLOCK_MONOTONIC)
    var turns = 0
    while !isDismissed.load(ordering: .relaxed) {
      if isNew(gate.load(ordering: .relaxed), after: lastLoop) { return true }
      zoo_pause()
      turns += 1
      if turns % 64 == 0 && nanoseconds(of: CLOCK_MONOTONIC) - start > Self.patience { return false }
    }
    return false
  }

  private func sleep(lastLoop: UInt, lastSession: inout Int) {
    bed.lock()
    sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
    while true {
      let session = sessions.load(ordering: .sequentiallyConsistent)
      let isNewLoop = isNew(gate.load(ordering: .sequentiallyConsistent), after: lastLoop)
      if session != lastSession || isNewLoop || isDismissed.load(ordering: .sequentiallyConsistent) {
        lastSession = session
        break
      }
      bed.wait()
    }
    sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
    bed.unlock()
  }

  private func nanoseconds(of clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}

/// What belongs to one thread, in cache lines of its own.
private struct Counter: ~Copyable {
  /// The next piece of its share.
  let next = Atomic<Int>(0)
  #if os(Linux)
    /// The clock of the time for which it has had a processor; until it is known one that always goes, as if it were busy.
    let clock = Atomic<Int>(Int(CLOCK_MONOTONIC))
  #endif
  private let padding: InlineArray<14, Int> = .init(repeating: 0)
}

/// A POSIX mutex with a condition.
private final class Latch: Sendable {
  nonisolated(unsafe) private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  nonisolated(unsafe) private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init(recursive: Bool) {
    mutex.initialize(to: pthread_mutex_t())
    condition.initialize(to: pthread_cond_t())
    var attributes = pthread_mutexattr_t()
    pthread_mutexattr_init(&attributes)
    if recursive { pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_RECURSIVE)) }
    pthread_mutex_init(mutex, &attributes)
    pthread_mutexattr_destroy(&attributes)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(condition)
    mutex.deallocate()
    condition.deallocate()
  }

  func lock() { pthread_mutex_lock(mutex) }
  func unlock() { pthread_mutex_unlock(mutex) }
  /// Unlocks, sleeps until someone wakes all, and locks again.
  func wait() { pthread_cond_wait(condition, mutex) }
  func wakeAll() { pthread_cond_broadcast(condition) }
}
