import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Work shared out to a fixed number of threads.
enum Workers {
  /// The number of threads that `nil` stands for: one per processor.
  static let processorCount: Int = {
    #if canImport(Darwin)
      max(1, sysconf(_SC_NPROCESSORS_ONLN))
    #else
      max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    #endif
  }()

  /// Runs `work` once per thread; each takes indices from the queue until there are none.
  ///
  /// - Throws: the problem met at the lowest index, whichever thread met it, so that the verdict on a file does not
  ///   depend on timing.
  static func share(
    _ count: Int, threads: Int, _ work: @Sendable (borrowing Queue) -> Void
  ) throws(WeightsProblem) {
    let queue = Queue(count)
    let workers = min(threads, count)
    if workers <= 1 {
      if count > 0 { work(queue) }
    } else {
      DispatchQueue.concurrentPerform(iterations: workers) { _ in work(queue) }
    }
    if let problem = queue.firstProblem { throw problem }
  }

  /// As above, where the threads need nothing of their own.
  static func forEach(
    _ count: Int, threads: Int, _ body: @Sendable (Int) throws(WeightsProblem) -> Void
  ) throws(WeightsProblem) {
    try share(count, threads: threads) { queue in
      while let index = queue.next() {
        queue.attempt(index) { () throws(WeightsProblem) in try body(index) }
      }
    }
  }

  /// The indices still to be done and the first problem met.
  struct Queue: ~Copyable, Sendable {
    private let count: Int
    private let taken = Atomic<Int>(0)
    private let failed = Atomic<Bool>(false)
    private let problem = Mutex<(index: Int, problem: WeightsProblem)?>(nil)

    init(_ count: Int) {
      self.count = count
    }

    /// The next index; `nil` when there is none or another thread has failed.
    ///
    /// Indices are handed out in ascending order, so whatever is below a failed index is already being worked on.
    func next() -> Int? {
      guard !failed.load(ordering: .relaxed) else { return nil }
      let index = taken.wrappingAdd(1, ordering: .relaxed).oldValue
      return index < count ? index : nil
    }

    func attempt(_ index: Int, _ body: () throws(WeightsProblem) -> Void) {
      do throws(WeightsProblem) {
        try body()
      } catch {
        problem.withLock { first in
          if first.map({ index < $0.index }) ?? true { first = (index, error) }
        }
        failed.store(true, ordering: .relaxed)
      }
    }

    var firstProblem: WeightsProblem? {
      problem.withLock { $0?.problem }
    }
  }
}
