import Testing
import ZooImages

/// Where the pixels of a 3×2 picture `abc / def` go.
private struct Turn: CustomTestStringConvertible {
  var orientation: Orientation
  var rows: [String]
  var testDescription: String { "orientation \(orientation.rawValue)" }
}

@Suite struct OrientationTests {
  @Test(arguments: [
    Turn(orientation: .upright, rows: ["abc", "def"]),
    Turn(orientation: .mirrored, rows: ["cba", "fed"]),
    Turn(orientation: .upsideDown, rows: ["fed", "cba"]),
    Turn(orientation: .flipped, rows: ["def", "abc"]),
    Turn(orientation: .transposed, rows: ["ad", "be", "cf"]),
    Turn(orientation: .turnedLeft, rows: ["da", "eb", "fc"]),
    Turn(orientation: .transversed, rows: ["fc", "eb", "da"]),
    Turn(orientation: .turnedRight, rows: ["cf", "be", "ad"]),
  ])
  private func smallPictures(_ turn: Turn) {
    let grey = PixelImage(width: 3, height: 2, layout: .grey, trusted: Array("abcdef".utf8))
    let expected = PixelImage(
      width: turn.rows[0].count, height: turn.rows.count, layout: .grey, trusted: Array(turn.rows.joined().utf8))
    #expect(grey.oriented(turn.orientation) == expected)
    #expect(grey.convertedToRGB().oriented(turn.orientation) == expected.convertedToRGB())
  }

  @Test func picturesLargerThanACacheSquare() {
    let pixels = (0..<130 * 70).map { UInt8($0 * 31 % 251) }
    let image = PixelImage(width: 130, height: 70, layout: .grey, trusted: pixels)
    for orientation in Orientation.allCases {
      let turned = image.oriented(orientation)
      #expect(turned.width == (orientation.exchangesSides ? 70 : 130), "\(orientation)")
      // Undone by itself, but for the two quarter turns, which undo each other.
      let inverse: Orientation =
        switch orientation {
        case .turnedLeft: .turnedRight
        case .turnedRight: .turnedLeft
        default: orientation
        }
      #expect(turned.oriented(inverse) == image, "\(orientation)")
    }
  }

  @Test(arguments: [3, 6, 8])
  func theTagInAFileIsApplied(_ value: Int) throws {
    var bytes = try Fixtures.bytes("exif-\(value).jpg")
    let applied = try PixelImage(bytes: bytes)
    let tag = try #require(bytes.indices.first { bytes[$0...].starts(with: [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0]) })
    bytes[tag + 9] = 1
    let upright = try PixelImage(bytes: bytes)
    let orientation = try #require(Orientation(rawValue: value))
    #expect(applied == upright.oriented(orientation))
    #expect(applied != upright)
  }

  /// Blocks that are broken, or say nothing: the picture is taken as it is.
  @Test(
    arguments: [
      [], [0x49], Array("II*\0".utf8), Array("II*\0\u{8}\0\0".utf8),
      // A directory outside of the block.
      [0x49, 0x49, 0x2A, 0, 0xFF, 0xFF, 0xFF, 0xFF],
      [0x4D, 0x4D, 0, 0x2A, 0x7F, 0xFF, 0xFF, 0xFF, 0, 1],
      // More entries than there are.
      [0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8, 0xFF, 0xFF, 0x01, 0x10],
      // The entry cut short.
      [0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0],
      // Neither byte order.
      [0x4D, 0x49, 0, 0x2A, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0],
    ] as [[UInt8]])
  func brokenBlocksSayNothing(_ block: [UInt8]) {
    #expect(Orientation(exif: block[...]) == nil)
  }

  /// A value that has no meaning, and a type that is not an integer.
  @Test(arguments: [[3, 0, 0, 0, 1, 0, 9], [3, 0, 0, 0, 1, 0, 0], [2, 0, 0, 0, 1, 0, 6]] as [[UInt8]])
  func entriesWithoutMeaningAreUpright(_ entry: [UInt8]) {
    let head: [UInt8] = [0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0]
    #expect(Orientation(exif: (head + entry + [0, 0])[...]) == .upright)
  }

  /// EXIF, XMP and ImageMagick's profiles, whole and broken, alone and together.
  @Test func everyPlaceWhereAFileSaysIt() throws {
    let files = try Fixtures.recorded().orientations
    #expect(files.count == 70)
    for file in files {
      let image = try PixelImage(bytes: file.bytes, name: file.name)
      #expect(sha256(image.pixels) == file.hash, "\(file.name)")
    }
  }

  @Test(
    arguments: [
      ("", nil), ("tiff:Orientation", nil), ("tiff:Orientation=", nil), ("tiff:Orientation=\"", nil),
      ("tiff:Orientation>", nil), ("tiff:Orientation=\"x\"", nil), ("tiff:Orientation = \"6\"", nil),
      ("exif:Orientation=\"6\"", nil), ("tiff:orientation=\"6\"", nil),
      ("tttiff:Orientation=\"6", .turnedLeft), ("<tiff:Orientation>8</tiff:Orientation>", .turnedRight),
      ("<tiff:Orientation>0<", .upright), ("<tiff:Orientation>9<", .upright),
      ("tiff:Orientation tiff:Orientation>3", .upsideDown),
    ] as [(String, Orientation?)])
  func propertiesOfXMP(_ packet: String, _ orientation: Orientation?) {
    #expect(Orientation(xmp: Array(packet.utf8)[...]) == orientation)
  }

  @Test func integersOfAnySize() {
    let head: [UInt8] = [0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8, 0, 1, 0x01, 0x12]
    let short = head + [0, 3, 0, 0, 0, 1, 0, 6, 0, 0]
    let long = head + [0, 4, 0, 0, 0, 1, 0, 0, 0, 8]
    let byte = head + [0, 1, 0, 0, 0, 1, 3, 0, 0, 0]
    #expect([short, long, byte].map { Orientation(exif: $0[...]) } == [.turnedLeft, .turnedRight, .upsideDown])
  }
}
