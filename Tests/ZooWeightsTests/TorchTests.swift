import Testing
import ZooTensor
import ZooTestSupport
import ZooWeights

@Suite struct TorchTests {
  @Test("Every element type that PyTorch wrote", arguments: ElementType.allCases)
  func types(type: ElementType) throws {
    let tensor = try Checkpoint.open(fixture("types.pth")).tensor(named: type.rawValue)
    #expect(tensor.elementType == type)
    #expect(tensor.shape == [2, 3])
    #expect(tensor.convertedToFloat32().floats == (type == .bool ? [0, 1, 0, 1, 0, 1] : [0, 1, 2, 3, 4, 5]))
  }

  @Test("Scalars and empty tensors")
  func scalarAndEmpty() throws {
    let checkpoint = try Checkpoint.open(fixture("types.pth"))
    #expect(checkpoint.format == .torchZip)
    #expect(try checkpoint.tensor(named: "scalar").floats == [7.5])
    #expect(try checkpoint.tensor(named: "scalar").shape == [])
    #expect(try checkpoint.tensor(named: "empty").shape == [0, 4])
  }

  @Test("Strides, offsets and shared storages")
  func views() throws {
    let checkpoint = try Checkpoint.open(fixture("views.pth"))
    let base = (0..<24).map(Float.init)
    let expected: [(String, Shape, [Float])] = [
      ("base", [24], base), ("tied", [24], base), ("tail", [4], [20, 21, 22, 23]), ("column", [4], [1, 7, 13, 19]),
      ("transposed", [6, 4], (0..<6).flatMap { row in (0..<4).map { Float($0 * 6 + row) } }),
      ("channels_last", [1, 2, 3, 4], base),
    ]
    for (name, shape, floats) in expected {
      let tensor = try checkpoint.tensor(named: name)
      #expect(tensor.shape == shape, "\(name)")
      #expect(tensor.floats == floats, "\(name)")
    }
  }

