import FoundationEssentials
import Testing
import ZooTensor
import ZooTestSupport
import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Random tensors through every format that can be written: the same names, shapes, types and bits come back.
///
/// Each case prints its seed when it fails; `ZOO_TEST_SEED=N` runs that one alone.
@Suite struct RoundTripPropertyTests {
  static let seeds: [UInt64] =
    getenv("ZOO_TEST_SEED").flatMap { UInt64(String(cString: $0)) }.map { [$0] }
    ?? Array(0..<60)

  /// Sizes around which something changes: a chunk, its neighbours, two of them, nothing.
  private static let sizes = [0, 1, 2, 255, 4096, 1 << 18 - 1, 1 << 18, 1 << 18 + 1, 1 << 19, 1 << 19 + 1]

  /// Bits that arithmetic would not keep: quiet and signalling NaN with payloads, infinities, the smallest and largest
  /// subnormal numbers, negative zero. Each fills an element from its top bytes down.
  private static let patterns: [[UInt8]] = [
    [0x7F, 0xF8, 0, 0, 0, 0, 0, 1], [0x7F, 0xC0, 0x12, 0x34], [0x7F, 0x80, 0, 1], [0xFF, 0x80, 0, 1], [0x7F, 0x80],
    [0xFF, 0x80], [0x7C, 0x01], [0xFC, 0x00], [0x7F, 0xF0, 0, 0, 0, 0, 0, 1], [0x80], [0, 0, 0, 1],
    [0, 0x7F, 0xFF, 0xFF],
    [0x80, 0x0F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
  ]

  static func shape(_ random: inout SplitMix64) -> Shape {
    switch Int.random(in: 0..<10, using: &random) {
    case 0: return []
    case 1: return [sizes.randomElement(using: &random) ?? 0]
    case 2: return [Int.random(in: 1...5, using: &random), Int.random(in: 60_000...90_000, using: &random)]
    default:
      let rank = Int.random(in: 1...8, using: &random)
      let largest = [0, 3000, 60, 15, 8, 5, 4, 3, 3][rank]
      return Shape((0..<rank).map { _ in Int.random(in: 0...largest, using: &random) })
    }
  }

  static func bytes(_ count: Int, _ type: ElementType, _ random: inout SplitMix64) -> [UInt8] {
    var bytes: [UInt8]
    switch Int.random(in: 0..<4, using: &random) {
    case 0: bytes = [UInt8](repeating: UInt8.random(in: 0...255, using: &random), count: count * type.size)
    case 1: bytes = (0..<count * type.size).map { UInt8(truncatingIfNeeded: $0 / 7) }
    default: bytes = random.bytes(count * type.size)
    }
    if type == .bool { return bytes.map { $0 & 1 } }
    guard type.isFloatingPoint, count > 0 else { return bytes }
    for _ in 0..<min(count, 50) {
      let element = Int.random(in: 0..<count, using: &random) * type.size
      let pattern = patterns.randomElement(using: &random) ?? []
      for index in 0..<type.size {
        bytes[element + type.size - 1 - index] = index < pattern.count ? pattern[index] : 0
      }
    }
    return bytes
  }

  static func checkpoint(seed: UInt64) throws -> Checkpoint {
    var random = SplitMix64(seed: seed)
    var tensors: [(name: String, tensor: Tensor)] = []
    // Every type occurs, in each checkpoint with other shapes.
    for (number, type) in ElementType.allCases.shuffled(using: &random).enumerated() {
      let shape = shape(&random)
      let name = ["conv\(number)/7x7_s2.weight", "слой.\(number)", "a b%\(number)", "n\(number)"][Int(seed) % 4]
      tensors.append(
        (name, Tensor(shape: shape, elementType: type, bytes: bytes(shape.elementCount, type, &random))))
    }
    return try Checkpoint(tensors, metadata: ["seed": "\(seed)"])
  }

  private func expectSame(_ found: Checkpoint, _ expected: Checkpoint, _ comment: Comment) throws {
    #expect(Set(found.entries) == Set(expected.entries), comment)
    for entry in expected.entries {
      #expect(
        try found.tensor(named: entry.name).bytes == expected.tensor(named: entry.name).bytes,
        "\(comment): \(entry.name), \(entry.elementType) \(entry.shape)")
    }
  }

  @Test("Packed, verified, unpacked to each format and packed again", arguments: seeds)
  func roundTrip(seed: UInt64) throws {
    let scratch = try Scratch()
    let original = try Self.checkpoint(seed: seed)
    let identifier = try original.pack(to: scratch.path("a.zoow"), threads: Int(seed) % 3 + 1)
    let archive = try Checkpoint.open(scratch.path("a.zoow"))
    #expect(try archive.archive?.verify().tensors == original.entries.count, "ZOO_TEST_SEED=\(seed)")
    try expectSame(archive, original, "ZOO_TEST_SEED=\(seed): archive")
    for target in ["a.safetensors", "a.npz", "arrays"] {
      try archive.unpack(to: scratch.path(target))
      let back = try Checkpoint.open(scratch.path(target))
      try expectSame(back, original, "ZOO_TEST_SEED=\(seed): \(target)")
      let again = try back.pack(to: scratch.path("\(target).zoow"))
      #expect(again == identifier, "ZOO_TEST_SEED=\(seed): \(target) packed again")
    }
  }
}
