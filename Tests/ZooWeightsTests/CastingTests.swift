import Testing
import ZooTensor
import ZooTestSupport
import ZooWeights

/// Storing weights in smaller types.
@Suite struct CastingTests {
  /// float32 bits and the bits of the nearest float16.
  static let halves: [(UInt32, UInt16)] = [
    (0, 0), (0x8000_0000, 0x8000), (0x3F80_0000, 0x3C00), (0xC000_0000, 0xC000),
    // 65504, the largest; just below and at the number from which on the nearest is infinite.
    (0x477F_E000, 0x7BFF), (0x477F_EFFF, 0x7BFF), (0x477F_F000, 0x7C00), (0x4780_0000, 0x7C00),
    // Halfway between two numbers: to the even one.
    (0x3F80_1000, 0x3C00), (0x3F80_1001, 0x3C01), (0x3F80_3000, 0x3C02),
    // The smallest normal number, subnormal ones, half of the smallest one, and a little more than that.
    (0x3880_0000, 0x0400), (0x387F_C000, 0x03FF), (0x387F_E000, 0x0400), (0x3380_0000, 0x0001),
    (0x3300_0000, 0x0000), (0x3300_0001, 0x0001), (0x33C0_0000, 0x0002), (0xB300_0001, 0x8001), (1, 0),
    (0x7F80_0000, 0x7C00), (0xFF80_0000, 0xFC00), (0x7FC0_0000, 0x7E00), (0xFFC0_2000, 0xFE01), (0x7F80_0001, 0x7E00),
  ]

  @Test("float16 is the nearest, and even when two are", arguments: halves.indices)
  func half(position: Int) {
    let (bits, expected) = Self.halves[position]
    let found = Narrowing.float16(Float(bitPattern: bits))
    #expect(found == expected, "\(String(bits, radix: 16)): \(String(found, radix: 16))")
  }

  /// float32 bits and the bits of the nearest bfloat16.
  static let brains: [(UInt32, UInt16)] = [
    (0, 0), (0x8000_0000, 0x8000), (0x3F80_0000, 0x3F80), (0x3F80_8000, 0x3F80), (0x3F80_8001, 0x3F81),
    (0x3F81_8000, 0x3F82), (0x7F7F_7FFF, 0x7F7F), (0x7F7F_8000, 0x7F80), (0xFF7F_FFFF, 0xFF80), (0x7F80_0000, 0x7F80),
    (0x7F80_0001, 0x7FC0), (0xFFC1_0000, 0xFFC1), (1, 0), (0x8000_8001, 0x8001),
  ]

  @Test("bfloat16 is the nearest, and even when two are", arguments: brains.indices)
  func brain(position: Int) {
    let (bits, expected) = Self.brains[position]
    let found = Narrowing.bfloat16(Float(bitPattern: bits))
    #expect(found == expected, "\(String(bits, radix: 16)): \(String(found, radix: 16))")
  }

  #if !os(macOS) || arch(arm64)
    @Test("float16 is what the processor or its emulation makes of every pattern near a step and of many others")
    func halfAgainstSwift() {
      var random = SplitMix64(seed: 1)
      var wrong = 0
      func check(_ bits: UInt32) {
        let value = Float(bitPattern: bits)
        if !value.isNaN, Narrowing.float16(value) != Float16(value).bitPattern { wrong += 1 }
      }
      for half in UInt16.min...UInt16.max {
        let bits = Float(Float16(bitPattern: half)).bitPattern
        for offset in [-0x1001, -0x1000, -0xFFF, -1, 0, 1, 0xFFF, 0x1000, 0x1001] {
          check(UInt32(truncatingIfNeeded: Int(bits) + offset))
        }
      }
      for _ in 0..<200_000 { check(UInt32(truncatingIfNeeded: random.next())) }
      #expect(wrong == 0)
    }
  #endif

