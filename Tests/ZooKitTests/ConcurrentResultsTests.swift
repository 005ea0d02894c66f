import Synchronization
import Testing
import ZooKit

@Suite struct ConcurrentResultsTests {
  private struct Odd: Error, Equatable { let index: Int }

  @Test("results and errors are in the order of the indices", arguments: [0, 1, 2, 7, 100], [1, 2, 5])
  func order(count: Int, threads: Int) throws {
    let calls = Atomic<Int>(0)
    let results = concurrentResults(count, threads: threads) { index in
      calls.add(1, ordering: .relaxed)
      if index % 3 == 1 { throw Odd(index: index) }
      return 10 * index
    }
    #expect(calls.load(ordering: .relaxed) == count && results.count == count)
    for (index, result) in results.enumerated() {
      if index % 3 == 1 {
        #expect(throws: Odd(index: index)) { try result.get() }
      } else {
        #expect(try result.get() == 10 * index)
      }
    }
  }
}
