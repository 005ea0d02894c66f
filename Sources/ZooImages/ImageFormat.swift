/// The formats that are decoded.
public enum ImageFormat: String, Hashable, Sendable, CaseIterable {
  case jpeg = "JPEG"
  case png = "PNG"
}

/// What a file can be instead of a JPEG or PNG file; the raw value is its name in a sentence.
public enum ForeignFormat: String, Hashable, Sendable, CaseIterable {
  case gif = "GIF"
  case webP = "WebP"
  case heif = "HEIF"
  case avif = "AVIF"
  case bmp = "BMP"
  case tiff = "TIFF"
  case jpeg2000 = "JPEG 2000"
  case jpegXL = "JPEG XL"
  case photoshop = "Photoshop"
  case netpbm = "Netpbm"
  case pdf = "PDF"
  case svg = "SVG"
  case html = "HTML"
  case gitLFSPointer = "Git LFS pointer"
  case numPy = "NumPy"
  case gzip = "gzip"
  case zip = "ZIP"
  case text = "text"
}

/// What the first bytes of a file say it is; names and extensions are not looked at.
enum SniffedFormat: Hashable {
  case image(ImageFormat)
  case foreign(ForeignFormat)
  case unknown

  init(_ bytes: [UInt8]) {
    let head = bytes.prefix(512)
    if head.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .image(.jpeg)
    } else if head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .image(.png)
    } else if let foreign = ForeignFormat(magicOf: head) ?? ForeignFormat(textOf: head) {
      self = .foreign(foreign)
    } else {
      self = .unknown
    }
  }
}

extension ForeignFormat {
  /// A binary format by its first bytes.
  fileprivate init?(magicOf head: ArraySlice<UInt8>) {
    func has(_ magic: String, at offset: Int = 0) -> Bool {
      head.dropFirst(offset).starts(with: magic.utf8)
    }
    if has("GIF87a") || has("GIF89a") {
      self = .gif
    } else if has("RIFF") && has("WEBP", at: 8) {
      self = .webP
    } else if has("ftypavi", at: 4) {
      self = .avif
    } else if ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"].contains(where: {
      has("ftyp" + $0, at: 4)
    }) {
      self = .heif
    } else if has("II*\0") || has("MM\0*") || has("II+\0") || has("MM\0+") {
      self = .tiff
    } else if has("BM") && head.dropFirst(6).starts(with: [0, 0, 0, 0]) {
      self = .bmp
    } else if has("jP  ", at: 4) || head.starts(with: [0xFF, 0x4F, 0xFF, 0x51]) {
      self = .jpeg2000
    } else if has("JXL ", at: 4) || head.starts(with: [0xFF, 0x0A]) {
      self = .jpegXL
    } else if has("8BPS") {
      self = .photoshop
    } else if has("%PDF-") {
      self = .pdf
    } else if head.starts(with: [0x93]) && has("NUMPY", at: 1) {
      self = .numPy
    } else if head.starts(with: [0x1F, 0x8B]) {
      self = .gzip
    } else if head.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
      self = .zip
    } else if head.count > 2, has("P"), (0x31...0x37).contains(head[1]), [0x0A, 0x0D, 0x20].contains(head[2]) {
      self = .netpbm
    } else {
      return nil
    }
  }

  /// A text format, when the first bytes are text at all.
  fileprivate init?(textOf head: ArraySlice<UInt8>) {
    let isText = head.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
    // The last character may be cut in two.
    guard isText, (0...3).contains(where: { String(validating: head.dropLast($0), as: UTF8.self) != nil }) else {
      return nil
    }
    let text = String(decoding: head, as: UTF8.self).lowercased()
    if text.hasPrefix("version https://git-lfs") {
      self = .gitLFSPointer
    } else if text.contains("<!doctype html") || text.contains("<html") {
      self = .html
    } else if text.contains("<svg") {
      self = .svg
    } else {
      self = .text
    }
  }
}
