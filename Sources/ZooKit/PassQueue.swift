import Synchronization
import ZooKernels

/// Where asynchronous calls wait for threads of zoo's own, so that none of Swift's tasks ever waits on its thread for a pass.
///
/// At most `runningLimit` calls are at work at a time, each on a thread of its own: one prepares its pictures while another
/// has its turn at the threads of its network. The next ones wait, first come first served, whatever the priority of their
/// tasks; a call that finds `waitingLimit` others waiting throws `ZooError.queueFull` at once. A call whose task is cancelled
/// throws `CancellationError` at once, whether it waits or is at work; what it does ends soon after. There are no threads
/// while nothing is to be done.
///
///     let queue = PassQueue(running: 2, waiting: 64)
///     let model = try Model("resnet50", options: Model.Options(queue: queue))
public final class PassQueue: Sendable {
  /// The one that models have unless they are given another: two calls at work, 256 waiting.
  public static let shared = PassQueue()

  /// How many calls are at work at a time.
  public let runningLimit: Int
  /// How many calls may wait.
  public let waitingLimit: Int
  private let state = Mutex(State())

  private struct State: Sendable {
    var running = 0
    /// Empty unless as many run as may.
    var waiting: [Job] = []
  }

  /// - Parameters:
  ///   - running: how many calls are at work at a time, at least 1. More than two pay where networks run on one thread each,
  ///     or where preparing pictures takes longer than classifying them.
  ///   - waiting: how many calls may wait, at least 0. Each holds its pictures.
  public init(running: Int = 2, waiting: Int = 256) {
    runningLimit = max(1, running)
    waitingLimit = max(0, waiting)
  }

  /// How many calls are at work now.
  public var runningCount: Int { state.withLock { $0.running } }

  /// How many calls wait now.
  public var waitingCount: Int { state.withLock { $0.waiting.count } }

  /// What `body` returns, called on a thread of zoo's own when it is its turn.
  ///
  /// - Parameter body: told when its task is cancelled; what it returns or throws after that goes nowhere.
  /// - Returns: What `body` returns.
  /// - Throws: what `body` does; `ZooError.queueFull` or `.noThread`; `CancellationError`.
  package func run<Value: Sendable>(
    _ body: @escaping @Sendable (Cancellation) throws -> Value
  ) async throws -> Value {
    let cancellation = Cancellation()
    let answer = Answer<Value>()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        answer.expect(continuation)
        submit(
          Job(
            cancellation: cancellation,
            run: {
              let result = Result { try body(cancellation) }
              return { answer.give(result) }
            },
            fail: { answer.give(.failure($0)) }))
      }
    } onCancel: {
      cancellation.cancel()
      state.withLock { $0.waiting.removeAll { $0.cancellation === cancellation } }
      answer.give(.failure(CancellationError()))
    }
  }

  private func submit(_ job: Job) {
    let refusal = state.withLock { state -> ZooError? in
      // One that was cancelled before has its answer; one that is cancelled from now on is found in the queue.
      if job.cancellation.isCancelled { return nil }
      if state.running < runningLimit {
        do throws(WorkerThread.Failure) {
          try WorkerThread.detach { self.work(on: job) }
          state.running += 1
        } catch {
          return .noThread(code: error.code)
        }
      } else if state.waiting.count < waitingLimit {
        state.waiting.append(job)
      } else {
        return .queueFull(running: runningLimit, waiting: waitingLimit)
      }
      return nil
    }
    if let refusal { job.fail(refusal) }
  }

  private func work(on first: Job) {
    var job = first
    while true {
      let give = job.cancellation.isCancelled ? nil : job.run()
      let next = state.withLock { state -> Job? in
        if state.waiting.isEmpty {
          state.running -= 1
          return nil
        }
        return state.waiting.removeFirst()
      }
      // The place is free by then: who has an answer may ask again at once.
      give?()
      guard let next else { return }
      job = next
    }
  }

  private struct Job: Sendable {
    let cancellation: Cancellation
    /// Does the work, and returns what gives the answer.
    let run: @Sendable () -> @Sendable () -> Void
    let fail: @Sendable (any Error) -> Void
  }

  /// The answer that a task waits for, of which the first counts.
  private final class Answer<Value: Sendable>: Sendable {
    private enum State: Sendable {
      case nobodyWaits
      case expected(CheckedContinuation<Value, any Error>)
      case cancelledBefore(any Error)
      case given
    }

    private let state = Mutex(State.nobodyWaits)

    func expect(_ continuation: CheckedContinuation<Value, any Error>) {
      let error = state.withLock { state -> (any Error)? in
        if case .cancelledBefore(let error) = state {
          state = .given
          return error
        }
        state = .expected(continuation)
        return nil
      }
      if let error { continuation.resume(throwing: error) }
    }

    func give(_ result: Result<Value, any Error>) {
      let continuation = state.withLock { state -> CheckedContinuation<Value, any Error>? in
        switch state {
        case .expected(let continuation):
          state = .given
          return continuation
        case .nobodyWaits:
          if case .failure(let error) = result { state = .cancelledBefore(error) }
          return nil
        case .cancelledBefore, .given:
          return nil
        }
      }
      continuation?.resume(with: result)
    }
  }
}
