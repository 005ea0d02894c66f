import Testing
import ZooTensor
import ZooTestSupport
import ZooWeights

/// Pickles with Python objects beside the weights, and with NumPy's arrays for weights.
@Suite struct PickleObjectTests {
  @Test("What Python 3 pickles, in every protocol", arguments: 2...5)
  func protocols(version: Int) throws {
    let checkpoint = try Checkpoint.open(fixture("pickles.\(version).pth"))
    let expected: [(String, ElementType, Shape, [Float])] = [
      ("plain", .float32, [2, 3], [0, 1, 2, 3, 4, 5]), ("big", .float32, [2, 3], [0, 1, 2, 3, 4, 5]),
      ("fortran", .float64, [2, 3], [0, 1, 2, 3, 4, 5]), ("transposed", .float32, [3, 2], [0, 3, 1, 4, 2, 5]),
      ("half", .float16, [2, 3], [0, 1, 2, 3, 4, 5]), ("flags", .bool, [2, 3], [0, 1, 0, 1, 0, 1]),
      ("count", .int64, [], [7]), ("empty", .float32, [0, 3], []), ("view", .float32, [6], [0, 2, 4, 6, 8, 10]),
    ]
    #expect(checkpoint.entries.map(\.name) == expected.map(\.0))
    for (name, type, shape, floats) in expected {
      let tensor = try checkpoint.tensor(named: name)
      #expect(tensor.elementType == type && tensor.shape == shape, "\(name)")
      #expect(tensor.convertedToFloat32().floats == floats, "\(name)")
    }
    for text in ["args (argparse.Namespace, ", "partial (functools.partial, ", "scalar", "flag"] {
      #expect(checkpoint.skipped.contains { $0.hasPrefix(text) }, "\(text)")
    }
  }

  @Test("Changed at random they never crash, and memory stays small", arguments: 2...5)
  func changed(version: Int) throws {
    let file = try fileBytes(fixture("pickles.\(version).pth"))
    // The first member of the zip file, which is stored: its head, its name and it.
    let start = 30 + Int(file[26])
    let pickle = Array(file[start..<start + Int(file[18]) + Int(file[19]) << 8])
    var random = SplitMix64(seed: version)
    var refused = 0
    for _ in 0..<400 {
      var bytes = pickle
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      do {
        let zip = ForgedZip.torch(bytes, storages: [])
        _ = try readAll(Checkpoint.open(bytes: zip.bytes, name: "a.pth", limits: WeightsLimits(maximumBytes: 1 << 20)))
      } catch is WeightsError {
        refused += 1
      }
    }
    #expect(refused > 20)
  }

  /// A checkpoint of a pickle that leaves one value.
  private static func open(
    storages: [[UInt8]] = [ForgedZip.sixFloats], _ write: (inout ForgedPickle) -> Void
  ) throws -> Checkpoint {
    let scratch = try Scratch()
    var pickle = ForgedPickle()
    write(&pickle)
    pickle.op(".")
    return try Checkpoint.open(scratch.write(ForgedZip.torch(pickle.bytes, storages: storages).bytes, to: "a.pth"))
  }

  @Test("A call for what it does is not made, and is named")
  func injected() throws {
    let checkpoint = try Self.open { pickle in
      pickle.global("posix", "system")
      pickle.text("touch /tmp/owned")
      pickle.op("\u{85}")
      pickle.op("R")
      pickle.op("0")
      pickle.op("}")
      pickle.op("(")
      pickle.tensor(ForgedTensor())
      pickle.text("hook")
      pickle.global("nt", "system")
      pickle.op("u")
    }
    #expect(checkpoint.entries.map(\.name) == ["w"])
    #expect(checkpoint.skipped == ["hook (nt.system)", "Python object posix.system"])
  }

  @Test("What is made of a tensor by a Python object is missed by name, where it is needed")
  func dependent() throws {
    func made(_ module: String, _ name: String) throws -> WeightsProblem? {
      problem {
        _ = try Self.open { pickle in
          pickle.op("}")
          pickle.op("(")
          pickle.text("unused")
          pickle.global(module, name)
          pickle.op("0")
          pickle.op("0")
          pickle.tensor(ForgedTensor(name: "v"))
          pickle.text("w")
          pickle.global(module, name)
          pickle.op("(")
          pickle.tensor(ForgedTensor(name: "inner"))
          pickle.op("t")
          pickle.op("R")
          pickle.op("u")
        }
      }
    }
    #expect(try made("mylib", "dequantize") == .torch(.tensorOfPythonObject("w", object: "mylib.dequantize")))
    guard case .torch(.unsupportedTensor("w", what: let what)) = try made("torch._utils", "_rebuild_wrapper_subclass")
    else { Issue.record("not refused"); return }
    #expect(what == "a tensor whose class computes its elements")
  }

  @Test("The same is of no interest in an optimiser")
  func notNeeded() throws {
    let checkpoint = try Self.open { pickle in
      pickle.op("}")
      pickle.op("(")
      pickle.text("model")
      pickle.op("}")
      pickle.op("(")
      pickle.tensor(ForgedTensor())
      pickle.op("u")
      pickle.text("optimizer")
      pickle.op("}")
      pickle.text("m")
      pickle.global("mylib", "Quantized")
      pickle.op("(")
      pickle.tensor(ForgedTensor(name: "inner"))
      pickle.op("t")
      pickle.op("\u{81}")
      pickle.op("s")
      pickle.op("u")
    }
    #expect(checkpoint.entries.map(\.name) == ["w"])
    #expect(checkpoint.skipped == ["optimizer (mylib.Quantized)"])
  }

