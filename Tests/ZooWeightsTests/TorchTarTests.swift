import Testing
import ZooTensor
import ZooTestSupport
import ZooWeights

/// Files from before PyTorch 0.1.10.
@Suite struct TorchTarTests {
  @Test("A file that torch.load reads too: shared storages, views, strides, extended headers")
  func fixture() throws {
    let checkpoint = try Checkpoint.open(ZooWeightsTests.fixture("alexnet.tar.pth"))
    #expect(checkpoint.format == .torchTar)
    #expect(checkpoint.skipped == ["epoch"])
    let expected: [(String, ElementType, Shape, [Float])] = [
      ("features.weight", .float32, [2, 3, 4], (0..<24).map(Float.init)),
      ("features.transposed", .float32, [4, 6], (0..<4).flatMap { row in (0..<6).map { Float($0 * 4 + row) } }),
      ("classifier.weight", .float64, [2, 3], [0, 1, 2, 3, 4, 5]), ("counter", .int64, [3], [0, 1, 2]),
      ("part", .float32, [4], [3, 4, 5, 6]),
    ]
    #expect(checkpoint.entries.map(\.name) == expected.map(\.0))
    for (name, type, shape, floats) in expected {
      let tensor = try checkpoint.tensor(named: name)
      #expect(tensor.elementType == type && tensor.shape == shape, "\(name)")
      #expect(tensor.convertedToFloat32().floats == floats, "\(name)")
    }
  }

  @Test("A file as Python 2 wrote it, with sizes in octal and binary, and long names")
  func python2() throws {
    let scratch = try Scratch()
    var tar = ForgedTar.torch()
    tar.members.insert(
      .init(name: "././@LongLink", data: Array("a/\(String(repeating: "b", count: 200))".utf8 + [0])), at: 0)
    tar.members[0].kind = UInt8(ascii: "L")
    tar.members.insert(.init(name: "cut short", data: [1, 2, 3]), at: 1)
    let size = tar["storages"].count
    tar.members[4].size = [0x80] + [UInt8](repeating: 0, count: 9) + [UInt8(size >> 8), UInt8(size & 0xFF)]
    let checkpoint = try Checkpoint.open(scratch.write(tar.bytes, to: "a.pth"))
    #expect(try checkpoint.tensor(named: "w").floats == [0, 1, 2, 3, 4, 5])
    #expect(try checkpoint.tensor(named: "w").shape == [2, 3])
  }

  // MARK: Hostile files

  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let expected: WeightsProblem
    let bytes: @Sendable () -> [UInt8]

    init(_ name: String, _ expected: WeightsProblem, _ change: @escaping @Sendable (inout ForgedTar) -> Void) {
      testDescription = name
      self.expected = expected
      bytes = {
        var tar = ForgedTar.torch()
        change(&tar)
        return tar.bytes
      }
    }