  @Test("Weights are found under a key and without 'module.'", arguments: ["training.pth", "legacy.pth"])
  func training(file: String) throws {
    let checkpoint = try Checkpoint.open(fixture(file))
    #expect(
      checkpoint.entries.map(\.name) == [
        "fc.weight", "fc.bias", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var", "bn.num_batches_tracked",
      ])
    #expect(try checkpoint.tensor(named: "fc.weight").floats == [1, 2, 3, 4])
    #expect(checkpoint.skipped == ["epoch", "best", "optimizer"])
    #expect(checkpoint.format == (file == "legacy.pth" ? .torchLegacy : .torchZip))
  }

  @Test("Both kinds of file give the same bits")
  func legacyAgrees() throws {
    let (new, old) = (try Checkpoint.open(fixture("training.pth")), try Checkpoint.open(fixture("legacy.pth")))
    #expect(new.entries == old.entries)
    for entry in new.entries {
      #expect(try new.tensor(named: entry.name).bytes == old.tensor(named: entry.name).bytes, "\(entry.name)")
    }
  }

  @Test("'module.' stays where one name lacks it")
  func partialPrefix() throws {
    let scratch = try Scratch()
    let tensors = ["module.a", "b"].map { ForgedTensor(name: $0) }
    let zip = ForgedZip.torch(ForgedPickle.dictionary(tensors), storages: [ForgedZip.sixFloats])
    #expect(try Checkpoint.open(scratch.write(zip.bytes, to: "a.pth")).entries.map(\.name) == ["module.a", "b"])
  }

  @Test("Parameters, protocol 4, and files without checksums")
  func variants() throws {
    for file in ["parameter.pth", "no-checksum.pth"] {
      #expect(try Checkpoint.open(fixture(file)).tensor(named: "weight").floats == [1, 1, 1], "\(file)")
    }
  }

  @Test("A whole model is refused and named")
  func wholeModel() throws {
    #expect(
      problem { _ = try Checkpoint.open(fixture("whole-model.pth")) }
        == .pickle(.nameNotAllowed("torch.nn.modules.linear.Linear", offset: 66)))
  }

  @Test("Big-endian files, plain and strided")
  func bigEndian() throws {
    let scratch = try Scratch()
    let swapped = stride(from: 0, to: 24, by: 4).flatMap { ForgedZip.sixFloats[$0..<$0 + 4].reversed() }
    for (strides, expected) in [([3, 1], [0, 1, 2, 3, 4, 5]), ([1, 2], [0, 2, 4, 1, 3, 5])] as [([Int], [Float])] {
      let pickle = ForgedPickle.dictionary([ForgedTensor(strides: strides)])
      let zip = ForgedZip.torch(pickle, storages: [swapped], byteOrder: "big")
      let checkpoint = try Checkpoint.open(scratch.write(zip.bytes, to: "a.pth"))
      #expect(try checkpoint.tensor(named: "w").floats == expected, "strides \(strides)")
    }
  }

  @Test("zip64 records")
  func zip64() throws {
    let scratch = try Scratch()
    var zip = ForgedZip.torch()
    zip.hasWideEnd = true
    zip.count = .max
    zip.directoryOffset = .max
    for position in zip.members.indices { zip.members[position].isWide = true }
    #expect(try Checkpoint.open(scratch.write(zip.bytes, to: "a.pth")).tensor(named: "w").floats == [0, 1, 2, 3, 4, 5])
  }

  // MARK: Hostile files

  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let expected: WeightsProblem
    let bytes: @Sendable () -> [UInt8]

    init(_ name: String, _ expected: WeightsProblem, zip: @escaping @Sendable (inout ForgedZip) -> Void) {
      testDescription = name
      self.expected = expected
      bytes = {
        var forged = ForgedZip.torch()
        zip(&forged)
        return forged.bytes
      }
    }

    init(_ name: String, _ expected: WeightsProblem, tensor: @escaping @Sendable (inout ForgedTensor) -> Void) {
      testDescription = name
      self.expected = expected
      bytes = { ForgedZip.torch(tensor).bytes }
    }
  }

  static let cases: [Case] = [
    Case(
      "more after the end than PyTorch tolerates", .zip(.noEnd),
      zip: {
        $0.tail = [UInt8](repeating: 0, count: 70_000)
      }),
    Case("one of several parts", .zip(.severalDisks), zip: { $0.countHere = 2 }),
    Case("directory elsewhere", .zip(.directoryOutOfPlace), zip: { $0.directoryOffset = 1 }),
    Case("more members than there are", .zip(.directoryTooLarge), zip: { $0.count = 5 + 60 }),
    Case("fewer members than there are", .zip(.directoryMalformed), zip: { $0.count = 3 }),
    Case(
      "two ends that differ", .zip(.endRecordsDiffer),
      zip: {
        $0.hasWideEnd = true; $0.count = 3
      }),
    Case("encrypted", .zip(.encrypted("model/data.pkl")), zip: { $0.members[0].flags = 1 }),
    Case("duplicate member", .zip(.duplicateMember("model/data/0")), zip: { $0.add("model/data/0", []) }),
    Case("overlapping members", .zip(.membersOverlap("model/data/0")), zip: { $0.members[2].offset = 0 }),
    Case("member past the end", .zip(.memberPastEnd("model/version")), zip: { $0.members[3].offset = 0x7FFF_FFFF }),
    Case("size past the end", .zip(.memberPastEnd("model/version")), zip: { $0.members[3].size = 0x7FFF_FFFF }),
    Case(
      "other name in the local header", .zip(.localHeaderDiffers("model/data/0")),
      zip: {
        $0.members[2].localName = "model/data/1"
      }),
    Case(
      "other size in the local header", .zip(.localHeaderDiffers("model/data/0")),
      zip: {
        $0.members[2].localSize = 23
      }),
    Case("compressed storage", .zip(.compressedMember("model/data/0")), zip: { $0.members[2].method = 8 }),
    Case("compressed pickle", .zip(.compressedMember("model/data.pkl")), zip: { $0.members[0].method = 8 }),
    Case("pickle checksum", .zip(.memberChecksum("model/data.pkl")), zip: { $0.members[0].checksum = 1 }),
    Case("two pickles", .torch(.severalPickles), zip: { $0.add("other/data.pkl", []) }),
    Case("TorchScript", .foreign(.torchScript), zip: { $0.add("model/constants.pkl", []) }),
    Case("no pickle", .foreign(.otherZip), zip: { $0.members.removeFirst() }),
    Case("byte order", .torch(.byteOrder("middle")), zip: { $0.members[1].data = Array("middle".utf8) }),
    Case(
      "storage cut short", .torch(.storageLength(tensor: "w", key: "0", expected: 24, found: 20)),
      zip: {
        $0.members[2].data.removeLast(4)
      }),
    Case("storage missing", .torch(.storageMissing(tensor: "w", key: "7")), tensor: { $0.key = "7" }),
    Case(
      "storage larger than the file", .torch(.storageLength(tensor: "w", key: "0", expected: 1 << 62, found: 24)),
      tensor: {
        $0.count = 1 << 60
      }),
    Case(
      "storage size overflows", .torch(.storageLength(tensor: "w", key: "0", expected: .max, found: 24)),
      tensor: {
        $0.count = .max
      }),
    Case(
      "negative storage", .pickle(.unexpectedValue(expected: "a tuple that names a storage", offset: 146)),
      tensor: {
        $0.count = -1
      }),
    Case(
      "other element type", .torch(.storageLength(tensor: "w", key: "0", expected: 48, found: 24)),
      tensor: {
        $0.storage = "DoubleStorage"
      }),
    Case("negative size", .torch(.tooManyElements(tensor: "w", [-2, 3])), tensor: { $0.sizes = [-2, 3] }),
    Case(
      "sizes overflow", .torch(.tooManyElements(tensor: "w", [1 << 40, 1 << 40])),
      tensor: {
        $0.sizes = [1 << 40, 1 << 40]
      }),
    Case("negative offset", .torch(.outsideStorage(tensor: "w", key: "0")), tensor: { $0.offset = -1 }),
    Case("offset past the end", .torch(.outsideStorage(tensor: "w", key: "0")), tensor: { $0.offset = 1 }),
    Case("huge offset", .torch(.outsideStorage(tensor: "w", key: "0")), tensor: { $0.offset = .max }),
    Case("negative stride", .torch(.outsideStorage(tensor: "w", key: "0")), tensor: { $0.strides = [-3, 1] }),
    Case("stride past the end", .torch(.outsideStorage(tensor: "w", key: "0")), tensor: { $0.strides = [4, 1] }),
    Case("strides overflow", .torch(.outsideStorage(tensor: "w", key: "0")), tensor: { $0.strides = [.max, .max] }),
    Case(
      "stride 0", .torch(.expandedView(tensor: "w")),
      tensor: {
        $0.sizes = [1 << 30]
        $0.strides = [0]
      }),
    Case(
      "fewer strides than sizes",
      .pickle(.unexpectedValue(expected: "as many strides as sizes, at most 64", offset: 220)),
      tensor: { $0.strides = [1] }),
  ]

  @Test("Refused", arguments: cases)
  func refused(_ item: Case) throws {
    let scratch = try Scratch()
    let path = try scratch.write(item.bytes(), to: "bad.pth")
    #expect(problem { _ = try Checkpoint.open(path) } == item.expected)
  }

  @Test("A damaged storage is found when it is read")
  func storageChecksum() throws {
    let scratch = try Scratch()
    var zip = ForgedZip.torch()
    zip.members[2].checksum = 1
    let checkpoint = try Checkpoint.open(scratch.write(zip.bytes, to: "a.pth"))
    #expect(problem { _ = try checkpoint.tensor(named: "w") } == .torch(.storageChecksum(key: "0")))
    #expect(problem { try checkpoint.pack(to: scratch.path("a.zoow")) } == .torch(.storageChecksum(key: "0")))
    #expect(try scratch.contents == ["a.pth"])
  }

  @Test("Every truncation is found", arguments: ["views.pth", "legacy.pth", "types.safetensors", "big-endian.npy"])
  func truncations(file: String) throws {
    let scratch = try Scratch()
    let whole = try fileBytes(fixture(file))
    for length in 0..<whole.count {
      let path = try scratch.write(whole[..<length], to: file)
      #expect(problem("\(length) of \(whole.count) bytes") { _ = try readAll(Checkpoint.open(path)) } != nil)
    }
  }

  @Test("Bytes replaced at random never crash", arguments: ["views.pth", "legacy.pth", "training.pth"])
  func replacedBytes(file: String) throws {
    let scratch = try Scratch()
    let whole = try fileBytes(fixture(file))
    var random = SplitMix64(seed: 11)
    var refused = 0
    for _ in 0..<1000 {
      var damaged = whole
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        damaged[Int.random(in: 0..<whole.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      let path = try scratch.write(damaged, to: file)
      do {
        // A stranger's file may be read or refused; memory for 1 MiB is all it may have.
        _ = try readAll(Checkpoint.open(path, limits: WeightsLimits(maximumBytes: 1 << 20)))
      } catch is WeightsError {
        refused += 1
      }
    }
    #expect(refused > 100)
  }
}
