import Synchronization
import ZooRuntime

/// Runners that are not in use, so that a forward pass allocates nothing but its answer.
final class RunnerPool: Sendable {
  private struct Idle: @unchecked Sendable {
    let runner: Runner
  }

  private let idle: Mutex<IdleItems<Idle>>

  /// - Parameter threads: how many are likely to ask for runners at once.
  init(threads: Int) {
    idle = Mutex(IdleItems(maximumCount: max(2, threads), maximumSize: CompiledNetwork.physicalMemory / 8))
  }

  /// How many there are.
  var count: Int { idle.withLock { $0.count } }

  /// A runner for exactly so many images, which keeps memory in proportion.
  func take(batch: Int) -> Runner? {
    idle.withLock { $0.take { $0.runner.batch == batch } }?.runner
  }

  func give(_ runner: Runner) {
    let (returned, size) = (Idle(runner: runner), runner.arenaByteCount)
    // What is dropped is freed after the lock is.
    let dropped = idle.withLock { $0.give(returned, size: size) }
    _ = dropped
  }

  /// Lets all of them go.
  func removeAll() {
    let dropped = idle.withLock { $0.removeAll() }
    _ = dropped
  }
}
