internal import CZooKernels

/// Weights that are fetched into the caches before the operation begins that reads them: by one that computes for longer than
/// its own weights take to come from memory.
package struct UpcomingWeights: Sendable {
  let buffer: FloatBuffer
  /// For each thread what it will read first, as `ThreadPool` shares out an operation.
  package let shares: [Range<Int>]

  /// `shares`: of the buffer's floats, of each thread in turn.
  package init(_ buffer: FloatBuffer, shares: [Range<Int>]) {
    precondition(
      !shares.isEmpty && shares.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= buffer.count },
      "\(shares) of \(buffer.count) floats")
    self.buffer = buffer
    self.shares = shares
  }

  /// How many floats a direct convolution can fetch while it computes this many products, each a multiplication and an
  /// addition.
  package static func floatCount(during products: Double) -> Int {
    Int(products) / Int(ZOO_PRODUCTS_PER_UPCOMING_LINE) * BlockedLayout.lanes
  }

  /// Those that fall on a piece of an operation, in the order in which threads have them: of the share of the thread that
  /// begins with it.
  package func part(_ index: Int, of count: Int) -> Range<Int> {
    let threads = shares.count
    func first(_ thread: Int) -> Int { (thread * count + threads - 1) / threads }
    let thread = index * threads / count
    let (start, pieces) = (first(thread), first(thread + 1) - first(thread))
    let share = shares[thread]
    func boundary(_ piece: Int) -> Int { share.lowerBound + share.count * piece / pieces }
    return boundary(index - start)..<boundary(index - start + 1)
  }
}

extension Machine {
  /// What a piece of an operation fetches: of so many rows and columns, as `parallel` has them.
  func upcomingWeights(row: Int, column: Int, rows: Int, columns: Int) -> zoo_upcoming {
    guard let upcoming else { return zoo_upcoming() }
    let index = columns < pool.threadCount ? row * columns + column : column * rows + row
    let part = upcoming.part(index, of: rows * columns)
    let floats = upcoming.buffer.floats
    return zoo_upcoming(from: floats + part.lowerBound, end: floats + part.upperBound)
  }
}

extension PackedConvolution {
  /// Whether a direct convolution fetches upcoming weights.
  package var fetchesUpcoming: Bool { inputForm == .blocked && !panels.isDepthwise && narrowGroups == nil }
}
