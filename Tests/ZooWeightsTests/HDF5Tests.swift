import Testing
import ZooTensor
import ZooTestSupport
import ZooWeights

/// Files of h5py's, and files that were forged.
@Suite struct HDF5Tests {
  private static func floats(_ count: Int) -> [Float] { (0..<count).map(Float.init) }

  private static func expect(_ checkpoint: Checkpoint, _ name: String, _ shape: Shape, _ type: ElementType) throws {
    let tensor = try checkpoint.tensor(named: name)
    #expect(tensor.shape == shape && tensor.elementType == type, "\(name)")
    #expect(tensor.convertedToFloat32().floats == floats(shape.elementCount), "\(name)")
  }

  @Test("Every type, layout and form of text that h5py writes by default")
  func oldForm() throws {
    let checkpoint = try Checkpoint.open(fixture("old.h5"))
    #expect(checkpoint.format == .hdf5)
    #expect(checkpoint.metadata == ["keras.version": "2.0.5", "keras.backend": "tensorflow"])
    for (name, type) in [
      ("f2", .float16), ("f4", .float32), ("f8", .float64), ("i1", .int8), ("u1", .uint8), ("i2", .int16),
      ("i4", .int32), ("i8", .int64),
    ] as [(String, ElementType)] {
      try Self.expect(checkpoint, "types/\(name)", [6], type)
    }
    try Self.expect(checkpoint, "model_weights/conv/conv/kernel:0", [3, 2, 2], .float32)
    try Self.expect(checkpoint, "model_weights/conv/conv/bias:0", [2], .float64)
    try Self.expect(checkpoint, "compact", [2, 2], .float32)
    try Self.expect(checkpoint, "types/empty", [0, 3], .float32)
    #expect(try checkpoint.tensor(named: "types/scalar").floats == [7])
    #expect(try checkpoint.tensor(named: "types/bfloat16").convertedToFloat32().floats == [1, 2])
    #expect(checkpoint.entries.count == 14)
    #expect(
      Set(checkpoint.skipped)
        == Set([
          "types/u4", "types/flag", "types/text", "types/nothing", "types/opaque", "types/soft", "others/external",
          "optimizer_weights",
        ]))
  }

  @Test(
    "Attributes are strings, of fixed length or in the global heap, and lists of them",
    arguments: ["old.h5", "v108.h5", "v110.h5"])
  func attributes(file: String) throws {
    let attributes = try HDF5File(fixture(file)).attributes
    #expect(
      attributes[""]
        == [
          "keras_version": ["2.0.5"], "backend": ["tensorflow"], "model_config": ["{\"class_name\": \"ünïcode\"}"],
        ])
    #expect(
      attributes["model_weights/conv"]
        == ["weight_names": ["conv/kernel:0", "conv/bias:0"], "names": ["a", "", "long enough"], "none": []])
  }

  @Test("Chunks with any of the filters")
  func chunks() throws {
    let checkpoint = try Checkpoint.open(fixture("chunks.h5"))
    for name in ["plain", "deflate", "shuffle", "fletcher", "all"] {
      try Self.expect(checkpoint, name, [5, 7], .float32)
    }
    try Self.expect(checkpoint, "odd", [3, 3], .int8)
    try Self.expect(checkpoint, "big", [4], .float64)
    #expect(try readAll(checkpoint, threads: 3).map(\.bytes) == readAll(checkpoint).map(\.bytes))
  }

  @Test("Superblocks 2 and 3, headers of version 2, links in messages", arguments: ["v108.h5", "v110.h5"])
  func newForms(file: String) throws {
    let checkpoint = try Checkpoint.open(fixture(file))
    try Self.expect(checkpoint, "types/chunk", [2, 3], .float32)
    try Self.expect(checkpoint, "compact", [2, 2], .float32)
    try Self.expect(checkpoint, "model_weights/conv/conv/kernel:0", [3, 2, 2], .float32)
    // In the order in which they were made, where the file keeps it.
    #expect(checkpoint.entries.map(\.name).filter { $0.hasPrefix("ordered") } == ["ordered/z", "ordered/a"])
  }

  @Test("A group whose B-tree has two levels")
  func manyLinks() throws {
    let checkpoint = try Checkpoint.open(fixture("links.h5"))
    try Self.expect(checkpoint, "w", [2], .float32)
    #expect(checkpoint.skipped.count == 280)
    #expect(checkpoint.skipped.first == "l000" && checkpoint.skipped.last == "l279")
  }

  @Test("What is forged well is read")
  func forged() throws {
    for bytes in Self.good.values {
      let checkpoint = try Checkpoint.open(bytes: bytes, name: "a.h5")
      try Self.expect(checkpoint, "w", [checkpoint.entries[0].shape.elementCount == 5 ? 5 : 2], .float32)
    }
  }

  /// Forged files that are as they should be.
  static let good: [String: [UInt8]] = [
    "compact": ForgedHDF5.file([ForgedHDF5.space([2]), ForgedHDF5.float32, ForgedHDF5.compact(littleEndian([0, 1]))]),
    "chunked": ForgedHDF5.chunkFile(contents: ForgedHDF5.plainChunks),
    "deflated": ForgedHDF5.chunkFile(filters: [1], contents: ForgedHDF5.plainChunks.map(ForgedHDF5.wrapped)),
    // A filter that was left out for one of the chunks.
    "masked": ForgedHDF5.chunkFile(
      filters: [1],
      contents: [ForgedHDF5.plainChunks[0]] + ForgedHDF5.plainChunks.dropFirst().map(ForgedHDF5.wrapped)
    ) { $0[0].mask = 1 },
  ]

  // MARK: Hostile files

  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let expected: HDF5Problem
    let bytes: [UInt8]

    init(_ name: String, _ expected: HDF5Problem, _ bytes: [UInt8]) {
      (testDescription, self.expected, self.bytes) = (name, expected, bytes)
    }

    init(_ name: String, _ expected: HDF5Problem, _ bytes: () -> [UInt8]) {
      self.init(name, expected, bytes())
    }
  }

  private static let two = ForgedHDF5.space([2])
  private static let float = ForgedHDF5.float32
  private static let compact = ForgedHDF5.compact(littleEndian([0, 1]))

  /// A file with a tensor `w` of which one message is another.
  private static func tensor(_ layout: ForgedHDF5.Message, _ more: ForgedHDF5.Message...) -> [UInt8] {
    ForgedHDF5.file([two, float, layout] + more)
  }

  private static func root(_ links: (inout ForgedHDF5) -> [ForgedHDF5.Message]) -> [UInt8] {
    var forge = ForgedHDF5()
    let messages = links(&forge)
    let root = forge.object(messages)
    return forge.file(root: root)
  }

  private static func chunk(_ index: Int, _ problem: HDF5ChunkProblem) -> HDF5Problem {
    .chunk(tensor: "w", index: [index], problem)
  }

  private static let plain = ForgedHDF5.plainChunks

  static let structureCases: [Case] = [
    Case("cut short", .fileCutShort(expected: 5000, found: 96)) { ForgedHDF5().file(root: 96, size: 5000) },
    Case("nothing but a signature", .pastEnd(.superblock, offset: 0)) { Array(ForgedHDF5().file(root: 96)[..<8]) },
    Case("superblock 4", .value(.superblock, offset: 8, expected: "0 to 3", found: 4)) {
      ForgedHDF5().file(root: 96, version: 4)
    },
    Case("offsets of 16 bytes", .unsupported(path: "/", .sizes(offsets: 16, lengths: 8))) {
      ForgedHDF5().file(root: 96, sizes: (16, 8))
    },
    Case("lengths of 0 bytes", .unsupported(path: "/", .sizes(offsets: 8, lengths: 0))) {
      ForgedHDF5().file(root: 96, sizes: (8, 0))
    },
    Case("base", .value(.superblock, offset: 24, expected: "0", found: 512)) { ForgedHDF5().file(root: 96, base: 512) },
    Case("root outside", .pastEnd(.objectHeader, offset: 1 << 40)) { ForgedHDF5().file(root: 1 << 40) },
    Case("header of version 3", .value(.objectHeader, offset: 96, expected: "1, or the letters OHDR", found: 3)) {
      var forge = ForgedHDF5()
      _ = forge.object([], version: 3)
      return forge.file(root: 96)
    },
    Case("a group in itself", .reachedTwice(.objectHeader, offset: 96)) {
      root { _ in [ForgedHDF5.link("a", to: 96)] }
    },
    Case("a header that goes on in itself", .reachedTwice(.objectHeader, offset: 96)) {
      root { _ in
        [
          ForgedHDF5.Message(0x10) {
            $0.u64(96)
            $0.u64(16)
          }
        ]
      }
    },
    Case("a tensor with two names", .reachedTwice(.objectHeader, offset: 96)) {
      root { forge in
        let object = forge.object([two, float, compact])
        return [ForgedHDF5.link("a", to: object), ForgedHDF5.link("b", to: object)]
      }
    },
    Case("two tensors of a name", .duplicateName("a")) {
      root { forge in
        let objects = [forge.object([two, float, compact]), forge.object([two, float, compact])]
        return objects.map { ForgedHDF5.link("a", to: $0) }
      }
    },
    Case("a name with a slash", .linkName("a/b")) { root { [ForgedHDF5.link("a/b", to: $0.end)] } },
    Case("an empty name", .linkName("")) { root { [ForgedHDF5.link("", to: $0.end)] } },
    Case("a name that is not UTF-8", .notUTF8(.link, offset: 123)) { root { [ForgedHDF5.link([0xFF], to: $0.end)] } },
    Case("a message past the end", .pastEnd(.objectHeader, offset: 120)) {
      var bytes = root { _ in [ForgedHDF5.link("a", to: 0)] }
      bytes[114] = 0xFF
      return bytes
    },
    Case("too deep", .tooDeep(group: Array(repeating: "a", count: 64).joined(separator: "/"))) {
      var forge = ForgedHDF5()
      var object = forge.object([ForgedHDF5.Message(0x0A) { $0.u16(0) }])
      for _ in 0..<70 { object = forge.object([ForgedHDF5.link("a", to: object)]) }
      return forge.file(root: object)
    },
    Case("structures in each other", .overlappingStructures) {
      root { forge in
        // Headers at every eighth byte, each of which reaches to the end of the file.
        let count = 100
        let start = forge.end
        for position in 0..<count {
          var header = ByteForge()
          header.raw([1, 0, 0, 0, 0, 0, 0, 0])
          header.u32(UInt32(16 * (count - position) - 16 + 512))
          header.u32(0)
          _ = forge.add(header.bytes)
        }
        _ = forge.add([UInt8](repeating: 0, count: 512))
        return (0..<count).map { ForgedHDF5.link("a\($0)", to: start + 16 * $0) }
      }
    },
    Case("links in a fractal heap", .unsupported(path: "", .denseLinks)) {
      root { _ in
        [
          ForgedHDF5.Message(2) {
            $0.raw([0, 0])
            $0.u64(96)
          }
        ]
      }
    },
    Case("attributes in a fractal heap", .unsupported(path: "", .denseAttributes)) {
      root { _ in
        [
          ForgedHDF5.Message(0x15) {
            $0.raw([0, 1, 0, 0])
            $0.u64(96)
          }
        ]
      }
    },
    Case("a shared link", .unsupported(path: "", .sharedMessage)) {
      root { _ in [ForgedHDF5.link("a", to: 0).shared] }
    },
    Case("no symbol table where one is said to be", .signature(.localHeap, offset: 0, found: [0x89, 0x48, 0x44, 0x46]))
    {
      root { _ in
        [
          ForgedHDF5.Message(0x11) {
            $0.u64(0)
            $0.u64(0)
          }
        ]
      }
    },
    Case("a heap that is nowhere", .value(.message, offset: 128, expected: "an offset in the file", found: .max)) {
      root { _ in
        [
          ForgedHDF5.Message(0x11) {
            $0.u64(0)
            $0.u64(.max)
          }
        ]
      }
    },
    Case("an attribute past its end", .pastEnd(.attribute, offset: 155)) {
      root { _ in [ForgedHDF5.attribute([0x61], [0x62], count: 9)] }
    },
    Case("an attribute of no end", .pastEnd(.attribute, offset: 155)) {
      root { _ in [ForgedHDF5.attribute([0x61], [0x62], count: 1 << 62)] }
    },
    Case("an attribute that is not UTF-8", .notUTF8(.attribute, offset: 154)) {
      root { _ in [ForgedHDF5.attribute([0x61], [0xFF])] }
    },
    Case("no tensors", .noTensors) { root { _ in [ForgedHDF5.Message(0x0A) { $0.u16(0) }] } },
  ]

  static let tensorCases: [Case] = [
    Case("no shape", .missing(path: "w", .dataspace), ForgedHDF5.file([float, compact])),
    Case("no type", .missing(path: "w", .datatype), ForgedHDF5.file([two, compact])),
    Case(
      "a type that is elsewhere", .unsupported(path: "w", .sharedMessage),
      ForgedHDF5.file([two, float.shared, compact])),
    Case(
      "too many elements", .tooManyElements(tensor: "w", [1 << 40, 1 << 40]),
      ForgedHDF5.file([ForgedHDF5.space([1 << 40, 1 << 40]), float, compact])),
    Case(
      "33 dimensions", .value(.dataspace, offset: 121, expected: "0 to 32", found: 33),
      ForgedHDF5.file([ForgedHDF5.space([UInt64](repeating: 1, count: 33)), float, compact])),
    Case("another length", .dataLength(tensor: "w", expected: 8, found: 4), tensor(ForgedHDF5.compact([0, 0, 0, 0]))),
    Case(
      "another length outside", .dataLength(tensor: "w", expected: 8, found: 9),
      tensor(ForgedHDF5.contiguous(at: 96, count: 9))),
    Case("past the end", .pastEnd(.layout, offset: 1 << 50), tensor(ForgedHDF5.contiguous(at: 1 << 50, count: 8))),
    Case("never written", .neverWritten(tensor: "w"), tensor(ForgedHDF5.contiguous(at: .max, count: 0))),
    Case("chunks never written", .neverWritten(tensor: "w"), tensor(ForgedHDF5.chunked([2, 4], tree: .max))),
    Case(
      "layout 5", .value(.layout, offset: 172, expected: "1 to 4", found: 5), tensor(ForgedHDF5.Message(8) { $0.u8(5) })
    ),
    Case(
      "other files", .unsupported(path: "w", .externalData), tensor(compact, ForgedHDF5.Message(7) { $0.u64(0) })),
    Case(
      "put together from others", .unsupported(path: "w", .virtualData),
      tensor(ForgedHDF5.Message(8) { $0.raw([4, 3]) })),
    Case(
      "chunks in a fixed array", .unsupported(path: "w", .chunkIndex(3)),
      tensor(ForgedHDF5.Message(8) { $0.raw([4, 2, 0, 2, 1, 2, 4, 3]) })),
    Case("szip", .unsupported(path: "w", .filter(4)), tensor(compact, ForgedHDF5.filters([4]))),
    Case(
      "deflated twice", .unsupported(path: "w", .severalCompressions), tensor(compact, ForgedHDF5.filters([1, 1]))),
    Case("shared bytes", .overlappingData("a", "b")) {
      root { forge in
        let data = forge.add(littleEndian([0, 1, 2]))
        return ["a", "b"].enumerated().map { position, name in
          let layout = ForgedHDF5.contiguous(at: UInt64(data + 4 * position), count: 8)
          return ForgedHDF5.link(name, to: forge.object([two, float, layout]))
        }
      }
    },
  ]

  static let chunkCases: [Case] = [
    Case("no chunk", .neverWritten(tensor: "w"), ForgedHDF5.chunkFile(contents: [])),
    Case("a chunk is missing", chunk(2, .missing), ForgedHDF5.chunkFile(contents: plain) { $0.remove(at: 1) }),
    Case("a chunk twice", chunk(2, .duplicate), ForgedHDF5.chunkFile(contents: plain) { $0[2].index = [2] }),
    Case("a chunk between chunks", chunk(1, .outOfPlace), ForgedHDF5.chunkFile(contents: plain) { $0[0].index = [1] }),
    Case("a chunk outside", chunk(6, .outOfPlace), ForgedHDF5.chunkFile(contents: plain) { $0[0].index = [6] }),
    Case("a chunk past the end", chunk(0, .pastEnd), ForgedHDF5.chunkFile(contents: plain) { $0[0].offset = 1 << 40 }),
    Case(
      "a chunk of another length", chunk(0, .length(expected: 8, found: 7)),
      ForgedHDF5.chunkFile(contents: plain) { $0[0].length = 7 }),
    Case(
      "more chunks than the file has room for", chunk(0, .missing),
      ForgedHDF5.chunkFile(size: 1 << 31, contents: plain)),
    Case(
      "chunks of no size", .chunk(tensor: "w", index: [0, 4], .outOfPlace),
      ForgedHDF5.chunkFile(sizes: [0, 4], contents: plain)),
    Case(
      "chunks of other elements", .chunk(tensor: "w", index: [2, 8], .outOfPlace),
      ForgedHDF5.chunkFile(sizes: [2, 8], contents: plain)),
    Case(
      "larger than deflate can make", chunk(0, .impossibleSize(4 << 20, compressed: 16)),
      ForgedHDF5.chunkFile(filters: [1], sizes: [1 << 20, 4], contents: [[UInt8](repeating: 0, count: 16)])),
    Case(
      "chunks larger than the limit", .tooManyElements(tensor: "w", [1 << 30]),
      ForgedHDF5.chunkFile(filters: [1], sizes: [1 << 30, 4], contents: plain)),
    Case(
      "a node of another level", .value(.chunkTree, offset: 101, expected: "0", found: 1),
      {
        var forge = ForgedHDF5()
        let leaf = forge.add(ForgedHDF5.tree([], level: 1))
        let tree = forge.add(ForgedHDF5.tree([.init(index: [0], offset: leaf, length: 8)], level: 1))
        let object = forge.object([ForgedHDF5.space([5]), float, ForgedHDF5.chunked([2, 4], tree: UInt64(tree))])
        let root = forge.object([ForgedHDF5.link("w", to: object)])
        return forge.file(root: root)
      }()),
  ]

  /// What is found when the elements are read.
  static let readCases: [Case] = [
    Case(
      "not deflate", chunk(0, .inflate(.damaged)),
      ForgedHDF5.chunkFile(
        filters: [1], contents: [[UInt8](repeating: 0xFF, count: 16)] + plain.dropFirst().map(ForgedHDF5.wrapped))),
    Case(
      "deflated to more", chunk(0, .inflate(.tooLong)),
      ForgedHDF5.chunkFile(filters: [1], contents: plain.map { ForgedHDF5.wrapped($0 + [0]) })),
    Case(
      "deflated to less", chunk(0, .inflate(.tooShort(missing: 1))),
      ForgedHDF5.chunkFile(filters: [1], contents: plain.map { ForgedHDF5.wrapped($0.dropLast()) })),
    Case(
      "checksum", chunk(0, .checksum), ForgedHDF5.chunkFile(filters: [3], contents: plain.map { $0 + [1, 2, 3, 4] })),
    Case(
      "no room for a checksum", chunk(0, .length(expected: 12, found: 0)),
      ForgedHDF5.chunkFile(
        filters: [1, 3], contents: plain.map { ForgedHDF5.wrapped($0) }
      ) { for index in $0.indices { $0[index].length = 0 } }),
  ]

  static let cases = structureCases + tensorCases + chunkCases + readCases

  @Test("Refused", arguments: cases)
  func refused(_ item: Case) throws {
    let limits = WeightsLimits(maximumBytes: 1 << 30 + 1 << 29)
    let found = problem {
      let checkpoint = try Checkpoint.open(bytes: item.bytes, name: "a.h5", limits: limits)
      _ = try readAll(checkpoint)
    }
    #expect(found == .hdf5(item.expected))
  }

  @Test("Names that could leave a directory, and tensors over the limit")
  func namesAndLimits() {
    let parent = Self.root { [ForgedHDF5.link("..", to: $0.end)] }
    #expect(
      problem { _ = try Checkpoint.open(bytes: parent, name: "a.h5") } == .name(.parentDirectory("..")))
    let limits = WeightsLimits(maximumBytes: 7)
    #expect(
      problem { _ = try Checkpoint.open(bytes: Self.tensor(Self.compact), name: "a.h5", limits: limits) }
        == .tooManyBytes(limit: 7))
  }

  @Test("No truncation and no replaced byte traps", arguments: ["old.h5", "chunks.h5", "v110.h5", "v108.h5"])
  func damage(file: String) throws {
    let whole = try fileBytes(fixture(file))
    let limits = WeightsLimits(maximumBytes: 1 << 20)
    func isRefused(_ bytes: [UInt8]) throws -> Bool {
      do {
        _ = try readAll(Checkpoint.open(bytes: bytes, name: file, limits: limits))
        return false
      } catch is WeightsError {
        return true
      }
    }
    for length in stride(from: 1, to: whole.count, by: 97) {
      let isFound = try isRefused(Array(whole[..<length]))
      #expect(isFound, "\(length) bytes")
    }
    var random = SplitMix64(seed: 7)
    var refused = 0
    for _ in 0..<200 {
      var damaged = whole
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        damaged[Int.random(in: 0..<whole.count, using: &random)] =
          [0, 1, 2, 0xFF, UInt8.random(in: 0...255, using: &random)]
          .randomElement(using: &random) ?? 0
      }
      if try isRefused(damaged) { refused += 1 }
    }
    #expect(refused > 5)
  }
}
