/// Positions for boxes and edges of a graph of series and parallel parts: each way between a fork and its join has a lane of its own.
///
/// What is in series stands below each other on one axis, exactly. Of one or two ways with boxes, the one with more of them keeps the
/// axis, and the other and those without boxes lie at its right, as the shortcut of a residual block does; three or more stand side by
/// side around it, as in an inception module. Lanes are as wide as what is in them, so that no edge meets a box; edges change lanes only
/// in the room between boxes right below a fork and right above a join. A way that joins nothing, as an auxiliary classifier, keeps
/// clear only of what lies beside it. The time is linear in the number of boxes and edges, but for sorting the ways of each fork and
/// for what lies beside ways that join nothing.
struct LaneLayout {
  private(set) var centers: [LayeredLayout.Point]
  private(set) var paths: [[(x: Double, top: Double, bottom: Double)]]
  private(set) var width = 0.0
  private(set) var height = 0.0

  private static let gap = LayeredLayout.layerGap
  /// What a part needs more where ways fork again right below a fork, or right above a join.
  private static let refork = 34.0
  /// The distance between lanes where one has no boxes.
  private static let bare = 20.0

  private let sizes: [(width: Double, height: Double)]
  private let labels: [Double]
  private let tree: SeriesParallelTree
  /// For each part, how far it reaches from its axis, and its height.
  private var left: [Double]
  private var right: [Double]
  private var heights: [Double]
  /// For each way of a parallel part, how far its axis is from the part's.
  private var offsets: [Double]
  private var beginsForked: [Bool]
  private var endsForked: [Bool]

  /// `nil` when the graph has other parts, or no boxes.
  ///
  /// - Parameters:
  ///   - sizes: of the boxes.
  ///   - labels: the width of what is written at the right of the axis below each box.
  ///   - edges: each leads to a box with a larger index.
  init?(sizes: [(width: Double, height: Double)], labels: [Double], edges: [(from: Int, to: Int)]) {
    guard let tree = SeriesParallelTree(boxes: sizes.count, edges: edges) else { return nil }
    (self.sizes, self.labels, self.tree) = (sizes, labels, tree)
    let count = tree.parts.count
    (left, right, heights) = (
      [Double](repeating: 0, count: count), [Double](repeating: 0, count: count), [Double](repeating: 0, count: count)
    )
    offsets = heights
    (beginsForked, endsForked) = ([Bool](repeating: false, count: count), [Bool](repeating: false, count: count))
    centers = sizes.map { _ in LayeredLayout.Point(x: 0, y: 0) }
    paths = edges.map { _ in [] }
    let order = tree.outermostFirst
    for part in order.reversed() { measure(part) }
    (width, height) = (left[tree.root] + right[tree.root], heights[tree.root])
    place(order, edges: edges)
  }

  private mutating func measure(_ part: Int) {
    switch tree.parts[part] {
    case .edge(let edge): heights[part] = edge == nil ? 0 : Self.gap
    case .series(let upper, let box, let lower):
      left[part] = max(left[upper], sizes[box].width / 2, left[lower])
      right[part] = max(right[upper], sizes[box].width / 2, labels[box] + 5, right[lower])
      heights[part] = heights[upper] + sizes[box].height + heights[lower]
      (beginsForked[part], endsForked[part]) = (beginsForked[upper], endsForked[lower])
    case .parallel(let members):
      (beginsForked[part], endsForked[part]) = (true, true)
      arrange(members)
      left[part] = members.map { left[$0] - offsets[$0] }.max() ?? 0
      right[part] = members.map { right[$0] + offsets[$0] }.max() ?? 0
      heights[part] = members.map { heights[$0] + topExtra($0) + bottomExtra($0) }.max() ?? 0
      if members.contains(where: isShortcut) { heights[part] = max(heights[part], 2 * Self.gap) }
    }
  }

  private func isShortcut(_ part: Int) -> Bool {
    if case .edge(.some) = tree.parts[part] { true } else { false }
  }

  private func topExtra(_ way: Int) -> Double { beginsForked[way] && abs(offsets[way]) > 0.5 ? Self.refork : 0 }
  private func bottomExtra(_ way: Int) -> Double { endsForked[way] && abs(offsets[way]) > 0.5 ? Self.refork : 0 }

  /// The axes of ways that lie side by side.
  private mutating func arrange(_ ways: [Int]) {
    let full = ways.filter { tree.boxCounts[$0] > 0 }
    var (line, others): ([Int], [Int]) = (full, ways.filter { tree.boxCounts[$0] == 0 })
    if full.count < 3 {
      let main =
        full.max { (tree.boxCounts[$0], -tree.entries[$0]) < (tree.boxCounts[$1], -tree.entries[$1]) } ?? ways[0]
      line = [main]
      others = full.filter { $0 != main } + others.filter { $0 != main }
    }
    var edge = 0.0
    for (index, way) in line.enumerated() {
      edge += index == 0 ? 0 : LayeredLayout.columnGap
      offsets[way] = edge + left[way]
      edge += left[way] + right[way]
    }
    let middle = line.count == 1 ? offsets[line[0]] : edge / 2
    for way in line { offsets[way] -= middle }
    for (index, way) in others.enumerated() {
      let depth = heights[way] + Self.refork + Self.gap
      if joinsNothing(way) {
        let beside = (line + others[..<index]).map { reach(of: $0, within: depth - topExtra($0)) + offsets[$0] }
        edge = beside.max() ?? edge
      } else {
        edge = (line + others[..<index]).map { right[$0] + offsets[$0] }.max() ?? edge
      }
      edge += tree.boxCounts[way] == 0 ? Self.bare : LayeredLayout.columnGap
      offsets[way] = edge + left[way]
    }
  }

