import Dispatch
import Synchronization

/// What `body` makes of each index below `count`, or what it throws, computed by several threads. `threads`: how many
/// at most.
package func concurrentResults<Value: Sendable>(
  _ count: Int, threads: Int, _ body: @Sendable (_ index: Int) throws -> Value
) -> [Result<Value, any Error>] {
  let workers = min(threads, count)
  if workers <= 1 { return (0..<count).map { index in Result { try body(index) } } }
  var results = [Result<Value, any Error>?](repeating: nil, count: count)
  let taken = Atomic<Int>(0)
  results.withUnsafeMutableBufferPointer { results in
    nonisolated(unsafe) let results = results
    DispatchQueue.concurrentPerform(iterations: workers) { _ in
      while true {
        let index = taken.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        results[index] = Result { try body(index) }
      }
    }
  }
  return results.compactMap(\.self)
}
