internal import CZooKernels

/// Weights that are fetched into the caches before the operation begins that reads them: by one that computes for longer than
/// its own weights take to come from memory.
package struct UpcomingWeights: Sendable {
  let buffer: FloatBuffer
  package let floats: Range<Int>

  /// `floats`: those of the buffer to fetch.
  package init(_ buffer: FloatBuffer, _ floats: Range<Int>) {
    precondition(floats.lowerBound >= 0 && floats.upperBound <= buffer.count, "\(floats) of \(buffer.count) floats")
    self.buffer = buffer
    self.floats = floats
  }

  /// How many floats a direct convolution can fetch while it computes this many products, each a multiplication and an
  /// addition.
  package static func floatCount(during products: Double) -> Int {
    Int(products) / Int(ZOO_PRODUCTS_PER_UPCOMING_LINE) * BlockedLayout.lanes
  }

  /// Those that fall on one of some chunks.
  package func part(_ index: Int, of count: Int) -> Range<Int> {
    let first = floats.lowerBound
    return first + floats.count * index / count..<first + floats.count * (index + 1) / count
  }
}

extension Machine {
  /// What one of some chunks of an operation fetches.
  func upcomingWeights(_ index: Int, of count: Int) -> zoo_upcoming {
    guard let upcoming else { return zoo_upcoming() }
    let part = upcoming.part(index, of: count)
    let floats = upcoming.buffer.floats
    return zoo_upcoming(from: floats + part.lowerBound, end: floats + part.upperBound)
  }
}

extension PackedConvolution {
  /// Whether a direct convolution fetches upcoming weights.
  package var fetchesUpcoming: Bool { inputForm == .blocked && !panels.isDepthwise && narrowGroups == nil }
}
