/// Where the top of a picture is, by the EXIF tag 0x0112 (CIPA DC-008): the value says where row 0 and column 0 belong.
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

  /// Reads the tag from a TIFF structure in either byte order; a broken one, or one without the tag, is upright.
  package init(exif tiff: ArraySlice<UInt8>) {
    self = EXIFReader(tiff)?.orientation ?? .upright
  }
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

  /// The value of tag 0x0112 in the first directory, an integer of one, two or four bytes.
  var orientation: Orientation? {
    guard let directory = number(at: 4, size: 4), let count = number(at: directory, size: 2) else { return nil }
    for index in 0..<count {
      let entry = directory + 2 + 12 * index
      guard let tag = number(at: entry, size: 2) else { return nil }
      guard tag == 0x0112 else { continue }
      guard let type = number(at: entry + 2, size: 2), let size = [1: 1, 3: 2, 4: 4][type],
        let value = number(at: entry + 8, size: size)
      else { return nil }
      return Orientation(rawValue: value)
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
