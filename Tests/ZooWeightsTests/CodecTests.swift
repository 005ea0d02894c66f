import CZlib
import Testing
import ZooTestSupport

/// The kernels of the archive against zlib and against plain loops.
@Suite struct CodecTests {
  /// Bytes as planes have them, and worse.
  enum Distribution: CaseIterable {
    case exponents, single, two, uniform, fibonacci, rare, runs

    func bytes(_ count: Int, _ random: inout SplitMix64) -> [UInt8] {
      switch self {
      case .exponents: (0..<count).map { _ in 120 &- UInt8(min(random.next().trailingZeroBitCount, 30)) }
      case .single: [UInt8](repeating: UInt8(truncatingIfNeeded: count), count: count)
      case .two: (0..<count).map { _ in random.next() & 7 == 0 ? 0 : 255 }
      case .uniform: random.bytes(count)
      case .fibonacci: Self.shuffledFibonacci(count, &random)
      case .rare: (0..<count).map { $0 % 97 == 5 ? UInt8(truncatingIfNeeded: random.next()) : 17 }
      case .runs: (0..<count).map { UInt8(truncatingIfNeeded: $0 / 40) }
      }
    }

    /// Frequencies that make a Huffman code as deep as it can be.
    private static func shuffledFibonacci(_ count: Int, _ random: inout SplitMix64) -> [UInt8] {
      var (bytes, symbol): ([UInt8], UInt8) = ([], 3)
      var (frequency, next) = (1, 1)
      while bytes.count < count {
        bytes += [UInt8](repeating: symbol, count: min(frequency, count - bytes.count))
        (frequency, next) = (next, frequency + next)
        symbol &+= 7
      }
      return bytes.shuffled(using: &random)
    }
  }

  @Test("Streams of literals of every length decode to what zlib made them from", arguments: CodecKernels.available)
  func everyLength(kernels: CodecKernels) {
    var random = SplitMix64(seed: 1)
    for count in 1...2000 {
      let distribution = Distribution.allCases[count % Distribution.allCases.count]
      let bytes = distribution.bytes(count, &random)
      let touchesEnd = count % 8 != 0
      let own = kernels.deflate(bytes, room: .max, touchesEnd: touchesEnd) ?? []
      #expect(ZlibOracle.inflate(own, count: count) == bytes, "\(distribution), \(count)")
      #expect(kernels.inflate(own, count: count, touchesEnd: touchesEnd) == bytes, "\(distribution), \(count)")
      #expect(kernels.deflate(bytes, room: own.count - 1) == nil, "\(distribution), \(count)")
      let stream = ZlibOracle.deflate(bytes, strategy: Z_HUFFMAN_ONLY)
      if stream[0] >> 1 & 3 != 0 {
        #expect(kernels.inflate(stream, count: count, touchesEnd: touchesEnd) == bytes, "\(distribution), \(count)")
      }
    }
  }

  @Test("Streams of many blocks and of codes of 15 bits", arguments: CodecKernels.available, Distribution.allCases)
  func large(kernels: CodecKernels, distribution: Distribution) {
    var random = SplitMix64(seed: 2)
    for count in [32_766, 32_767, 32_768, 100_000, 1 << 18] {
      let bytes = distribution.bytes(count, &random)
      let own = kernels.deflate(bytes, room: .max) ?? []
      #expect(ZlibOracle.inflate(own, count: count) == bytes, "\(count)")
      #expect(kernels.inflate(own, count: count) == bytes, "\(count)")
      let fixed = ZlibOracle.deflate(bytes, strategy: Z_FIXED)
      let literals = ZlibOracle.deflate(bytes, strategy: Z_HUFFMAN_ONLY)
      for stream in [fixed, literals] {
        let decoded = kernels.inflate(stream, count: count)
        #expect(decoded == nil || decoded == bytes, "\(count)")
      }
      // zlib stores what has all bytes equally often.
      if distribution != .uniform, distribution != .runs {
        #expect(kernels.inflate(literals, count: count) == bytes, "\(count)")
      }
    }
  }

  @Test("All instruction sets write the same streams, hardly longer than zlib's", arguments: Distribution.allCases)
  func sameStreams(distribution: Distribution) {
    var random = SplitMix64(seed: 3)
    for count in [1, 100, 4096, 1 << 18] {
      let bytes = distribution.bytes(count, &random)
      let streams = Set(CodecKernels.available.map { $0.deflate(bytes, room: .max) })
      #expect(streams.count == 1)
      let length = streams.first??.count ?? 0
      // zlib may store, and uses the fixed code where its head is not worth it.
      let other = ZlibOracle.deflate(bytes, strategy: Z_HUFFMAN_ONLY).count
      #expect(length <= other + other / 16 + 200, "\(distribution), \(count): \(length), zlib \(other)")
    }
  }

  @Test("Stored blocks and matches are left to zlib", arguments: CodecKernels.available)
  func leftToZlib(kernels: CodecKernels) {
    var random = SplitMix64(seed: 4)
    let noise = random.bytes(5000)
    #expect(kernels.inflate(ZlibOracle.deflate(noise, strategy: Z_DEFAULT_STRATEGY, level: 0), count: 5000) == nil)
    let repeated = Array(noise[..<500] + noise[..<500])
    #expect(kernels.inflate(ZlibOracle.deflate(repeated, strategy: Z_DEFAULT_STRATEGY), count: 1000) == nil)
    #expect(kernels.inflate([], count: 0) == nil)
    #expect(kernels.inflate([], count: 10) == nil)
    #expect(kernels.deflate([], room: 10) == nil)
  }

