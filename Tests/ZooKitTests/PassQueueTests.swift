import Synchronization
import Testing
import ZooKernels
import ZooKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where asynchronous calls wait. Nothing here depends on how long anything takes.
@Suite struct PassQueueTests {
  /// A door that calls on threads of zoo's wait at.
  final class Door: Sendable {
    private let isOpen = Atomic<Bool>(false)
    func open() { isOpen.store(true, ordering: .releasing) }
    func wait() { while !isOpen.load(ordering: .acquiring) { usleep(200) } }
  }

  /// What happened, in order.
  private final class Log: Sendable {
    private let entries = Mutex<[Int]>([])
    func add(_ entry: Int) { entries.withLock { $0.append(entry) } }
    var all: [Int] { entries.withLock { $0 } }
  }

  private func until(_ condition: () -> Bool) async {
    while !condition() { await Task.yield() }
  }

  @Test("who has an answer finds the place free, even where nobody may wait")
  func oneAfterAnother() async throws {
    let queue = PassQueue(running: 1, waiting: 0)
    for call in 0..<500 {
      let answer = try await queue.run { _ in call }
      #expect(answer == call)
    }
  }

  @Test("calls run in the order in which they came, so many at a time, and no thread stays")
  func order() async throws {
    let queue = PassQueue(running: 1, waiting: 10)
    let (door, log) = (Door(), Log())
    try await withThrowingTaskGroup(of: Int.self) { group in
      group.addTask {
        try await queue.run { _ in
          door.wait()
          log.add(0)
          return 0
        }
      }
      await until { queue.runningCount == 1 }
      for call in 1...5 {
        group.addTask {
          try await queue.run { _ in
            log.add(call)
            return call
          }
        }
        await until { queue.waitingCount == call }
      }
      #expect(queue.runningCount == 1)
      door.open()
      let sum = try await group.reduce(0, +)
      #expect(sum == 15)
    }
    #expect(log.all == [0, 1, 2, 3, 4, 5])
    await until { queue.runningCount == 0 }
    #expect(queue.waitingCount == 0)
  }

  @Test("as many calls as may are at work at the same time")
  func concurrency() async throws {
    let queue = PassQueue(running: 3, waiting: 0)
    let arrived = Log()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<3 {
        group.addTask {
          // Each waits for the two others.
          try await queue.run { _ in
            arrived.add(1)
            while arrived.all.count < 3 { usleep(200) }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test("a call that finds as many waiting as may is refused at once, and the others are answered")
  func limit() async throws {
    let queue = PassQueue(running: 1, waiting: 2)
    let door = Door()
    try await withThrowingTaskGroup(of: Int.self) { group in
      for call in 0..<3 {
        group.addTask {
          try await queue.run { _ in
            door.wait()
            return call
          }
        }
        await until { queue.runningCount == 1 && queue.waitingCount == call }
      }
      await #expect(throws: ZooError.queueFull(running: 1, waiting: 2)) { try await queue.run { _ in 9 } }
      #expect(FailureCategory(of: ZooError.queueFull(running: 1, waiting: 2)) == .busy)
      door.open()
      let sum = try await group.reduce(0, +)
      #expect(sum == 3)
    }
    #expect(try await queue.run { _ in 9 } == 9)
  }

  @Test("a call that waits is cancelled while the queue stands still, and leaves its place")
  func cancelledWaiting() async throws {
    let queue = PassQueue(running: 1, waiting: 1)
    let (door, log) = (Door(), Log())
    let first = Task { try await queue.run { _ in door.wait() } }
    await until { queue.runningCount == 1 }
    let second = Task { try await queue.run { _ in log.add(2) } }
    await until { queue.waitingCount == 1 }
    second.cancel()
    await #expect(throws: CancellationError.self) { try await second.value }
    #expect(queue.waitingCount == 0)
    let third = Task { try await queue.run { _ in log.add(3) } }
    await until { queue.waitingCount == 1 }
    door.open()
    try await first.value
    try await third.value
    #expect(log.all == [3])
  }

  @Test("a call at work is cancelled while it is held up, and is told")
  func cancelledAtWork() async throws {
    let queue = PassQueue(running: 1, waiting: 1)
    let (door, log) = (Door(), Log())
    let task = Task {
      try await queue.run { cancellation in
        door.wait()
        log.add(cancellation.isCancelled ? 1 : 0)
      }
    }
    await until { queue.runningCount == 1 }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(log.all.isEmpty)
    door.open()
    await until { queue.runningCount == 0 }
    #expect(log.all == [1])
  }

  @Test("a task that is cancelled before does nothing")
  func cancelledBefore() async throws {
    let queue = PassQueue()
    let (door, log) = (Door(), Log())
    let task = Task {
      await until { Task.isCancelled }
      try await queue.run { _ in log.add(1) }
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    door.open()
    await until { queue.runningCount == 0 }
    #expect(log.all.isEmpty)
  }

  @Test("what a call throws is thrown, and limits have a least value")
  func errors() async throws {
    struct Failure: Error {}
    let queue = PassQueue(running: 0, waiting: -1)
    #expect(queue.runningLimit == 1)
    #expect(queue.waitingLimit == 0)
    await #expect(throws: Failure.self) { try await queue.run { _ in throw Failure() } }
  }
}
