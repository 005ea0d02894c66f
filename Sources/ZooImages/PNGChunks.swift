/// The header of a PNG file and where its metadata are (W3C PNG, section 5), read before any memory is allocated.
struct PNGChunks {
  let width: Int
  let height: Int
  /// Whether the picture has an alpha channel or names a transparent colour.
  private(set) var hasTransparency: Bool
  /// Where the TIFF structure of the `eXIf` chunk lies.
  private(set) var exif: Range<Int>?
  /// Where the last text chunk of each keyword lies.
  private(set) var texts: [PNGText.Keyword: PNGText] = [:]

  /// - Throws: `ImageFact.truncated` or `.undecodable`.
  init(_ bytes: [UInt8]) throws(ImageFact) {
    guard bytes.count >= 33 else { throw .truncated(.png) }
    func number(at offset: Int) -> Int {
      bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    func isType(_ type: String, at offset: Int) -> Bool {
      bytes[offset..<offset + 4].elementsEqual(type.utf8)
    }
    guard number(at: 8) == 13, isType("IHDR", at: 12) else {
      throw .undecodable(.png, reason: "the file does not begin with a header chunk (IHDR)")
    }
    width = number(at: 16)
    height = number(at: 20)
    hasTransparency = bytes[25] & 4 != 0
    guard width > 0, height > 0 else {
      throw .undecodable(.png, reason: "the header says \(width)×\(height) pixels")
    }
    var offset = 33
    var isBeforePixels = true
    while offset + 8 <= bytes.count {
      let start = offset + 8
      let end = start + number(at: offset)
      if isType("IDAT", at: offset + 4) { isBeforePixels = false }
      if isType("tRNS", at: offset + 4), isBeforePixels { hasTransparency = true }
      if end <= bytes.count {
        if isType("eXIf", at: offset + 4), exif == nil { exif = start..<end }
        for kind in PNGText.Kind.allCases where isType(kind.rawValue, at: offset + 4) {
          let text = PNGText(kind: kind, range: start..<end)
          if let keyword = text.keyword(in: bytes) { texts[keyword] = text }
        }
      }
      if isType("IEND", at: offset + 4) { return }
      offset = end + 4
    }
  }
}
