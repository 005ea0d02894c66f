import Testing
import ZooGraph
import ZooTestSupport

@Suite("places of boxes and edges") struct GraphLayoutTests {
  private typealias Size = (width: Double, height: Double)

  /// Faults of a layout: boxes that overlap or leave the picture, edges that meet a box, do not join their ends or lead upwards.
  private func faults(
    _ layout: GraphLayout, _ sizes: [(width: Double, height: Double)], _ edges: [(from: Int, to: Int)]
  )
    -> [String]
  {
    var faults: [String] = []
    let boxes = zip(layout.centers, sizes).map { center, size in
      (
        left: center.x - size.width / 2, right: center.x + size.width / 2, top: center.y - size.height / 2,
        bottom: center.y + size.height / 2
      )
    }
    for (index, box) in boxes.enumerated() {
      if box.left < -0.01 || box.right > layout.width + 0.01 || box.top < -0.01 || box.bottom > layout.height + 0.01 {
        faults.append("box \(index) is outside")
      }
      for other in boxes.indices where other > index {
        let b = boxes[other]
        if box.left < b.right - 0.01, b.left < box.right - 0.01, box.top < b.bottom - 0.01, b.top < box.bottom - 0.01 {
          faults.append("boxes \(index) and \(other) overlap")
        }
      }
    }
    for (edge, path) in zip(edges, layout.paths) {
      let name = "edge \(edge.from) to \(edge.to)"
      if path.first?.top != boxes[edge.from].bottom { faults.append("\(name) does not begin at its box") }
      if path.last.map({ abs($0.bottom - boxes[edge.to].top) < 0.01 }) != true {
        faults.append("\(name) does not end at its box")
      }
      if let x = path.last?.x, x < boxes[edge.to].left - 0.01 || x > boxes[edge.to].right + 0.01 {
        faults.append("\(name) ends beside its box")
      }
      var points: [(x: Double, y: Double)] = []
      for (index, piece) in path.enumerated() {
        if let last = points.last {
          if piece.top <= last.y { faults.append("\(name) leads upwards") }
          for step in 1...16 {
            let t = Double(step) / 16
            points.append(
              (
                last.x + (piece.x - last.x) * t * t * (3 - 2 * t),
                last.y + (piece.top - last.y) * (1.5 * t * (1 - t) + t * t * t)
              ))
          }
        }
        if piece.bottom < piece.top - 0.01 { faults.append("piece \(index) of \(name) leads upwards") }
        points.append((piece.x, piece.bottom))
      }
      // Every box that the bounds of a step meet.
      for (one, next) in zip(points, points.dropFirst()) {
        for (index, box) in boxes.enumerated() where index != edge.from && index != edge.to {
          if min(one.x, next.x) < box.right - 0.01, max(one.x, next.x) > box.left + 0.01, one.y < box.bottom - 0.01,
            next.y > box.top + 0.01
          {
            faults.append("\(name) meets box \(index)")
          }
        }
      }
    }
    return faults
  }

  private func sizes(_ count: Int, _ generator: inout SplitMix64) -> [(width: Double, height: Double)] {
    (0..<count).map { _ in
      (width: Double.random(in: 20...200, using: &generator), height: Double.random(in: 16...70, using: &generator))
    }
  }

  @Test("graphs of series and parallel parts have lanes, whatever they are made of", arguments: 1...80)
  func lanes(seed: Int) {
    var generator = SplitMix64(seed: seed)
    // Begins with an edge and splits edges, or doubles them, at random.
    var edges = [(from: 0, to: 1)]
    var count = 2
    for _ in 0..<Int.random(in: 0...40, using: &generator) {
      let index = Int.random(in: 0..<edges.count, using: &generator)
      if Int.random(in: 0..<3, using: &generator) > 0 {
        edges.append((count, edges[index].to))
        edges[index].to = count
        count += 1
      } else {
        edges.append(edges[index])
      }
    }
    // Numbers in a topological order.
    var rank = [Int](repeating: -1, count: count)
    var missing = (0..<count).map { box in edges.count { $0.to == box } }
    var ready = missing.indices.filter { missing[$0] == 0 }
    var next = 0
    while let box = ready.popLast() {
      rank[box] = next
      next += 1
      for edge in edges where edge.from == box {
        missing[edge.to] -= 1
        if missing[edge.to] == 0 { ready.append(edge.to) }
      }
    }
    let numbered = edges.map { (from: rank[$0.from], to: rank[$0.to]) }.sorted { ($0.to, $0.from) < ($1.to, $1.from) }
    let sizes = sizes(count, &generator)
    let layout = GraphLayout(sizes: sizes, labels: sizes.map { _ in 30 }, edges: numbered)
    #expect(layout.hasLanes, "seed \(seed)")
    #expect(faults(layout, sizes, numbered) == [], "seed \(seed), edges \(numbered)")
  }

