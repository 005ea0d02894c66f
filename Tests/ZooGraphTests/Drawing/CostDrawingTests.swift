import Foundation
import Testing
import ZooGraph
import ZooTensor
import ZooTestSupport

@Suite("pictures coloured by cost, with blocks as one box") struct CostDrawingTests {
  /// Each reads all that came before, as in DenseNet.
  private func dense() throws -> Graph {
    var net = try NetworkBuilder("dense", input: [4, 6, 6])
    var values = [net.last]
    for layer in 1...3 {
      try net.batchNorm("block.layer\(layer).norm")
      try net.relu("block.layer\(layer).relu")
      values.append(try net.convolution("block.layer\(layer).conv", 4, 3, padding: 1))
      try net.add("join\(layer)", .concat, from: values)
    }
    return net.classifier()
  }

  @Test("the numbers of all boxes are those of the cost") func sums() throws {
    for graph in [try Networks.resnet([2, 2, 2, 2]), try Networks.googlenet(), try dense()] {
      let cost = try graph.cost()
      for blocks in [nil, .depth(1)] as [BlockSelection?] {
        let macs = try GraphDrawing(graph, collapsing: blocks, colouredBy: graph.multiplyAccumulateQuantity())
        #expect(macs.total == Double(cost.inference.multiplyAccumulates), "\(graph.name)")
        #expect(macs.boxes.reduce(0) { $0 + $1.parameters } == cost.training.parameters, "\(graph.name)")
        #expect(macs.boxes.reduce(0) { $0 + $1.nodes.count } == graph.nodes.count, "\(graph.name)")
        let memory = try GraphDrawing(graph, collapsing: blocks, colouredBy: graph.memoryQuantity())
        let bytes = zip(graph.nodes, cost.nodes).reduce(0) { $1.0.isTrainingOnly ? $0 : $0 + $1.1.activationBytes }
        #expect(memory.total == Double(bytes), "\(graph.name)")
      }
    }
  }

