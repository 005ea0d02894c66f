import Testing
import ZooTensor
import ZooWeights

/// Dictionaries in dictionaries, with tensors and numbers at the ends.
indirect enum PickleTree: Sendable {
  case members([(String, PickleTree)])
  case tensor
  case number

  func write(to pickle: inout ForgedPickle) {
    switch self {
    case .members(let members):
      pickle.op("}")
      pickle.op("(")
      for (name, tree) in members {
        if case .tensor = tree {
          pickle.tensor(ForgedTensor(name: name))
        } else {
          pickle.text(name)
          tree.write(to: &pickle)
        }
      }
      pickle.op("u")
    case .tensor: break
    case .number: pickle.integer(1)
    }
  }
}

/// Which tensors a PyTorch file means, and which it cannot have.
@Suite struct TorchDictionaryTests {
  /// A pickle of dictionaries in dictionaries, each path a tensor in the storage of six numbers.
  private static func pickle(_ tree: PickleTree) -> [UInt8] {
    var pickle = ForgedPickle()
    tree.write(to: &pickle)
    pickle.op(".")
    return pickle.bytes
  }

  private static let weights = PickleTree.members([("w", .tensor)])

  private static func open(_ tree: PickleTree) throws -> Checkpoint {
    let scratch = try Scratch()
    let zip = ForgedZip.torch(pickle(tree), storages: [ForgedZip.sixFloats])
    return try Checkpoint.open(scratch.write(zip.bytes, to: "a.pth"))
  }

  static let unambiguous: [(tree: PickleTree, names: [String], skipped: [String])] = [
    (weights, ["w"], []),
    (.members([("w", .tensor), ("epoch", .number)]), ["w"], ["epoch"]),
    (.members([("net", weights), ("acc", .number), ("epoch", .number)]), ["w"], ["acc", "epoch"]),
    (.members([("model_state_dict", weights), ("loss", .tensor)]), ["w"], ["loss"]),
    (.members([("ema", weights)]), ["w"], []),
    // Under a name nobody has heard of, beside an optimiser, whose tensors lie deeper.
    (
      .members([
        ("detector", weights), ("optimizer", .members([("state", .members([("0", .members([("m", .tensor)]))]))])),
      ]), ["w"], ["optimizer"]
    ),
    (
      .members([("model", .members([("state_dict", weights), ("epoch", .number)])), ("x", .number)]), ["w"],
      ["x", "epoch"]
    ),
    // Tensors beside a dictionary of an unknown name are the weights.
    (.members([("w", .tensor), ("extra", .members([("v", .tensor)]))]), ["w"], ["extra"]),
  ]

  @Test("The one dictionary of tensors is found", arguments: unambiguous.indices)
  func found(position: Int) throws {
    let (tree, names, skipped) = Self.unambiguous[position]
    let checkpoint = try Self.open(tree)
    #expect(checkpoint.entries.map(\.name) == names)
    #expect(checkpoint.skipped == skipped)
  }

  @Test(
    "Several that could be meant are listed",
    arguments: [(["generator", "discriminator"], false), (["model", "ema"], false), (["state_dict", "model"], true)])
  func several(names: [String], hasOther: Bool) throws {
    var members = names.map { ($0, PickleTree.members([($0, .tensor)])) }
    if hasOther { members.append(("other", Self.weights)) }
    #expect(problem { _ = try Self.open(.members(members)) } == .torch(.severalDictionaries(names)))
  }

  @Test("Two dictionaries of the same tensors are one")
  func equal() throws {
    let checkpoint = try Self.open(.members([("model", Self.weights), ("state_dict", Self.weights)]))
    #expect(checkpoint.entries.map(\.name) == ["w"])
  }

  @Test("One dictionary under two keys is one")
  func same() throws {
    let scratch = try Scratch()
    var pickle = ForgedPickle()
    pickle.op("}")
    pickle.text("model")
    Self.weights.write(to: &pickle)
    pickle.forge.raw([UInt8(ascii: "q"), 9])
    pickle.op("s")
    pickle.text("state_dict")
    pickle.forge.raw([UInt8(ascii: "h"), 9])
    pickle.op("s")
    pickle.op(".")
    let zip = ForgedZip.torch(pickle.bytes, storages: [ForgedZip.sixFloats])
    #expect(try Checkpoint.open(scratch.write(zip.bytes, to: "a.pth")).entries.map(\.name) == ["w"])
  }

  // MARK: Kinds of tensor

  @Test("Tensors with attributes, and parameters")
  func attributes() throws {
    let checkpoint = try Checkpoint.open(fixture("attributes.pth"))
    #expect(checkpoint.skipped == ["type"])
    #expect(try checkpoint.tensor(named: "marked").floats == [0, 1, 2, 3, 4, 5])
    #expect(try checkpoint.tensor(named: "parameter").convertedToFloat32().floats == [0, 1, 2])
    #expect(try checkpoint.tensor(named: "half").elementType == .float16)
  }

  @Test(
    "Kinds that zoo does not read are named",
    arguments: [
      ("uint16", "a tensor of type uint16"), ("float8", "a tensor of type float8_e4m3fn"),
      ("complex", "a tensor of type ComplexFloat"), ("sparse", "a sparse tensor"),
      ("quantized", "a quantized tensor"),
    ])
  func unsupported(file: String, what: String) throws {
    let found = problem { _ = try Checkpoint.open(fixture("unsupported-\(file).pth")) }
    #expect(found == .torch(.unsupportedTensor("w", what: what)))
  }