  /// Checks that what a kernel decodes is what zlib decodes.
  private func compare(
    _ stream: [UInt8], count: Int, _ kernels: CodecKernels, _ comment: @autoclosure () -> String
  ) -> Bool {
    guard let decoded = kernels.inflate(stream, count: count) else { return false }
    let expected = ZlibOracle.inflate(stream, count: count)
    #expect(decoded == expected, "\(comment())")
    return true
  }

  @Test(
    "Nothing is decoded that zlib refuses: truncated, flipped and with other lengths", arguments: CodecKernels.available
  )
  func damaged(kernels: CodecKernels) {
    var random = SplitMix64(seed: 5)
    for distribution in Distribution.allCases {
      for count in [1, 40, 700] {
        let bytes = distribution.bytes(count, &random)
        for stream in [
          ZlibOracle.deflate(bytes, strategy: Z_HUFFMAN_ONLY), kernels.deflate(bytes, room: .max) ?? [],
          ZlibOracle.deflate(bytes, strategy: Z_FIXED),
        ] {
          for length in 0..<stream.count {
            #expect(!compare(Array(stream[..<length]), count: count, kernels, "\(distribution), \(length) bytes"))
          }
          #expect(!compare(stream + [0], count: count, kernels, "\(distribution), a byte more"))
          #expect(!compare(stream, count: count - 1, kernels, "\(distribution), less room"))
          #expect(!compare(stream, count: count + 1, kernels, "\(distribution), more room"))
          for bit in 0..<stream.count * 8 {
            var flipped = stream
            flipped[bit / 8] ^= 1 << (bit % 8)
            _ = compare(flipped, count: count, kernels, "\(distribution), bit \(bit)")
          }
        }
      }
    }
  }

  @Test("Garbage that begins like a compressed block is judged as zlib judges it", arguments: CodecKernels.available)
  func garbage(kernels: CodecKernels) {
    var random = SplitMix64(seed: 6)
    for round in 0..<20_000 {
      var stream = random.bytes(Int.random(in: 1...300, using: &random))
      let head: UInt8 = round % 4 == 0 ? 0b011 : 0b101
      stream[0] = stream[0] & 0xF8 | head
      _ = compare(stream, count: Int.random(in: 0...400, using: &random), kernels, "round \(round)")
    }
    // A good head before garbage.
    let whole = ZlibOracle.deflate(Distribution.exponents.bytes(4000, &random), strategy: Z_HUFFMAN_ONLY)
    for round in 0..<2000 {
      let kept = Int.random(in: 1..<whole.count, using: &random)
      let stream = whole[..<kept] + random.bytes(Int.random(in: 0...200, using: &random))
      _ = compare(Array(stream), count: Int.random(in: 0...5000, using: &random), kernels, "round \(round)")
    }
  }

  @Test("CRC-32 of every length", arguments: CodecKernels.available.filter(\.hasChecksum))
  func checksums(kernels: CodecKernels) {
    var random = SplitMix64(seed: 7)
    let bytes = random.bytes(4096)
    for count in 0...4096 {
      let part = Array(bytes[..<count])
      let previous = count % 3 == 0 ? 0 : UInt32(truncatingIfNeeded: random.next())
      let expected = UInt32(truncatingIfNeeded: crc32_z(UInt(previous), part, count))
      #expect(kernels.checksum(part, after: previous, touchesEnd: true) == expected, "\(count) bytes")
      #expect(kernels.checksum(part, after: previous, touchesEnd: false) == expected, "\(count) bytes")
    }
    let long = random.bytes(1_000_003)
    #expect(
      kernels.checksum(long, after: 0, touchesEnd: true) == UInt32(truncatingIfNeeded: crc32_z(0, long, long.count)))
  }

  /// The planes of little-endian elements, the most significant first, after `Schemas/archive.md`.
  private func planes(_ bytes: [UInt8], size: Int, rotated: Bool) -> [[UInt8]] {
    var planes = [[UInt8]](repeating: [], count: size)
    for start in stride(from: 0, to: bytes.count, by: size) {
      var word: UInt64 = 0
      for byte in bytes[start..<start + size].reversed() { word = word << 8 | UInt64(byte) }
      if rotated { word = word << 1 | word >> (8 * UInt64(size) - 1) }
      for plane in 0..<size { planes[size - 1 - plane].append(UInt8(truncatingIfNeeded: word >> (8 * UInt64(plane)))) }
    }
    return planes
  }

  @Test("Planes are taken apart and put together", arguments: CodecKernels.available, [2, 4, 8])
  func planes(kernels: CodecKernels, size: Int) {
    var random = SplitMix64(seed: 8)
    for count in Array(0...130) + [1000, 4099] {
      let bytes = random.bytes(count * size)
      for rotated in [false, true] {
        let expected = planes(bytes, size: size, rotated: rotated)
        for touchesEnd in [false, true] {
          let split = kernels.split(bytes, size: size, rotated: rotated, touchesEnd: touchesEnd)
          #expect(split == expected, "\(count) elements, rotated \(rotated)")
          let merged = kernels.merge(expected, rotated: rotated, touchesEnd: touchesEnd)
          #expect(merged == bytes, "\(count) elements, rotated \(rotated)")
        }
      }
    }
  }
}
