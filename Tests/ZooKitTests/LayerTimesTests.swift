import Testing
import ZooGraph
import ZooKit

@Suite("times of layers") struct LayerTimesTests {
  @Test("each layer that computes something has a time or is in that of another", arguments: ["lenet", "resnet20"])
  func covered(name: String) throws {
    let network = try Network.find(name)
    let model = try Model(network, weights: .synthetic(seed: 0), options: Model.Options(threads: 1))
    let times = try #require(try LayerTimes.measure(model, runs: 2, duration: .zero))
    #expect(times.runs == 2 && times.threads == 1)
    var seen: Set<String> = []
    for entry in times.entries {
      #expect(entry.layers.contains(entry.layer) && !entry.kernels.isEmpty, "\(entry.layer)")
      #expect(entry.median > .zero, "\(entry.layer)")
      for layer in entry.layers { #expect(seen.insert(layer).inserted, "\(layer) is counted twice") }
    }
    // Shortcuts of stride 1 hand on what they are given.
    let rest = network.graph.nodes.filter { !seen.contains($0.name) }.map(\.name)
    #expect(rest.allSatisfy { $0.hasSuffix(".shortcut") } && rest.count == (name == "lenet" ? 0 : 7), "\(rest)")
    let quantity = times.quantity
    #expect(quantity.values.count == times.entries.count && quantity.unit == .seconds)
    let total = try GraphDrawing(network.graph, colouredBy: quantity).total
    #expect(abs(total - times.total / .seconds(1)) < 1e-9)
    #expect(quantity.caption.hasPrefix("of a forward pass of one image: medians of 2 runs, 1 thread, "))
  }

  @Test("a pooling that the convolution before does at once is counted there") func pooled() throws {
    let text = """
      zoo: 1
      name: pooled
      input: [32, 24, 24]
      layers:
        - conv: {name: conv, out: 32, kernel: 3, padding: 1}
        - relu: {name: relu}
        - max_pool: {name: pool, kernel: 2, stride: 2}
        - fc: {name: fc, out: 4}
      """
    let network = try Network(yaml: text, path: "pooled.yaml")
    let model = try Model(network, weights: .synthetic(seed: 0), options: Model.Options(threads: 1))
    let times = try #require(try LayerTimes.measure(model, runs: 1, duration: .zero))
    // The step is named after the convolution, whichever layers it does.
    let steps = times.entries.filter { $0.kernels.contains { $0.contains("pool") } }
    #expect(steps.map(\.layers) == [["conv", "relu", "pool"]], "\(times.entries)")
  }

  @Test("an interpreted model has none") func interpreted() throws {
    let model = try Model("lenet", weights: .synthetic(seed: 0), options: Model.Options(usesInterpreter: true))
    let times = try LayerTimes.measure(model)
    #expect(times == nil)
  }
}