  /// A dictionary with one tensor that a function of PyTorch makes of the values that `arguments` writes.
  private static func call(
    _ module: String, _ name: String, storage: (String, String)? = ("torch", "FloatStorage"), count: Int = 6,
    state: ((inout ForgedPickle) -> Void)? = nil, _ arguments: (inout ForgedPickle) -> Void
  ) throws -> Checkpoint {
    let scratch = try Scratch()
    var pickle = ForgedPickle()
    pickle.op("}")
    pickle.text("w")
    pickle.global(module, name)
    pickle.op("(")
    if let storage {
      pickle.op("(")
      pickle.text("storage")
      pickle.global(storage.0, storage.1)
      pickle.text("0")
      pickle.text("cpu")
      pickle.integer(count)
      pickle.op("t")
      pickle.op("Q")
    }
    arguments(&pickle)
    pickle.op("t")
    pickle.op("R")
    if let state {
      state(&pickle)
      pickle.op("b")
    }
    pickle.op("s")
    pickle.op(".")
    let zip = ForgedZip.torch(pickle.bytes, storages: [ForgedZip.sixFloats])
    return try Checkpoint.open(scratch.write(zip.bytes, to: "a.pth"))
  }

  /// Offset, sizes, strides, no gradient, no hooks, type.
  private static func typed(_ type: String) -> (inout ForgedPickle) -> Void {
    { pickle in
      pickle.integer(0)
      pickle.tuple([3])
      pickle.tuple([2])
      pickle.op("\u{89}")
      pickle.op("N")
      pickle.global("torch", type)
    }
  }

  private static let untyped = ("torch.storage", "UntypedStorage")

  @Test("A tensor in a storage of bytes, of the type that is given")
  func untypedStorage() throws {
    let checkpoint = try Self.call(
      "torch._utils", "_rebuild_tensor_v3", storage: Self.untyped, count: 24, Self.typed("float32"))
    #expect(try checkpoint.tensor(named: "w").floats == [0, 2, 4])
    for (type, count, storage) in [
      ("float64", 20, Self.untyped), ("float32", 24, ("torch", "FloatStorage")), ("Tensor", 24, Self.untyped),
    ] {
      let found = problem {
        _ = try Self.call("torch._utils", "_rebuild_tensor_v3", storage: storage, count: count, Self.typed(type))
      }
      guard case .pickle(.unexpectedValue(expected: "a storage of whole elements", _)) = found else {
        Issue.record("\(type): \(String(describing: found))")
        continue
      }
    }
  }

  /// A tensor of all six numbers, then the call's other arguments.
  private static func parameter(
    flags: @escaping (inout ForgedPickle) -> Void
  ) throws -> Checkpoint {
    try call("torch.nn.parameter", "Parameter", storage: nil, state: flags) { pickle in
      pickle.text("unused")
      pickle.op("0")
      pickle.global("torch._utils", "_rebuild_tensor")
      pickle.op("(")
      pickle.op("(")
      pickle.text("storage")
      pickle.global("torch", "FloatStorage")
      pickle.text("0")
      pickle.text("cpu")
      pickle.integer(6)
      pickle.op("t")
      pickle.op("Q")
      pickle.integer(0)
      pickle.tuple([6])
      pickle.tuple([1])
      pickle.op("t")
      pickle.op("R")
    }
  }

  @Test("A parameter of PyTorch 0.1: flags are accepted, new contents are not")
  func oldParameter() throws {
    let checkpoint = try Self.parameter { pickle in
      pickle.op("\u{88}")
      pickle.op("\u{89}")
      pickle.op("}")
      pickle.op("\u{87}")
    }
    #expect(try checkpoint.tensor(named: "w").floats == [0, 1, 2, 3, 4, 5])
    let found = problem {
      _ = try Self.parameter { pickle in pickle.tuple([1, 2]) }
    }
    guard case .pickle(.unexpectedValue(expected: "the flags of a parameter", _)) = found else {
      Issue.record("\(String(describing: found))")
      return
    }
  }

  @Test(
    "A part of a storage, as files from before 1.0 have it", arguments: [(1, 4, true), (3, 4, false), (-1, 2, false)])
  func storagePart(offset: Int, count: Int, isPossible: Bool) throws {
    let scratch = try Scratch()
    var pickle = ForgedPickle()
    pickle.op("}")
    pickle.text("w")
    pickle.global("torch._utils", "_rebuild_tensor")
    pickle.op("(")
    pickle.op("(")
    pickle.text("storage")
    pickle.global("torch", "FloatStorage")
    pickle.text("0")
    pickle.text("cpu")
    pickle.integer(6)
    pickle.op("(")
    pickle.text("9")
    pickle.integer(offset)
    pickle.integer(count)
    pickle.op("t")
    pickle.op("t")
    pickle.op("Q")
    pickle.integer(1)
    pickle.tuple([3])
    pickle.tuple([1])
    pickle.op("t")
    pickle.op("R")
    pickle.op("s")
    pickle.op(".")
    let path = try scratch.write(
      ForgedZip.torch(pickle.bytes, storages: [ForgedZip.sixFloats]).bytes, to: "a.pth")
    if isPossible {
      #expect(try Checkpoint.open(path).tensor(named: "w").floats == [2, 3, 4])
    } else {
      #expect(problem { _ = try Checkpoint.open(path) } != nil)
    }
  }
}
