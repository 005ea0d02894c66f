import FoundationEssentials
import Testing
import ZooTensor
import ZooTestSupport
import ZooWeights

@Suite struct NumPyTests {
  @Test("Files by NumPy")
  func fixtures() throws {
    let fortran = try NumPyFile.read(fixture("fortran.npy"))
    #expect(fortran.shape == [2, 3, 4])
    #expect(fortran.floats == (0..<24).map(Float.init))
    let swapped = try NumPyFile.read(fixture("big-endian.npy"))
    #expect(swapped.elementType == .float64)
    #expect(swapped.convertedToFloat32().floats == [0, 1, 2, 3, 4, 5])
    let scalar = try NumPyFile.read(fixture("scalar.npy"))
    #expect(scalar.shape == [])
    #expect(scalar.convertedToFloat32().floats == [7])
    #expect(try NumPyFile.read(fixture("version-2.npy")).bytes == [0, 1, 2])
  }

  @Test("Every type and shape comes back, and the elements begin at a multiple of 64", arguments: ElementType.allCases)
  func roundTrip(type: ElementType) throws {
    let scratch = try Scratch()
    var random = SplitMix64(seed: 2)
    for shape in [[], [0], [1], [3, 4], [2, 0, 3], [1, 2, 3, 4, 5]] as [Shape] {
      let tensor = Tensor(shape: shape, elementType: type, bytes: random.bytes(shape.elementCount * type.size))
      try NumPyFile.write(tensor, to: scratch.path("a.npy"), overwrite: true)
      let back = try NumPyFile.read(scratch.path("a.npy"))
      #expect(back.shape == shape)
      #expect(back.elementType == type)
      #expect(back.bytes == tensor.bytes, "\(shape)")
      #expect(try (scratch.read("a.npy").count - tensor.byteCount) % 64 == 0, "\(shape)")
    }
  }

