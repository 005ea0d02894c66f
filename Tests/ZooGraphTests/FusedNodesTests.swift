import Testing
import ZooGraph
import ZooTestSupport

@Suite("what passes made of which nodes") struct FusedNodesTests {
  @Test("each node is in one list, what changes nothing in none", arguments: 0...60) func property(seed: Int) throws {
    var generator = SplitMix64(seed: seed)
    let graph =
      switch seed {
      case 0: try Networks.googlenet()
      default: try Networks.random(using: &generator)
      }
    let optimized = try graph.optimized()
    let fused = graph.fusedNodes(in: optimized)
    #expect(Set(fused.keys) == Set(optimized.nodes.map(\.name)), "seed \(seed)")
    var homes: [NodeID: String] = [:]
    for (name, nodes) in fused {
      #expect(nodes.contains { graph[$0].name == name }, "seed \(seed), \(name)")
      for id in nodes { #expect(homes.updateValue(name, forKey: id) == nil, "seed \(seed), \(graph[id].name)") }
    }
    // Fusion is told by what the operations became: as many sums and activations as before, each in its place.
    for node in optimized.nodes {
      let members = fused[node.name, default: []].map { graph[$0].operation }
      let own = members.filter { if case .activation = $0 { true } else { false } }.count
      let sums = members.filter { if case .join(.add, _, _) = $0 { true } else { false } }.count
      if case .convolution(let layer) = node.operation {
        #expect(sums == (layer.addsInput ? 1 : 0), "seed \(seed), \(node.name)")
        #expect(layer.activation != nil || own == 0, "seed \(seed), \(node.name)")
      }
      #expect(own <= 1 && sums <= 1, "seed \(seed), \(node.name)")
    }
    let isNeeded = Set(optimized.nodes.map(\.name))
    for id in graph.ids where homes[id] == nil {
      #expect(!isNeeded.contains(graph[id].name), "seed \(seed), \(graph[id].name)")
    }
  }

  @Test func residual() throws {
    let graph = try Networks.resnet([1, 1, 1, 1])
    let fused = graph.fusedNodes(in: try graph.optimized())
    let names = fused.mapValues { $0.map { graph[$0].name } }
    #expect(names["layer1.0.conv1"] == ["layer1.0.conv1", "layer1.0.bn1", "layer1.0.relu1"], "\(names)")
    #expect(names["layer1.0.conv2"]?.count == 4 && names["layer2.0.conv2"]?.count == 2, "\(names)")
    #expect(names["layer2.0.downsample.0"]?.count == 4 && names["fc"]?.first == "fc", "\(names)")
  }
}
