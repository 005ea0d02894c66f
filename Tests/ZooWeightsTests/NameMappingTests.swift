import Testing
import ZooTensor
import ZooWeights

@Suite struct NameMappingTests {
  private static func checkpoint(_ tensors: [(String, Shape)]) throws -> Checkpoint {
    try SyntheticCheckpoint.checkpoint(tensors.map { (name: $0.0, shape: $0.1) })
  }

  private static let network = [
    ExpectedTensor(name: "conv1.weight", shape: [4, 3, 3, 3]),
    ExpectedTensor(name: "bn1.running_var", shape: [4]),
    ExpectedTensor(name: "fc.weight", shape: [10, 36]),
    ExpectedTensor(name: "fc.bias", shape: [10]),
    ExpectedTensor(name: "aux.fc.weight", shape: [10, 8], isRequired: false),
  ]

  private static let fitting: [(String, Shape)] = [
    ("fc.bias", [10]), ("fc.weight", [10, 36]), ("bn1.running_var", [4]), ("conv1.weight", [4, 3, 3, 3]),
  ]

  @Test("A checkpoint that fits comes in the network's order")
  func fits() throws {
    let checkpoint = try Self.checkpoint(Self.fitting)
    let mapped = try NameMapping().resolve(Self.network, in: checkpoint)
    #expect(mapped.checkpoint.entries.map(\.name) == ["conv1.weight", "bn1.running_var", "fc.weight", "fc.bias"])
    #expect(mapped.report.lines.map(\.status) == [.matched, .matched, .matched, .matched])
    for (name, _) in Self.fitting {
      #expect(try mapped.checkpoint.tensor(named: name).bytes == checkpoint.tensor(named: name).bytes, "\(name)")
    }
  }

