import Testing
import ZooTensor
import ZooWeights

/// Pickles that want to do more than describe tensors.
@Suite struct PickleAttackTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let expected: PickleProblem
    let bytes: [UInt8]

    init(_ name: String, _ expected: PickleProblem, _ write: (inout ForgedPickle) -> Void) {
      var pickle = ForgedPickle()
      write(&pickle)
      testDescription = name
      self.expected = expected
      bytes = pickle.bytes
    }
  }

  private static func call(_ module: String, _ name: String) -> (inout ForgedPickle) -> Void {
    { pickle in
      pickle.global(module, name)
      pickle.text("touch /tmp/owned")
      pickle.op("\u{85}")
      pickle.op("R")
      pickle.op(".")
    }
  }

  /// A Python object that nothing is made of, and the name that it goes by.
  struct InertCase: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let name: String
    let bytes: [UInt8]

    init(_ description: String, _ name: String, _ write: (inout ForgedPickle) -> Void) {
      var pickle = ForgedPickle()
      write(&pickle)
      testDescription = description
      self.name = name
      bytes = pickle.bytes
    }
  }

  static let inert: [InertCase] = [
    InertCase("os.system", "os.system", call("os", "system")),
    InertCase("posix.system", "posix.system", call("posix", "system")),
    InertCase("builtins.eval", "builtins.eval", call("builtins", "eval")),
    InertCase("subprocess.Popen", "subprocess.Popen", call("subprocess", "Popen")),
    InertCase("torch.load", "torch.load", call("torch", "load")),
    InertCase("a name with dots", "collections.OrderedDict.__init__", call("collections", "OrderedDict.__init__")),
    InertCase("os.system by two strings", "os.system") {
      $0.text("os")
      $0.text("system")
      $0.op("\u{93}")
      $0.op(")")
      $0.op("R")
      $0.op(".")
    },
    InertCase("INST, which names and calls at once", "os.system") {
      $0.op("(")
      $0.text("id")
      $0.op("i")
      $0.forge.text("os\nsystem\n.")
    },
    InertCase("OBJ, which calls what lies on the stack", "os.system") {
      $0.op("(")
      $0.global("os", "system")
      $0.text("id")
      $0.op("o")
      $0.op(".")
    },
    InertCase("extension registry", "copyreg extension.1") {
      $0.forge.raw([0x82, 1])
      $0.op(")")
      $0.op("R")
      $0.op(".")
    },
    InertCase("a class with named arguments and a state", "mylib.Config") {
      $0.global("mylib", "Config")
      $0.op(")")
      $0.op("}")
      $0.op("\u{92}")
      $0.op("}")
      $0.op("b")
      $0.op("(")
      $0.text("key")
      $0.op("N")
      $0.op("u")
      $0.op("(")
      $0.op("N")
      $0.op("e")
      $0.op(".")
    },
    InertCase("a method of an object", "builtins.getattr") {
      $0.global("builtins", "getattr")
      $0.global("os", "environ")
      $0.text("clear")
      $0.op("\u{86}")
      $0.op("R")
      $0.op(")")
      $0.op("R")
      $0.op(".")
    },
    InertCase("a name with a control character", "a\u{FFFD}[31m.b", call("a\u{1B}[31m", "b")),
  ]

  @Test("Nothing is done, and nothing made", arguments: inert)
  func nothing(_ item: InertCase) throws {
    var machine = PickleMachine(item.bytes)
    guard case .object(let position) = try machine.run() else {
      Issue.record("not an object")
      return
    }
    #expect(machine.objects[position].name == item.name)
  }

  static let cases: [Case] = [
    Case("a storage type is called", .callNotAllowed("storage(ZooTensor.ElementType.float32)", offset: 23)) {
      $0.global("torch", "FloatStorage")
      $0.op(")")
      $0.op("R")
    },
    Case("the function is a string", .unexpectedValue(expected: "a function and its arguments", offset: 14)) {
      $0.text("system")
      $0.op(")")
      $0.op("R")
    },
    Case("attributes of a tensor", .unexpectedValue(expected: "a dictionary whose attributes are set", offset: 4)) {
      $0.op("N")
      $0.op("N")
      $0.op("b")
    },
    Case("persistent id as text", .unknownOpcode(0x50, offset: 2)) { $0.forge.text("P0\n") },
    Case("string of 4 GiB", .cutShort(offset: 2)) { $0.forge.raw([0x58, 0xFF, 0xFF, 0xFF, 0xFF, 0x61]) },
    Case("string of 2^64", .cutShort(offset: 2)) { $0.forge.raw([0x8D] + [UInt8](repeating: 0xFF, count: 8)) },
    Case("integer of 4 GiB", .cutShort(offset: 2)) { $0.forge.raw([0x8B, 0xFF, 0xFF, 0xFF, 0xFF]) },
    Case("text of an integer that is too large", .integerTooLarge(offset: 2)) {
      $0.forge.text("I123456789012345678901234567890\n")
    },
    Case("a function that is a long text", .unexpectedValue(expected: "a name of less than 256 bytes", offset: 309)) {
      $0.text(String(repeating: "a", count: 300))
      $0.forge.raw([0x8C, 0])
      $0.op("\u{93}")
    },
    Case("an array without a state", .unexpectedValue(expected: "the state of an array", offset: 56)) {
      $0.global("numpy.core.multiarray", "_reconstruct")
      $0.global("numpy", "ndarray")
      $0.op("\u{85}")
      $0.op("R")
      $0.op(")")
      $0.op("b")
    },
    Case("text that is not UTF-8", .notUTF8(offset: 2)) { $0.forge.raw([0x58, 1, 0, 0, 0, 0xFF]) },
    Case("no end", .cutShort(offset: 3)) { $0.op("N") },
    Case("empty stack", .stackUnderflow(offset: 2)) { $0.op(".") },
    Case("tuple of nothing", .stackUnderflow(offset: 2)) { $0.op("\u{85}") },
    Case("no mark", .stackUnderflow(offset: 3)) {
      $0.op("N")
      $0.op("t")
    },
    Case("reaching below a mark", .stackUnderflow(offset: 4)) {
      $0.op("N")
      $0.op("(")
      $0.op("0")
    },
    Case("recalling what was never stored", .notInMemory(7, offset: 2)) { $0.forge.raw([0x68, 7]) },
    Case("protocol 0", .unsupportedProtocol(0)) { $0.forge.raw([0x80, 0]) },
    Case("key without a value", .unexpectedValue(expected: "a dictionary to add to", offset: 5)) {
      $0.op("}")
      $0.op("(")
      $0.op("N")
      $0.op("u")
    },
    Case("nested lists", .tooMuch(.nesting, offset: 2 + 65 - 1)) { pickle in
      pickle.op(")")
      for _ in 0..<1000 { pickle.op("\u{85}") }
      pickle.op(".")
    },
    Case("open marks", .tooMuch(.marks, offset: 2 + 256)) { pickle in
      for _ in 0..<1000 { pickle.op("(") }
    },
    Case("a tall stack", .tooMuch(.stack, offset: 2 + 1 << 20)) { pickle in
      for _ in 0..<(1 << 20 + 10) { pickle.op("N") }
    },
    Case("many lists", .tooMuch(.containers, offset: 2 + 2 * (1 << 20))) { pickle in
      for _ in 0..<(1 << 20 + 10) {
        pickle.op("]")
        pickle.op("0")
      }
    },
    Case("names without end", .tooMuch(.names, offset: 2 + (0..<4096).reduce(0) { $0 + 5 + "\($1)".count })) { pickle in
      for number in 0..<5000 {
        pickle.global("a", "\(number)")
        pickle.op("0")
      }
    },
    Case("a dictionary copied over and over", .tooMuch(.values, offset: 9 + (1 << 19) + 30 * 29 + 27)) { pickle in
      pickle.op("}")
      pickle.op("(")
      for _ in 0..<(1 << 18) {
        pickle.op("N")
        pickle.op("N")
      }
      pickle.op("u")
      pickle.op("\u{85}")
      pickle.forge.raw([0x71, 0])
      pickle.op("0")
      for _ in 0..<40 {
        pickle.global("collections", "OrderedDict")
        pickle.forge.raw([0x68, 0])
        pickle.op("R")
        pickle.op("0")
      }
    },
    Case("a memory bomb", .tooMuch(.memory, offset: 3 + 5 * (1 << 20))) { pickle in
      pickle.op("N")
      for key in 0..<UInt32(1 << 20 + 10) {
        pickle.op("r")
        pickle.forge.u32(key)
      }
    },
  ]

  @Test("Refused with the place and nothing done", arguments: cases)
  func refused(_ item: Case) throws {
    var machine = PickleMachine(item.bytes)
    do throws(WeightsProblem) {
      _ = try machine.run()
      Issue.record("accepted")
    } catch {
      #expect(error == .pickle(item.expected))
    }
  }

  @Test("Doubling lists, a billion laughs, stays small")
  func billionLaughs() throws {
    var pickle = ForgedPickle()
    pickle.op(")")
    for _ in 0..<60 {
      pickle.op("2")
      pickle.op("\u{86}")
    }
    pickle.op(".")
    var machine = PickleMachine(pickle.bytes)
    _ = try machine.run()
    #expect(machine.sequences.count == 61)
  }

  @Test("A list that contains itself is harmless")
  func cycle() throws {
    var pickle = ForgedPickle()
    pickle.op("]")
    pickle.forge.raw([0x71, 0])
    pickle.forge.raw([0x68, 0])
    pickle.op("a")
    pickle.op(".")
    var machine = PickleMachine(pickle.bytes)
    #expect(try machine.run() == .list(0))
    #expect(machine.sequences[0] == [.list(0)])
  }

  @Test("Numbers, text and containers mean what they mean in Python")
  func values() throws {
    var pickle = ForgedPickle()
    pickle.op("(")
    pickle.forge.raw([0x4A, 0xFE, 0xFF, 0xFF, 0xFF])
    pickle.forge.raw([0x4B, 200])
    pickle.forge.raw([0x4D, 0x10, 0x27])
    pickle.forge.raw([0x8A, 0])
    pickle.forge.raw([0x8A, 1, 0x80])
    pickle.forge.raw([0x8A, 2, 0xFF, 0x7F])
    pickle.forge.raw([0x47, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0])
    pickle.text("é")
    pickle.forge.raw([0x43, 1, 0xFF])
    pickle.op("\u{88}")
    pickle.op("t")
    pickle.op(".")
    var machine = PickleMachine(pickle.bytes)
    #expect(try machine.run() == .tuple(0))
    #expect(
      machine.sequences[0] == [
        .integer(-2), .integer(200), .integer(10_000), .integer(0), .integer(-128), .integer(32_767), .float(1.5),
        .string("é"), .bytes([0xFF]), .boolean(true),
      ])
  }

  @Test("An attack inside a checkpoint is refused before any tensor is read")
  func insideCheckpoint() throws {
    let scratch = try Scratch()
    var pickle = ForgedPickle()
    Self.call("os", "system")(&pickle)
    let zip = ForgedZip.torch(pickle.bytes, storages: [])
    #expect(
      problem { _ = try Checkpoint.open(scratch.write(zip.bytes, to: "a.pth")) }
        == .pickle(.nameNotAllowed("os.system", offset: 46)))
  }

  @Test("What holds no tensors is refused with what it holds")
  func noTensors() throws {
    let scratch = try Scratch()
    var pickle = ForgedPickle()
    pickle.op("}")
    pickle.text("epoch")
    pickle.integer(3)
    pickle.op("s")
    pickle.op(".")
    var zip = ForgedZip.torch(pickle.bytes, storages: [])
    #expect(
      problem { _ = try Checkpoint.open(scratch.write(zip.bytes, to: "a.pth")) } == .torch(.noTensors(keys: ["epoch"])))
    zip = ForgedZip.torch([0x80, 2, 0x4E, 0x2E], storages: [])
    #expect(problem { _ = try Checkpoint.open(scratch.write(zip.bytes, to: "b.pth")) } == .torch(.notADictionary))
  }
}
