import Synchronization

extension ThreadPool {
  /// From when one thread writes a word until it sees that another has answered: for the two that are furthest apart of
  /// the caller and each worker, at best. Some tens of nanoseconds within a cache, hundreds between caches.
  ///
  /// - Returns: `nil` for one thread, more threads than processors, and when a worker does not come in time.
  package func measureDistance() -> Duration? {
    guard spins, threadCount > 1 else { return nil }
    return run {
      var longest = Duration.zero
      for worker in 1..<min(threadCount, Self.mostMeasured) {
        let echo = Echo()
        parallel(threadCount) { index in
          if index == 0 { echo.ask() }
          if index == worker { echo.answer() }
        }
        guard let distance = echo.distance else { return nil }
        longest = max(longest, distance)
      }
      return longest
    }
  }

  /// Of more threads the others are taken to be as far away.
  private static let mostMeasured = 16
}

/// A word that one thread writes and another answers.
private final class Echo: Sendable {
  private let word = Atomic<Int>(0)
  private let best = Atomic<Int>(.max)

  private static let attempts = 4
  private static let rounds = 64
  /// How often a thread looks for an answer: for longer than a sleeping worker takes to come, some tenths of a millisecond.
  private static let patience = 500_000

  /// `nil` when there was no answer.
  var distance: Duration? {
    let nanoseconds = best.load(ordering: .relaxed)
    return nanoseconds == .max ? nil : .nanoseconds(nanoseconds)
  }

  func ask() {
    let clock = ContinuousClock()
    guard exchange(round: 0) else { return }
    var shortest = Duration.seconds(1)
    for attempt in 0..<Self.attempts {
      let start = clock.now
      for round in 1...Self.rounds {
        guard exchange(round: attempt * Self.rounds + round) else { return }
      }
      shortest = min(shortest, clock.now - start)
    }
    best.store(Int(shortest / .nanoseconds(Self.rounds)), ordering: .relaxed)
  }

  private func exchange(round: Int) -> Bool {
    word.store(2 * round + 1, ordering: .releasing)
    return wait(for: 2 * round + 2)
  }

  func answer() {
    for round in 0...Self.attempts * Self.rounds {
      guard wait(for: 2 * round + 1) else { return }
      word.store(2 * round + 2, ordering: .releasing)
    }
  }

  private func wait(for value: Int) -> Bool {
    for _ in 0..<Self.patience where word.load(ordering: .acquiring) == value { return true }
    return false
  }
}
