import Synchronization
import Testing
import ZooKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite struct ThreadPoolTests {
  @Test("calls every index once", arguments: [1, 2, 3, 5])
  func everyIndexOnce(threads: Int) {
    let pool = ThreadPool(exactly: threads)
    #expect(pool.threadCount == threads)
    let visits = (0..<1000).map { _ in Counter() }
    for count in [0, 1, 2, 7, 1000] {
      pool.run {
        for _ in 0..<20 { pool.parallel(count) { visits[$0].add(1) } }
      }
    }
    for index in 0..<1000 {
      let loops = [1, 2, 7, 1000].count { index < $0 }
      #expect(visits[index].value == 20 * loops, "index \(index)")
    }
  }

  @Test("calls every row and column once", arguments: [1, 2, 3, 5])
  func everyCellOnce(threads: Int) {
    let pool = ThreadPool(exactly: threads)
    for (rows, columns) in [(0, 4), (4, 0), (1, 1), (1, 7), (7, 1), (3, 2), (2, 3), (5, 4), (4, 5), (13, 11)] {
      let visits = (0..<rows * columns).map { _ in Counter() }
      let foreign = Counter()
      pool.run {
        for _ in 0..<20 {
          pool.parallel(rows: rows, columns: columns) { row, column, thread in
            guard (0..<threads).contains(thread), (0..<rows).contains(row), (0..<columns).contains(column)
            else { return foreign.add(1) }
            visits[row * columns + column].add(1)
          }
        }
      }
      #expect(foreign.value == 0, "\(rows)×\(columns)")
      #expect(visits.allSatisfy { $0.value == 20 }, "\(rows)×\(columns): \(visits.map(\.value))")
    }
  }

  @Test("a thread that is held up loses its share to the others")
  func sharesAreTakenOver() {
    let pool = ThreadPool(exactly: 2)
    let held = Counter()
    let done = Counter()
    pool.parallel(rows: 4, columns: 2) { row, column, _ in
      if row == 0 && column == 0 {
        // The rest of this column is done by the other thread, unless that sleeps for ten seconds.
        for _ in 0..<10_000 where done.value < 7 { usleep(1000) }
        held.add(done.value)
      } else {
        done.add(1)
      }
    }
    #expect(held.value == 7)
  }

  @Test("calls at the same time come from threads of different numbers", arguments: [1, 2, 3, 5])
  func threadNumbers(threads: Int) {
    let pool = ThreadPool(exactly: threads)
    let isBusy = (0..<threads).map { _ in Counter() }
    let collisions = Counter()
    let foreign = Counter()
    pool.run {
      for _ in 0..<200 {
        pool.parallel(50) { _, thread in
          guard (0..<threads).contains(thread) else { return foreign.add(1) }
          isBusy[thread].add(1)
          if isBusy[thread].value != 1 { collisions.add(1) }
          isBusy[thread].add(-1)
        }
      }
    }
    #expect(foreign.value == 0)
    #expect(collisions.value == 0)
  }

  @Test("what one loop writes, the next one reads", arguments: [2, 3])
  func loopsAreOrdered(threads: Int) {
    let pool = ThreadPool(exactly: threads)
    let memory = GuardedFloats(count: 64, filledWith: 0)
    pool.run {
      for step in 0..<2000 {
        // Each element takes its neighbour's value, written by whichever thread ran that index.
        pool.parallel(32) { memory.floats[step % 2 * 32 + $0] = memory.floats[(step + 1) % 2 * 32 + ($0 + 1) % 32] + 1 }
      }
    }
    #expect((32..<64).allSatisfy { memory.floats[$0] == 2000 })
  }

  @Test("outside of run, and in nested runs")
  func nesting() {
    let pool = ThreadPool(exactly: 3)
    let sum = Counter()
    pool.parallel(10) { sum.add($0) }
    pool.run { pool.run { pool.parallel(10) { sum.add($0) } } }
    #expect(sum.value == 90)
  }

  @Test("returns only when slow threads are done, long after the caller is", arguments: [2, 3, 5])
  func slowThreads(threads: Int) {
    let pool = ThreadPool(exactly: threads)
    let late = Counter()
    let done = Counter()
    pool.run {
      for round in 0..<60 {
        pool.parallel(threads) { _, thread in
          // Less and more than the caller spins.
          if thread > 0 { usleep(round % 3 == 0 ? 20 : 400) }
          done.add(1)
        }
        if done.value != (round + 1) * threads { late.add(1) }
      }
    }
    #expect(late.value == 0)
  }

  @Test("gives back what the body returns, and throws what it throws")
  func results() {
    struct Failure: Error, Equatable {}
    let pool = ThreadPool(exactly: 2)
    #expect(pool.run { 42 } == 42)
    #expect(throws: Failure()) { try pool.run { throw Failure() } }
    #expect(pool.run { 43 } == 43)
  }

  @Test("callers on several threads take turns")
  func turns() async {
    let pool = ThreadPool(exactly: 2)
    let sum = Counter()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<50 {
            pool.run {
              pool.parallel(10) { sum.add($0) }
              pool.parallel(3) { sum.add($0) }
            }
          }
        }
      }
    }
    #expect(sum.value == 8 * 50 * (45 + 3))
  }

  @Test("wakes threads that went to sleep in a long pause")
  func sleeping() {
    let pool = ThreadPool(exactly: 2)
    let sum = Counter()
    pool.run {
      for _ in 0..<5 {
        usleep(2000)
        pool.parallel(100) { sum.add($0) }
      }
    }
    usleep(2000)
    pool.parallel(100) { sum.add($0) }
    #expect(sum.value == 6 * 4950)
  }

  @Test("pools come and go")
  func lifetimes() {
    for count in 0..<50 {
      let pool = ThreadPool(exactly: 1 + count % 4)
      let sum = Counter()
      if count % 2 == 0 { pool.parallel(8) { sum.add($0) } }
      #expect(sum.value == (count % 2 == 0 ? 28 : 0))
    }
  }

  @Test("no more threads than asked for, nor than there are processors")
  func threadCount() {
    let available = ThreadPool.availableProcessors
    #expect(available >= 1)
    #expect(ThreadPool(threads: 1).threadCount == 1)
    #expect(ThreadPool(threads: 0).threadCount == 1)
    #expect(ThreadPool(threads: 10_000).threadCount == available)
    #expect(ThreadPool().threadCount == available)
  }

  @Test("the distance of threads is measured where there are several, each with a processor of its own")
  func distance() {
    let alone = [ThreadPool(exactly: 1), ThreadPool(exactly: ThreadPool.availableProcessors + 1)]
    for pool in alone {
      #expect(pool.measureDistance() == nil, "\(pool.threadCount) threads")
      #expect(pool.sharesCache, "\(pool.threadCount) threads")
    }
    // A worker that others keep from coming is not measured.
    let pool = ThreadPool()
    if let distance = pool.measureDistance() {
      #expect(distance > .zero && distance < .milliseconds(1), "\(distance)")
    }
  }

  @Test("those who ask for as many threads share a pool")
  func sharedPools() {
    let pool = ThreadPool.shared(threads: 1)
    #expect(ThreadPool.shared(threads: 1) === pool)
    #expect(ThreadPool.shared(threads: 0) === pool)
    let all = ThreadPool.shared()
    #expect(ThreadPool.shared(threads: 10_000) === all)
    #expect(all.threadCount == ThreadPool.availableProcessors)
  }

  @Test("what is left of a loop that is cancelled is left out, and the next loop is whole", arguments: [1, 2, 3])
  func cancellation(threads: Int) {
    let pool = ThreadPool(exactly: threads)
    let done = Counter()
    let cancellation = Cancellation()
    let loop = ParallelLoop(rows: 10, columns: 100) { _, _, _ in
      done.add(1)
      cancellation.cancel()
    }
    pool.parallel(loop, until: cancellation)
    // Each thread had begun one piece at most.
    #expect((1...threads).contains(done.value), "\(done.value)")
    pool.parallel(loop, until: cancellation)
    #expect((1...threads).contains(done.value), "cancelled before: \(done.value)")
    let whole = Counter()
    pool.parallel(ParallelLoop(rows: 10, columns: 100) { _, _, _ in whole.add(1) }, until: Cancellation())
    #expect(whole.value == 1000)
  }

  @Test(
    "the quota of a control group",
    arguments: [
      ("max 100000\n", nil), ("200000 100000\n", 2), ("150000 100000\n", 2), ("1000 100000\n", 1), ("", nil),
      ("x 100000", nil), ("100000", nil), ("100000 0", nil), ("-1 100000", nil),
    ] as [(String, Int?)])
  func quota(_ text: String, _ processors: Int?) {
    #expect(ThreadPool.processors(inQuota: text) == processors)
  }

  #if os(Linux)
    @Test(
      "the control groups that limit processors",
      arguments: [
        ("0::/user.slice/a:b\n", ["/sys/fs/cgroup /user.slice/a:b"]),
        ("3:cpuset:/\n2:cpuacct,cpu:/docker/1\n0::/\n", ["/sys/fs/cgroup/cpu /docker/1", "/sys/fs/cgroup /"]),
        ("", []), ("x\n4:memory:/a", []),
      ] as [(String, [String])])
    func controlGroups(_ text: String, _ groups: [String]) {
      #expect(ThreadPool.controlGroups(in: text).map { "\($0.root) \($0.path)" } == groups)
    }
  #endif
}

/// A number that threads add to.
private final class Counter: Sendable {
  private let sum = Atomic<Int>(0)
  func add(_ number: Int) { sum.wrappingAdd(number, ordering: .relaxed) }
  var value: Int { sum.load(ordering: .relaxed) }
}
