import FoundationEssentials
import Testing
import ZooTensor
import ZooTestSupport
import ZooWeights

@Suite struct ONNXTests {
  private typealias Tensor = ForgedONNX.Tensor

  private func open(_ tensors: ForgedONNX.Tensor...) throws -> Checkpoint {
    try Checkpoint.open(bytes: ForgedONNX.model(tensors), name: "a.onnx")
  }

  @Test("Every type comes back from raw bytes", arguments: ElementType.allCases)
  func raw(type: ElementType) throws {
    let codes: [ElementType: Int] = [
      .float32: 1, .uint8: 2, .int8: 3, .int16: 5, .int32: 6, .int64: 7, .bool: 9, .float16: 10, .float64: 11,
      .bfloat16: 16,
    ]
    var random = SplitMix64(seed: 1)
    let bytes = random.bytes(6 * type.size)
    let checkpoint = try open(.raw("w", [2, 3], type: codes[type] ?? 0, bytes))
    let tensor = try checkpoint.tensor(named: "w")
    #expect(tensor.shape == [2, 3])
    #expect(tensor.elementType == type)
    #expect(tensor.bytes == bytes)
    #expect(checkpoint.metadata == ["onnx.ir_version": "8", "onnx.producer": "forge", "onnx.graph": "graph"])
  }

  @Test("Elements in the fields of their types")
  func fields() throws {
    let checkpoint = try Checkpoint.open(bytes: ForgedONNX.seeds[1].bytes, name: "a.onnx")
    func values(_ name: String) throws -> [Float] { try checkpoint.tensor(named: name).convertedToFloat32().floats }
    #expect(checkpoint.entries.count == 9)
    #expect(try values("floats") == counting(6))
    #expect(try values("single floats") == counting(6))
    #expect(try values("doubles") == counting(6))
    #expect(try values("int64") == [-1, 0, 1, 0x1p40, -0x1p63, 0x1p63])
    #expect(try values("int32") == [-1, 0, 1, 2, 3, -2_147_483_648])
    #expect(try values("single int8") == [-3, -2, -1, 0, 1, 2])
    #expect(try values("half") == [1, 0, 2, 0, 0, 0])
    #expect(try values("scalar") == [1])
    #expect(try checkpoint.tensor(named: "scalar").shape == [])
    #expect(try checkpoint.tensor(named: "empty").shape == [0, 4])
  }

  @Test("Tensors of several pieces, whatever holds them, through an archive")
  func pieces() throws {
    let scratch = try Scratch()
    let count = ArchiveLayout.chunkElements + 7
    let floats = counting(count)
    try scratch.write([0xAA] + littleEndian(floats), to: "a.bin")
    let path = try scratch.write(
      ForgedONNX.model([
        .raw("raw", [count], littleEndian(floats)), Tensor("field", [count]) { $0.floats(4, floats) },
        Tensor("integers", [count], type: 6) { $0.integers(5, Array(0..<count)) },
        .external("external", [count], [("location", "a.bin"), ("offset", "1"), ("length", "\(4 * count)")]),
      ]), to: "a.onnx")
    let checkpoint = try Checkpoint.open(path)
    try checkpoint.pack(to: scratch.path("a.zoow"))
    for checkpoint in [checkpoint, try Checkpoint.open(scratch.path("a.zoow"))] {
      for name in ["raw", "field", "integers", "external"] {
        #expect(try checkpoint.tensor(named: name).convertedToFloat32().floats == floats, "\(name)")
      }
    }
  }