  @Test("float64 is rounded once")
  func once() throws {
    // A little more than halfway between two numbers of float16: by way of float32 it would be halfway.
    let double = 1 + 0x1p-11 + 0x1p-40
    let tensor = Tensor(shape: [4], elementType: .float64) {
      $0.copyBytes(from: [double, -double, 1 + 0x1p-11, 1e-300].flatMap { withUnsafeBytes(of: $0, Array.init) })
    }
    let half = try Checkpoint([("w", tensor)]).converted(to: .float16).tensor(named: "w")
    #expect(half.elementType == .float16)
    #expect(half.bytes == [0x01, 0x3C, 0x01, 0xBC, 0x00, 0x3C, 0, 0])
    let brain = 1 + 0x1p-8 + 0x1p-40
    let other = Tensor(shape: [1], elementType: .float64) { $0.storeBytes(of: brain, as: Double.self) }
    #expect(try Checkpoint([("w", other)]).converted(to: .bfloat16).tensor(named: "w").bytes == [0x81, 0x3F])
    let single = try Checkpoint([("w", other)]).converted(to: .float32).tensor(named: "w")
    #expect(single.floats == [1 + 0x1p-8])
  }

  @Test("every number of the small types widens and comes back", arguments: [ElementType.float16, .bfloat16])
  func widening(type: ElementType) throws {
    let patterns = (UInt16.min...UInt16.max).filter { pattern in
      let exponent: UInt16 = type == .float16 ? 0x7C00 : 0x7F80
      return pattern & exponent != exponent || pattern & ~exponent & 0x7FFF == 0
    }
    let bytes = patterns.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    let tensor = Tensor(shape: Shape([patterns.count]), elementType: type, bytes: bytes)
    let wide = try Checkpoint([("w", tensor)]).converted(to: .float32)
    let widened = try wide.tensor(named: "w")
    #expect(widened.floats.map(\.bitPattern) == tensor.convertedToFloat32().floats.map(\.bitPattern))
    let back = try Checkpoint([("w", widened)]).converted(to: type).tensor(named: "w")
    #expect(back.bytes == bytes)
  }

  @Test("a number that is too large is named, with its place")
  func tooLarge() throws {
    var floats = [Float](repeating: 1, count: 600_000)
    floats[300_001] = -70_000
    floats[500_000] = .infinity
    let checkpoint = try Checkpoint([
      ("a", Tensor(shape: [3], floats: [1, 2, 3])), ("w", Tensor(shape: [6, 100_000], floats: floats)),
    ])
    let scratch = try Scratch()
    let place = ElementPlace(indices: [3, 1])
    let expected = WeightsProblem.cast(.tooLarge(tensor: "w", at: place, value: -70_000, type: .float16))
    #expect(problem { try checkpoint.converted(to: .float16).pack(to: scratch.path("a.zoow")) } == expected)
    #expect(try scratch.contents.isEmpty)
    #expect(
      "\(expected)"
        == "tensor 'w' has -70000.0 at [3, 1], which is too large for float16 (at most 65504); choose bfloat16, whose range is that of float32"
    )
    try checkpoint.converted(to: .bfloat16).pack(to: scratch.path("a.zoow"))
    let back = try Checkpoint.open(scratch.path("a.zoow")).tensor(named: "w").convertedToFloat32().floats
    #expect(back[500_000] == .infinity && back[300_001] == -70_144)
  }

  @Test("integers keep their type, and a checkpoint that has the type already is left alone")
  func untouched() throws {
    let counter = Tensor(shape: [], elementType: .int64, bytes: [7, 0, 0, 0, 0, 0, 0, 0])
    let checkpoint = try Checkpoint([("n", counter), ("w", Tensor(shape: [2], floats: [0.1, 3]))])
    let half = checkpoint.converted(to: .float16)
    #expect(half.entries.map(\.elementType) == [.int64, .float16])
    #expect(try half.tensor(named: "n").bytes == counter.bytes)
    #expect(checkpoint.floatingPointTypes == [.float32] && half.floatingPointTypes == [.float16])
    #expect(half.converted(to: .float16).entries == half.entries)
    #expect(try half.converted(to: .float32).tensor(named: "w").floats == [0.099_975_586, 3])
  }

  @Test("a tensor that can only be read whole is converted too")
  func whole() throws {
    let checkpoint = try Checkpoint.open(fixture("fortran.npy"))
    let name = try #require(checkpoint.entries.first?.name)
    let type: ElementType = checkpoint.entries[0].elementType == .float64 ? .float32 : .float64
    let expected = try checkpoint.tensor(named: name).convertedToFloat32().floats
    let converted = try checkpoint.converted(to: type).tensor(named: name)
    #expect(converted.elementType == type)
    #expect(converted.convertedToFloat32().floats == expected)
  }
}
