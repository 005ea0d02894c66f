import Testing
import ZooGraph
import ZooTensor
import ZooTestSupport

@Suite struct LayeredLayoutTests {
  @Test("boxes never overlap and edges lead downwards", arguments: 1...60)
  func property(seed: Int) {
    var generator = SplitMix64(seed: seed)
    let count = Int.random(in: 1...40, using: &generator)
    let sizes = (0..<count).map { _ in
      (width: Double.random(in: 20...200, using: &generator), height: Double.random(in: 10...60, using: &generator))
    }
    let edges = (1..<max(count, 2)).flatMap { to -> [(from: Int, to: Int)] in
      guard to < count else { return [] }
      return (0..<Int.random(in: 0...3, using: &generator)).map { _ in
        (from: Int.random(in: 0..<to, using: &generator), to: to)
      }
    }
    let layout = LayeredLayout(sizes: sizes, edges: edges)
    for left in 0..<count {
      let (a, size) = (layout.centers[left], sizes[left])
      #expect(a.x - size.width / 2 >= -0.01 && a.x + size.width / 2 <= layout.width + 0.01, "seed \(seed), box \(left)")
      #expect(
        a.y - size.height / 2 >= -0.01 && a.y + size.height / 2 <= layout.height + 0.01, "seed \(seed), box \(left)")
      for right in left + 1..<max(count, left + 1) {
        let b = layout.centers[right]
        let overlaps =
          abs(a.x - b.x) < (size.width + sizes[right].width) / 2 - 0.01
          && abs(a.y - b.y) < (size.height + sizes[right].height) / 2 - 0.01
        #expect(!overlaps, "seed \(seed), boxes \(left) and \(right)")
      }
    }
    for (index, edge) in edges.enumerated() {
      let path = layout.paths[index]
      #expect(
        path.first?.top == layout.centers[edge.from].y + sizes[edge.from].height / 2, "seed \(seed), edge \(index)")
      #expect(path.last?.bottom == layout.centers[edge.to].y - sizes[edge.to].height / 2, "seed \(seed), edge \(index)")
      for piece in path { #expect(piece.top <= piece.bottom + 0.01, "seed \(seed), edge \(index)") }
      for (above, below) in zip(path, path.dropFirst()) {
        #expect(above.bottom < below.top, "seed \(seed), edge \(index)")
      }
      if let end = path.last {
        #expect(
          abs(end.x - layout.centers[edge.to].x) <= sizes[edge.to].width / 2 + 0.01, "seed \(seed), edge \(index)")
      }
    }
  }

  @Test func theTrunkIsStraightAndTheShortcutGoesAround() {
    let sizes = [(width: 60.0, height: 20.0), (100, 20), (80, 20), (60, 20)]
    let layout = LayeredLayout(sizes: sizes, edges: [(0, 1), (1, 2), (2, 3), (0, 3)])
    for box in 1..<4 { #expect(abs(layout.centers[box].x - layout.centers[0].x) < 5, "box \(box)") }
    #expect(layout.paths[3].count == 4)
    #expect(layout.paths[3][1].x == layout.paths[3][2].x)
    #expect(layout.paths[3][1].x > layout.centers[1].x + 50)
  }

  @Test func crossingsAreUndone() {
    // Two chains whose lower ends are numbered the other way round.
    let layout = LayeredLayout(
      sizes: [(20, 10), (20, 10), (20, 10), (20, 10)], edges: [(0, 3), (1, 2)])
    #expect((layout.centers[0].x < layout.centers[1].x) == (layout.centers[3].x < layout.centers[2].x))
  }

  @Test func nothingToDraw() {
    let layout = LayeredLayout(sizes: [], edges: [])
    #expect(layout.centers.isEmpty && layout.width == 0 && layout.height == 0)
  }

  @Test(
    "isotonic regression",
    arguments: [
      ([1, 2, 3], [1, 1, 1], [0, 0], [1, 2, 3]), ([3, 1], [1, 1], [0], [2, 2]), ([3, 1], [3, 1], [0], [2.5, 2.5]),
      ([0, 0, 0], [1, 1, 1], [10, 10], [-10, 0, 10]), ([5], [1], [], [5]), ([], [], [], []),
      ([0, 100, 90], [1, 1, 1], [10, 10], [0, 90, 100]),
    ] as [([Double], [Double], [Double], [Double])])
  func separation(wanted: [Double], weights: [Double], distances: [Double], expected: [Double]) {
    #expect(separated(wanted, weights: weights, distances: distances) == expected)
  }
}

