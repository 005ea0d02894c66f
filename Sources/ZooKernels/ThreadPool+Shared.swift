internal import CZooKernels
import Synchronization

extension ThreadPool {
  /// The pool of so many threads that all who ask for it have in common, as long as somebody has it. Those who use it take
  /// turns, so that several networks do not have more threads at work than there are processors.
  ///
  /// - Parameter requested: `nil` for as many as there are processors; more than there are is as many.
  /// - Returns: The same object for all who ask while it lives.
  package static func shared(threads requested: Int? = nil) -> ThreadPool {
    let count = max(1, min(requested ?? availableProcessors, availableProcessors))
    return pools.withLock { pools in
      if let pool = pools[count]?.pool { return pool }
      let pool = ThreadPool(exactly: count)
      pools[count] = WeakReference(pool: pool)
      return pool
    }
  }

  private struct WeakReference: @unchecked Sendable {
    weak var pool: ThreadPool?
  }

  private static let pools = Mutex<[Int: WeakReference]>([:])
}

/// Memory of the process that is not in use.
package enum FreedMemory {
  /// Gives it back to the system, where the C library would keep it for what is allocated next.
  package static func release() { zoo_return_memory() }
}
