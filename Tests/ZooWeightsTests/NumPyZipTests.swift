import Testing
import ZooTensor
import ZooTestSupport
import ZooWeights

/// Files for `numpy.load` and `numpy.savez`.
@Suite struct NumPyZipTests {
  @Test("Files by NumPy, stored and deflated", arguments: ["stored.npz", "compressed.npz"])
  func fixtures(file: String) throws {
    let checkpoint = try Checkpoint.open(fixture(file))
    #expect(checkpoint.format == .numpyZip)
    let isStored = file == "stored.npz"
    #expect(
      Set(checkpoint.entries.map(\.name))
        == Set(["a", "f", "big", "yes", "scalar", "empty", isStored ? "arr_0" : "layer/ünïcode"]))
    let six = (0..<6).map(Float.init)
    for (name, shape, type) in [
      ("a", [2, 3], .float32), ("f", [2, 3], .float64), ("big", [6], .int16),
    ] as [(String, Shape, ElementType)] {
      let tensor = try checkpoint.tensor(named: name)
      #expect(tensor.shape == shape && tensor.elementType == type, "\(name)")
      #expect(tensor.convertedToFloat32().floats == six, "\(name)")
    }
    #expect(try checkpoint.tensor(named: "yes").bytes == [1, 0])
    #expect(try checkpoint.tensor(named: "scalar").convertedToFloat32().floats == [7])
    #expect(try checkpoint.tensor(named: "empty").shape == [0, 3])
    if isStored {
      #expect(try checkpoint.tensor(named: "arr_0").convertedToFloat32().floats == [0, 1, 2, 3])
    } else {
      #expect(
        try checkpoint.tensor(named: "layer/ünïcode").bytes == (0..<300_000).map { UInt8(truncatingIfNeeded: $0) })
    }
  }

  /// Every type, many pieces, names that no file may have.
  private static func mixed() throws -> Checkpoint {
    var random = SplitMix64(seed: 5)
    var tensors: [(name: String, tensor: Tensor)] = ElementType.allCases.map { type in
      ("block.0.\(type.rawValue)", Tensor(shape: [3, 5], elementType: type, bytes: random.bytes(15 * type.size)))
    }
    tensors.append(("conv1/7x7_s2.weight", Tensor(shape: [700_001], elementType: .uint8, bytes: random.bytes(700_001))))
    tensors.append(("ü", Tensor(shape: [], floats: [3])))
    tensors.append(("empty", Tensor(shape: [2, 0], floats: [])))
    return try Checkpoint(tensors, metadata: ["k": "v"])
  }

  @Test("What is written comes back, the same each time")
  func roundTrip() throws {
    let scratch = try Scratch()
    let mixed = try Self.mixed()
    #expect(try mixed.unpack(to: scratch.path("a.npz")) == mixed.entries.count)
    let back = try Checkpoint.open(scratch.path("a.npz"))
    #expect(back.entries == mixed.entries)
    #expect(try readAll(back).map(\.bytes) == readAll(mixed).map(\.bytes))
    #expect(try readAll(back, threads: 3).map(\.bytes) == readAll(mixed).map(\.bytes))
    let before = try scratch.read("a.npz")
    #expect(problem { try mixed.unpack(to: scratch.path("a.npz")) } == .file(.exists))
    try mixed.unpack(to: scratch.path("a.npz"), overwrite: true)
    #expect(try scratch.read("a.npz") == before)
    #expect(try mixed.unpack(to: scratch.path("b.npz"), only: ["block.*64"]) == 2)
    #expect(try Checkpoint.open(scratch.path("b.npz")).entries.map(\.name) == ["block.0.float64", "block.0.int64"])
  }

  @Test("zip64 records, where sizes, offsets or members are too many", arguments: [0, 1000, 700_100])
  func zip64(limit: Int) throws {
    let scratch = try Scratch()
    let mixed = try Self.mixed()
    try NumPyZip.write(mixed, to: scratch.path("a.npz"), wideFrom: limit)
    #expect(try readAll(Checkpoint.open(scratch.path("a.npz"))).map(\.bytes) == readAll(mixed).map(\.bytes))
    if Python.isAvailable {
      let listing = try Python.run("-m", "zipfile", "--test", scratch.path("a.npz"))
      #expect(listing == "Done testing\n")
    }
  }

  @Test("More members than 16 bits count")
  func manyMembers() throws {
    let scratch = try Scratch()
    let one = Tensor(shape: [1], floats: [1])
    let many = try Checkpoint((0..<65_536).map { ("w\($0)", one) })
    try many.unpack(to: scratch.path("a.npz"))
    let back = try Checkpoint.open(scratch.path("a.npz"))
    #expect(back.entries == many.entries)
    #expect(try back.tensor(named: "w65535").floats == [1])
  }

  @Test("Python's zipfile finds nothing wrong", .enabled(if: Python.isAvailable, "python3 is not installed"))
  func python() throws {
    let scratch = try Scratch()
    try Self.mixed().unpack(to: scratch.path("a.npz"))
    #expect(try Python.run("-m", "zipfile", "--test", scratch.path("a.npz")) == "Done testing\n")
  }

  @Test("Members that are no arrays are skipped")
  func otherMembers() throws {
    let scratch = try Scratch()
    var zip = ForgedZip()
    zip.add("w.npy", Self.array)
    zip.add("README.md", [1])
    zip.add("sub/", [])
    let checkpoint = try Checkpoint.open(scratch.write(zip.bytes, to: "a.npz"))
    #expect(checkpoint.entries.map(\.name) == ["w"])
    #expect(checkpoint.skipped == ["README.md"])
  }

  // MARK: Hostile files

  /// An array of 1,000 bytes with its head.
  private static let array: [UInt8] = {
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1000,), }\n"
    var forge = ByteForge()
    forge.raw([0x93] + Array("NUMPY".utf8) + [1, 0])
    forge.u16(UInt16(header.utf8.count))
    forge.text(header)
    forge.raw((0..<1000).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) })
    return forge.bytes
  }()

  /// The array deflated, as a member.
  static func member(_ change: (inout ForgedZip.Member) -> Void = { _ in }) -> [UInt8] {
    var zip = ForgedZip()
    zip.add("w.npy", deflated(array))
    zip.members[0].method = 8
    zip.members[0].checksum = checksum(array)
    zip.members[0].unpackedSize = UInt32(array.count)
    change(&zip.members[0])
    return zip.bytes
  }

  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let expected: WeightsProblem
    let change: @Sendable (inout ForgedZip.Member) -> Void

    init(_ name: String, _ expected: WeightsProblem, _ change: @escaping @Sendable (inout ForgedZip.Member) -> Void) {
      testDescription = name
      self.expected = expected
      self.change = change
    }
  }

  static let size = UInt32(array.count)

  static let cases: [Case] = [
    Case("checksum", .zip(.memberChecksum("w.npy"))) { $0.checksum = 1 },
    Case("other compression", .zip(.unknownMethod("w.npy", method: 14))) { $0.method = 14 },
    Case("not deflate", .zip(.memberDeflate("w.npy"))) { $0.data = [UInt8](repeating: 0xFF, count: $0.data.count) },
    Case("stream cut short", .zip(.memberDeflate("w.npy"))) { $0.data.removeLast(10) },
    Case("bytes after the stream", .zip(.memberDeflate("w.npy"))) { $0.data += [0] },
    Case("stream too long", .zip(.memberLength("w.npy", expected: Int(size)))) { $0.data = deflated(array + [0]) },
    Case("stream too short", .zip(.memberLength("w.npy", expected: Int(size)))) {
      $0.data = deflated(array.dropLast())
    },
    Case("other size", .numpy(.inFile("w.npy", .numpy(.dataLength(expected: 1000, found: 1001))))) {
      $0.unpackedSize = size + 1
    },
    Case("more than deflate can hold", .zip(.impossibleSize("w.npy", size: 0x7FFF_FFFF, compressed: 900))) {
      $0.data = Array($0.data.prefix(900))
      $0.unpackedSize = 0x7FFF_FFFF
    },
    Case("not an array", .numpy(.inFile("w.npy", .numpy(.badMagic)))) {
      $0.data = deflated([UInt8](repeating: 1, count: Int(size)))
    },
    Case("encrypted", .zip(.encrypted("w.npy"))) { $0.flags = 1 },
  ]

  @Test("Refused", arguments: cases)
  func refused(_ item: Case) throws {
    let scratch = try Scratch()
    #expect(
      try readAll(Checkpoint.open(scratch.write(Self.member(), to: "good.npz")))[0].bytes == Self.array.suffix(1000))
    let path = try scratch.write(Self.member(item.change), to: "bad.npz")
    #expect(problem { _ = try readAll(Checkpoint.open(path)) } == item.expected)
  }

  @Test("A stored member that is damaged is found when it is read")
  func storedChecksum() throws {
    let scratch = try Scratch()
    var zip = ForgedZip()
    zip.add("w.npy", Self.array)
    zip.members[0].checksum = 1
    let checkpoint = try Checkpoint.open(scratch.write(zip.bytes, to: "a.npz"))
    #expect(problem { _ = try checkpoint.tensor(named: "w") } == .zip(.memberChecksum("w.npy")))
    #expect(problem { try checkpoint.unpack(to: scratch.path("b.npz")) } == .zip(.memberChecksum("w.npy")))
    #expect(try scratch.contents == ["a.npz"])
  }

  @Test("The limit counts before memory is taken")
  func limit() throws {
    let scratch = try Scratch()
    // 4,000 members of 1 MiB of zeros each, which deflate makes a thousandth of.
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1048576,), }\n"
    var forge = ByteForge()
    forge.raw([0x93] + Array("NUMPY".utf8) + [1, 0])
    forge.u16(UInt16(header.utf8.count))
    forge.text(header)
    let array = forge.bytes + [UInt8](repeating: 0, count: 1 << 20)
    let (packed, sum) = (deflated(array), checksum(array))
    var zip = ForgedZip()
    for position in 0..<4000 {
      zip.add("w\(position).npy", packed)
      zip.members[position].method = 8
      zip.members[position].checksum = sum
      zip.members[position].unpackedSize = UInt32(array.count)
    }
    let path = try scratch.write(zip.bytes, to: "bomb.npz")
    let limits = WeightsLimits(maximumBytes: 1 << 30)
    #expect(problem { _ = try Checkpoint.open(path, limits: limits) } == .tooManyBytes(limit: 1 << 30))
  }

  @Test("Every truncation and many replaced bytes are found or harmless", arguments: ["stored.npz", "compressed.npz"])
  func damage(file: String) throws {
    let scratch = try Scratch()
    let whole = try fileBytes(fixture(file))
    for length in 0..<whole.count {
      let path = try scratch.write(whole[..<length], to: file)
      #expect(problem("\(length) bytes") { _ = try readAll(Checkpoint.open(path)) } != nil)
    }
    var random = SplitMix64(seed: 3)
    var refused = 0
    for _ in 0..<1000 {
      var damaged = whole
      damaged[Int.random(in: 0..<whole.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
      let path = try scratch.write(damaged, to: file)
      do {
        _ = try readAll(Checkpoint.open(path, limits: WeightsLimits(maximumBytes: 1 << 20)))
      } catch is WeightsError {
        refused += 1
      }
    }
    #expect(refused > 500)
  }

  @Test("Names that could leave a directory are not written")
  func names() throws {
    let scratch = try Scratch()
    let checkpoint = try Checkpoint([("../a", Tensor(shape: [1], floats: [1]))])
    #expect(problem { try checkpoint.unpack(to: scratch.path("a.npz")) } == .name(.parentDirectory("../a")))
    #expect(try scratch.contents == [])
  }
}