    init(_ name: String, _ expected: WeightsProblem, tar: @escaping @Sendable () -> ForgedTar) {
      testDescription = name
      self.expected = expected
      bytes = { tar().bytes }
    }
  }

  private static let storageKey = "140000000000001"
  /// Where the members' contents end.
  private static let ends = (
    tensors: 1536 + ForgedTar.torch()["tensors"].count, storages: 2560 + ForgedTar.torch()["storages"].count
  )

  private static func view(_ offset: Int, _ count: Int) -> ForgedTar {
    .torch { pickle in
      pickle.op("(")
      pickle.digits(7)
      pickle.digits(140_000_000_000_001)
      pickle.integer(offset)
      pickle.integer(count)
      pickle.op("t")
    }
  }

  private static let viewEnd = 2560 + view(0, 0)["storages"].count

  static let cases: [Case] = [
    Case("not PyTorch's", .foreign(.tarArchive)) { $0.members = [.init(name: "readme.txt", data: [1])] },
    Case("no tensors", .torch(.tarMember(missing: "tensors"))) { $0.members.remove(at: 1) },
    Case("two pickles", .tar(.duplicateMember("pickle"))) { $0.add("pickle", []) },
    Case("checksum", .tar(.headerChecksum(offset: 0))) { $0.members[0].checksum = 1 },
    Case("checksum of the second header", .tar(.headerChecksum(offset: 1024))) { $0.members[1].checksum = 0 },
    Case("no end", .tar(.cutShort(offset: 3072))) { $0.hasEnd = false },
    Case("size that is no number", .tar(.malformed(offset: 0))) { $0.members[0].size = Array("0000000000x\0".utf8) },
    Case("size past the end", .tar(.memberPastEnd("pickle"))) { $0.members[0].size = Array("77777777777\0".utf8) },
    Case("size of 2^95", .tar(.malformed(offset: 0))) {
      $0.members[0].size = [UInt8](repeating: 0xFF, count: 12)
    },
    Case("extended header that is none", .tar(.malformed(offset: 512))) {
      $0.members.insert(.init(name: "x", data: Array("99 path=a\n".utf8), kind: UInt8(ascii: "x")), at: 0)
    },
    Case("extended header of negative size", .tar(.malformed(offset: 512))) {
      $0.members.insert(.init(name: "x", data: Array("11 size=-1\n".utf8), kind: UInt8(ascii: "x")), at: 0)
    },
    Case("extended header of 1 MiB", .tar(.malformed(offset: 512))) {
      $0.members.insert(
        .init(name: "x", data: [UInt8](repeating: 0x31, count: 1 << 20), kind: UInt8(ascii: "x")), at: 0)
    },
    Case("big-endian", .torch(.bigEndianTar)) {
      var pickle = ForgedPickle()
      pickle.op("}")
      pickle.text("little_endian")
      pickle.digits(0)
      pickle.op("s")
      pickle.op(".")
      // The number 00 is False.
      $0.add("sys_info", pickle.bytes.flatMap { $0 == UInt8(ascii: "0") ? [$0, $0] : [$0] })
    },
    Case(
      "storage larger than the file", .torch(.tarPart("storages", offset: 2560 + 70)), tar: { .torch(count: 1 << 61) }),
    Case("negative storage", .torch(.tarPart("storages", offset: 2560 + 70)), tar: { .torch(count: -1) }),
    Case("negative rank", .torch(.tarPart("tensors", offset: 1536 + 83)), tar: { .torch(rank: -1) }),
    Case("rank of 65", .torch(.tarPart("tensors", offset: 1536 + 83)), tar: { .torch(rank: 65) }),
    Case("more numbers than there are", .torch(.tarPart("tensors", offset: ends.tensors)), tar: { .torch(rank: 3) }),
    Case(
      "fewer numbers than there are", .torch(.tarPart("tensors", offset: ends.tensors - 16)), tar: { .torch(rank: 1) }),
    Case(
      "stride past the end", .torch(.outsideStorage(tensor: "w", key: storageKey)), tar: { .torch(strides: [4, 1]) }),
    Case("negative offset", .torch(.outsideStorage(tensor: "w", key: storageKey)), tar: { .torch(offset: -1) }),
    Case(
      "sizes overflow", .torch(.tooManyElements(tensor: "w", [1 << 40, 1 << 40])),
      tar: {
        .torch(sizes: [1 << 40, 1 << 40])
      }),
    Case("bytes after the tensors", .torch(.tarPart("tensors", offset: ends.tensors))) { $0["tensors"] += [0] },
    Case("bytes after the storages", .torch(.tarPart("storages", offset: ends.storages))) { $0["storages"] += [0] },
    Case("a part past the end of its storage", .torch(.tarPart("storages", offset: viewEnd)), tar: { view(4, 3) }),
    Case("a part before its storage", .torch(.tarPart("storages", offset: viewEnd)), tar: { view(-1, 3) }),
    Case("a tensor that is not there", .pickle(.unexpectedValue(expected: "the key of a tensor", offset: 512 + 30))) {
      $0["pickle"] = $0["pickle"].map { $0 == UInt8(ascii: "2") ? UInt8(ascii: "3") : $0 }
    },
    Case("os.system", .pickle(.nameNotAllowed("os.system", offset: 514))) {
      var pickle = ForgedPickle()
      pickle.global("os", "system")
      pickle.op(".")
      $0["pickle"] = pickle.bytes
    },
  ]

  @Test("Refused", arguments: cases)
  func refused(_ item: Case) throws {
    let scratch = try Scratch()
    let path = try scratch.write(item.bytes(), to: "bad.pth")
    #expect(problem { _ = try Checkpoint.open(path) } == item.expected)
  }

  @Test("Truncations are found, and replaced bytes never crash")
  func damage() throws {
    let scratch = try Scratch()
    let whole = try fileBytes(ZooWeightsTests.fixture("alexnet.tar.pth"))
    // What follows the first block of zeros is padding.
    let end = try #require(
      (0..<whole.count / 512).first { block in whole[block * 512..<block * 512 + 512].allSatisfy { $0 == 0 } })
    for length in 263..<(end + 1) * 512 {
      let path = try scratch.write(whole[..<length], to: "a.pth")
      #expect(problem("\(length) bytes") { _ = try readAll(Checkpoint.open(path)) } != nil)
    }
    var random = SplitMix64(seed: 4)
    var refused = 0
    for _ in 0..<1000 {
      var damaged = whole
      for _ in 0..<4 {
        damaged[Int.random(in: 0..<end * 512, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      let path = try scratch.write(damaged, to: "a.pth")
      do {
        _ = try readAll(Checkpoint.open(path, limits: WeightsLimits(maximumBytes: 1 << 20)))
      } catch is WeightsError {
        refused += 1
      }
    }
    #expect(refused > 300)
  }
}
