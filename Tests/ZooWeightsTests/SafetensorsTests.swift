import Testing
import ZooTensor
import ZooTestSupport
import ZooWeights

@Suite struct SafetensorsTests {
  @Test("A file by the reference implementation")
  func fixtureFile() throws {
    let checkpoint = try Checkpoint.open(fixture("types.safetensors"))
    #expect(checkpoint.format == .safetensors)
    #expect(checkpoint.metadata == ["format": "pt", "note": "a \"quoted\" ü\n"])
    let torch = try Checkpoint.open(fixture("types.pth"))
    #expect(Set(checkpoint.entries) == Set(torch.entries))
    for entry in torch.entries {
      #expect(
        try checkpoint.tensor(named: entry.name).bytes == torch.tensor(named: entry.name).bytes, "\(entry.name)")
    }
  }

  @Test("Random sets of tensors and metadata come back", arguments: 0..<20)
  func roundTrip(seed: Int) throws {
    let scratch = try Scratch()
    let checkpoint = try ArchiveRoundTripTests.mixedCheckpoint(seed: UInt64(seed))
    let metadata = ["a": "line\nbreak\t\"quotes\" \\ \u{1} é 𝛼", "": ""]
    try checkpoint.pack(to: scratch.path("a.zoow"), metadata: metadata)
    let archive = try Checkpoint.open(scratch.path("a.zoow"))
    #expect(try archive.unpack(to: scratch.path("a.safetensors")) == checkpoint.entries.count)
    let back = try Checkpoint.open(scratch.path("a.safetensors"))
    #expect(back.metadata == metadata, "seed \(seed)")
    #expect(Set(back.entries) == Set(checkpoint.entries), "seed \(seed)")
    for entry in checkpoint.entries {
      #expect(
        try back.tensor(named: entry.name).bytes == checkpoint.tensor(named: entry.name).bytes,
        "seed \(seed), \(entry.name)")
    }
    try back.pack(to: scratch.path("b.zoow"))
    let identifiers = try ["a.zoow", "b.zoow"].map { try Archive(path: scratch.path($0)).contentIdentifier }
    #expect(identifiers[0] == identifiers[1], "seed \(seed)")
  }

  @Test("What is written is aligned: large elements first, the header a multiple of 8")
  func alignment() throws {
    let scratch = try Scratch()
    let tensors: [(name: String, tensor: Tensor)] = [ElementType.int8, .float32, .float64, .float16].map { type in
      (type.rawValue, Tensor(shape: [3], elementType: type, bytes: [UInt8](repeating: 1, count: 3 * type.size)))
    }
    try Checkpoint(tensors).unpack(to: scratch.path("a.safetensors"))
    let bytes = try scratch.read("a.safetensors")
    #expect(bytes[0] % 8 == 0)
    let names = try Checkpoint.open(scratch.path("a.safetensors")).entries.map(\.name)
    #expect(names == ["float64", "float32", "float16", "int8"])
  }

  @Test("Scalars, empty tensors and white space at the end")
  func corners() throws {
    let scratch = try Scratch()
    let header = """
      {"s":{"dtype":"I16","shape":[],"data_offsets":[0,2]},
      "e":{"dtype":"F64","shape":[0,5],"data_offsets":[2,2]},"z":{"data_offsets":[2,3],"shape":[1],"dtype":"U8"}}
      """
    let checkpoint = try Checkpoint.open(
      scratch.write(Self.file(header + "      ", [1, 2, 3]), to: "a.safetensors"))
    #expect(checkpoint.entries.map(\.name) == ["s", "e", "z"])
    #expect(try readAll(checkpoint).map(\.bytes) == [[1, 2], [], [3]])
  }

  // MARK: Hostile files

  private static func file(_ header: String, _ data: [UInt8], length: UInt64? = nil) -> [UInt8] {
    var forge = ByteForge()
    forge.u64(length ?? UInt64(header.utf8.count))
    forge.text(header)
    forge.raw(data)
    return forge.bytes
  }

  private static func tensor(
    type: String = "U8", shape: String = "[4]", offsets: String = "[0,4]", name: String = "a"
  ) -> String {
    "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
  }

  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]
    let expected: WeightsProblem

    init(_ name: String, _ bytes: [UInt8], _ expected: WeightsProblem) {
      testDescription = name
      self.bytes = bytes
      self.expected = expected
    }

    /// A header around 4 bytes of data.
    init(_ name: String, _ members: String, _ expected: SafetensorsProblem) {
      self.init(name, file("{\(members)}", [1, 2, 3, 4]), .safetensors(expected))
    }

    init(json name: String, _ header: String, offset: Int, expected text: String, found: Character?) {
      self.init(
        name, file(header, [1, 2, 3, 4]),
        .json(JSONProblem(offset: offset, expected: text, found: found?.asciiValue)))
    }
  }

  static let cases: [Case] = [
    Case("too short", [1, 2, 3], .safetensors(.tooShort(size: 3))),
    Case("length of 2^64", file("{}", [], length: .max), .safetensors(.headerTooLong)),
    Case("length of 100,000,001", file("{}", [], length: 100_000_001), .safetensors(.headerTooLong)),
    Case(
      "length past the end", file("{}", [], length: 3), .safetensors(.headerPastEnd(length: 3, fileSize: 10))),
    Case("no object", file("[]", []), .safetensors(.noObject)),
    Case("space before the object", file(" {}", []), .safetensors(.noObject)),
    Case("empty header", file("", []), .safetensors(.noObject)),
    Case("unclaimed bytes", "", .bufferLength(expected: 0, found: 4)),
    Case("bytes after the last", tensor(shape: "[3]", offsets: "[0,3]"), .bufferLength(expected: 3, found: 4)),
    Case("bytes missing", tensor(shape: "[5]", offsets: "[0,5]"), .bufferLength(expected: 5, found: 4)),
    Case("hole", tensor(shape: "[3]", offsets: "[1,4]"), .outOfPlace(tensor: "a", expected: 0, found: 1)),
    Case(
      "overlap", tensor() + "," + tensor(shape: "[3]", offsets: "[1,4]", name: "b"),
      .outOfPlace(tensor: "b", expected: 4, found: 1)),
    Case("the same bytes twice", tensor() + "," + tensor(name: "b"), .outOfPlace(tensor: "b", expected: 4, found: 0)),
    Case(
      "offsets backwards", tensor(offsets: "[4,0]"), .lengthMismatch(tensor: "a", begin: 4, end: 0, expected: 4)),
    Case(
      "size and offsets differ", tensor(shape: "[3]"), .lengthMismatch(tensor: "a", begin: 0, end: 4, expected: 3)),
    Case(
      "product overflows", tensor(shape: "[4294967296,4294967296]"),
      .tooManyElements(tensor: "a", [1 << 32, 1 << 32])),
    Case(
      "size overflows", tensor(type: "F64", shape: "[1152921504606846977]"),
      .tooManyElements(tensor: "a", [1 << 60 + 1])),
    Case("unknown type", tensor(type: "F8_E4M3"), .unsupportedElementType(tensor: "a", type: "F8_E4M3")),
    Case("unknown field", "\"a\":{\"file\":\"../x\"}", .unknownKey(tensor: "a", key: "file")),
    Case("no type", "\"a\":{\"shape\":[4],\"data_offsets\":[0,4]}", .missingKey(tensor: "a", key: "dtype")),
    Case("no shape", "\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,4]}", .missingKey(tensor: "a", key: "shape")),
    Case("no offsets", "\"a\":{\"dtype\":\"U8\",\"shape\":[4]}", .missingKey(tensor: "a", key: "data_offsets")),
    Case("one offset", tensor(offsets: "[0]"), .missingKey(tensor: "a", key: "data_offsets")),
    Case(
      "duplicate name", file("{" + tensor() + "," + tensor() + "}", [1, 2, 3, 4]),
      .json(JSONProblem(offset: 64, duplicateKey: "a"))),
    Case(
      "duplicate field", file("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"F32\"}}", []),
      .json(JSONProblem(offset: 34, duplicateKey: "dtype"))),
    Case(
      "duplicate metadata", file("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", []),
      .json(JSONProblem(offset: 36, duplicateKey: "k"))),
    Case(
      "larger than the limit", file("{" + tensor(shape: "[34359738368]", offsets: "[0,34359738368]") + "}", []),
      .tooManyBytes(limit: 16 << 30)),
    Case(json: "unfinished", "{", offset: 9, expected: "'\"'", found: nil),
    Case(json: "comma at the end", "{\"__metadata__\":{},}", offset: 27, expected: "'\"'", found: "}"),
    Case(
      json: "negative size", "{\"a\":{\"shape\":[-1]}}", offset: 23, expected: "a whole number that is not negative",
      found: "-"),
    Case(
      json: "fraction", "{\"a\":{\"shape\":[1.5]}}", offset: 24, expected: "a whole number that is not negative",
      found: "."),
    Case(
      json: "exponent", "{\"a\":{\"shape\":[1e3]}}", offset: 24, expected: "a whole number that is not negative",
      found: "e"),
    Case(
      json: "leading zero", "{\"a\":{\"shape\":[01]}}", offset: 25, expected: "a whole number that is not negative",
      found: "]"),
    Case(
      json: "size of 2^63", "{\"a\":{\"shape\":[9223372036854775808]}}", offset: 41, expected: "a number below 2^63",
      found: "8"),
    Case(
      json: "nested shape", "{\"a\":{\"shape\":[[[[1]]]]}}", offset: 23,
      expected: "a whole number that is not negative", found: "["),
    Case(json: "metadata that is no text", "{\"__metadata__\":{\"k\":1}}", offset: 29, expected: "'\"'", found: "1"),
    Case(
      json: "control character", "{\"\n\"}", offset: 10, expected: "no control character inside a string", found: "\n"),
    Case(
      json: "lone surrogate", "{\"\\ud800\"}", offset: 16, expected: "the second half of a surrogate pair", found: "\""),
    Case(json: "unknown escape", "{\"\\x\"}", offset: 11, expected: "one of \" \\ / b f n r t u after \\", found: "x"),
    Case(json: "something after the object", "{}x", offset: 10, expected: "the end", found: "x"),
    Case(
      json: "three offsets", "{" + tensor(offsets: "[0,4,8]") + "}", offset: 59, expected: "at most 2 numbers",
      found: "8"),
    Case(
      json: "65 dimensions", "{\"a\":{\"shape\":[" + String(repeating: "1,", count: 64) + "1]}}", offset: 151,
      expected: "at most 64 numbers", found: "1"),
  ]

  @Test("Refused", arguments: cases)
  func refused(_ item: Case) throws {
    let scratch = try Scratch()
    let path = try scratch.write(item.bytes, to: "bad.safetensors")
    #expect(problem { _ = try Checkpoint.open(path) } == item.expected)
  }

  @Test("Escapes mean what they mean in JSON")
  func escapes() throws {
    let scratch = try Scratch()
    let header = #"{"__metadata__":{"\u006b\"\\\/\b\f\n\r\t":"\ud83d\ude00\u00e9"}}"#
    let checkpoint = try Checkpoint.open(scratch.write(Self.file(header, []), to: "a.safetensors"))
    #expect(checkpoint.metadata == ["k\"\\/\u{8}\u{C}\n\r\t": "😀é"])
  }

  @Test("Bytes replaced at random never crash", arguments: 0..<10)
  func replacedBytes(seed: Int) throws {
    let scratch = try Scratch()
    let whole = try fileBytes(fixture("types.safetensors"))
    var random = SplitMix64(seed: seed)
    var refused = 0
    for _ in 0..<200 {
      var damaged = whole
      damaged[Int.random(in: 0..<whole.count - 200, using: &random)] = UInt8.random(in: 0...255, using: &random)
      let path = try scratch.write(damaged, to: "a.safetensors")
      do {
        _ = try readAll(Checkpoint.open(path, limits: WeightsLimits(maximumBytes: 1 << 20)))
      } catch is WeightsError {
        refused += 1
      }
    }
    #expect(refused > 50, "seed \(seed)")
  }

  @Test("A tensor that is called as the metadata are cannot be written")
  func reservedName() throws {
    let scratch = try Scratch()
    let checkpoint = try Checkpoint([("__metadata__", Tensor(shape: [1], floats: [1]))])
    #expect(
      problem { try checkpoint.unpack(to: scratch.path("a.safetensors")) } == .safetensors(.reservedName))
    #expect(try scratch.contents == [])
  }
}