  /// Whether a way with boxes ends in one that nothing reads.
  private func joinsNothing(_ way: Int) -> Bool {
    var part = way
    while case .series(_, _, let lower) = tree.parts[part] { part = lower }
    if case .edge(nil) = tree.parts[part] { return tree.boxCounts[way] > 0 }
    return false
  }

  /// How far a part reaches to the right of its axis, from its top down to a depth.
  private func reach(of part: Int, within depth: Double) -> Double {
    var reach = 0.0
    var pending = [(part: part, axis: 0.0, depth: depth)]
    while let (part, axis, depth) = pending.popLast() {
      if depth >= heights[part] {
        reach = max(reach, axis + right[part])
        continue
      }
      switch tree.parts[part] {
      case .edge: reach = max(reach, axis)
      case .series(let upper, let box, let lower):
        pending.append((upper, axis, depth))
        guard depth > heights[upper] else { continue }
        reach = max(reach, axis + max(sizes[box].width / 2, labels[box] + 5))
        pending.append((lower, axis, depth - heights[upper] - sizes[box].height))
      case .parallel(let ways):
        for way in ways { pending.append((way, axis + offsets[way], depth - topExtra(way))) }
      }
    }
    return reach
  }

  /// A part's place while parts are placed from the outermost to the edges.
  private struct Place {
    var axis = 0.0
    var top = 0.0
    var bottom = 0.0
    /// Where edges pass on their way into the part and out of it.
    var entry: [LayeredLayout.Point] = []
    var exit: [LayeredLayout.Point] = []
  }

  private mutating func place(_ order: [Int], edges: [(from: Int, to: Int)]) {
    var places = [Place](repeating: Place(), count: tree.parts.count)
    places[tree.root].axis = left[tree.root]
    places[tree.root].bottom = heights[tree.root]
    var passages = [[LayeredLayout.Point]](repeating: [], count: edges.count)
    for part in order {
      let place = places[part]
      places[part] = Place()
      switch tree.parts[part] {
      case .edge(let edge):
        if let edge { passages[edge] = place.entry + place.exit }
      case .series(let upper, let box, let lower):
        let (start, size) = (place.top + heights[upper], sizes[box])
        centers[box] = LayeredLayout.Point(x: place.axis, y: start + size.height / 2)
        places[upper] = Place(axis: place.axis, top: place.top, bottom: start, entry: place.entry)
        places[lower] = Place(
          axis: place.axis, top: start + size.height, bottom: place.bottom, exit: place.exit)
      case .parallel(let ways):
        for way in ways {
          var inner = place
          inner.axis += offsets[way]
          inner.top += topExtra(way)
          inner.bottom -= bottomExtra(way)
          let isBare = isShortcut(way)
          if isBare || topExtra(way) > 0 {
            let y = isBare ? place.top + Self.gap : inner.top
            inner.entry.append(LayeredLayout.Point(x: inner.axis, y: y))
          }
          // On the part's own axis the ways of a join that comes first end in it themselves.
          if !endsForked[way] || bottomExtra(way) > 0 {
            let y = bottomExtra(way) > 0 ? inner.bottom : place.bottom - Self.gap
            inner.exit.insert(LayeredLayout.Point(x: inner.axis, y: y), at: 0)
          }
          places[way] = inner
        }
      }
    }
    var last: [[(x: Double, top: Double, bottom: Double)]] = []
    for (edge, passage) in zip(edges, passages) {
      let (center, size) = (centers[edge.from], sizes[edge.from])
      let bottom = center.y + size.height / 2
      var pieces = [(x: center.x, top: bottom, bottom: bottom + LayeredLayout.stub)]
      for point in passage {
        if abs(point.x - pieces[pieces.count - 1].x) < 0.01 {
          pieces[pieces.count - 1].bottom = max(pieces[pieces.count - 1].bottom, point.y)
        } else {
          pieces.append((x: point.x, top: point.y, bottom: point.y))
        }
      }
      last.append(pieces)
    }
    // An edge alone enters in the middle, others as straight as they can.
    let counts = edges.reduce(into: [Int](repeating: 0, count: sizes.count)) { $0[$1.to] += 1 }
    let from = zip(edges, last).map { counts[$0.to] == 1 ? centers[$0.to].x : $1[$1.count - 1].x }
    let ports = LayeredLayout.ports(
      edges: edges, from: from, columns: centers.map(\.x), widths: sizes.map(\.width))
    paths = edges.indices.map { edge in
      let center = centers[edges[edge].to]
      let top = center.y - sizes[edges[edge].to].height / 2
      return last[edge] + [(x: ports[edge], top: top - 8, bottom: top)]
    }
  }
}
