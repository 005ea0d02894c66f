import Testing
import ZooTensor
import ZooTestSupport
import ZooWeights

/// Comparing checkpoints.
@Suite struct DifferenceTests {
  private func tensor(_ floats: [Float]) -> Tensor { Tensor(shape: Shape([floats.count]), floats: floats) }

  private func values(_ first: Tensor, _ second: Tensor) throws -> ValueDifference {
    let difference = try Checkpoint([("w", first)]).difference(from: Checkpoint([("w", second)]))
    return try #require(difference.common.first?.values)
  }

  @Test("names, shapes, types and metadata")
  func structure() throws {
    let first = try Checkpoint(
      [("a", tensor([1])), ("b", tensor([1, 2])), ("c", tensor([1])), ("same", tensor([5]))],
      metadata: ["k": "1", "l": "2", "m": "3"])
    let second = try Checkpoint(
      [
        ("d", tensor([1])), ("same", tensor([5])), ("b", Tensor(shape: [1, 2], floats: [1, 2])),
        ("c", Tensor(shape: [1], elementType: .float64) { $0.storeBytes(of: 1, as: Double.self) }),
      ],
      metadata: ["k": "1", "l": "x", "n": "4"])
    let difference = try first.difference(from: second)
    #expect(difference.removed.map(\.name) == ["a"])
    #expect(difference.added.map(\.name) == ["d"])
    #expect(difference.changed.map(\.name) == ["b", "c"])
    #expect(difference.changed[0].values == nil)
    #expect(difference.changed[1].values?.differing == 0)
    #expect(
      difference.metadata.map { [$0.key, $0.first ?? "-", $0.second ?? "-"] }
        == [["l", "2", "x"], ["m", "3", "-"], ["n", "-", "4"]])
    #expect(!difference.isSame(within: nil))
    let part = try first.difference(from: second, only: ["c", "s*"])
    #expect(part.common.map(\.name) == ["c", "same"] && part.removed.isEmpty && part.added.isEmpty)
    #expect(!part.isSame(within: nil))
    #expect(part.isSame(within: 0))
    #expect(problem { _ = try first.difference(from: second, only: ["x*"]) } == .nothingSelected(pattern: "x*"))
  }

  @Test("the largest difference, where it is, the mean, and what they are relative to")
  func numbers() throws {
    var floats = (0..<600_000).map { Float($0 % 1024) / 1024 }
    let first = Tensor(shape: [6, 100_000], floats: floats)
    floats[7] += 0.25
    floats[450_003] -= 0.5
    let found = try values(first, Tensor(shape: [6, 100_000], floats: floats))
    #expect(found.elements == 600_000 && found.differing == 2 && found.incomparable == 0)
    #expect(found.maximum == 0.5)
    #expect(found.maximumPlace == ElementPlace(indices: [4, 50_003]))
    #expect(abs(found.mean - 0.75 / 600_000) < 1e-12)
    #expect(found.largestMagnitude == 1023.0 / 1024)
    #expect(found.relative == 0.5 / (1023.0 / 1024))
  }

  @Test("the same number in other bits is told apart from another number")
  func bits() throws {
    let nan = Float(bitPattern: 0x7FC0_0001)
    let found = try values(tensor([0, .nan, .infinity, 1, .nan]), tensor([-0.0, nan, .infinity, 1, .nan]))
    #expect(found.differing == 0 && found.sameNumberOtherBits == 2 && found.incomparable == 0)
    #expect(found.firstNaNs == 2 && found.secondNaNs == 2)
    let difference = try Checkpoint([("w", tensor([0]))]).difference(from: Checkpoint([("w", tensor([-0.0]))]))
    #expect(!difference.isSame(within: nil))
    #expect(difference.isSame(within: 0))
  }

  @Test("what is not finite on one side has no distance, and is never within a tolerance")
  func notFinite() throws {
    let found = try values(tensor([1, .nan, .infinity, 2, -.infinity]), tensor([.nan, 1, -.infinity, 4, 3]))
    #expect(found.differing == 5 && found.incomparable == 4)
    #expect(found.maximum == 2 && found.mean == 2)
    #expect(found.firstNaNs == 1 && found.secondNaNs == 1)
    let difference = try Checkpoint([("w", tensor([.nan]))]).difference(from: Checkpoint([("w", tensor([1]))]))
    #expect(!difference.isSame(within: 1e9))
  }

  @Test("a tolerance is a part of the first tensor's largest magnitude")
  func tolerance() throws {
    let first = try Checkpoint([("w", tensor([100, 1]))])
    let difference = try first.difference(from: Checkpoint([("w", tensor([100, 2]))]))
    #expect(difference.isSame(within: 0.01))
    #expect(!difference.isSame(within: 0.0099))
    #expect(!difference.isSame(within: nil))
  }

  @Test("every pair of types is compared as numbers", arguments: ElementType.allCases)
  func types(first: ElementType) throws {
    for second in ElementType.allCases {
      let found = try values(Self.counting(first, one: 1), Self.counting(second, one: 1))
      #expect(found.differing == 0 && found.largestMagnitude == 1, "\(first) and \(second)")
      let other = try values(Self.counting(first, one: 1), Self.counting(second, one: 0))
      #expect(other.differing == 1 && other.maximum == 1, "\(first) and \(second)")
      #expect(other.maximumPlace == ElementPlace(indices: [1]), "\(first) and \(second)")
    }
  }

  /// `[0, one]` of a type.
  private static func counting(_ type: ElementType, one: Int) -> Tensor {
    let unit: [UInt8] =
      switch type {
      case .float64: [0, 0, 0, 0, 0, 0, 0xF0, 0x3F]
      case .float32: [0, 0, 0x80, 0x3F]
      case .float16: [0, 0x3C]
      case .bfloat16: [0x80, 0x3F]
      case .int64, .int32, .int16, .int8, .uint8, .bool: [1] + [UInt8](repeating: 0, count: type.size - 1)
      }
    let zero = [UInt8](repeating: 0, count: type.size)
    return Tensor(shape: [2], elementType: type, bytes: zero + (one == 1 ? unit : zero))
  }

  @Test("large integers are subtracted as integers")
  func integers() throws {
    func tensor(_ values: [Int64]) -> Tensor {
      Tensor(shape: Shape([values.count]), elementType: .int64) {
        $0.copyBytes(from: values.flatMap { withUnsafeBytes(of: $0, Array.init) })
      }
    }
    let found = try values(tensor([1 << 60 + 1, .min, 3]), tensor([1 << 60, .max, 3]))
    #expect(found.differing == 2 && found.maximum == 0x1p64)
    #expect(try values(tensor([1 << 60 + 1]), tensor([1 << 60])).maximum == 1)
  }

  @Test("archives of the same content are not read, nor tensors of the same SHA-256")
  func shortCut() throws {
    let scratch = try Scratch()
    let big = Tensor(shape: [300_000], floats: (0..<300_000).map { Float($0) })
    try Checkpoint([("a", big), ("b", tensor([1]))], metadata: ["x": "1"]).pack(to: scratch.path("1.zoow"))
    try Checkpoint([("b", tensor([1])), ("a", big)], metadata: ["x": "2"]).pack(to: scratch.path("2.zoow"))
    try Checkpoint([("a", big), ("b", tensor([2]))]).pack(to: scratch.path("3.zoow"))
    let first = try Checkpoint.open(scratch.path("1.zoow"))
    let same = try first.difference(from: Checkpoint.open(scratch.path("2.zoow")))
    #expect(same.sharedContent == first.archive?.contentIdentifier)
    #expect(same.common.allSatisfy { $0.values == nil } && same.isSame(within: nil))
    #expect(same.metadata.map(\.key) == ["x"])
    let other = try first.difference(from: Checkpoint.open(scratch.path("3.zoow")))
    #expect(other.sharedContent == nil)
    #expect(other.common.map { $0.values?.maximum } == [nil, 1])
    #expect(other.changed.map(\.name) == ["b"])
  }

  @Test("damage is blamed on the file that has it", arguments: [false, true])
  func damage(isSecond: Bool) throws {
    let scratch = try Scratch()
    let checkpoint = try Checkpoint([("w", Tensor(shape: [300_000], floats: (0..<300_000).map { Float($0) }))])
    try checkpoint.pack(to: scratch.path("good.zoow"))
    var bytes = try scratch.read("good.zoow")
    bytes[5000] ^= 1
    let bad = try scratch.write(bytes, to: "bad.zoow")
    let damaged = try Checkpoint.open(bad)
    #expect {
      _ = try isSecond ? checkpoint.difference(from: damaged) : damaged.difference(from: checkpoint)
    } throws: { error in
      (error as? WeightsError)?.path == bad
    }
  }

  @Test("the number of threads changes nothing", arguments: 1...4)
  func threads(count: Int) throws {
    var random = SplitMix64(seed: 3)
    func made() -> Tensor {
      Tensor(shape: [5, 200_000], floats: (0..<1_000_000).map { _ in Float.random(in: -1...1, using: &random) })
    }
    let (first, second) = (try Checkpoint([("w", made())]), try Checkpoint([("w", made())]))
    #expect(try first.difference(from: second, threads: count) == first.difference(from: second, threads: 1))
  }

  @Test("formats are compared with each other, those too that are only read whole")
  func formats() throws {
    let scratch = try Scratch()
    let original = try Checkpoint.open(fixture("views.pth"))
    try original.pack(to: scratch.path("a.zoow"))
    let difference = try original.difference(from: Checkpoint.open(scratch.path("a.zoow")))
    #expect(difference.common.count == original.entries.count)
    #expect(difference.isSame(within: nil))
    #expect(difference.common.allSatisfy { $0.values != nil })
  }
}
