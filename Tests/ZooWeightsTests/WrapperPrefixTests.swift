import Testing
import ZooTensor
import ZooWeights

/// What wrappers of models put before names.
@Suite struct WrapperPrefixTests {
  private static let network = ["conv.weight", "layer1.0.conv.weight", "fc.weight", "fc.bias"]

  private static func checkpoint(_ names: [String]) throws -> Checkpoint {
    try SyntheticCheckpoint.checkpoint(names.map { (name: $0, shape: [2, 3]) })
  }

  private static func expected(_ names: [String]) -> [ExpectedTensor] {
    names.map { ExpectedTensor(name: $0, shape: [2, 3]) }
  }

  private static func report(
    _ names: [String], _ network: [String] = network, _ rules: [NameRule] = []
  ) throws -> MatchReport {
    NameMapping(rules: rules).report(expected(network), in: try checkpoint(names))
  }

  @Test(
    "Wrappers are removed, in any order and number",
    arguments: [
      "module.", "_orig_mod.", "model.", "net.", "backbone.", "module._orig_mod.", "_orig_mod.module.", "model.module.",
      "model._orig_mod.", "module.module.", "model.net.", "_forward_module.model.", "module.model._orig_mod.",
    ])
  func removed(prefix: String) throws {
    let report = try Self.report(Self.network.map { prefix + $0 } + ["\(prefix)bn.num_batches_tracked"])
    #expect(report.isComplete)
    #expect(report.loadable.map(\.name) == Self.network)
  }

  @Test("A wrapper of a part of the network")
  func inserted() throws {
    let names = ["conv._orig_mod.weight", "layer1._orig_mod.0.conv.weight", "fc.weight", "fc.bias"]
    #expect(try Self.report(names).isComplete)
    #expect(
      try Self.report(["conv.weight", "layer1.0._checkpoint_wrapped_module.conv.weight", "fc.weight", "fc.bias"])
        .isComplete)
  }

  @Test("A network's own names are left as they are", arguments: ["model.", "module.", "net.", "encoder."])
  func own(prefix: String) throws {
    let network = Self.network.map { prefix + $0 }
    for outer in ["", "module.", "_orig_mod.", "model."] {
      let report = try Self.report(network.map { outer + $0 }, network)
      #expect(report.isComplete, "\(outer)")
      #expect(report.loadable.map(\.checkpointName) == network.map { outer + $0 }, "\(outer)")
    }
    // Only a part of the network is called so.
    let mixed = [prefix + "conv.weight", "fc.weight", prefix + "fc.weight"]
    #expect(try Self.report(mixed, mixed).lines.allSatisfy { $0.status == .matched })
  }

  @Test("A network's own 'module.' in a file of PyTorch's")
  func ownInFile() throws {
    let scratch = try Scratch()
    let names = ["module.a", "module.b"]
    for outer in ["", "module."] {
      let pickle = ForgedPickle.dictionary(names.map { ForgedTensor(name: outer + $0) })
      let path = try scratch.write(ForgedZip.torch(pickle, storages: [ForgedZip.sixFloats]).bytes, to: "a.pth")
      let report = NameMapping().report(Self.expected(names), in: try Checkpoint.open(path))
      #expect(report.isComplete, "\(outer)")
    }
  }

  @Test("What lacks the prefix is left out only when all of the network has it")
  func beside() throws {
    let names = Self.network.map { "model.\($0)" }
    let report = try Self.report(names + ["criterion.weight", "head.bias"])
    #expect(report.isComplete && report.removedPrefix == "model.")
    #expect(report.besidePrefix.map(\.name) == ["criterion.weight", "head.bias"])
    let missing = try Self.report(names.dropLast() + ["criterion.weight"])
    #expect(missing.missing.map(\.name) == ["fc.bias"] && missing.unexpected.map(\.name) == ["criterion.weight"])
    // With the prefix and unknown to the network.
    let more = try Self.report(names + ["model.head.weight", "criterion.weight"])
    #expect(more.unexpected.map(\.name) == ["model.head.weight"])
    let error = CheckpointMismatch(path: "a.ckpt", report: more)
    #expect(
      "\(error)" == """
        a.ckpt: the checkpoint does not fit the model
          1 tensor not in the model:
            model.head.weight
        This is what differs after removing 'model.' from the checkpoint's names.
        """)
  }

  @Test("Weights and their average are told apart by nobody but the user")
  func rivals() throws {
    for other in ["ema_model.", "teacher.", "net.", "module.module."] {
      let names = Self.network.map { "model.\($0)" } + Self.network.map { other + $0 }
      let report = try Self.report(names)
      #expect(!report.isComplete, "\(other)")
      let guess = CheckpointMismatch(path: "", report: report).guess
      #expect(guess == .prefixes(["model.", other]) || guess == .prefixes([other, "model."]), "\(other)")
      let rules: [NameRule] = [.removePrefix("model."), .ignore("\(other)*")]
      #expect(try Self.report(names, Self.network, rules).isComplete)
    }
    #expect(
      "\(CheckpointMismatch.Guess.prefixes(["model.", "ema_model."]))" == """
        All names would agree without 'model.', and as well without 'ema_model.': say in 'weight_names' of the definition \
        which are meant, as in {strip: model.}, and leave out the others, as in {ignore: ema_model.*}.
        """)
  }

  @Test("Rules apply to what is left of a name")
  func rules() throws {
    let rules = [NameRule.rename(from: "head.*", to: "fc.*"), .ignore("aux.*")]
    let names = ["conv.weight", "layer1.0.conv.weight", "head.weight", "head.bias", "aux.weight"]
    #expect(try Self.report(names.map { "_orig_mod.\($0)" }, Self.network, rules).isComplete)
    #expect(
      try Self.report(names.map { "_orig_mod.\($0)" } + ["aux.x"], Self.network, rules).besidePrefix.isEmpty)
  }

  @Test("Prefixes that no wrapper has are hinted at, with what would be left over")
  func hint() throws {
    let names = Self.network.map { "detector.body.\($0)" }
    let error = CheckpointMismatch(path: "", report: try Self.report(names + ["criterion.weight"]))
    #expect(error.guess == .prefix("detector.body.", leftOver: ["criterion.weight"]))
    #expect(
      "\(error)".hasSuffix(
        "All names would agree without 'detector.body.': add {strip: detector.body.} to 'weight_names' in the definition. "
          + "Left over: criterion.weight; an {ignore: PATTERN} leaves them out."))
  }

  @Test("Another number of classes is recognised behind a prefix")
  func otherClasses() throws {
    let shapes: [Shape] = [[2, 3], [2, 3], [1000, 3], [1000, 3]]
    let checkpoint = try SyntheticCheckpoint.checkpoint(
      zip(Self.network, shapes).map { (name: "model.\($0)", shape: $1) })
    let error = #expect(throws: CheckpointMismatch.self) {
      try NameMapping().resolve(Self.expected(Self.network), in: checkpoint)
    }
    #expect(error?.guess == .otherClasses(found: 1000, expected: 2))
    let options = MappingOptions(replaced: ["fc.weight", "fc.bias"])
    #expect(throws: Never.self) {
      try NameMapping().resolve(Self.expected(Self.network), in: checkpoint, options: options)
    }
  }
}
