import Dispatch
import Synchronization

/// Makes batches on threads of its own while others are computed with, and gives them out in order.
///
/// What is in a batch does not depend on the threads. At most `depth` batches are there or in the making. One thread asks;
/// when nothing refers to the loader any more, its threads end.
public final class BatchLoader {
  private let crew: Crew
  private let mostThreads: Int
  private var next: Int
  /// Since when, for how long and for how many batches the crew has been watched.
  private var watch: (start: ContinuousClock.Instant, waited: Duration, batches: Int)?
  private var failure: (any Error)?
  /// How long `nextBatch()` has waited for batches, in all.
  public private(set) var waited: Duration = .zero

  /// Begins to make batches.
  ///
  /// - Precondition: the steps are not negative.
  /// - Parameters:
  ///   - data: what batches are made of.
  ///   - steps: which, counted from the beginning of epoch 0 on: step s of epoch e is `e * data.stepCount + s`.
  ///   - threads: how many make them; with 0 `nextBatch()` does.
  ///   - mostThreads: how many may make them. Where decoding does not keep up with whoever asks, so that those wait for more
  ///     than a tenth of the time, another thread begins, for as long as there are fewer.
  ///   - depth: how many batches are made ahead, at least one.
  public convenience init(
    _ data: TrainingData, steps: Range<Int>, threads: Int = 1, mostThreads: Int = 1, depth: Int = 3
  ) {
    self.init(data, steps: steps, places: nil, threads: threads, mostThreads: mostThreads, depth: depth)
  }

  /// As above. `places`: which pictures of each batch; `nil` for all.
  package init(
    _ data: TrainingData, steps: Range<Int>, places: Range<Int>?, threads: Int = 1, mostThreads: Int = 1, depth: Int = 3
  ) {
    precondition(steps.lowerBound >= 0, "steps from \(steps.lowerBound) on")
    self.mostThreads = threads > 0 ? mostThreads : 0
    next = steps.lowerBound
    crew = Crew(data, steps: steps, places: places, depth: max(depth, 1))
    crew.start(threads: max(threads, 0))
  }

  deinit { crew.dismiss() }

  /// The next batch; `nil` after the last, and after `cancel()`.
  ///
  /// - Throws: as `TrainingData.batch(epoch:step:)`; after an error, the same again.
  public func nextBatch() throws -> Batch? {
    if let failure { throw failure }
    guard next < crew.steps.upperBound, !crew.isDismissed else { return nil }
    let start = ContinuousClock.now
    let result = crew.take(next)
    let end = ContinuousClock.now
    waited += start.duration(to: end)
    next += 1
    reinforce(after: start.duration(to: end), now: end)
    do {
      return try result.get()
    } catch {
      failure = error
      crew.dismiss()
      throw error
    }
  }

  /// Looks at as many batches as are made ahead, each time, but not at the first, which everybody waits for.
  private func reinforce(after wait: Duration, now: ContinuousClock.Instant) {
    guard crew.threads < mostThreads else { return }
    guard let before = watch else { return watch = (now, .zero, 0) }
    let (waited, batches) = (before.waited + wait, before.batches + 1)
    guard batches >= crew.depth else { return watch = (before.start, waited, batches) }
    if waited * 10 > before.start.duration(to: now) { crew.start(threads: 1) }
    watch = (now, .zero, 0)
  }

  /// Ends the threads, and waits until they have.
  public func cancel() { crew.dismiss() }
}

/// The threads of a loader, and what they have made.
private final class Crew: Sendable {
  let steps: Range<Int>
  private let data: TrainingData
  private let picturesOfBatch: Range<Int>?
  let depth: Int
  /// The batch of step s has the place s modulo `depth`: those who make batches are never further ahead.
  private let places: Mutex<[Result<Batch, any Error>?]>
  private let filled: [DispatchSemaphore]
  private let free = DispatchSemaphore(value: 0)
  private let taken: Atomic<Int>
  private let threadCount = Atomic<Int>(0)
  private let dismissed = Atomic<Bool>(false)
  private let group = DispatchGroup()

  init(_ data: TrainingData, steps: Range<Int>, places picturesOfBatch: Range<Int>?, depth: Int) {
    self.data = data
    self.steps = steps
    self.picturesOfBatch = picturesOfBatch
    self.depth = depth
    places = Mutex(Array(repeating: nil, count: depth))
    filled = (0..<depth).map { _ in DispatchSemaphore(value: 0) }
    taken = Atomic(steps.lowerBound)
    for _ in 0..<depth { free.signal() }
  }

  /// That make batches; only whoever takes them changes it.
  var threads: Int { threadCount.load(ordering: .relaxed) }

  var isDismissed: Bool { dismissed.load(ordering: .acquiring) }

  func start(threads: Int) {
    let first = threadCount.wrappingAdd(threads, ordering: .relaxed).oldValue
    for number in first..<first + threads {
      DispatchQueue(label: "zoo.batches.\(number)").async(group: group) { self.work() }
    }
  }

  private func work() {
    while true {
      free.wait()
      let step = taken.wrappingAdd(1, ordering: .relaxed).oldValue
      guard step < steps.upperBound, !isDismissed else { return }
      let result = made(step)
      places.withLock { $0[step % depth] = result }
      filled[step % depth].signal()
    }
  }

  private func made(_ step: Int) -> Result<Batch, any Error> {
    let (epoch, step) = step.quotientAndRemainder(dividingBy: data.stepCount)
    return Result {
      if let picturesOfBatch {
        try data.batch(epoch: epoch, step: step, places: picturesOfBatch) { isDismissed }
      } else {
        try data.batch(epoch: epoch, step: step) { isDismissed }
      }
    }
  }

  /// The batch of a step; steps are taken in order.
  func take(_ step: Int) -> Result<Batch, any Error> {
    if threads == 0 { return made(step) }
    filled[step % depth].wait()
    let result = places.withLock { places in
      defer { places[step % depth] = nil }
      return places[step % depth]
    }
    free.signal()
    return result ?? .failure(CancellationError())
  }

  func dismiss() {
    dismissed.store(true, ordering: .releasing)
    for _ in 0..<threads { free.signal() }
    group.wait()
    places.withLock { places in
      for index in places.indices { places[index] = nil }
    }
  }
}