  @Test("The header is what NumPy writes")
  func header() throws {
    let scratch = try Scratch()
    try NumPyFile.write(Tensor(shape: [3], floats: [1, 2, 3]), to: scratch.path("a.npy"))
    let text = String(decoding: try scratch.read("a.npy")[10..<128], as: UTF8.self)
    let expected = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"
    #expect(text == expected + String(repeating: " ", count: 117 - expected.count) + "\n")
    #expect(
      problem { try NumPyFile.write(Tensor(shape: [], floats: [1]), to: scratch.path("a.npy")) } == .file(.exists))
  }

  // MARK: Directories

  @Test("A directory of arrays comes back, names with slashes and metadata included", arguments: 0..<10)
  func directoryRoundTrip(seed: Int) throws {
    let scratch = try Scratch()
    let mixed = try ArchiveRoundTripTests.mixedCheckpoint(seed: UInt64(seed))
    var tensors = try mixed.entries.map { ($0.name, try mixed.tensor(named: $0.name)) }
    for name in [".hidden", "100%", "%41", "a:b\\c", "metadata.json"] {
      tensors.append((name, Tensor(shape: [1], floats: [1])))
    }
    let metadata = ["definition": "name: \"é\"\n", "b": "\\"]
    try Checkpoint(tensors, metadata: metadata).unpack(to: scratch.path("d"))
    let back = try Checkpoint.open(scratch.path("d"))
    #expect(back.format == .numpyDirectory)
    #expect(back.metadata == metadata)
    #expect(Set(back.entries.map(\.name)) == Set(tensors.map(\.0)), "seed \(seed)")
    for (name, tensor) in tensors {
      #expect(try back.tensor(named: name).bytes == tensor.bytes, "seed \(seed), \(name)")
    }
    #expect(try scratch.contents == ["d"])
  }

  @Test(
    "File names",
    arguments: [
      ("conv1/7x7_s2.weight", "conv1%2F7x7_s2.weight.npy"), ("100%", "100%25.npy"), (".a", "%2Ea.npy"), ("é", "é.npy"),
      ("a\u{7}", "a%07.npy"), ("a:b\\c", "a%3Ab%5Cc.npy"),
    ])
  func fileNames(name: String, file: String) throws {
    #expect(try NumPyDirectory.fileName(forTensor: name) == file)
    #expect(NumPyDirectory.tensorName(forFile: file) == name)
  }

  @Test("Files that zoo did not write: subdirectories, stray percent signs, other files")
  func foreignDirectory() throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(atPath: scratch.path("a/b"), withIntermediateDirectories: true)
    let one = Tensor(shape: [1], floats: [1])
    for file in ["a/b/w.npy", "50%.npy", "x%zz.npy"] { try NumPyFile.write(one, to: scratch.path(file)) }
    try scratch.write([1], to: "README.md")
    #expect(try Checkpoint.open(scratch.path).entries.map(\.name) == ["50%", "a/b/w", "x%zz"])
    try NumPyFile.write(one, to: scratch.path("a%2Fb%2Fw.npy"))
    #expect(problem { _ = try Checkpoint.open(scratch.path) } == .name(.duplicate("a/b/w")))
  }

  @Test("Links in a directory are not followed")
  func links() throws {
    let scratch = try Scratch()
    #expect(problem { _ = try Checkpoint.open(scratch.path) } == .numpy(.noArrays))
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path("a.npy"), withDestinationPath: fixture("scalar.npy"))
    #expect(
      problem { _ = try Checkpoint.open(scratch.path) }
        == .numpy(.inFile("a.npy", .file(.notRegular(.symbolicLink)))))
  }

  @Test("A directory with something in it is left alone")
  func existingDirectory() throws {
    let scratch = try Scratch()
    let checkpoint = try Checkpoint([("a", Tensor(shape: [1], floats: [1]))])
    #expect(problem { try checkpoint.unpack(to: fixture("")) } == .file(.exists))
    try FileManager.default.createDirectory(atPath: scratch.path("empty"), withIntermediateDirectories: true)
    #expect(try checkpoint.unpack(to: scratch.path("empty")) == 1)
    #expect(problem { try checkpoint.unpack(to: scratch.path("empty"), overwrite: true) } == .file(.exists))
  }

  @Test(
    "A part of the tensors",
    arguments: [
      (["conv*"], ["conv1.weight", "conv2.weight"]), (["*.weight"], ["conv1.weight", "conv2.weight", "fc.weight"]),
      (["fc.*", "conv?.weight"], ["conv1.weight", "conv2.weight", "fc.bias", "fc.weight"]), (["fc.bias"], ["fc.bias"]),
    ])
  func only(patterns: [String], expected: [String]) throws {
    let scratch = try Scratch()
    let names = ["conv1.weight", "conv2.weight", "fc.bias", "fc.weight"]
    let checkpoint = try Checkpoint(names.map { ($0, Tensor(shape: [1], floats: [1])) })
    for target in ["d", "a.safetensors"] {
      #expect(try checkpoint.unpack(to: scratch.path(target), only: patterns) == expected.count)
      #expect(try Checkpoint.open(scratch.path(target)).entries.map(\.name).sorted() == expected, "\(target)")
    }
    #expect(
      problem { try checkpoint.unpack(to: scratch.path("none"), only: ["x*", "y"]) }
        == .nothingSelected(pattern: "x*, y"))
  }

  @Test("A name too long for a file is refused and nothing stays")
  func longName() throws {
    let scratch = try Scratch()
    let name = String(repeating: "/", count: 100)
    let checkpoint = try Checkpoint([("a", Tensor(shape: [1], floats: [1])), (name, Tensor(shape: [1], floats: [1]))])
    #expect(problem { try checkpoint.unpack(to: scratch.path("d")) } == .numpy(.nameTooLongForFile(name)))
    #expect(try scratch.contents == [])
  }

  // MARK: Hostile files

  private static func file(_ header: String, data: Int = 0, version: [UInt8] = [1, 0], length: UInt16? = nil) -> [UInt8]
  {
    var forge = ByteForge()
    forge.raw([0x93] + Array("NUMPY".utf8) + version)
    forge.u16(length ?? UInt16(header.utf8.count))
    forge.text(header)
    forge.raw([UInt8](repeating: 1, count: data))
    return forge.bytes
  }

  private static func header(type: String = "'<f4'", order: String = "False", shape: String = "(1,)") -> String {
    "{'descr': \(type), 'fortran_order': \(order), 'shape': \(shape), }\n"
  }

  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]
    let expected: NumPyProblem

    init(_ name: String, _ bytes: [UInt8], _ expected: NumPyProblem) {
      testDescription = name
      self.bytes = bytes
      self.expected = expected
    }
  }

  static let cases: [Case] = [
    Case("magic only", Array([0x93] + "NUMPY".utf8), .tooShort(size: 6)),
    Case("version 4", file(header(), data: 4, version: [4, 0]), .unsupportedVersion),
    Case("header past the end", file(header(), length: 1000), .tooShort(size: 10 + header().utf8.count)),
    Case("header of 4 GiB", file("\u{7F}\u{7F}\u{7F}\u{7F}", version: [2, 0], length: .max), .headerTooLong),
    Case("data missing", file(header(), data: 3), .dataLength(expected: 4, found: 3)),
    Case("data left over", file(header(), data: 5), .dataLength(expected: 4, found: 5)),
    Case("objects", file(header(type: "'|O'"), data: 8), .pythonObjects),
    Case("records", file(header(type: "[('a', '<f4')]")), .unsupportedElementType("[…]")),
    Case("complex", file(header(type: "'<c8'")), .unsupportedElementType("<c8")),
    Case("unsigned", file(header(type: "'<u4'")), .unsupportedElementType("<u4")),
    Case("native order", file(header(type: "'=f4'")), .unsupportedElementType("=f4")),
    Case("no order", file(header(type: "'|f4'")), .unsupportedElementType("|f4")),
    Case("no type", file("{'fortran_order': False, 'shape': ()}"), .missingKey("descr")),
    Case("no order of dimensions", file("{'descr': '<f4', 'shape': ()}"), .missingKey("fortran_order")),
    Case("no shape", file("{'descr': '<f4', 'fortran_order': False}"), .missingKey("shape")),
    Case("unknown key", file("{'file': 'x'}"), .unexpectedKey("file")),
    Case("key twice", file("{'descr': '<f4', 'descr': '<f8'}"), .unexpectedKey("descr")),
    Case("overflow", file(header(shape: "(4294967296, 4294967296)")), .tooManyElements([1 << 32, 1 << 32])),
    Case(
      "huge size", file(header(shape: "(9223372036854775808,)")),
      .malformedHeader(offset: 79, expected: "a number below 2^63")),
    Case(
      "negative size", file(header(shape: "(-1,)")),
      .malformedHeader(offset: 61, expected: "a whole number that is not negative")),
    Case("a number for a tuple", file(header(shape: "3")), .malformedHeader(offset: 60, expected: "'('")),
    Case("a tuple that is a number", file(header(shape: "(3)")), .malformedHeader(offset: 62, expected: "','")),
    Case("an expression", file(header(order: "not True")), .malformedHeader(offset: 44, expected: "True or False")),
    Case("a call", file("__import__('os')"), .malformedHeader(offset: 10, expected: "'{'")),
    Case("an escape", file(#"{'d\x65scr': 1}"#), .malformedHeader(offset: 13, expected: "a closing quotation mark")),
    Case("something after it", file(header() + "x"), .malformedHeader(offset: 68, expected: "nothing more")),
  ]

  @Test("Refused", arguments: cases)
  func refused(_ item: Case) throws {
    let scratch = try Scratch()
    let path = try scratch.write(item.bytes, to: "bad.npy")
    #expect(problem { _ = try NumPyFile.read(path) } == .numpy(item.expected))
  }

  @Test("Objects and records by NumPy are refused")
  func objects() {
    #expect(problem { _ = try NumPyFile.read(fixture("objects.npy")) } == .numpy(.pythonObjects))
    #expect(problem { _ = try NumPyFile.read(fixture("records.npy")) } == .numpy(.unsupportedElementType("[…]")))
  }
}
