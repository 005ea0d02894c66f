import Testing
import ZooInsight
import ZooKit
import ZooTensor
import ZooTestSupport

@Suite("What a layer answers to a picture") struct LayerValueTests {
  @Test("is the named node's value whatever was fused: as the interpreter has it, batch norm and ReLU apart")
  func fusion() throws {
    let network = try Network.find("resnet20", input: [3, 16, 16])
    var random = SplitMix64(seed: 2)
    let input = Tensor(shape: [3, 16, 16], floats: random.floats(768))
    let names = network.graph.nodes.map(\.name).filter {
      $0.hasPrefix("layer2.0") || $0.hasPrefix("conv1") || $0 == "linear"
    }
    let plain = try Model(
      network, weights: .synthetic(seed: 1), outputs: names, options: .init(usesInterpreter: true, threads: 1))
    let expected = try plain.values(for: input)
    // Each alone, so that everything around it may be fused.
    for name in names {
      let model = try Model(network, weights: .synthetic(seed: 1), outputs: [name])
      let value = try LayerValue(name, of: model, for: input)
      let answer = try #require(expected[name]).floats
      let scale = answer.reduce(0) { max($0, $1.magnitude) }
      let difference = zip(value.value.floats, answer).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
      #expect(difference <= 1e-5 * scale, "\(name): \(difference) of \(scale)")
      #expect(value.isSigned == answer.contains { $0 < 0 }, "\(name)")
    }
  }

  @Test("all units in order, or the strongest first, of equals the first")
  func strongest() throws {
    let model = try Model(
      Network(yaml: TinyNetwork.yaml, path: "tiny.yaml"), weights: .synthetic(seed: 3), outputs: ["conv"])
    let value = try LayerValue(
      "conv", of: model, for: Tensor(shape: [1, 8, 8], floats: (0..<64).map { Float($0 % 7) }))
    #expect(value.strongest(5) == [0, 1, 2, 3, 4])
    let two = value.strongest(2)
    let strengths = (0..<5).map { value.map(of: $0).map(\.magnitude).max()! }
    #expect(two.map { strengths[$0] } == Array(strengths.sorted(by: >).prefix(2)))
    #expect(value.strongest(0) == [])
  }
}