  @Test("other graphs have layers", arguments: 1...60)
  func layers(seed: Int) {
    var generator = SplitMix64(seed: seed)
    let count = Int.random(in: 0...30, using: &generator)
    let edges = (0..<count).flatMap { to -> [(from: Int, to: Int)] in
      guard to > 0 else { return [] }
      return (0..<Int.random(in: 0...3, using: &generator)).map { _ in
        (from: Int.random(in: 0..<to, using: &generator), to: to)
      }
    }
    let sizes = sizes(count, &generator)
    let layout = GraphLayout(sizes: sizes, labels: sizes.map { _ in 0 }, edges: edges)
    #expect(faults(layout, sizes, edges) == [], "seed \(seed), edges \(edges)")
  }

  @Test func aShortcutLiesBesideWhatItSkips() {
    let sizes: [(width: Double, height: Double)] = [(60, 20), (100, 20), (140, 20), (56, 20), (60, 20)]
    let edges = [(from: 0, to: 1), (1, 2), (2, 3), (0, 3), (3, 4)]
    let layout = GraphLayout(sizes: sizes, labels: sizes.map { _ in 0 }, edges: edges)
    #expect(Set(layout.centers.map(\.x)).count == 1)
    // One vertical line in a lane of its own, for as long as there are boxes beside it.
    let lane = layout.paths[3]
    #expect(lane.count == 3 && lane[1].x > layout.centers[2].x + 70)
    #expect(lane[1].top <= layout.centers[1].y - 10 && lane[1].bottom >= layout.centers[2].y + 10)
  }

