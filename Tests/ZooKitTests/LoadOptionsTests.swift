import Testing
import ZooKit
import ZooSpec
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

  @Test("Labels of other classes are left behind, and that is known")
  func staleLabels() throws {
    try Fixtures.withTemporaryFolder { folder in
      let original = try Self.network(classes: 10)
      let trained = "\(folder)/ten.zoow"
      try Package.write(
        original, weights: LoadedWeights(Self.weights(of: original), for: original, called: "w"), to: trained)
      let same = try LoadedWeights.load(.file(trained), for: original)
      #expect(same.labels?.count == 10 && same.staleLabelCount == nil)

      // Without a last layer, and with another one; neither has labels of its own.
      let yaml = try original.expandedDefinition().split(separator: "\n")
      let headless = yaml.filter { !$0.contains("name: fc") && !$0.contains("softmax") && !$0.hasPrefix("labels") }
        .joined(separator: "\n").replacing("from: fc", with: "from: bn")
      let other = yaml.filter { !$0.hasPrefix("labels") }.joined(separator: "\n").replacing("out: 10", with: "out: 3")
      for (text, classes) in [(headless, 4), (other, 3)] {
        let path = "\(folder)/\(classes).yaml"
        try FileSystem.write(text.utf8, to: path)
        let network = try Network.find(path)
        #expect(try network.answer().classes == classes)
        let options = LoadOptions(isPartial: true)
        let weights = try LoadedWeights.load(.file(trained), for: network, options: options)
        #expect(weights.labels == nil && weights.staleLabelCount == 10)
        #expect(weights.checkpoint.metadata["zoo.labels"] == nil)
        try Package.write(network, weights: weights, to: "\(folder)/\(classes).zoo")
        let model = try Model("\(folder)/\(classes).zoo")
        #expect(model.labels == nil && model.weights.staleLabelCount == nil)
        let packing = try Packing(input: trained, model: path, options: Packing.Options(loading: options))
        #expect(packing.staleLabelCount == 10 && packing.metadata["zoo.labels"] == nil)
        _ = try packing.write(to: "\(folder)/\(classes).zoow", overwrite: false)
        #expect(try Model("\(folder)/\(classes).zoow").labels == nil)
        // An archive in which they were left by others.
        let metadata = ["zoo.labels": "a\nb"]
        try weights.checkpoint.pack(
          to: "\(folder)/\(classes)-stale.zoow", metadata: packing.metadata.merging(metadata) { $1 })
        let stale = try Model("\(folder)/\(classes)-stale.zoow")
        #expect(stale.labels == nil && stale.weights.staleLabelCount == 2)
      }
      #expect(throws: DefinitionErrors.self) {
        try Network(yaml: original.expandedDefinition().replacing("out: 10", with: "out: 3"), path: "a.yaml")
      }
    }
  }

  @Test("What a packer cannot write is refused before anything is read")
  func refusals() throws {
    #expect(throws: ZooError.storedType(.int8)) {
      try Packing(input: "none", model: nil, options: Packing.Options(elementType: .int8))
    }
    #expect(throws: ZooError.reservedKey("source.x", prefix: "source.")) {
      try Packing(input: "none", model: nil, options: Packing.Options(metadata: ["a": "b", "source.x": "c"]))
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
