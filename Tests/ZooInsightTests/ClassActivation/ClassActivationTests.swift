import Testing
import ZooGraph
import ZooInsight
import ZooKit
import ZooTensor

@Suite("Contributions of places to a class's score") struct ClassActivationTests {
  @Test(
    "are taken from the layer that the rule says",
    arguments: [
      ("lenet", "conv2", 8), ("alexnet", "features.11", 13), ("vgg16", "features.29", 14),
      ("googlenet", "inception5b.concat", 7), ("resnet18", "layer4.1.relu_2", 7), ("resnet50", "layer4.2.relu_3", 7),
      ("resnet20", "layer3.2.relu_2", 8),
    ])
  func layer(_ name: String, _ layer: String, _ rows: Int) throws {
    let network = try Network.find(name)
    let id = try #require(network.graph.activationLayer(of: network.answer().value))
    #expect(network.graph[id].name == layer, "\(name)")
    #expect(network.graph[id].shape.extent.height == rows, "\(name)")
  }

  @Test("of a pooled head add up with the bias to the logit", arguments: [false, true])
  func completeness(_ usesInterpreter: Bool) throws {
    let layers = """
      - conv: {name: a, out: 7, kernel: 3, padding: 1}
      - batch_norm: {name: bn}
      - relu: {name: r}
      - conv: {name: b, out: 7, kernel: 3, padding: 1}
      - add: {name: s, from: [b, r]}
      - relu: {name: rs}
      - global_average_pool: {name: p}
      - fc: {name: f, out: 4}
      """
    let model = try Model.small(layers, options: Model.Options(usesInterpreter: usesInterpreter))
    let activation = try ClassActivation(model)
    #expect(activation.layer == "rs")
    let logits = try model.logits(model.randomInput()).floats
    let bias = try model.weights.tensor("f.bias").floats
    for index in 0..<4 {
      let map = try activation.map(of: .score(index), for: model.randomInput())
      #expect(abs(map.score - logits[index]) <= 1e-5, "class \(index)")
      #expect(map.bias == Double(bias[index]))
      #expect(try #require(map.error) < 1e-4, "class \(index): \(map)")
      #expect(map.contributions.shape == [6, 6])
    }
    let contrast = try activation.map(of: .contrast(1, against: 3), for: model.randomInput())
    let parts = try [1, 3].map { try activation.map(of: .score($0), for: model.randomInput()).contributions.floats }
    for (difference, (one, other)) in zip(contrast.contributions.floats, zip(parts[0], parts[1])) {
      #expect(abs(difference - (one - other)) < 1e-5)
    }
  }

  @Test("of another head leave a remainder, and say that there is no bias to add up with")
  func otherHead() throws {
    let model = try Model.small(
      "- conv: {name: a, out: 7, kernel: 3}\n- relu: {name: r}\n- max_pool: {name: p, kernel: 2, stride: 2}\n"
        + "- fc: {name: f, out: 9}\n- relu: {name: rf}\n- fc: {name: g, out: 3}")
    let activation = try ClassActivation(model)
    #expect(activation.layer == "r")
    let map = try activation.map(of: .score(0), for: model.randomInput())
    #expect(map.bias == nil)
    #expect(map.error == nil)
    #expect(abs(map.sum + map.remainder - Double(map.score)) < 1e-6)
  }

  @Test("of a layer that is not there, or a unit, are refused")
  func refusals() throws {
    let model = try Model.small("- conv: {name: a, out: 3, kernel: 3}\n- relu: {name: r}\n- fc: {name: f, out: 2}")
    #expect(throws: InsightError.self) { try ClassActivation(model, layer: "f") }
    #expect(throws: ZooError.self) { try ClassActivation(model, layer: "q") }
    let activation = try ClassActivation(model)
    #expect(throws: InsightError.notAScore) {
      try activation.map(of: .unit(layer: "r", unit: 0), for: model.randomInput())
    }
    #expect(throws: ZooError.self) { try activation.map(of: .score(2), for: model.randomInput()) }
  }

  @Test("lie where the layer's receptive fields have their centres")
  func placement() {
    let field = ReceptiveField(
      size: Extent(7), stride: Extent(4), start: ReceptiveField.Position(row: -3, column: -3))
    let placement = GridMap.Placement(field, rows: 4, columns: 4, on: Extent(16))
    #expect(placement.origin.x == 0.5)
    #expect(placement.step.y == 4)
    let even = GridMap.Placement(nil, rows: 2, columns: 4, on: Extent(16))
    #expect(even.origin.x == 2)
    #expect(even.origin.y == 4)
  }
}
