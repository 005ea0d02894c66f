import Testing
import ZooKit
import ZooTensor
import ZooWeights

/// Weights that do not fit as they are, when that is asked for.
@Suite struct LoadOptionsTests {
  private static func network(classes: Int, head: String = "fc", output: String = "fc") throws -> Network {
    try Network(
      yaml: """
        zoo: 1
        name: small
        input: [3, 8, 8]
        labels: [\((0..<classes).map { "c\($0)" }.joined(separator: ", "))]
        layers:
          - conv: {name: stem, out: 4, kernel: 3}
          - batch_norm: {name: bn}
          - relu
          - \(head == "fc" ? "fc: {name: fc, out: \(classes)}" : head)
          - softmax: {name: probabilities}
        outputs: {logits: \(output)}
        """, path: "small.yaml")
  }

  private static func weights(of network: Network) throws -> Checkpoint {
    try SyntheticCheckpoint.checkpoint(network.graph.tensors.map { ($0.name, $0.shape) }, seed: 5)
  }

  @Test("A new head for another number of classes, packed to be trained, says that it was not trained")
  func newHead() throws {
    try Fixtures.withTemporaryFolder { folder in
      let original = try Self.network(classes: 10)
      let network = try Self.network(classes: 3)
      let trained = "\(folder)/ten.zoow"
      try Package.write(
        original, weights: LoadedWeights(Self.weights(of: original), for: original, called: "w"), to: trained)
      #expect(throws: CheckpointMismatch.self) { try LoadedWeights.load(.file(trained), for: network) }
      let options = LoadOptions(hasNewHead: true, seed: 9)
      let weights = try LoadedWeights.load(.file(trained), for: network, options: options)
      #expect(weights.untrained == ["fc.weight", "fc.bias"])
      #expect(weights.report.summary == "6 matched, 2 started anew")
      #expect(weights.labels == nil)
      #expect(
        try weights.tensor("stem.weight").floats == Self.weights(of: original).tensor(named: "stem.weight").floats)
      #expect(try weights.tensor("fc.bias").floats == [0, 0, 0])

      try Package.write(network, weights: weights, to: "\(folder)/three.zoo")
      let model = try Model("\(folder)/three.zoo")
      #expect(model.weights.untrained == ["fc.weight", "fc.bias"] && model.labels?.count == 3)
      #expect(try model.weights.tensor("fc.weight").floats == weights.tensor("fc.weight").floats)
      let again = try LoadedWeights.load(.file(trained), for: network, options: options)
      #expect(try again.tensor("fc.weight").floats == weights.tensor("fc.weight").floats)
      let other = try LoadedWeights.load(.file(trained), for: network, options: LoadOptions(hasNewHead: true, seed: 1))
      #expect(try other.tensor("fc.weight").floats != weights.tensor("fc.weight").floats)
    }
  }

  @Test("The head is replaced even where the checkpoint's would fit, and only the head")
  func onlyTheHead() throws {
    let network = try Self.network(classes: 10, output: "probabilities")
    let weights = try LoadedWeights(
      Self.weights(of: network), for: network, called: "w", options: LoadOptions(hasNewHead: true))
    #expect(weights.untrained == ["fc.weight", "fc.bias"])
    let lacking = try SyntheticCheckpoint.checkpoint([("stem.weight", [4, 3, 3, 3])])
    #expect(throws: CheckpointMismatch.self) {
      try LoadedWeights(lacking, for: network, called: "w", options: LoadOptions(hasNewHead: true))
    }
    let partial = try LoadedWeights(lacking, for: network, called: "w", options: LoadOptions(isPartial: true))
    #expect(
      partial.untrained == [
        "stem.bias", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var", "fc.weight", "fc.bias",
      ])
  }

  @Test("A network whose scores come from elsewhere has no head to replace")
  func noHead() throws {
    let network = try Self.network(classes: 4, head: "batch_norm: {name: fc}")
    #expect(throws: ZooError.noHead(model: "small", node: "fc")) {
      try LoadedWeights(Self.weights(of: network), for: network, called: "w", options: LoadOptions(hasNewHead: true))
    }
  }
}
