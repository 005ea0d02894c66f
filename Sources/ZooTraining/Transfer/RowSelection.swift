import Synchronization

/// Some of the rows of a matrix of codes, in ascending order.
package struct RowSelection: Sendable {
  package let rows: [Int]

  package init(rows: [Int]) { self.rows = rows }

  var count: Int { rows.count }

  /// Calls `body` with each of the selected rows at `positions`. Rows that follow each other are asked for at once.
  func withEach(
    _ positions: Range<Int>, of codes: any CodeRows, _ body: (_ position: Int, _ code: UnsafePointer<Float>) -> Void
  ) throws {
    let width = codes.width
    var start = positions.lowerBound
    while start < positions.upperBound {
      var end = start + 1
      while end < positions.upperBound, rows[end] == rows[end - 1] + 1 { end += 1 }
      try codes.withRows(rows[start]..<rows[end - 1] + 1) { numbers in
        guard let base = numbers.baseAddress else { return }
        precondition(numbers.count == (end - start) * width, "\(numbers.count) numbers for \(end - start) codes")
        for position in start..<end { body(position, base + (position - start) * width) }
      }
      start = end
    }
  }
}

/// The error of the first of several pieces of work that failed, whichever failed first.
final class FirstFailure: Sendable {
  private let failure = Mutex<(piece: Int, error: any Error)?>(nil)

  func catching(_ piece: Int, _ body: () throws -> Void) {
    do {
      try body()
    } catch {
      failure.withLock { failure in
        if failure.map({ $0.piece > piece }) ?? true { failure = (piece, error) }
      }
    }
  }

  func rethrow() throws {
    if let error = failure.withLock({ $0?.error }) { throw error }
  }
}
