import Testing
import ZooTensor
import ZooWeights

/// `F.pth#KEYS`
@Suite struct DictionaryChoiceTests {
  private static func weights(_ name: String) -> PickleTree { .members([(name, .tensor)]) }

  private static let several = PickleTree.members([
    ("model", weights("m")), ("model_ema", weights("e")),
    ("optimizer", .members([("state", .members([("0", weights("momentum"))])), ("param_groups", .number)])),
    ("gan", .members([("g", weights("g")), ("d.x", weights("d"))])), ("epoch", .number),
  ])

  private static func write(_ tree: PickleTree, in scratch: Scratch) throws -> String {
    var pickle = ForgedPickle()
    tree.write(to: &pickle)
    pickle.op(".")
    return try scratch.write(
      ForgedZip.torch(pickle.bytes, storages: [ForgedZip.sixFloats]).bytes, to: "a.pth")
  }

  @Test(
    "One is chosen by its keys",
    arguments: [
      ("model", "m"), ("model_ema", "e"), ("gan.g", "g"), ("gan.d.x", "d"), ("optimizer", "momentum"),
      ("optimizer.state.0", "momentum"),
    ])
  func chosen(keys: String, tensor: String) throws {
    let scratch = try Scratch()
    let path = try Self.write(Self.several, in: scratch)
    let checkpoint = try Checkpoint.open("\(path)#\(keys)")
    #expect(checkpoint.entries.map(\.name) == [tensor])
    #expect(checkpoint.path == path && checkpoint.reference == "\(path)#\(keys)")
    #expect(try checkpoint.provenance()["source.dictionary"] == keys)
    #expect(try checkpoint.provenance()["source.file"] == "a.pth")
  }

  @Test("What was chosen tells checkpoints apart")
  func identity() throws {
    let scratch = try Scratch()
    let path = try Self.write(Self.several, in: scratch)
    let identities = try ["model", "model_ema"].map { try Checkpoint.open("\(path)#\($0)").identity() }
    #expect(identities[0] != nil && identities[0] != identities[1])
  }

  @Test("Without a choice they are listed, with what to type")
  func listed() throws {
    let scratch = try Scratch()
    let path = try Self.write(Self.several, in: scratch)
    let error = #expect(throws: WeightsError.self) { try Checkpoint.open(path) }
    #expect(
      "\(try #require(error))" == """
        \(path): there are several dictionaries of tensors in the file: 'model', 'model_ema'; choose one by its name after a \
        '#', as in \(path)#model
        """)
    #expect(problem { _ = try Checkpoint.open("\(path)#gan") } == .torch(.severalDictionaries(["gan.g", "gan.d.x"])))
  }

  @Test("A wrong choice is answered with what is there")
  func wrong() throws {
    let scratch = try Scratch()
    let path = try Self.write(Self.several, in: scratch)
    #expect(
      problem { _ = try Checkpoint.open("\(path)#modle") }
        == .torch(.noDictionary("modle", nearest: "model", there: ["model", "model_ema"])))
    #expect(
      problem { _ = try Checkpoint.open("\(path)#epoch") }
        == .torch(.noDictionary("epoch", nearest: nil, there: ["model", "model_ema"])))
    try Checkpoint([("w", Tensor(shape: [1], floats: [1]))]).unpack(to: scratch.path("a.safetensors"))
    #expect(problem { _ = try Checkpoint.open(scratch.path("a.safetensors#x")) } == .noDictionaries("x"))
    #expect(problem { _ = try Checkpoint.open(scratch.path("none.pth#x")) } == .file(.missing))
  }

  @Test("A '#' in the name of a file is a part of it")
  func fileNames() throws {
    let scratch = try Scratch()
    let bytes = try fileBytes(Self.write(Self.several, in: scratch))
    let path = try scratch.write(bytes, to: "a#b.pth")
    #expect(problem { _ = try Checkpoint.open(path) } == .torch(.severalDictionaries(["model", "model_ema"])))
    #expect(try Checkpoint.open("\(path)#model").entries.map(\.name) == ["m"])
    #expect(CheckpointReference("\(path)#model#x").dictionary == "model#x")
    try scratch.write(bytes, to: "a.pth#model")
    #expect(problem { _ = try Checkpoint.open(scratch.path("a.pth#model")) } != nil)
  }

  private static func deep(_ levels: Int, _ end: PickleTree) -> PickleTree {
    (0..<levels).reduce(end) { tree, level in .members([("l\(level)", tree), ("n", .number)]) }
  }

  @Test("The only dictionary of tensors is found however deep", arguments: [1, 4, 8, 15])
  func depth(levels: Int) throws {
    let scratch = try Scratch()
    let path = try Self.write(Self.deep(levels, Self.weights("w")), in: scratch)
    #expect(try Checkpoint.open(path).entries.map(\.name) == ["w"])
  }

  @Test("Numbers that a script keeps as tensors do not hide the weights")
  func scalars() throws {
    let scratch = try Scratch()
    var pickle = ForgedPickle()
    pickle.op("}")
    pickle.op("(")
    pickle.tensor(ForgedTensor(name: "loss", sizes: [], strides: []))
    pickle.tensor(ForgedTensor(name: "rate", sizes: [1], strides: [1]))
    pickle.tensor(ForgedTensor(name: "rng", storage: "IntStorage", key: "1"))
    pickle.text("detector")
    Self.weights("w").write(to: &pickle)
    pickle.op("u")
    pickle.op(".")
    let zip = ForgedZip.torch(pickle.bytes, storages: [ForgedZip.sixFloats, ForgedZip.sixFloats])
    let checkpoint = try Checkpoint.open(scratch.write(zip.bytes, to: "a.pth"))
    #expect(checkpoint.entries.map(\.name) == ["w"])
    #expect(checkpoint.skipped == ["loss", "rate", "rng"])
  }
}