@Suite struct GraphPictureTests {
  @Test func everyNodeIsDrawn() throws {
    for graph in [try Networks.lenet(), try Networks.googlenet(), try Networks.googlenet().optimized()] {
      let (svg, dot) = (graph.svg(), graph.dot())
      for node in graph.nodes {
        #expect(svg.contains(">\(node.name)<"), "\(graph.name) \(node.name)")
        #expect(dot.contains("[label=\"\(node.name)"), "\(graph.name) \(node.name)")
      }
      for output in graph.outputs { #expect(svg.contains(">\(output.name)</text>"), "\(output.name)") }
      let edges = graph.nodes.reduce(0) { $0 + $1.inputs.count } + graph.outputs.count
      #expect(svg.components(of: "class=\"edge") == edges)
      #expect(dot.components(of: " -> ") == edges)
      #expect(svg == graph.svg(), "drawing is not repeatable")
    }
  }

  @Test func shapesAndTrainingPartsAreShown() throws {
    let svg = try Networks.googlenet().svg()
    #expect(svg.contains(">3×224×224</text>"))
    #expect(svg.contains("<g class=\"dense training\"><title>loss1.fc\nfully connected 2048→1024\n1024\n"))
    #expect(svg.contains("prefers-color-scheme:dark"))
  }

  @Test func namesFromStrangersAreEscaped() throws {
    var net = try NetworkBuilder("<svg onload=\"x\">&\u{1}", input: [1, 4, 4])
    try net.relu("a\"</text><script>\\\n]")
    let (svg, dot) = (net.classifier().svg(), net.classifier().dot())
    #expect(!svg.contains("<script>") && !svg.contains("onload=\"x\"") && !svg.contains("\u{1}"))
    #expect(svg.contains("<title>&lt;svg onload=&quot;x&quot;&gt;&amp; </title>"))
    #expect(svg.contains("a&quot;&lt;/text&gt;&lt;script&gt;\\"))
    #expect(dot.hasPrefix("digraph \"<svg onload=\\\"x\\\">& \" {"))
    #expect(dot.contains("label=\"a\\\"</text><script>\\\\\\n] · relu\""))
  }

  @Test func dot() throws {
    var net = try NetworkBuilder("tiny", input: [1, 4, 4])
    try net.convolution("conv", 2, 3)
    #expect(
      net.classifier().dot() == """
        digraph "tiny" {
          node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11]
          edge [fontname="Helvetica", fontsize=9, arrowsize=0.6]
          n0 [label="input", tooltip="input\\ninput\\n1×4×4", fillcolor="#e2e8f0", color="#475569"]
          n1 [label="conv\\nconvolution\\n1→2, 3×3\\n20 parameters · 72 MACs", \
        tooltip="conv\\nconvolution 1→2, 3×3\\n2×2×2\\n20 parameters\\n72 multiply-accumulates", \
        fillcolor="#dbeafe", color="#2563eb"]
          n2 [label="logits", tooltip="logits", fillcolor="#ccfbf1", color="#0d9488"]
          n0 -> n1 [label="1×4×4"]
          n1 -> n2 [label="2×2×2"]
        }

        """)
  }

  @Test func plainValues() throws {
    let graph = try Networks.resnet([1, 1, 1, 1]).optimized()
    let description = GraphDescription(graph)
    let node = try #require(description.nodes.first { $0.name == "layer2.0.downsample.0" })
    #expect(node.kind == "convolution")
    #expect(node.details == "64→128, 1×1, stride 2 + input + relu")
    #expect(node.inputs == ["layer1.0.conv2", "layer2.0.conv2"])
    #expect(node.shape == [128, 28, 28])
    #expect(node.parameters.map(\.role) == ["weight", "bias"])
    #expect(node.parameters.map(\.shape) == [[128, 64, 1, 1], [128]])
    #expect(node.parameters[1].tensors.first == "layer2.0.downsample.1.weight")
    #expect(node.origin == nil && !node.isTrainingOnly)
    #expect(node.macs == 28 * 28 * 128 * 64)
    #expect(description.nodes.first { $0.kind == "max pool" }?.macs == 0)
    #expect(description.outputs.map(\.node) == ["fc"])
    #expect(description.nodes.count == graph.nodes.count)
  }
}

extension String {
  /// How often the text occurs.
  fileprivate func components(of text: String) -> Int {
    var count = 0
    var rest = self[...]
    while let range = rest.firstRange(of: text) {
      count += 1
      rest = rest[range.upperBound...]
    }
    return count
  }
}
