import ZooGraph
import ZooKit
import ZooTensor
import ZooTestSupport
import ZooWeights

extension Model {
  /// A model of a definition's layers, with weights that are given or synthetic.
  static func small(
    _ layers: String, input: String = "[2, 6, 6]", weights: [String: [Float]]? = nil, options: Options = Options()
  ) throws -> Model {
    let indented = layers.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
    let network = try Network(
      yaml: "zoo: 1\nname: small\ninput: \(input)\nlayers:\n\(indented)\n", path: "small.yaml")
    guard let weights else { return try Model(network, weights: .synthetic(seed: 3), options: options) }
    let tensors = network.graph.tensors.map { declaration in
      (
        name: declaration.name,
        tensor: Tensor(shape: declaration.shape, floats: weights[declaration.name] ?? [])
      )
    }
    let loaded = try LoadedWeights(Checkpoint(tensors), for: network, called: "given")
    return try Model(network, loaded: loaded, options: options)
  }

  /// Numbers like those of a preprocessed picture, `[C, H, W]`.
  func randomInput(_ seed: UInt64 = 1) -> Tensor {
    var random = SplitMix64(seed: seed)
    return Tensor(shape: network.input, floats: random.floats(network.input.elementCount))
  }
}