  @Test("ways that join nothing meet nothing", arguments: 1...60)
  func auxiliaryWays(seed: Int) {
    var generator = SplitMix64(seed: seed)
    var edges: [(from: Int, to: Int)] = []
    var count = 1
    /// Boxes in series from one on; the last of them.
    func chain(_ length: Int, from box: Int) -> Int {
      (0..<length).reduce(box) { last, _ in
        edges.append((last, count))
        count += 1
        return count - 1
      }
    }
    var joint = 0
    for _ in 0..<Int.random(in: 1...6, using: &generator) {
      let ways = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
        chain(Int.random(in: 0...4, using: &generator), from: joint)
      }
      for _ in 0..<Int.random(in: 0...2, using: &generator) {
        _ = chain(Int.random(in: 1...9, using: &generator), from: joint)
      }
      for way in ways { edges.append((way, count)) }
      joint = count
      count += 1
    }
    let sizes = sizes(count, &generator)
    let layout = GraphLayout(sizes: sizes, labels: sizes.map { _ in 30 }, edges: edges)
    #expect(layout.hasLanes, "seed \(seed)")
    #expect(faults(layout, sizes, edges) == [], "seed \(seed), edges \(edges)")
  }

  @Test("two ways that join nothing lie above each other where there is room") func auxiliaryColumn() {
    // 0 to 9 in series; 10 to 12 leave after 1, and 13 to 15 after 6.
    var edges = (1...9).map { (from: $0 - 1, to: $0) }
    edges += [(1, 10), (10, 11), (11, 12), (6, 13), (13, 14), (14, 15)]
    let sizes: [(width: Double, height: Double)] = (0..<16).map { _ in (100, 40) }
    let layout = GraphLayout(sizes: sizes, labels: sizes.map { _ in 0 }, edges: edges)
    #expect(faults(layout, sizes, edges) == [])
    #expect(Set(layout.centers[10...].map(\.x)).count == 1, "\(layout.centers)")
    // Where they are beside each other, each has a column.
    edges[12] = (2, 13)
    let close = GraphLayout(sizes: sizes, labels: sizes.map { _ in 0 }, edges: edges)
    #expect(faults(close, sizes, edges) == [])
    #expect(Set(close.centers[10...].map(\.x)).count == 2, "\(close.centers)")
  }

  @Test("networks of the catalogue's kinds have lanes, and their edges meet no box")
  func networks() throws {
    for graph in [
      try Networks.lenet(), try Networks.googlenet(), try Networks.googlenet().optimized(),
      try Networks.resnet([2, 2, 2, 2]), try Networks.resnet([3, 4, 6, 3], bottleneck: true).optimized(),
    ] {
      for selection in [nil, .levels(1), .levels(2)] as [BlockSelection?] {
        let picture = GraphPicture(try GraphDrawing(graph, collapsing: selection))
        let edges = picture.edges.map { (from: $0.from, to: $0.to) }
        let sizes = picture.boxes.map { (width: $0.width, height: $0.height) }
        let layout = GraphLayout(sizes: sizes, labels: sizes.map { _ in 0 }, edges: edges)
        #expect(layout.hasLanes, "\(graph.name)")
        #expect(faults(layout, sizes, edges) == [], "\(graph.name)")
      }
    }
  }

  @Test("each branch of an inception module is one column") func inception() throws {
    let picture = GraphPicture(try GraphDrawing(try Networks.googlenet()))
    var columns: [String: [Double]] = [:]
    for box in picture.boxes {
      // `3a.5x5.reduce` is in the branch `3a.5x5`.
      let parts = box.name.text.split(separator: ".")
      guard parts.count > 1, parts[0].count == 2, parts[0].first?.isNumber == true, parts[1] != "output" else {
        continue
      }
      columns["\(parts[0]).\(parts[1])", default: []].append(box.left + box.width / 2)
    }
    #expect(columns.count == 9 * 4)
    for (branch, places) in columns {
      #expect((places.max() ?? 0) - (places.min() ?? 0) < 0.01, "\(branch): \(places)")
    }
    let modules = Dictionary(grouping: columns) { $0.key.prefix { $0 != "." } }
    for (module, branches) in modules {
      #expect(Set(branches.map { Int(($0.value.first ?? 0).rounded()) }).count == 4, "\(module)")
    }
  }

  @Test("the blocks of ResNet-50 alone are less than 3,000 pixels high") func height() throws {
    let graph = try Networks.resnet([3, 4, 6, 3], bottleneck: true)
    let outer = GraphPicture(try GraphDrawing(graph, collapsing: .levels(1)))
    #expect(outer.height < 1500, "\(outer.height)")
    #expect(outer.boxes.filter(\.isBlock).map(\.name.text) == ["layer1", "layer2", "layer3", "layer4"])
    let inner = GraphPicture(try GraphDrawing(graph, collapsing: .levels(2)))
    #expect(inner.boxes.count(where: \.isBlock) == 16 && inner.height < 3000, "\(inner.height)")
    // Deeper than blocks are is all there is.
    let all = try GraphDrawing(graph, collapsing: .levels(9))
    #expect(all.boxes.count == graph.nodes.count)
  }

  @Test("one block alone, opened, with what it reads and what reads it") func block() throws {
    let graph = try Networks.resnet([2, 2, 2, 2])
    let drawing = try GraphDrawing(graph, within: "layer2", collapsing: .levels(1))
    #expect(drawing.boxes.filter { !$0.isOutside }.map(\.name) == ["layer2.0", "layer2.1"])
    let outside = drawing.boxes.filter(\.isOutside)
    #expect(outside.count == 1 && outside.allSatisfy { $0.parameters == 0 && $0.name.hasPrefix("layer1.1.") })
    let whole = try GraphDrawing(graph, collapsing: .depth(1)).boxes.first { $0.name == "layer2" }
    #expect(drawing.boxes.reduce(0) { $0 + $1.parameters } == whole?.parameters)
    let picture = GraphPicture(drawing)
    #expect(picture.boxes.last?.name.text == "layer3.0.conv1 and 1 more")
    #expect(picture.title.text == "\(graph.name): layer2" && picture.subtitle.text.hasPrefix("525,568 parameters · "))
    let opened = try GraphDrawing(graph, within: "layer2.0")
    #expect(opened.boxes.contains { $0.name == "layer2.0.conv1" } && !opened.boxes.contains { $0.isBlock })
    let error = #expect(throws: DrawingError.self) { try GraphDrawing(graph, within: "layr2") }
    #expect("\(error.map { "\($0)" } ?? "")".contains("did you mean 'layer2'"))
  }

  @Test("a layer says its parameters and MACs") func costs() throws {
    let svg = try Networks.resnet([1, 1, 1, 1]).svg()
    #expect(svg.contains(">9,408 parameters · 118M MACs</text>") && svg.contains(">128 parameters</text>"))
  }

  @Test("a picture that would be too large is refused in words") func large() {
    #expect(
      "\(DrawingError.tooLarge(width: 9000, height: 80_000, limit: 64_000_000))"
        == "the picture would have 9000×80000 pixels, more than 64,000,000; draw blocks as one box each, one block alone, or an "
        + "SVG, which has no limit")
  }
}
