import Testing
import ZooGraph
import ZooImport
import ZooRuntime
import ZooTensor
import ZooTestSupport
import ZooWeights

struct ConvNetJSImportTests {
  private func imported(_ layers: String) throws -> ImportedNetwork {
    try ImportedNetwork(
      convNetJS: ConvNetJSFile.open(bytes: Array("{\"layers\": [\(layers)]}".utf8), name: "net.json"), path: "net.json")
  }

  private static let input = "{\"layer_type\": \"input\", \"out_depth\": 2, \"out_sx\": 3, \"out_sy\": 2}"

  private static func volume(_ width: Int, _ height: Int, _ depth: Int, _ values: [Float]) -> String {
    "{\"sx\": \(width), \"sy\": \(height), \"depth\": \(depth), \"w\": \(values)}"
  }

  @Test("filters are brought from the order of positions into that of channels")
  func order() throws {
    // A filter of 2 rows, 3 columns and 2 channels that takes the second channel's last position, and half its first.
    var filter = [Float](repeating: 0, count: 12)
    filter[11] = 1
    filter[1] = 0.5
    let conv = """
      {"layer_type": "conv", "out_depth": 1, "out_sx": 1, "out_sy": 1, "sx": 3, "sy": 2, "stride": 1, "pad": 0, \
      "filters": [\(Self.volume(3, 2, 2, filter))], "biases": \(Self.volume(1, 1, 1, [0.25]))}
      """
    let fc = """
      {"layer_type": "fc", "out_depth": 1, "filters": [\(Self.volume(1, 1, 12, filter))], \
      "biases": \(Self.volume(1, 1, 1, [0.25]))}
      """
    for layer in [conv, fc] {
      let network = try imported("\(Self.input), \(layer), {\"layer_type\": \"regression\", \"num_inputs\": 1}")
      let weights = try #require(network.weights)
      let interpreter = try Interpreter(graph: network.graph) { try weights.tensor(named: $0) }
      let image = (0..<12).map(Float.init)
      #expect(try interpreter.run(Tensor(shape: [2, 2, 3], floats: image))[0].floats == [11 + 3 + 0.25], "\(layer)")
      #expect(network.graph.outputs.map(\.role) == [.logits])
    }
  }

  @Test("element-wise layers, pooling, normalisation and dropout as ConvNetJS predicts with it")
  func layers() throws {
    let network = try imported(
      """
      \(Self.input), {"layer_type": "relu"}, {"layer_type": "tanh"}, {"layer_type": "sigmoid"},
      {"layer_type": "lrn", "k": 1, "n": 3, "alpha": 0.1, "beta": 0.75},
      {"layer_type": "pool", "sx": 2, "stride": 1, "pad": 0, "out_depth": 2, "out_sx": 2, "out_sy": 1},
      {"layer_type": "dropout", "drop_prob": 0.25}
      """)
    #expect(
      network.graph.nodes.map(\.name)
        == ["input", "layer1", "layer2", "layer3", "layer4", "layer5", "layer6", "layer6_factor"])
    #expect(try #require(network.weights).tensor(named: "layer6_factor.weight").floats == [0.25, 0.25])
    let softmax = try imported(
      "{\"layer_type\": \"input\", \"out_depth\": 4, \"out_sx\": 1, \"out_sy\": 1}, {\"layer_type\": \"softmax\"}")
    #expect(softmax.graph.outputs.map(\.role) == [.probabilities])
  }

  private static let refusalsCases: [(String, String)] = [
    ("", "net.json: layers: the first layer must be of type input; give what net.toJSON() wrote"),
    (input, "net.json: layers: no layer of the network computes anything"),
    (
      "\(input), {\"layer_type\": \"maxout\"}, {\"layer_type\": \"magic\"}, {}",
      "net.json: zoo has nothing that computes the following:\n  layer1: maxout\n  layer2: magic\n  layer3: a layer without type"
    ),
    (
      "\(input), {\"layer_type\": \"softmax\"}",
      "net.json: zoo has nothing that computes the following:\n  layer1: softmax over a map of more than one position"
    ),
    ("\(input), {\"layer_type\": \"pool\"}", "net.json: layer 1 (pool, byte 78): sx is missing"),
    (
      "\(input), {\"layer_type\": \"pool\", \"sx\": 1.5}",
      "net.json: layer 1 (pool, byte 78): sx is 1.5; it must be a whole number from 0 to 16777216"
    ),
    (
      "\(input), {\"layer_type\": \"relu\", \"out_sx\": 4}",
      "net.json: layer 1 (relu, byte 78): out_sx is 4.0, and what it computes has 3"
    ),
    (
      "\(input), {\"layer_type\": \"fc\", \"out_depth\": 1, \"filters\": []}",
      "net.json: layer 1 (fc, byte 78): its filters must be 1 of 12 numbers, as what it reads has"
    ),
    (
      "\(input), {\"layer_type\": \"fc\", \"out_depth\": 1, \"filters\": [\(volume(1, 1, 12, [Float](repeating: 1, count: 12)))]}",
      "net.json: layer 1 (fc, byte 78): it must have 1 biases, one for each output"
    ),
    (
      "\(input), {\"layer_type\": \"conv\", \"sx\": 1, \"out_depth\": 1, \"filters\": []}",
      "net.json: layer 1 (conv, byte 78): its filters must be 1 of 1×1×2"
    ),
    (
      "\(input), {\"layer_type\": \"lrn\", \"n\": 2}",
      "net.json: layer 1 (lrn, byte 78): n must be odd, and k, alpha and beta must be there"
    ),
  ]

  @Test(
    "what is wrong, and what is not supported",
    arguments: refusalsCases)
  func refusals(layers: String, message: String) {
    let error = #expect(throws: ImportError.self, "\(message)") { _ = try imported(layers) }
    #expect(error.map { "\($0)" } == message)
  }
}
