import Testing
import ZooTensor
import ZooWeights

@Suite("Tensors part by part")
struct PartTests {
  /// Around the borders of pieces, which are 256 Ki elements.
  static let counts = [0, 1, 1000, 262_143, 262_144, 262_145, 1_310_721]
  static let units = [1, 7, 1000, 100_000, 262_144, 400_000, 3_000_000]

  private static func tensor(_ count: Int) -> Tensor {
    Tensor(shape: [count]) { bytes in
      for index in 0..<count {
        bytes.storeBytes(
          of: UInt32(truncatingIfNeeded: index &* 2_654_435_761), toByteOffset: 4 * index, as: UInt32.self)
      }
    }
  }

  @Test("Parts follow each other, in multiples of the unit, and are the tensor", arguments: counts)
  func parts(count: Int) throws {
    let scratch = try Scratch()
    let tensor = Self.tensor(count)
    let memory = try Checkpoint([("t", tensor)])
    try memory.pack(to: scratch.path("t.zoow"))
    try memory.unpack(to: scratch.path("t.safetensors"))
    for checkpoint in [
      memory, try .open(scratch.path("t.zoow")), try .open(scratch.path("t.safetensors")),
    ] {
      for unit in Self.units {
        for threads in [1, 3] {
          var found: [UInt8] = []
          var parts = 0
          try checkpoint.forEachPart(of: "t", unit: unit, threads: threads) { part in
            #expect(part.shape == [count] && part.elementType == .float32)
            #expect(part.elements.lowerBound * 4 == found.count)
            #expect(part.elements.count % unit == 0 || part.elements.upperBound == count)
            found += part.bytes
            parts += 1
          }
          #expect(parts > 0)
          #expect(found == tensor.bytes, "\(count) elements in units of \(unit) from \(checkpoint.format)")
        }
      }
    }
  }

  @Test("Some of the elements are read as of the whole", arguments: [262_144, 262_145, 1_310_721])
  func ranges(count: Int) throws {
    let scratch = try Scratch()
    let tensor = Self.tensor(count)
    let memory = try Checkpoint([("t", tensor)])
    try memory.pack(to: scratch.path("t.zoow"))
    try memory.unpack(to: scratch.path("t.npz"))
    let ranges = [
      0..<1, 5..<1005, 262_143..<262_144, 262_100..<262_200, 1000..<count, 262_143..<count, count - 1..<count,
      0..<count, 300_000..<1_200_000, 262_143..<1_048_577,
    ]
    for checkpoint in [memory, try .open(scratch.path("t.zoow")), try .open(scratch.path("t.npz"))] {
      #expect(try checkpoint.readsPieces(of: "t"), "\(checkpoint.format)")
      for range in ranges {
        for (unit, threads) in [(1, 1), (1, 3), (1000, 1), (300_000, 1), (300_000, 2), (3_000_000, 1)] {
          let wanted = range.clamped(to: 0..<count)
          var found: [UInt8] = []
          var parts = 0
          try checkpoint.forEachPart(of: "t", elements: range, unit: unit, threads: threads) { part in
            #expect(part.shape == [count] && part.elements.lowerBound * 4 == wanted.lowerBound * 4 + found.count)
            #expect(part.elements.count % unit == 0 || part.elements.upperBound == wanted.upperBound)
            found += part.bytes
            parts += 1
          }
          #expect(parts > 0)
          #expect(
            found.elementsEqual(tensor.bytes[wanted.lowerBound * 4..<wanted.upperBound * 4]),
            "elements \(range) of \(count) in units of \(unit) by \(threads) from \(checkpoint.format)")
        }
      }
    }
  }

  @Test("A large tensor comes in more than one part")
  func several() throws {
    let checkpoint = try Checkpoint([("t", Self.tensor(4_000_000))])
    var sizes: [Int] = []
    try checkpoint.forEachPart(of: "t", unit: 10, threads: 2) { sizes.append($0.elements.count) }
    #expect(sizes.count > 2 && sizes.reduce(0, +) == 4_000_000)
    #expect(sizes.allSatisfy { $0 <= 5 * 262_144 + 10 })
  }

  @Test("A tensor that is not there is named")
  func missing() throws {
    let checkpoint = try Checkpoint([("conv.weight", Self.tensor(1))])
    #expect(throws: WeightsError(path: "", .noTensor("conv.weigth", nearest: "conv.weight"))) {
      try checkpoint.forEachPart(of: "conv.weigth", unit: 1) { _ in }
    }
    #expect(throws: WeightsError(path: "", .noTensor("conv.weigth", nearest: "conv.weight"))) {
      try checkpoint.readsPieces(of: "conv.weigth")
    }
  }

  private struct Enough: Error {}

  @Test("What the reader throws comes through")
  func stops() throws {
    let checkpoint = try Checkpoint([("t", Self.tensor(3_000_000))])
    var parts = 0
    #expect(throws: Enough.self) {
      try checkpoint.forEachPart(of: "t", unit: 1, threads: 1) { _ in
        parts += 1
        throw Enough()
      }
    }
    #expect(parts == 1)
  }
}
