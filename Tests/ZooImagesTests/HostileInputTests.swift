import Testing
import ZooImages
import ZooTensor
import ZooTestSupport

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Whatever the bytes: a picture or an error, never a trap; that the process is still there is part of what is tested.
@Suite struct HostileInputTests {
  /// What a decoder makes of the bytes.
  private func fact(_ bytes: [UInt8], limits: ImageLimits = .standard) -> ImageFact? {
    do {
      let image = try PixelImage(bytes: bytes, limits: limits)
      #expect(image.pixels.count == image.width * image.height * 3)
      return nil
    } catch {
      return error.fact
    }
  }

  private func isPNG(_ name: String) -> Bool { name.hasSuffix(".png") }

  /// Every length of the small files, some 200 of the photographs: all are errors, and all but the shortest say why.
  @Test(arguments: Fixtures.imageNames)
  func truncatedFiles(_ name: String) throws {
    let bytes = try Fixtures.bytes(name)
    let step = bytes.count > 50_000 ? 991 : 1
    for length in stride(from: 0, to: bytes.count, by: step) {
      let fact = fact(Array(bytes.prefix(length)))
      if length == 0 {
        #expect(fact == .empty)
      } else if length >= 8 {
        #expect(fact == .truncated(isPNG(name) ? .png : .jpeg), "\(name) cut to \(length) of \(bytes.count) bytes")
      } else {
        #expect(fact != nil, "\(name) cut to \(length) of \(bytes.count) bytes")
      }
    }
  }

