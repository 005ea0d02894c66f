import Hummingbird
import ServiceLifecycle
import Synchronization
import ZooKit

/// A timer of 10 ms beside the requests: it measures how long everything else waits for the threads of Swift's tasks, and gives
/// memory back when nobody has asked for anything for ten seconds.
final class Pulse: Service {
  private static let period = Duration.milliseconds(10)
  private let model: Model
  private let queue: PassQueue
  private let latest = Mutex(Duration.zero)

  /// `queue`: that in which the model's passes wait.
  init(model: Model, queue: PassQueue) {
    self.model = model
    self.queue = queue
  }

  /// By how many milliseconds the timer was late at most since this was last asked.
  func takeLatest() -> Double {
    let late = latest.withLock { latest in
      defer { latest = .zero }
      return latest
    }
    return late / .milliseconds(1)
  }

  func run() async throws {
    await cancelWhenGracefulShutdown { await self.beat() }
  }

  private func beat() async {
    let clock = ContinuousClock()
    var (next, idleTicks) = (clock.now, 0)
    while true {
      next += Self.period
      do { try await clock.sleep(until: next, tolerance: .zero) } catch { return }
      let late = clock.now - next
      latest.withLock { $0 = max($0, late) }
      if late > Self.period { next = clock.now }
      idleTicks = queue.runningCount == 0 ? idleTicks + 1 : 0
      if idleTicks == 1000 { model.trim() }
    }
  }
}