  // MARK: Refused

  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]
    let expected: WeightsProblem

    init(_ name: String, _ expected: WeightsProblem, _ bytes: [UInt8]) {
      testDescription = name
      self.bytes = bytes
      self.expected = expected
    }

    init(_ name: String, _ expected: ONNXProblem, _ tensors: ForgedONNX.Tensor...) {
      self.init(name, .onnx(expected), ForgedONNX.model(tensors))
    }
  }

  private static let six = littleEndian(counting(6))

  static let cases: [Case] = [
    Case("no graph", .onnx(.noGraph), [0x08, 8]),
    Case("no initializers", .onnx(.noInitializers), ForgedONNX.model([], [])),
    Case(
      "a type of ONNX alone", .unsupportedElementType(tensor: "w", code: 12), .raw("w", [1], type: 12, [1, 2, 3, 4])),
    Case("text", .unsupportedElementType(tensor: "w", code: 8), .init("w", [1], type: 8) { $0.text(6, "a") }),
    Case("no type", .unsupportedElementType(tensor: "w", code: 0), .raw("w", [1], type: 0, [1])),
    Case("no name", .name(.empty), ForgedONNX.model([.raw("", [1], [0, 0, 0, 0])])),
    Case(
      "one name twice", .name(.duplicate("w")), ForgedONNX.model([.raw("w", [2, 3], six), .raw("w", [2, 3], six)])),
    Case("65 dimensions", .tooManyDimensions(tensor: ""), .raw("w", [Int](repeating: 1, count: 65), [0, 0, 0, 0])),
    Case(
      "an overflowing shape", .tooManyElements(tensor: "w", [1 << 40, 1 << 40]), .raw("w", [1 << 40, 1 << 40], six)),
    Case("a negative dimension", .tooManyElements(tensor: "w", [-2, 3]), .raw("w", [-2, 3], six)),
    Case("bytes missing", .dataLength(tensor: "w", expected: 24, found: 23), .raw("w", [2, 3], six.dropLast())),
    Case("bytes left over", .dataLength(tensor: "w", expected: 24, found: 25), .raw("w", [2, 3], six + [0])),
    Case("elements missing", .elementCount(tensor: "w", expected: 6, found: 5), .init { $0.floats(4, counting(5)) }),
    Case("no elements", .elementCount(tensor: "w", expected: 6, found: 0), .init { _ in }),
    Case(
      "elements twice", .misplacedData(tensor: "w"),
      .init { tensor in
        tensor.floats(4, counting(6))
        tensor.data(9, six)
      }),
    Case("elements in another field", .misplacedData(tensor: "w"), .init { $0.doubles(10, [0, 1, 2, 3, 4, 5]) }),
    Case(
      "elements in a field for other types", .misplacedData(tensor: "w"),
      .init { tensor in
        tensor.floats(4, counting(6))
        tensor.integers(11, [1])
      }),
    Case("in segments", .segmented(tensor: "w"), .init { $0.message(3) { $0.integer(1, 0) } }),
    Case(
      "sparse", .onnx(.sparse(tensor: "s")),
      ForgedONNX.model([.raw("w", [2, 3], six)]) { graph in
        graph.message(15) { sparse in sparse.message(1, Tensor.raw("s", [1], [0, 0, 0, 0]).write) }
      }),
    Case("another file", .externalInMemory(tensor: "w"), .external("w", [2, 3], [("location", "a.bin")])),
  ]

  @Test("Refused", arguments: cases)
  func refused(_ item: Case) {
    #expect(problem { _ = try Checkpoint.open(bytes: item.bytes, name: "a.onnx") } == item.expected)
  }

  @Test(
    "Integers that their type cannot hold",
    arguments: [
      (3, 128), (3, -129), (2, 256), (2, -1), (5, 32768), (6, 1 << 31), (9, 2), (10, 65536), (16, -1),
    ])
  func range(type: Int, value: Int) throws {
    let checkpoint = try open(Tensor("w", [1], type: type) { $0.integers(5, [value]) })
    #expect(problem { _ = try readAll(checkpoint) } == .onnx(.valueOutOfRange(tensor: "w", value)))
  }

  // MARK: Other files

  private func external(
    _ scratch: Scratch, _ pairs: [(String, String)]
  ) throws -> Checkpoint {
    try Checkpoint.open(scratch.write(ForgedONNX.model([.external("w", [2, 3], pairs)]), to: "model.onnx"))
  }

  private func scratch() throws -> Scratch {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(atPath: scratch.path("d"), withIntermediateDirectories: true)
    try scratch.write(Self.six, to: "w.bin")
    try scratch.write([9, 9] + Self.six + [9], to: "d/w.bin")
    return scratch
  }

  @Test("Elements in a file beside the model, or below it")
  func beside() throws {
    let scratch = try scratch()
    for pairs in [
      [("location", "w.bin")], [("location", "./w.bin"), ("length", "24")],
      [("location", "d/w.bin"), ("offset", "2"), ("length", "24"), ("checksum", "0")],
    ] {
      #expect(try external(scratch, pairs).tensor(named: "w").floats == counting(6), "\(pairs)")
    }
    // A second name of a file is as good as its first.
    try FileManager.default.linkItem(atPath: scratch.path("w.bin"), toPath: scratch.path("hard.bin"))
    #expect(try external(scratch, [("location", "hard.bin")]).tensor(named: "w").floats == counting(6))
  }

  @Test(
    "Paths that lead elsewhere",
    arguments: [
      "/etc/passwd", "../w.bin", "d/../w.bin", "d/../../w.bin", "", ".", "d//w.bin", "d/w.bin/", "d\\w.bin",
      "w.bin\u{0}.txt", "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a",
    ])
  func paths(location: String) throws {
    let scratch = try scratch()
    #expect(
      problem { _ = try external(scratch, [("location", location)]) }
        == .onnx(.externalPath(tensor: "w", location: location)))
  }

  @Test("Files that are not there, or are no files")
  func notFiles() throws {
    let scratch = try scratch()
    let manager = FileManager.default
    try manager.createSymbolicLink(atPath: scratch.path("link.bin"), withDestinationPath: "w.bin")
    try manager.createSymbolicLink(atPath: scratch.path("link"), withDestinationPath: "d")
    try manager.createSymbolicLink(atPath: scratch.path("dangling"), withDestinationPath: "nothing")
    let cases: [(location: String, problem: FileProblem)] = [
      ("none.bin", .missing), ("none/w.bin", .missing), ("w.bin/w.bin", .missing), ("d", .notRegular(.directory)),
      ("link.bin", .notRegular(.symbolicLink)), ("link/w.bin", .notRegular(.symbolicLink)),
      ("dangling", .notRegular(.symbolicLink)),
    ]
    for (location, expected) in cases {
      #expect(
        problem { _ = try external(scratch, [("location", location)]) }
          == .onnx(.inExternal(location: location, .file(expected))), "\(location)")
    }
    // The model itself may be a link: a person named it.
    _ = try external(scratch, [("location", "w.bin")])
    try manager.createSymbolicLink(atPath: scratch.path("model"), withDestinationPath: "model.onnx")
    #expect(try Checkpoint.open(scratch.path("model")).tensor(named: "w").floats == counting(6))
  }

  @Test("Places outside the file")
  func places() throws {
    let scratch = try scratch()
    let cases: [(pairs: [(String, String)], problem: ONNXProblem)] = [
      ([("offset", "-1")], .externalNumber(tensor: "w", key: "offset", value: "-1")),
      ([("length", "x")], .externalNumber(tensor: "w", key: "length", value: "x")),
      (
        [("offset", "9223372036854775808")],
        .externalNumber(tensor: "w", key: "offset", value: "9223372036854775808")
      ),
      ([("length", "20")], .externalLength(tensor: "w", location: "w.bin", expected: 24, found: 20)),
      ([("offset", "4")], .externalLength(tensor: "w", location: "w.bin", expected: 24, found: 20)),
      (
        [("offset", "4"), ("length", "24")],
        .externalPastEnd(tensor: "w", location: "w.bin", offset: 4, length: 24, fileSize: 24)
      ),
      (
        [("offset", "9223372036854775807"), ("length", "24")],
        .externalPastEnd(tensor: "w", location: "w.bin", offset: .max, length: 24, fileSize: 24)
      ),
    ]
    for (pairs, expected) in cases {
      #expect(
        problem { _ = try external(scratch, [("location", "w.bin")] + pairs) } == .onnx(expected), "\(pairs)")
    }
  }

  @Test("A file that changes, or becomes a link, after it was opened")
  func replaced() throws {
    let scratch = try scratch()
    let checkpoint = try external(scratch, [("location", "w.bin")])
    try scratch.write(Self.six + [0], to: "w.bin")
    #expect(
      problem { _ = try checkpoint.tensor(named: "w") }
        == .onnx(.inExternal(location: "w.bin", .file(.shrank(expected: 24, found: 25)))))
    try FileManager.default.removeItem(atPath: scratch.path("w.bin"))
    try FileManager.default.createSymbolicLink(atPath: scratch.path("w.bin"), withDestinationPath: "d/w.bin")
    #expect(
      problem { _ = try checkpoint.tensor(named: "w") }
        == .onnx(.inExternal(location: "w.bin", .file(.notRegular(.symbolicLink)))))
  }
}