  /// One to four bytes changed anywhere.
  @Test(arguments: Fixtures.imageNames.filter { $0 != "china.jpg" && $0 != "flower.jpg" })
  func flippedBytes(_ name: String) throws {
    let bytes = try Fixtures.bytes(name)
    var generator = SplitMix64(seed: 20)
    let limits = ImageLimits(pixelCount: 1_000_000)
    var errorCount = 0
    for _ in 0..<400 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let index = Int.random(in: damaged.indices, using: &generator)
        damaged[index] = UInt8.random(in: 0...255, using: &generator)
      }
      if fact(damaged, limits: limits) != nil { errorCount += 1 }
    }
    #expect(errorCount > 0, "\(name): no damage was noticed")
  }

  /// The same in the first 200 bytes, where sizes and tables are.
  @Test(arguments: Fixtures.imageNames.filter { $0 != "china.jpg" && $0 != "flower.jpg" })
  func flippedHeaderBytes(_ name: String) throws {
    let bytes = try Fixtures.bytes(name)
    var generator = SplitMix64(seed: 21)
    let limits = ImageLimits(pixelCount: 1_000_000)
    var errorCount = 0
    for _ in 0..<400 {
      var damaged = bytes
      let index = Int.random(in: 2..<min(200, bytes.count), using: &generator)
      damaged[index] = UInt8.random(in: 0...255, using: &generator)
      if fact(damaged, limits: limits) != nil { errorCount += 1 }
    }
    #expect(errorCount > 0, "\(name): no damage was noticed")
  }

  @Test func damageIsToldFromTruncation() throws {
    var png = try Fixtures.bytes("rgb.png")
    png[png.count / 2] ^= 0x10
    guard case .undecodable(.png, _) = fact(png) else {
      Issue.record("a damaged PNG file gives \(String(describing: fact(png)))")
      return
    }
    // Tables that libjpeg refuses.
    var jpeg = try Fixtures.bytes("444.jpg")
    let table = try #require(jpeg.indices.dropLast().first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC4 })
    jpeg[table + 4] = 0x77
    guard case .undecodable(.jpeg, _) = fact(jpeg) else {
      Issue.record("a damaged JPEG file gives \(String(describing: fact(jpeg)))")
      return
    }
  }

  @Test func aJPEGHeaderThatClaimsTooMuch() throws {
    var bytes = try Fixtures.bytes("444.jpg")
    let frame = try #require(bytes.indices.dropLast().first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 })
    bytes.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
    #expect(fact(bytes) == .tooManyPixels(Extent(65_500), limit: 100_000_000))
    bytes.replaceSubrange(frame + 5..<frame + 9, with: [0, 0, 0, 0])
    guard case .undecodable(.jpeg, _) = fact(bytes) else {
      Issue.record("an empty JPEG picture gives \(String(describing: fact(bytes)))")
      return
    }
  }

  @Test func aJPEGWithoutAPicture() {
    let tablesOnly: [UInt8] = [0xFF, 0xD8, 0xFF, 0xFE, 0, 4, 1, 2, 0xFF, 0xD9]
    #expect(fact(tablesOnly) == .undecodable(.jpeg, reason: "it ends without a picture"))
  }

  @Test(arguments: [(0xFFFF_FFFF, 0xFFFF_FFFF), (0x7FFF_FFFF, 1_000), (100_000_001, 1), (10_001, 10_000)])
  func aPNGHeaderThatClaimsTooMuch(_ width: Int, _ height: Int) throws {
    var bytes = try Fixtures.bytes("rgb.png")
    for (offset, value) in [(16, width), (20, height)] {
      for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (24 - 8 * index)) }
    }
    #expect(fact(bytes) == .tooManyPixels(Extent(height: height, width: width), limit: 100_000_000))
  }

  @Test func aPNGWithoutPixelsOrHeader() throws {
    var bytes = try Fixtures.bytes("rgb.png")
    bytes.replaceSubrange(16..<20, with: [0, 0, 0, 0])
    #expect(fact(bytes) == .undecodable(.png, reason: "the header says 0×61 pixels"))
    bytes[12] = 0x58
    #expect(fact(bytes) == .undecodable(.png, reason: "the file does not begin with a header chunk (IHDR)"))
  }

  @Test func filesMadeOfScans() throws {
    let bytes = try Fixtures.bytes("progressive.jpg")
    #expect(fact(bytes, limits: ImageLimits(scanCount: 9)) == .tooManyScans(limit: 9))
    let lastScan = try #require(bytes.indices.dropLast().last { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA })
    let scan = bytes[lastScan..<bytes.count - 2]
    let many = bytes.prefix(lastScan) + Array(repeating: scan, count: 200).joined() + [0xFF, 0xD9]
    #expect(fact(Array(many)) == .tooManyScans(limit: 100))
  }

  /// The bytes of a seed for fuzzing.
  private func seed(_ name: String) throws -> [UInt8] {
    let root = Fixtures.directory.split(separator: "/").dropLast(3).joined(separator: "/")
    return try [UInt8](Data(contentsOf: URL(filePath: "/\(root)/tools/fuzz/corpus/\(name)")))
  }

  /// The files that fuzzing starts from.
  @Test(
    arguments: [
      ("png-of-2-32-pixels-squared", .tooManyPixels(Extent(0xFFFF_FFFF), limit: 100_000_000)),
      ("png-wide", .tooManyPixels(Extent(height: 1000, width: 0x7FFF_FFFF), limit: 100_000_000)),
      ("png-just-too-large", .tooManyPixels(Extent(height: 10_000, width: 10_001), limit: 100_000_000)),
      ("png-of-no-width", .undecodable(.png, reason: "the header says 0×8 pixels")),
      ("png-without-header", .undecodable(.png, reason: "the file does not begin with a header chunk (IHDR)")),
      ("png-cut-short", .truncated(.png)), ("jpeg-cut-short", .truncated(.jpeg)),
      ("jpeg-of-65500-squared", .tooManyPixels(Extent(65_500), limit: 100_000_000)),
      ("jpeg-without-picture", .undecodable(.jpeg, reason: "it ends without a picture")),
      ("jpeg-of-many-scans", .tooManyScans(limit: 100)),
    ] as [(String, ImageFact)])
  func seedsOfFuzzing(_ name: String, _ expected: ImageFact) throws {
    #expect(try fact(seed("image/\(name)")) == expected)
  }

  /// What compresses a thousandfold must not be taken at its word.
  @Test(arguments: ["png-profile-bomb", "png-picture-bomb", "png-xmp-bomb"])
  func bombs(_ name: String) throws {
    #expect(throws: Never.self) { _ = try fact(seed("image/\(name)")) }
  }

  @Test(
    arguments: [
      ("idx-cut-short", .truncated(path: "x", expected: 40, found: 39)),
      ("idx-product-overflow", .tooLarge(path: "x", limit: IDXFile.maximumByteCount)),
      ("idx-of-floats", .notIDX(path: "x")), ("gzip-cut-short", .damagedGzip(path: "x")),
      ("gzip-bomb", .notIDX(path: "x")),
    ] as [(String, DataSetError)])
  func seedsOfDataSets(_ name: String, _ expected: DataSetError) throws {
    let bytes = try seed("dataset/\(name)")
    #expect(throws: expected) { _ = try IDXFile(bytes: bytes, path: "x") }
    #expect(throws: DataSetError.labelOutOfRange(path: "x", index: 0, label: 10)) {
      _ = try CIFARBatch(bytes: seed("dataset/cifar-label-of-10"), path: "x")
    }
    #expect(try IDXFile(bytes: seed("dataset/idx-gzip"), path: "x").dimensions == [2, 3, 4])
  }

  @Test func limitsAreInclusive() throws {
    let bytes = try Fixtures.bytes("grey.png")
    #expect(fact(bytes, limits: ImageLimits(pixelCount: 97 * 61, fileSize: bytes.count)) == nil)
    #expect(
      fact(bytes, limits: ImageLimits(pixelCount: 97 * 61 - 1))
        == .tooManyPixels(Extent(height: 61, width: 97), limit: 97 * 61 - 1))
    #expect(
      fact(bytes, limits: ImageLimits(fileSize: bytes.count - 1))
        == .fileTooLarge(size: bytes.count, limit: bytes.count - 1))
  }

  @Test(arguments: [1, 2, 7, 8, 100, 100_000])
  func zeroesAndNoise(_ count: Int) {
    #expect(fact(Array(repeating: 0, count: count)) != nil)
    var generator = SplitMix64(seed: count)
    let noise = (0..<count).map { _ in UInt8.random(in: 128...255, using: &generator) }
    #expect(fact([0] + noise) != nil)
    #expect(fact([0xFF, 0xD8, 0xFF] + noise) != nil)
    #expect(fact([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + noise) != nil)
  }

  @Test func pixelsWithoutAnEndOfFile() throws {
    for name in ["progressive.jpg", "cmyk.jpg"] {
      #expect(try fact(Array(Fixtures.bytes(name).dropLast(2))) == .truncated(.jpeg), "\(name)")
    }
    // Padding where the end was lost, as an interrupted download leaves it.
    let bytes = try Fixtures.bytes("flower.jpg")
    #expect(
      fact(Array(bytes.prefix(bytes.count / 2)) + Array(repeating: 0, count: bytes.count / 2)) == .truncated(.jpeg))
  }
}
