import Testing
import ZooTensor
import ZooWeights

/// Checkpoints of which a part is used, and only when that is asked for.
@Suite struct PartialLoadingTests {
  private static let network = [
    ExpectedTensor(name: "conv.weight", shape: [64, 32, 5, 5]), ExpectedTensor(name: "conv.bias", shape: [64]),
    ExpectedTensor(name: "bn.weight", shape: [64]), ExpectedTensor(name: "bn.running_mean", shape: [64]),
    ExpectedTensor(name: "bn.running_var", shape: [64]), ExpectedTensor(name: "fc.weight", shape: [10, 64]),
    ExpectedTensor(name: "fc.bias", shape: [10]),
  ]

  private static func checkpoint(_ tensors: [(name: String, shape: Shape)]) throws -> Checkpoint {
    try SyntheticCheckpoint.checkpoint(tensors, seed: 1)
  }

  @Test("Missing and misshapen tensors are started anew, the rest is kept, what is too much is left out")
  func partial() throws {
    let checkpoint = try Self.checkpoint([
      ("conv.bias", [64]), ("fc.weight", [1000, 64]), ("fc.bias", [1000]), ("old.weight", [3]),
    ])
    #expect(throws: CheckpointMismatch.self) { try NameMapping().resolve(Self.network, in: checkpoint) }
    let mapped = try NameMapping().resolve(Self.network, in: checkpoint, options: MappingOptions(isPartial: true))
    #expect(
      "\(mapped.report)" == """
        conv.weight: started anew (missing from the checkpoint)
        conv.bias: matched
        bn.weight: started anew (missing from the checkpoint)
        bn.running_mean: started anew (missing from the checkpoint)
        bn.running_var: started anew (missing from the checkpoint)
        fc.weight: started anew (the checkpoint has 1000×64)
        fc.bias: started anew (the checkpoint has 1000)
        old.weight: ignored (not in the model)
        """)
    #expect(mapped.report.summary == "6 started anew, 1 matched, 1 ignored")
    #expect(mapped.checkpoint.entries.map(\.name) == Self.network.map(\.name))
    func floats(_ name: String) throws -> [Float] { try mapped.checkpoint.tensor(named: name).floats }
    #expect(try floats("conv.bias") == checkpoint.tensor(named: "conv.bias").floats)
    #expect(try floats("bn.weight") == Array(repeating: 1, count: 64))
    #expect(try floats("bn.running_mean") == Array(repeating: 0, count: 64))
    #expect(try floats("bn.running_var") == Array(repeating: 1, count: 64))
    #expect(try floats("fc.bias") == Array(repeating: 0, count: 10))
  }

  @Test("A checkpoint of which nothing can be used is refused even so")
  func nothing() throws {
    let checkpoint = try Self.checkpoint([("other.weight", [3]), ("fc.bias", [7])])
    let error = #expect(throws: CheckpointMismatch.self) {
      try NameMapping().resolve(Self.network, in: checkpoint, options: MappingOptions(isPartial: true))
    }
    #expect(error?.guess == .otherNetwork && error?.report.missing.count == 6)
  }

  @Test("Tensors that are replaced are started anew whatever the checkpoint holds, under whatever name")
  func replaced() throws {
    let rules = [NameRule.rename(from: "head.*", to: "fc.*")]
    let options = MappingOptions(replaced: ["fc.weight", "fc.bias"])
    for head: [(name: String, shape: Shape)] in [
      [("fc.weight", [10, 64]), ("fc.bias", [10])], [("head.weight", [1000, 64]), ("head.bias", [1000])], [],
    ] {
      let kept = Self.network.prefix(5).map { (name: $0.name, shape: $0.shape) }
      let mapped = try NameMapping(rules: rules)
        .resolve(Self.network, in: Self.checkpoint(kept + head), options: options)
      #expect(mapped.report.initialized.map(\.name) == ["fc.weight", "fc.bias"])
      #expect(mapped.report.initialized.map(\.status) == [.initialized(.replaced), .initialized(.replaced)])
      #expect(mapped.report.initialized.first?.checkpointName == head.first?.name)
      #expect(mapped.report.loadable.count == 5)
      #expect("\(mapped.report)".hasSuffix("fc.weight: started anew, as asked\nfc.bias: started anew, as asked"))
    }
    // Nothing else is let through.
    let error = #expect(throws: CheckpointMismatch.self) {
      try NameMapping(rules: rules).resolve(Self.network, in: Self.checkpoint([("bn.weight", [64])]), options: options)
    }
    #expect(error?.report.missing.map(\.name) == ["conv.weight", "conv.bias", "bn.running_mean", "bn.running_var"])
  }

  private static func started(_ name: String, _ shape: Shape, seed: UInt64) throws -> Tensor {
    let options = MappingOptions(replaced: [name], seed: seed)
    return try NameMapping().resolve([ExpectedTensor(name: name, shape: shape)], in: checkpoint([]), options: options)
      .checkpoint.tensor(named: name)
  }

  @Test(
    "Weights are normal with variance 2 / fan-in",
    arguments: [([64, 32, 5, 5], 800), ([600, 512], 512), ([2, 2, 4, 40, 10, 10], 4000)] as [(Shape, Int)])
  func normal(shape: Shape, fanIn: Int) throws {
    let floats = try Self.started("conv.weight", shape, seed: 3).floats.map {
      Double($0) * (Double(fanIn) / 2).squareRoot()
    }
    let count = Double(floats.count)
    let mean = floats.reduce(0, +) / count
    let variance = floats.reduce(0) { $0 + $1 * $1 } / count
    let fourth = floats.reduce(0) { $0 + $1 * $1 * $1 * $1 } / count
    // Five standard errors of each.
    #expect(abs(mean) < 5 / count.squareRoot())
    #expect(abs(variance - 1) < 5 * (2 / count).squareRoot())
    #expect(abs(fourth - 3) < 5 * (96 / count).squareRoot())
    let within = Double(floats.count { abs($0) < 1 }) / count
    #expect(abs(within - 0.682689) < 5 * (0.2167 / count).squareRoot())
  }

  @Test("The same name and seed give the same numbers, in pieces as whole; others give others")
  func reproducible() throws {
    let shape: Shape = [700, 400]
    let tensor = try Self.started("a.weight", shape, seed: 7)
    #expect(try Self.started("a.weight", shape, seed: 7).floats == tensor.floats)
    #expect(try Self.started("a.weight", shape, seed: 8).floats != tensor.floats)
    #expect(try Self.started("b.weight", shape, seed: 7).floats != tensor.floats)
    #expect(Set(tensor.floats.map(\.bitPattern)).count > 200_000)
  }
}
