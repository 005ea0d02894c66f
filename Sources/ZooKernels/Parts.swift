/// A range cut into parts of about the same length.
package struct Parts: Sendable {
  private let total: Int
  package let count: Int

  package init(_ total: Int, count: Int) {
    self.total = total
    self.count = count
  }

  /// As few parts as a limit allows.
  package init(_ total: Int, atMost limit: Int) {
    self.init(total, count: max(1, (total + limit - 1) / limit))
  }

  /// The rows of each of some images. Where they have to be cut, every thread has as many parts, so that all steps cut
  /// maps at the same rows: what a thread writes in one step it reads in the next, from its own cache.
  package init(_ rows: Int, atMost limit: Int, images: Int, threads: Int) {
    let fewest = Parts(rows, atMost: limit).count
    let isEven = fewest == 1 || images % threads == 0
    self.init(rows, count: isEven ? fewest : Parts.even(fewest, of: rows, threads: threads))
  }

  /// The next number of parts that is a multiple of the threads, if `total` can be cut into so many.
  static func even(_ fewest: Int, of total: Int, threads: Int) -> Int {
    let even = (fewest + threads - 1) / threads * threads
    return even <= total ? even : fewest
  }

  var longest: Int { (total + count - 1) / count }

  package subscript(index: Int) -> Range<Int> {
    total * index / count..<total * (index + 1) / count
  }
}