  @Test("A whole model beside other things is named, not what is beside it")
  func wholeModel() throws {
    let found = problem {
      _ = try Self.open { pickle in
        pickle.op("}")
        pickle.op("(")
        pickle.text("args")
        pickle.global("argparse", "Namespace")
        pickle.op(")")
        pickle.op("\u{81}")
        pickle.text("model")
        pickle.global("models.yolo", "Model")
        pickle.op(")")
        pickle.op("\u{81}")
        pickle.op("}")
        pickle.text("_parameters")
        pickle.op("}")
        pickle.op("(")
        pickle.tensor(ForgedTensor())
        pickle.op("u")
        pickle.op("s")
        pickle.op("b")
        pickle.op("u")
      }
    }
    guard case .pickle(.nameNotAllowed("models.yolo.Model", offset: _)) = found else {
      Issue.record("\(String(describing: found))")
      return
    }
  }

  /// A dictionary with `[[0, 2, 4], [1, 3, 5]]` in Fortran's order and big-endian, as NumPy of Python 2 pickles it.
  static var bigArray: [UInt8] {
    var pickle = ForgedPickle()
    pickle.op("}")
    pickle.text("w")
    pickle.global("numpy.core.multiarray", "_reconstruct")
    pickle.global("numpy", "ndarray")
    pickle.tuple([0])
    pickle.text("b")
    pickle.op("\u{87}")
    pickle.op("R")
    pickle.op("(")
    pickle.integer(1)
    pickle.tuple([2, 3])
    pickle.global("numpy", "dtype")
    pickle.text("i2")
    pickle.op("\u{85}")
    pickle.op("R")
    pickle.op("(")
    pickle.integer(3)
    pickle.text(">")
    for _ in 0..<3 { pickle.op("N") }
    pickle.op("t")
    pickle.op("b")
    pickle.op("\u{88}")
    pickle.forge.raw([0x55, 12] + (0..<6).flatMap { [0, UInt8($0)] })
    pickle.op("t")
    pickle.op("b")
    pickle.op("s")
    pickle.op(".")
    return pickle.bytes
  }

  @Test("Fortran's order, the other order of bytes, and bytes in a string of Python 2")
  func pythonTwo() throws {
    let zip = ForgedZip.torch(Self.bigArray, storages: [])
    let tensor = try Checkpoint.open(bytes: zip.bytes, name: "a.pth").tensor(named: "w")
    #expect(tensor.shape == [2, 3] && tensor.elementType == .int16)
    #expect(tensor.convertedToFloat32().floats == [0, 2, 4, 1, 3, 5])
  }

  @Test("An array of Python objects, or of a type that zoo lacks, is refused by name where it is needed")
  func unreadableArrays() throws {
    func array(_ type: String, _ data: (inout ForgedPickle) -> Void) throws -> Checkpoint {
      try Self.open { pickle in
        pickle.op("}")
        pickle.op("(")
        pickle.tensor(ForgedTensor(name: "v"))
        pickle.text("w")
        pickle.global("numpy.core.multiarray", "_reconstruct")
        pickle.global("numpy", "ndarray")
        pickle.tuple([0])
        pickle.text("b")
        pickle.op("\u{87}")
        pickle.op("R")
        pickle.op("(")
        pickle.integer(1)
        pickle.tuple([1])
        pickle.global("numpy", "dtype")
        pickle.text(type)
        pickle.op("\u{85}")
        pickle.op("R")
        pickle.op("\u{89}")
        data(&pickle)
        pickle.op("t")
        pickle.op("b")
        pickle.op("u")
      }
    }
    #expect(
      problem { _ = try array("O8") { $0.op("]") } }
        == .torch(.unsupportedTensor("w", what: "a NumPy array of Python objects")))
    #expect(
      problem { _ = try array("c8") { $0.forge.raw([0x43, 8] + [UInt8](repeating: 0, count: 8)) } }
        == .torch(.unsupportedTensor("w", what: "a NumPy array of type c8")))
    // A string of Python 2, which is no text.
    #expect(try array("i2") { $0.forge.raw([0x55, 2, 0xFF, 0x7F]) }.tensor(named: "w").bytes == [0xFF, 0x7F])
    let short = problem { _ = try array("i4") { $0.forge.raw([0x55, 2, 0xFF, 0x7F]) } }
    guard case .pickle(.unexpectedValue(expected: "as many bytes as the array has", _))? = short else {
      Issue.record("\(String(describing: short))")
      return
    }
  }

  @Test("Bytes after the end of a zip file, as PyTorch tolerates them")
  func trailingBytes() throws {
    let scratch = try Scratch()
    for tail in [[0], [10, 13], [UInt8](repeating: 0, count: 4096), Array("PK".utf8)] {
      var zip = ForgedZip.torch()
      zip.tail = tail
      let checkpoint = try Checkpoint.open(scratch.write(zip.bytes, to: "a.pth"))
      #expect(try checkpoint.tensor(named: "w").floats == [0, 1, 2, 3, 4, 5])
    }
  }
}
