/// Memory that a plan must provide: so many bytes, from one step of the execution to another.
public struct MemoryRequest: Hashable, Sendable {
  /// The size in bytes.
  public var size: Int
  /// The first step that touches the memory: the one that writes the value.
  public var firstUse: Int
  /// The last step that touches it, inclusive: its last reader.
  public var lastUse: Int

  /// - Precondition: `size` is not negative and `firstUse <= lastUse`.
  public init(size: Int, firstUse: Int, lastUse: Int) {
    precondition(size >= 0 && firstUse <= lastUse, "\(size) bytes from step \(firstUse) to step \(lastUse)")
    self.size = size
    self.firstUse = firstUse
    self.lastUse = lastUse
  }

  /// Whether there is a step at which both are in use.
  func isLive(with other: MemoryRequest) -> Bool {
    firstUse <= other.lastUse && other.firstUse <= lastUse
  }
}

/// Where each value lives in one arena: values that are in use at the same step never share a byte.
///
/// Greedy by size: the largest request first, each into the smallest gap that holds it between the already placed
/// requests that live at the same time, else behind the last of them (Pisarchyk & Lee, arXiv:2001.03288). Where that
/// wastes memory, other orders are tried.
public struct MemoryPlan: Hashable, Sendable {
  /// The offset in bytes of each request, in the order of the requests; a multiple of `alignment`.
  public let offsets: [Int]
  /// The size of the arena in bytes; `lowerBound <= total <= naive`.
  public let total: Int
  /// The most that is in use at any one step: no plan can be smaller.
  public let lowerBound: Int
  /// The size when nothing is reused.
  public let naive: Int

  /// Every offset and every size is rounded up to a multiple of this: a cache line, and the widest vector register.
  public static let alignment = 64

  /// How many orders are tried where the first does not reach the lower bound. An attempt compares every two requests:
  /// for thousands of them few have to do.
  private static func attempts(_ requests: Int) -> Int {
    max(1, min(100, 20_000_000 / max(1, requests * requests)))
  }

  /// Plans the arena. The same requests always give the same plan.
  ///
  /// While the arena is larger than it has to be, what ends last is placed before all others in the next attempt; the
  /// smallest arena counts.
  ///
  /// - Precondition: the sum of the sizes, rounded up, fits in `Int`.
  public static func plan(_ requests: [MemoryRequest]) -> MemoryPlan {
    let sizes = requests.map { ($0.size + alignment - 1) / alignment * alignment }
    let lowerBound = peak(requests, sizes: sizes)
    var order = requests.indices.filter { sizes[$0] > 0 }.sorted { (sizes[$1], $0) < (sizes[$0], $1) }
    var best = (offsets: [Int](repeating: 0, count: requests.count), total: Int.max)
    for _ in 0..<attempts(order.count) {
      let offsets = place(requests, sizes: sizes, order: order)
      let last = order.indices.max { offsets[order[$0]] + sizes[order[$0]] < offsets[order[$1]] + sizes[order[$1]] }
      let total = last.map { offsets[order[$0]] + sizes[order[$0]] } ?? 0
      if total < best.total { best = (offsets, total) }
      guard let last, best.total > lowerBound else { break }
      order.insert(order.remove(at: last), at: 0)
    }
    return MemoryPlan(
      offsets: best.offsets, total: best.total, lowerBound: lowerBound, naive: sizes.reduce(0, +))
  }

  /// As above, with memory of its own for each kind of request; `total <= naive` as well.
  ///
  /// - Precondition: as many kinds as requests.
  public static func plan<Kind: Hashable>(_ requests: [MemoryRequest], apart kinds: [Kind]) -> MemoryPlan {
    precondition(kinds.count == requests.count, "\(kinds.count) kinds of \(requests.count) requests")
    let groups = Dictionary(grouping: requests.indices) { kinds[$0] }.values.sorted { $0[0] < $1[0] }
    var offsets = [Int](repeating: 0, count: requests.count)
    var (total, naive) = (0, 0)
    for members in groups {
      let part = plan(members.map { requests[$0] })
      for (request, offset) in zip(members, part.offsets) { offsets[request] = total + offset }
      total += part.total
      naive += part.naive
    }
    let sizes = requests.map { ($0.size + alignment - 1) / alignment * alignment }
    return MemoryPlan(offsets: offsets, total: total, lowerBound: peak(requests, sizes: sizes), naive: naive)
  }

  /// Each request in turn into the smallest gap that holds it.
  private static func place(_ requests: [MemoryRequest], sizes: [Int], order: [Int]) -> [Int] {
    var offsets = [Int](repeating: 0, count: requests.count)
    var placed: [Int] = []
    for index in order {
      offsets[index] = bestGap(
        for: sizes[index],
        among: placed.lazy.filter { requests[$0].isLive(with: requests[index]) }
          .map { offsets[$0]..<offsets[$0] + sizes[$0] })
      let position = placed.firstIndex { offsets[$0] > offsets[index] } ?? placed.endIndex
      placed.insert(index, at: position)
    }
    return offsets
  }

  /// The offset of the smallest gap of at least `size` bytes between ranges sorted by where they start; the end of
  /// the last range when no gap is large enough.
  private static func bestGap(for size: Int, among ranges: some Sequence<Range<Int>>) -> Int {
    var best: Range<Int>?
    var end = 0
    for range in ranges {
      if range.lowerBound - end >= size, best.map({ range.lowerBound - end < $0.count }) ?? true {
        best = end..<range.lowerBound
      }
      end = max(end, range.upperBound)
    }
    return best?.lowerBound ?? end
  }

  private static func peak(_ requests: [MemoryRequest], sizes: [Int]) -> Int {
    var changes: [(step: Int, change: Int)] = []
    for (request, size) in zip(requests, sizes) {
      changes.append((request.firstUse, size))
      changes.append((request.lastUse + 1, -size))
    }
    changes.sort { ($0.step, $0.change) < ($1.step, $1.change) }
    var live = 0
    var peak = 0
    for change in changes {
      live += change.change
      peak = max(peak, live)
    }
    return peak
  }
}