  @Test("a block says how many layers it has, its parameters, MACs, and what leaves it") func blocks() throws {
    let graph = try Networks.resnet([2, 2, 2, 2])
    let drawing = try GraphDrawing(graph, collapsing: .depth(1), colouredBy: graph.multiplyAccumulateQuantity())
    #expect(drawing.boxes.filter(\.isBlock).map(\.name) == ["layer1", "layer2", "layer3", "layer4"])
    let svg = drawing.svg()
    #expect(svg.contains(">layer2<tspan class=\"remark\" dx=\"6\">16 layers</tspan>"))
    #expect(svg.contains(">→ 128×28×28</text>") && svg.contains(">525,568 parameters · 411M MACs</text>"))
    #expect(!svg.contains(">layer2.0.conv1<"))
    #expect(
      drawing.dot().contains(
        "[label=\"layer2 · 16 layers\\n→ 128×28×28\\n525,568 parameters · 411M MACs\\n23 % of all\""))
    let inner = try GraphDrawing(graph, collapsing: .paths(["layer1.0", "layer3", "layer3.1"]))
    #expect(inner.boxes.filter(\.isBlock).map(\.name) == ["layer1.0", "layer3"])
    #expect(inner.svg().contains(">layer1.1.conv1<"))
    let second = try GraphDrawing(graph, collapsing: .depth(2))
    #expect(second.boxes.filter(\.isBlock).prefix(2).map(\.name) == ["layer1.0", "layer1.1"])
  }

  @Test("a block that what it computes leaves and enters again makes several boxes") func loops() throws {
    let drawing = try GraphDrawing(try dense(), collapsing: .depth(1))
    #expect(
      drawing.boxes.map(\.name) == [
        "input", "block (1 of 3)", "join1", "block (2 of 3)", "join2", "block (3 of 3)", "join3",
      ])
    let layers = try GraphDrawing(try dense(), collapsing: .depth(2))
    #expect(layers.boxes.filter(\.isBlock).map(\.name) == ["block.layer1", "block.layer2", "block.layer3"])
    var net = try NetworkBuilder("crossed", input: [4, 6, 6])
    let first = try net.convolution("a.1", 4, 1)
    let other = try net.convolution("b.1", 4, 1, from: NodeID(index: 0))
    let last = try net.convolution("b.2", 4, 1, from: first)
    net.last = try net.convolution("a.2", 4, 1, from: other)
    try net.add("sum", .add(nil), from: [last, net.last])
    // Either block alone could be a box; both would read from each other.
    #expect(
      try GraphDrawing(net.classifier(), collapsing: .depth(1)).boxes.map(\.name) == [
        "input", "a.1", "b", "a.2", "sum",
      ])
  }

  @Test("boxes of any blocks come before what reads them", arguments: 1...40) func order(seed: Int) throws {
    var generator = SplitMix64(seed: seed)
    let random = try Networks.random(using: &generator)
    // Node by node again, with names in blocks at random.
    var graph = Graph(name: "blocks")
    for node in random.nodes {
      let block = ["a.", "b.", "b.c.", ""].randomElement(using: &generator) ?? ""
      try graph.append(node.operation, name: block + node.name, inputs: node.inputs)
    }
    graph.outputs = random.outputs
    guard !graph.blockPaths.isEmpty else { return }
    let drawing = try GraphDrawing(graph, collapsing: .depth(1), colouredBy: graph.memoryQuantity())
    var seen: Set<NodeID> = []
    for box in drawing.boxes {
      for input in box.nodes.flatMap({ graph[$0].inputs }) {
        #expect(
          seen.contains(input) || box.nodes.contains(input), "seed \(seed), \(box.name) reads \(graph[input].name)")
      }
      seen.formUnion(box.nodes)
    }
    #expect(seen.count == graph.nodes.count)
    #expect(drawing.svg() == drawing.svg() && drawing.svg().contains("class=\"legend\""))
  }

  @Test("a coloured picture has its scale, with numbers and the unit, and rules for all its colours") func legend()
    throws
  {
    let graph = try Networks.lenet()
    let drawing = try GraphDrawing(graph, colouredBy: graph.multiplyAccumulateQuantity())
    let svg = drawing.svg()
    for text in [
      ">0 MACs</text>", ">800K MACs</text>", ">1.6M MACs</text>", ">2.29M MACs in all;",
      ">1.6M MACs · 70 %</text>", ">5K MACs · 0.2 %</text>",
    ] {
      #expect(svg.contains(text), "\(text)")
    }
    let pieces = svg.split(separator: "@media (prefers-color-scheme:dark)")
    for level in 0..<CostColour.count {
      let light = ".q\(level) rect{fill:\(CostColour.light(level))}.q\(level) text{fill:\(CostColour.lightText(level))}"
      let dark = ".q\(level) rect{fill:\(CostColour.dark(level))}.q\(level) text{fill:\(CostColour.darkText(level))}"
      #expect(pieces[0].contains(light) && pieces[1].contains(dark), "\(level)")
    }
    #expect(svg.contains("<g class=\"q63\"><title>conv2\n") && svg.contains("<g class=\"plain\"><title>relu1\n"))
    #expect(drawing.dot().contains("<font color=\"#ffffff\">1.6M MACs</font>"))
    #expect(!graph.svg().contains("legend\" x") && !graph.svg().contains(".q0 "))
  }

  @Test("a number that covers other layers says which, and they say where they are counted") func covered() throws {
    let graph = try Networks.resnet([1, 1, 1, 1])
    let quantity = NodeQuantity(
      title: "time", unit: .seconds, caption: "made up", values: ["layer1.0.conv1": 0.003, "conv1": 0.001],
      covers: ["layer1.0.conv1": ["layer1.0.bn1", "layer1.0.relu"], "conv1": ["bn1", "layer1.0.conv2"]])
    let svg = try GraphDrawing(graph, colouredBy: quantity).svg()
    for text in [
      ">time made up</text>", ">4 ms in all;", ">3 ms · 75 %</text>", ">with …bn1, …relu</text>",
      ">counted in layer1.0.conv1</text>", "\n3 ms · 75 %\nwith layer1.0.bn1, layer1.0.relu</title>",
      ">with bn1, layer1.0.conv2</text>",
    ] {
      #expect(svg.contains(text), "\(text)")
    }
    // What lies in the block needs not be said.
    let drawing = try GraphDrawing(graph, collapsing: .paths(["layer1"]), colouredBy: quantity)
    #expect(drawing.boxes.first { $0.name == "layer1" }?.covers == [])
    #expect(drawing.boxes.first { $0.name == "conv1" }?.covers == ["bn1", "layer1.0.conv2"])
    #expect(drawing.boxes.first { $0.name == "bn1" }?.isCoveredBy == "conv1")
  }

  @Test("blocks that are not there")
  func mistakes() throws {
    let graph = try Networks.resnet([1, 1, 1, 1])
    for (blocks, words) in [
      (.paths(["layr1"]), "no block 'layr1' in resnet (did you mean 'layer1'?)"),
      (.paths(["x"]), "no block 'x' in resnet; its outermost blocks are layer1, layer2, layer3, layer4"),
      (
        .paths(["layer1", "layer1.0.conv1"]),
        "'layer1.0.conv1' is a layer of resnet, not a block of layers (did you mean 'layer1' or 'layer1.0'?)"
      ),
      (.depth(9), "resnet has no blocks 9 levels deep; expected 1 (the outermost) to 3"),
    ] as [(BlockSelection, String)] {
      let error = try #require(throws: DrawingError.self) { try GraphDrawing(graph, collapsing: blocks) }
      #expect("\(error)" == words.replacingOccurrences(of: "resnet", with: graph.name))
    }
    for (blocks, words) in [
      (
        .depth(1),
        "lenet has no blocks: no layer's path has a part before a dot, so there is nothing to make one box of"
      ),
      (
        .paths(["conv"]),
        "no block 'conv' in lenet; no layer's path has a part before a dot, so the network has no blocks"
      ),
    ] as [(BlockSelection, String)] {
      let lenet = try Networks.lenet()
      let error = try #require(throws: DrawingError.self) { try GraphDrawing(lenet, collapsing: blocks) }
      #expect("\(error)" == words)
    }
  }
}
