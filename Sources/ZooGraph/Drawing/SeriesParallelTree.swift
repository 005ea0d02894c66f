/// How a graph is made of edges that follow each other and ways that lie side by side between the same two boxes.
///
/// The reduction of Valdes, Tarjan & Lawler (1982): a box with one edge in and one out becomes part of an edge, edges between the same
/// boxes become one, until a single edge is left. Its time is linear in the number of edges. A virtual source before all boxes
/// without inputs and a virtual sink behind all without readers make one of graphs with several.
struct SeriesParallelTree {
  enum Part {
    /// An edge by its number; `nil` for those of the virtual source and sink.
    case edge(Int?)
    /// A part, a box that it leads to, and what leads on.
    case series(Int, box: Int, Int)
    /// Parts between the same boxes, in the order in which they enter the lower one.
    case parallel([Int])
  }

  private(set) var parts: [Part] = []
  /// The part that is the whole graph.
  private(set) var root = 0
  /// For each part, where it enters the box that it leads to among all edges, and how many boxes it holds.
  private(set) var entries: [Int] = []
  private(set) var boxCounts: [Int] = []

  /// `nil` when the graph has ways that are neither in series nor parallel.
  ///
  /// - Precondition: each edge leads to a box with a larger index.
  init?(boxes count: Int, edges: [(from: Int, to: Int)]) {
    guard count > 0 else { return nil }
    let (source, sink) = (count, count + 1)
    var (outgoing, incoming) = (
      [[Int: Int]](repeating: [:], count: count + 2), [[Int: Int]](repeating: [:], count: count + 2)
    )

    func join(_ from: Int, _ to: Int, with part: Int) {
      guard let other = outgoing[from][to] else {
        (outgoing[from][to], incoming[to][from]) = (part, part)
        return
      }
      if case .parallel(let members) = parts[other] {
        parts[other] = .parallel(members + [part])
        entries[other] = min(entries[other], entries[part])
        boxCounts[other] += boxCounts[part]
      } else {
        let both = append(.parallel([other, part]))
        (outgoing[from][to], incoming[to][from]) = (both, both)
      }
    }

    var (isRead, reads) = ([Bool](repeating: false, count: count), [Bool](repeating: false, count: count))
    for (index, edge) in edges.enumerated() {
      join(edge.from, edge.to, with: append(.edge(index), entry: index))
      isRead[edge.from] = true
      reads[edge.to] = true
    }
    for box in 0..<count where !reads[box] { join(source, box, with: append(.edge(nil), entry: edges.count + box)) }
    for box in 0..<count where !isRead[box] { join(box, sink, with: append(.edge(nil), entry: edges.count + box)) }
    var pending = Array((0..<count).reversed())
    var left = count
    while let box = pending.popLast() {
      guard incoming[box].count == 1, outgoing[box].count == 1, let (above, upper) = incoming[box].first,
        let (below, lower) = outgoing[box].first
      else { continue }
      (incoming[box], outgoing[box], outgoing[above][box], incoming[below][box]) = ([:], [:], nil, nil)
      left -= 1
      join(above, below, with: append(.series(upper, box: box, lower)))
      pending += [above, below].filter { $0 < count }
    }
    guard left == 0, let whole = outgoing[source][sink] else { return nil }
    root = whole
    for index in parts.indices {
      if case .parallel(let members) = parts[index] {
        parts[index] = .parallel(members.sorted { (entries[$0], $0) < (entries[$1], $1) })
      }
    }
  }

  private mutating func append(_ part: Part, entry: Int = 0) -> Int {
    parts.append(part)
    switch part {
    case .edge:
      entries.append(entry)
      boxCounts.append(0)
    case .series(let upper, _, let lower):
      entries.append(entries[lower])
      boxCounts.append(boxCounts[upper] + 1 + boxCounts[lower])
    case .parallel(let members):
      entries.append(members.map { entries[$0] }.min() ?? 0)
      boxCounts.append(members.reduce(0) { $0 + boxCounts[$1] })
    }
    return parts.count - 1
  }

  /// All parts, each before those that it is made of.
  var outermostFirst: [Int] {
    var (order, pending): ([Int], [Int]) = ([], [root])
    while let part = pending.popLast() {
      order.append(part)
      switch parts[part] {
      case .edge: break
      case .series(let upper, _, let lower): pending += [lower, upper]
      case .parallel(let members): pending += members.reversed()
      }
    }
    return order
  }
}
