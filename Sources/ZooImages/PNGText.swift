/// A text chunk of a PNG file (W3C PNG, section 11.3.3): a keyword and bytes that may be compressed.
struct PNGText {
  enum Kind: String, CaseIterable {
    case plain = "tEXt"
    case compressed = "zTXt"
    case international = "iTXt"
  }

  /// The keywords under which programs keep what says how a picture is turned.
  enum Keyword: String, CaseIterable {
    case xmp = "XML:com.adobe.xmp"
    // ImageMagick's, in hexadecimal digits.
    case exifProfile = "Raw profile type exif"
    case applicationProfile = "Raw profile type APP1"
    case xmpProfile = "Raw profile type xmp"
  }

  /// The most bytes that a compressed text may have; the rest of a longer one is not read.
  static let maximumInflatedByteCount = 1 << 20

  let kind: Kind
  /// Where the data of the chunk lie in the file.
  let range: Range<Int>

  func keyword(in file: [UInt8]) -> Keyword? {
    let data = file[range]
    return Self.beginnings.first { data.starts(with: $0.bytes) }?.keyword
  }

  private static let beginnings = Keyword.allCases.map { (keyword: $0, bytes: Array($0.rawValue.utf8) + [0]) }

  /// What follows the keyword, decompressed; `nil` when the chunk is broken.
  func content(in file: [UInt8]) -> ArraySlice<UInt8>? {
    var rest = file[range]
    guard rest.skip(past: 0) else { return nil }
    var isCompressed = kind == .compressed
    if kind == .international {
      guard let flag = rest.popFirst() else { return nil }
      isCompressed = flag != 0
    }
    if kind != .plain {
      // The one method that there is.
      guard let method = rest.popFirst(), method == 0 || !isCompressed else { return nil }
    }
    if kind == .international {
      // The language and the translated keyword.
      guard rest.skip(past: 0), rest.skip(past: 0) else { return nil }
    }
    guard isCompressed else { return rest }
    let inflation = Inflation(rest, wrapper: .zlib, limit: Self.maximumInflatedByteCount)
    return inflation.end == .damaged ? nil : inflation.bytes[...]
  }

  /// The bytes that ImageMagick writes as text: a line break, a line with a name, one with a count, then lines of
  /// hexadecimal digits. `nil` when there is anything else among the digits.
  func profile(in file: [UInt8]) -> ArraySlice<UInt8>? {
    guard var digits = content(in: file) else { return nil }
    for _ in 0..<3 {
      guard digits.skip(past: UInt8(ascii: "\n")) else { return nil }
    }
    var bytes: [UInt8] = []
    var high: UInt8?
    for digit in digits where !(0x09...0x0D).contains(digit) && digit != UInt8(ascii: " ") {
      guard let value = hexadecimalValue(of: digit) else { return nil }
      if let first = high {
        bytes.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    return high == nil ? bytes[...] : nil
  }
}

extension PNGChunks {
  /// How the picture is turned, by EXIF where it says so, else by XMP; a chunk of PNG's own is believed before a
  /// profile in a text.
  func orientation(in file: [UInt8]) -> Orientation {
    func profile(_ keyword: PNGText.Keyword) -> ArraySlice<UInt8>? { texts[keyword]?.profile(in: file) }
    return exif.flatMap { Orientation(exif: file[$0]) }
      ?? profile(.exifProfile).flatMap { Orientation(exif: $0) }
      ?? profile(.applicationProfile).flatMap { Orientation(exif: $0) }
      ?? texts[.xmp]?.content(in: file).flatMap { Orientation(xmp: $0) }
      ?? profile(.xmpProfile).flatMap { Orientation(xmp: $0) }
      ?? profile(.applicationProfile).flatMap { Orientation(xmp: $0) }
      ?? .upright
  }
}

extension ArraySlice<UInt8> {
  /// Drops everything up to the first `byte` and that; `false` when there is none.
  fileprivate mutating func skip(past byte: UInt8) -> Bool {
    guard let index = firstIndex(of: byte) else { return false }
    self = self[(index + 1)...]
    return true
  }
}

private func hexadecimalValue(of digit: UInt8) -> UInt8? {
  switch digit {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
  default: nil
  }
}
