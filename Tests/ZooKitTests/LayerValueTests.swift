import Testing
import ZooGraph
import ZooImages
import ZooKernels
import ZooKit
import ZooRuntime
import ZooTensor
import ZooWeights

@Suite("values of layers that were asked for") struct LayerValueTests {
  /// What runs in place, in parts of one buffer, at once with what follows, or not at all when nobody asks for it.
  private static let text = """
    zoo: 1
    name: every-fusion
    input: [3, 20, 20]
    layers:
      - conv: {name: planar, out: 16, kernel: 3, padding: 1}
      - batch_norm: {name: folded}
      - relu: {name: rectified}
      - conv: {name: pooled, out: 32, kernel: 3, padding: 1}
      - relu: {name: positive}
      - max_pool: {name: pool, kernel: 2, stride: 2}
      - conv: {name: left, out: 16, kernel: 1}
      - sigmoid: {name: bounded}
      - conv: {name: right, from: pool, out: 16, kernel: 3, padding: 1}
      - concat: {name: both, from: [bounded, right]}
      - batch_norm: {name: alone}
      - dropout: {name: dropped}
      - add: {name: sum, from: [dropped, pool]}
      - relu: {name: summed}
      - lrn: {name: normalized, size: 5, alpha: 0.0001, beta: 0.75, k: 1, convention: mean}
      - average_pool: {name: averaged, kernel: 2, stride: 2}
      - flatten: {name: flat}
      - fc: {name: hidden, out: 30}
      - relu: {name: hidden_rectified}
      - dropout: {name: last_dropped}
      - fc: {name: scores, out: 7}
      - softmax: {name: probabilities}
      - conv: {name: auxiliary, from: pool, out: 4, kernel: 1, training_only: true}
    outputs: {probabilities: probabilities}
    """

  private static func values(
    _ network: Network, _ images: Tensor
  ) throws -> [(name: String, shape: Shape, value: Tensor)] {
    let weights = try LoadedWeights.load(.synthetic(seed: 5), for: network)
    let interpreter = try Interpreter(graph: network.graph, weights: weights.tensor)
    return try zip(network.graph.nodes, interpreter.values(images)).compactMap { node, value in
      value.map { (node.name, node.shape, $0) }
    }
  }

  private static func model(
    _ network: Network, _ outputs: [String], _ numerics: Numerics = .fast, isInterpreted: Bool = false
  ) throws -> Model {
    try Model(
      network, weights: .synthetic(seed: 5), outputs: outputs,
      options: Model.Options(usesInterpreter: isInterpreted, numerics: numerics))
  }

  private static func images(_ network: Network, _ count: Int) -> Tensor {
    SyntheticCheckpoint.input(shape: Shape([count] + network.input.dimensions))
  }

  private static func error(_ value: Tensor, _ expected: Tensor) -> Double {
    value.shape == expected.shape ? relativeError(value.floats, expected.floats.map(Double.init)) : .infinity
  }

  @Test("each alone is what the interpreter says of the definition's layer", arguments: Numerics.allCases)
  func alone(_ numerics: Numerics) throws {
    let network = try Network(yaml: Self.text, path: "every-fusion.yaml")
    let images = Self.images(network, 3)
    let expected = try Self.values(network, images)
    let logits = try Self.model(network, [], numerics).logits(images)
    #expect(expected.count == network.graph.nodes.count - 1)
    for (name, shape, value) in expected {
      let model = try Self.model(network, [name], numerics)
      let (scores, values) = try model.logitsAndValues(images)
      let found = try #require(values[name])
      #expect(values.count == 1 && found.shape == Shape([3] + shape.dimensions), "\(name)")
      #expect(Self.error(found, value) <= 1e-5, "\(name): \(Self.error(found, value))")
      #expect(Self.error(scores, logits) <= 1e-5, "\(name)")
      let single = try #require(try model.values(for: Self.images(network, 1))[name])
      #expect(
        single.shape == Shape([1] + shape.dimensions)
          && single.floats == Array(found.floats.prefix(single.shape.elementCount)), "\(name)")
    }
  }

  @Test("several of a residual network at once, compiled and interpreted", arguments: Numerics.allCases)
  func several(_ numerics: Numerics) throws {
    let network = try Network.find("resnet20")
    let images = Self.images(network, 2)
    let expected = try Self.values(network, images)
    let few = ["bn1", "layer1.0.conv1", "layer2.0.shortcut", "layer2.2.conv2", "layer3.1.bn2", "avgpool", "linear"]
    for names in [few, expected.map(\.name)] {
      for isInterpreted in names == few ? [false, true] : [false] {
        let model = try Self.model(network, names, numerics, isInterpreted: isInterpreted)
        let values = try model.values(for: images)
        #expect(Set(values.keys) == Set(names) && model.outputs == names)
        for (name, _, value) in expected {
          guard let found = values[name] else { continue }
          #expect(Self.error(found, value) <= 1e-5, "\(name): \(Self.error(found, value))")
        }
      }
    }
  }

  @Test("a name that comes twice counts once, in the network's order")
  func twice() throws {
    let model = try Self.model(.find("lenet"), ["ip2", "pool1", "ip2"])
    #expect(model.outputs == ["pool1", "ip2"])
    let (logits, values) = try model.logitsAndValues(Self.images(model.network, 2))
    #expect(values["ip2"]?.floats == logits.floats && values["pool1"]?.shape == [2, 20, 12, 12])
    #expect(try Self.model(.find("lenet"), []).values(for: Self.images(model.network, 1)).isEmpty)
  }

  @Test("pictures are preprocessed first")
  func pictures() throws {
    let model = try Self.model(.find("lenet"), ["relu1"])
    let pixels = (0..<30 * 40 * 3).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let picture = try PixelImage(width: 30, height: 40, pixels: pixels)
    let input = try model.input(for: picture)
    let values = try model.values(for: [picture, picture])
    #expect(values["relu1"]?.shape == [2, 500])
    let stacked = try model.values(for: Model.stacked([input, input]))
    #expect(values.mapValues(\.floats) == stacked.mapValues(\.floats))
    #expect(throws: ZooError.noImages) { try model.values(for: [PixelImage]()) }
  }

  @Test("a name that is no layer, and one of a layer for training, are refused before weights are read")
  func refused() throws {
    let network = try Network(yaml: Self.text, path: "every-fusion.yaml")
    func error(_ names: [String]) -> ZooError? {
      #expect(throws: ZooError.self) { try Model(network, weights: .file("no file"), outputs: names) }
    }
    #expect(error(["pool", "hiden"]) == .layerNotFound("hiden", model: "every-fusion", suggestions: ["hidden"]))
    #expect(error([""]) == .layerNotFound("", model: "every-fusion", suggestions: []))
    #expect(error(["auxiliary"]) == .layerForTraining("auxiliary", model: "every-fusion"))
    // What is for training only is not suggested either.
    #expect(error(["auxiliar"]) == .layerNotFound("auxiliar", model: "every-fusion", suggestions: []))
    #expect(FailureCategory(of: ZooError.layerForTraining("a", model: "b")) == .usage)
    #expect(FailureCategory(of: ZooError.layerNotFound("a", model: "b", suggestions: [])) == .usage)
  }
}
