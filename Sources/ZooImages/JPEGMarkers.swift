/// What a walk over the markers of a JPEG file (ITU-T T.81, annex B) finds. It decodes nothing and cannot fail.
struct JPEGMarkers {
  /// Where the TIFF structure of the first EXIF segment before the pixels lies.
  private(set) var exif: Range<Int>?
  /// Where the packet of the last XMP segment before the pixels lies.
  private(set) var xmp: Range<Int>?
  private(set) var scanCount = 0
  /// Whether the end-of-image marker was reached.
  private(set) var hasEnd = false

  init(_ bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { walk($0) }
  }

  private mutating func walk(_ bytes: UnsafeBufferPointer<UInt8>) {
    var index = 0
    while index + 1 < bytes.count {
      guard bytes[index] == 0xFF else {
        index += 1
        continue
      }
      switch bytes[index + 1] {
      case 0xFF:
        index += 1
      case 0x00, 0x01, 0xD0...0xD8:
        // A stuffed byte, or a marker without a segment: temporary, restart, start of image.
        index += 2
      case 0xD9:
        hasEnd = true
        return
      case let marker:
        guard index + 3 < bytes.count else { return }
        let length = max(2, Int(bytes[index + 2]) << 8 | Int(bytes[index + 3]))
        let segment = index + 4..<max(index + 4, min(index + 2 + length, bytes.count))
        if marker == 0xDA { scanCount += 1 }
        if marker == 0xE1, scanCount == 0 {
          let profile = bytes[segment]
          if exif == nil, profile.starts(with: MetadataSignature.exif) {
            exif = segment.dropFirst(MetadataSignature.exif.count)
          } else if profile.starts(with: MetadataSignature.xmp) {
            xmp = segment.dropFirst(MetadataSignature.xmp.count)
          }
        }
        index += 2 + length
      }
    }
  }
}