  @Test("Counters and what only training uses are ignored; the latter can be loaded where its shape fits")
  func ignored() throws {
    let extra: [(String, Shape)] = [
      ("bn1.num_batches_tracked", []), ("num_batches_tracked", []), ("aux.fc.weight", [10, 8]),
    ]
    let mapped = try NameMapping().resolve(Self.network, in: Self.checkpoint(Self.fitting + extra))
    #expect(
      mapped.report.lines.suffix(3).map(\.status) == [
        .ignored(.trainingOnly), .ignored(.batchCounter), .ignored(.batchCounter),
      ])
    #expect(mapped.checkpoint.contains("aux.fc.weight"))
    let other = try NameMapping().resolve(
      Self.network, in: Self.checkpoint(Self.fitting + [("aux.fc.weight", [1000, 8])]))
    #expect(!other.checkpoint.contains("aux.fc.weight"))
  }

  @Test(
    "A fully connected weight is a convolution's, numbers for channels may be a map, and the other way round; nothing else"
  )
  func views() throws {
    func status(_ expected: Shape, _ found: Shape) throws -> MatchReport.Status? {
      try NameMapping().report([ExpectedTensor(name: "w", shape: expected)], in: Self.checkpoint([("w", found)]))
        .lines.first?.status
    }
    #expect(try status([10, 36], [10, 4, 3, 3]) == .reshaped(from: [10, 4, 3, 3]))
    #expect(try status([10, 4, 3, 3], [10, 36]) == .reshaped(from: [10, 36]))
    #expect(try status([10], [10, 1, 1]) == .reshaped(from: [10, 1, 1]))
    #expect(try status([10, 1, 1], [10]) == .reshaped(from: [10]))
    // A linear layer that acts at each position (ConvNeXt).
    #expect(try status([384, 96, 1, 1], [384, 96]) == .reshaped(from: [384, 96]))
    for (expected, found) in [
      ([10, 36], [36, 10]), ([10, 36], [4, 10, 3, 3]), ([10, 36], [10, 36, 1]), ([360], [10, 36]),
      ([10, 2, 6, 3], [10, 4, 3, 3]), ([10, 36], [10, 4, 3, 2]), ([1, 1, 10, 36], [10, 36]),
    ] as [(Shape, Shape)] {
      #expect(try status(expected, found) == .misshapen(expected: expected, found: found), "\(found) for \(expected)")
    }
    let checkpoint = try Self.checkpoint([("w", [10, 4, 3, 3])])
    let mapped = try NameMapping().resolve([ExpectedTensor(name: "w", shape: [10, 36])], in: checkpoint).checkpoint
    #expect(try mapped.tensor(named: "w").shape == [10, 36])
    #expect(try mapped.tensor(named: "w").bytes == checkpoint.tensor(named: "w").bytes)
  }

  @Test(
    "Rules are applied in order to names that the network does not have",
    arguments: [
      ([NameRule.removePrefix("backbone.")], "backbone.conv1.weight", "conv1.weight"),
      ([.rename(from: "*.gamma", to: "*.weight")], "bn.gamma", "bn.weight"),
      ([.rename(from: "blocks.*.conv*.w", to: "layer*.conv*.weight")], "blocks.3.conv12.w", "layer3.conv12.weight"),
      ([.removePrefix("net."), .rename(from: "c*.w", to: "conv*.weight")], "net.c1.w", "conv1.weight"),
      ([.rename(from: "c*.w", to: "conv*.weight"), .removePrefix("net.")], "net.c1.w", "c1.w"),
      ([.rename(from: "*.*", to: "*/*")], "a.b.c", "a/b.c"),
      ([.rename(from: "a?b", to: "x")], "a.b", "x"),
      ([.rename(from: "*b", to: "*c")], "abab", "abac"),
      ([.rename(from: "a*", to: "b")], "ba", "ba"),
      ([.rename(from: "a", to: "a*")], "a", "a"),
    ])
  func rules(rules: [NameRule], name: String, expected: String) throws {
    let report = NameMapping(rules: rules).report(
      [ExpectedTensor(name: expected, shape: [1])], in: try Self.checkpoint([(name, [1])]))
    #expect(report.lines.map(\.status) == [name == expected ? .matched : .renamed], "\(name)")
    #expect(report.lines.first?.checkpointName == name)
  }

  @Test("Rules stop at a name of the network; one that keeps it may still transform the tensor")
  func untilKnown() throws {
    let expected = [ExpectedTensor(name: "b", shape: [2, 3])]
    let rules: [NameRule] = [
      .rename(from: "a", to: "b"), .rename(from: "b", to: "c"),
      .rename(from: "?", to: "b", transforms: [.transpose([1, 0])]),
    ]
    let checkpoint = try Self.checkpoint([("a", [3, 2])])
    let how = Transformation(from: [3, 2], steps: [.transpose([1, 0])])
    #expect(NameMapping(rules: rules).report(expected, in: checkpoint).lines.map(\.status) == [.transformed(how)])
    // An archive that was made for a network has been transformed already.
    let native = try Self.checkpoint([("b", [2, 3])])
    let mapping = NameMapping(rules: rules, transformsKnownNames: false)
    #expect(mapping.report(expected, in: native).lines.map(\.status) == [.matched])
  }

  @Test("What a rule ignores is left out, whoever has its name")
  func ignoring() throws {
    let rules: [NameRule] = [.removePrefix("net."), .ignore("*.step"), .ignore("fc.bias")]
    let report = NameMapping(rules: rules).report(
      Self.network, in: try Self.checkpoint(Self.fitting + [("net.head.step", []), ("step", [])]))
    #expect(report.missing.map(\.name) == ["fc.bias"])
    #expect(report.unexpected.map(\.name) == ["step"])
    #expect(
      report.lines.suffix(3).map(\.description) == [
        "fc.bias: ignored (the rule {ignore: fc.bias})", "net.head.step: ignored (the rule {ignore: *.step})",
        "step: not in the model",
      ])
  }

  @Test("Other floating-point types are converted and said so; integers are no weights")
  func elementTypes() throws {
    let half = Tensor(shape: [2], elementType: .float16) { $0.storeBytes(of: 0x3C00_4000, as: UInt32.self) }
    let checkpoint = try Checkpoint([("a", half), ("b", Tensor(shape: [1], elementType: .int64) { _ in })])
    let expected = [ExpectedTensor(name: "a", shape: [2]), ExpectedTensor(name: "b", shape: [1])]
    let report = NameMapping().report(expected, in: checkpoint)
    #expect(!report.isComplete)
    #expect(
      "\(report)" == """
        a: matched, float16 in the file
        b: b holds int64, and weights are floating-point numbers
        """)
    #expect(report.summary == "1 matched, 1 of integers; 1 in float16, computed in float32")
    let error = #expect(throws: CheckpointMismatch.self) { try NameMapping().resolve(expected, in: checkpoint) }
    #expect(
      "\(try #require(error))" == """
        the checkpoint: the checkpoint does not fit the model
          1 tensor that cannot be used:
            b: b holds int64, and weights are floating-point numbers
        """)
    #expect(
      try NameMapping().resolve([expected[0]], in: Checkpoint([("a", half)])).checkpoint.tensor(named: "a")
        .convertedToFloat32().floats == [2, 1])
  }

  @Test("A name the network has is taken before any rule")
  func exactFirst() throws {
    let rules = [NameRule.rename(from: "a", to: "b")]
    let expected = [ExpectedTensor(name: "a", shape: [1]), ExpectedTensor(name: "b", shape: [1])]
    let report = NameMapping(rules: rules).report(expected, in: try Self.checkpoint([("a", [1]), ("b", [1])]))
    #expect(report.lines.map(\.status) == [.matched, .matched])
    let clash = NameMapping(rules: [.rename(from: "*", to: "a")])
      .report([expected[0]], in: try Self.checkpoint([("a", [1]), ("c", [1])]))
    #expect(clash.lines.map(\.status) == [.matched, .unexpected])
  }

  @Test("'module.' goes when all names have it")
  func parallel() throws {
    let wrapped = try Self.checkpoint(Self.fitting.map { ("module.\($0)", $1) })
    #expect(NameMapping().report(Self.network, in: wrapped).isComplete)
    let partly = try Self.checkpoint([("module.fc.bias", [10]), ("fc.weight", [10, 36])])
    #expect(NameMapping().report(Self.network, in: partly).unexpected.map(\.name) == ["module.fc.bias"])
  }

  // MARK: What goes wrong

  private static func mismatch(
    _ tensors: [(String, Shape)], _ expected: [ExpectedTensor] = network
  ) throws -> CheckpointMismatch {
    let checkpoint = try Self.checkpoint(tensors)
    let error = #expect(throws: CheckpointMismatch.self) { try NameMapping().resolve(expected, in: checkpoint) }
    return try #require(error)
  }

  @Test("Missing and unexpected tensors are listed with what they may be")
  func missing() throws {
    let error = try Self.mismatch([("fc.bias", [10]), ("fc.wieght", [10, 36]), ("conv1.weight", [4, 3, 3, 3])])
    #expect(error.report.missing.map(\.name) == ["bn1.running_var", "fc.weight"])
    #expect(
      "\(error)" == """
        the checkpoint: the checkpoint does not fit the model
          2 tensors missing from the checkpoint:
            bn1.running_var
            fc.weight (the checkpoint has 'fc.wieght')
          1 tensor not in the model:
            fc.wieght (did you mean 'fc.weight'?)
        """)
  }

  @Test("Another number of classes is recognised")
  func otherClasses() throws {
    let error = try Self.mismatch([
      ("fc.bias", [1000]), ("fc.weight", [1000, 36]), ("bn1.running_var", [4]), ("conv1.weight", [4, 3, 3, 3]),
    ])
    #expect(error.guess == .otherClasses(found: 1000, expected: 10))
    #expect(
      "\(error)" == """
        the checkpoint: the checkpoint does not fit the model
          2 tensors of another shape:
            fc.weight: the model has 10×36, the checkpoint 1000×36
            fc.bias: the model has 10, the checkpoint 1000
        The checkpoint was trained for 1000 classes and the model has 10: loading with a new head keeps the rest and starts the last layer anew, to be fine-tuned.
        """)
  }

  @Test("Other widths, other names and a prefix are recognised")
  func guesses() throws {
    let widths = try Self.mismatch([
      ("fc.bias", [10]), ("fc.weight", [10, 72]), ("bn1.running_var", [8]), ("conv1.weight", [8, 3, 3, 3]),
    ])
    #expect(widths.guess == .otherWidths)
    let names = try Self.mismatch([("features.0.weight", [64, 3, 3, 3]), ("features.0.bias", [64])])
    #expect(names.guess == .otherNetwork)
    let prefix = try Self.mismatch(Self.fitting.map { ("detector.\($0)", $1) })
    #expect(prefix.guess == .prefix("detector."))
    #expect(
      "\(prefix)".hasSuffix(
        "All names would agree without 'detector.': add {strip: detector.} to 'weight_names' in the definition."))
    let incomplete = try Self.mismatch(Array(Self.fitting.dropLast()))
    #expect(incomplete.guess == .incomplete)
    #expect(
      "\(incomplete)" == """
        the checkpoint: the checkpoint does not fit the model
          1 tensor missing from the checkpoint:
            conv1.weight
        What the checkpoint has fits: loading in part starts the missing tensors anew, to be fine-tuned.
        """)
  }

  @Test("Long lists are cut")
  func longLists() throws {
    let expected = (0..<25).map { ExpectedTensor(name: "layer\($0).weight", shape: [1]) }
    let error = try Self.mismatch([("layer0.weight", [1])], expected)
    #expect(
      "\(error)" == """
        the checkpoint: the checkpoint does not fit the model
          24 tensors missing from the checkpoint:
            layer1.weight
            layer2.weight
            layer3.weight
            layer4.weight
            layer5.weight
            layer6.weight
            layer7.weight
            layer8.weight
            and 16 more
        Hardly any name agrees: this looks like a checkpoint of another network, or one whose names need rules.
        """)
  }

  @Test("A mapped checkpoint can be packed")
  func packing() throws {
    let scratch = try Scratch()
    let checkpoint = try Self.checkpoint(Self.fitting.map { ("net.\($0)", $1) })
    let mapped = try NameMapping(rules: [.removePrefix("net.")]).resolve(Self.network, in: checkpoint)
    try mapped.checkpoint.pack(to: scratch.path("a.zoow"))
    let back = try Checkpoint.open(scratch.path("a.zoow"))
    #expect(back.entries == mapped.checkpoint.entries)
    #expect(try back.tensor(named: "fc.weight").bytes == checkpoint.tensor(named: "net.fc.weight").bytes)
  }
}
