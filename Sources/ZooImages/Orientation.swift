/// Where the top of a picture is, by the EXIF tag 0x0112 (CIPA DC-008): the value says where row 0 and column 0 belong.
///
/// A file can say it in an EXIF block, else in an XMP packet; a value that has no meaning is upright, and so is a
/// picture that says nothing.
public enum Orientation: Int, Hashable, Sendable, CaseIterable {
  case upright = 1
  /// Mirrored left to right.
  case mirrored
  /// Turned by half a circle.
  case upsideDown
  /// Mirrored top to bottom.
  case flipped
  /// Rows and columns exchanged.
  case transposed
  /// To be turned a quarter clockwise.
  case turnedLeft
  /// Transposed along the other diagonal.
  case transversed
  /// To be turned a quarter counter-clockwise.
  case turnedRight

  /// Whether width and height are exchanged.
  public var exchangesSides: Bool { rawValue >= 5 }

  /// Reads the tag from a TIFF structure in either byte order, which the signature of an EXIF segment may precede;
  /// `nil` for a broken one, or one without the tag.
  package init?(exif block: ArraySlice<UInt8>) {
    var tiff = block
    while tiff.starts(with: MetadataSignature.exif) { tiff = tiff.dropFirst(MetadataSignature.exif.count) }
    guard let orientation = EXIFReader(tiff)?.orientation else { return nil }
    self = orientation
  }

  /// Reads the property from an XMP packet, where it stands as an attribute (`tiff:Orientation="6"`) or as an element
  /// (`<tiff:Orientation>6<`); `nil` for a packet without it.
  ///
  /// The packet is searched, not parsed: the prefix is always `tiff`, as it is to Pillow.
  package init?(xmp packet: ArraySlice<UInt8>) {
    let name = Array("tiff:Orientation".utf8)
    var rest = packet
    while let start = rest.firstIndex(of: name[0]) {
      rest = rest[start...]
      if rest.starts(with: name) {
        let value = rest.dropFirst(name.count)
        for sign in [Array("=\"".utf8), Array(">".utf8)] where value.starts(with: sign) {
          guard let digit = value.dropFirst(sign.count).first, (0x30...0x39).contains(digit) else { continue }
          self = Orientation(rawValue: Int(digit) - 0x30) ?? .upright
          return
        }
      }
      rest = rest.dropFirst()
    }
    return nil
  }
}

/// What the metadata blocks of a picture begin with, in the segments of a JPEG file and wherever they were copied to.
enum MetadataSignature {
  /// `Exif` and two zeros.
  static let exif: [UInt8] = Array("Exif\0\0".utf8)
  static let xmp: [UInt8] = Array("http://ns.adobe.com/xap/1.0/\0".utf8)
}

/// Reads numbers of a TIFF structure; anything out of bounds is `nil`.
private struct EXIFReader {
  private let bytes: ArraySlice<UInt8>
  private let isLittleEndian: Bool

  init?(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    if bytes.starts(with: [0x49, 0x49, 0x2A, 0x00]) {
      isLittleEndian = true
    } else if bytes.starts(with: [0x4D, 0x4D, 0x00, 0x2A]) {
      isLittleEndian = false
    } else {
      return nil
    }
  }

  /// The value of tag 0x0112 in the first directory, an integer of one, two or four bytes; anything else is upright.
  var orientation: Orientation? {
    guard let directory = number(at: 4, size: 4), let count = number(at: directory, size: 2) else { return nil }
    for index in 0..<count {
      let entry = directory + 2 + 12 * index
      guard let tag = number(at: entry, size: 2) else { return nil }
      guard tag == 0x0112 else { continue }
      guard let type = number(at: entry + 2, size: 2) else { return nil }
      guard let size = [1: 1, 3: 2, 4: 4, 8: 2, 9: 4][type] else { return .upright }
      return number(at: entry + 8, size: size).map { Orientation(rawValue: $0) ?? .upright }
    }
    return nil
  }

  private func number(at offset: Int, size: Int) -> Int? {
    guard offset + size <= bytes.count else { return nil }
    let field = bytes.dropFirst(offset).prefix(size)
    return isLittleEndian
      ? field.reversed().reduce(0) { $0 << 8 | Int($1) } : field.reduce(0) { $0 << 8 | Int($1) }
  }
}
