import Synchronization

/// Tells work that is under way that nobody waits for it any more. It is set once, and stays set.
public final class Cancellation: Sendable {
  private let flag = Atomic<Bool>(false)
  /// The loops that may still begin before it sets itself.
  private let loops: Atomic<Int>

  /// One that is not set.
  public convenience init() { self.init(afterLoops: .max) }

  /// One that sets itself when so many loops, or nodes of an interpreted network, have begun: for tests.
  package init(afterLoops count: Int) { loops = Atomic(count) }

  /// Whether it is set.
  public var isCancelled: Bool { flag.load(ordering: .relaxed) }

  /// Sets it.
  public func cancel() { flag.store(true, ordering: .relaxed) }

  /// Whether it is set now, before another loop begins.
  package func isSetBeforeNextLoop() -> Bool {
    if loops.wrappingSubtract(1, ordering: .relaxed).oldValue <= 0 { cancel() }
    return isCancelled
  }
}
