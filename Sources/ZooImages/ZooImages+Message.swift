import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension ImageError: CustomStringConvertible {
  /// `photo.gif: this is a GIF picture; …`, or without a name only what follows it.
  public var description: String {
    name.map { "\($0): \(fact)" } ?? "\(fact)"
  }
}

extension ImageFact: CustomStringConvertible {
  /// What is wrong, for a person, without the name of the file.
  public var description: String {
    switch self {
    case .notFound:
      "there is no such file; check the path"
    case .directory:
      "this is a directory; name a JPEG or PNG file in it"
    case .notAFile:
      "this is neither a file nor a pipe; name a JPEG or PNG file"
    case .unreadable(let code):
      "the file cannot be read: \(words(of: code))"
    case .empty:
      "the file is empty; it may not have been copied or downloaded completely"
    case .fileTooLarge(let size?, let limit):
      "the file has \(size) bytes; at most \(limit) are read. Save the picture smaller"
    case .fileTooLarge(nil, let limit):
      "the input has more than \(limit) bytes, which is the most that is read. Save the picture smaller"
    case .foreign(let format):
      format.message
    case .unrecognised(let firstBytes):
      "this is not a picture that zoo knows: a JPEG file begins with FF D8 FF and a PNG file with 89 50 4E 47, "
        + "this one with \(firstBytes.prefix(4).map(hexadecimal).joined(separator: " "))"
    case .truncated(let format):
      "the \(format.rawValue) file ends before the picture does; copy or download it again"
    case .undecodable(let format, let reason):
      "the \(format.rawValue) file is damaged or of an unusual kind, and cannot be decoded: \(reason). "
        + "Try to open it in an image editor and save it again"
    case .tooManyPixels(let extent, let limit):
      "the picture has \(size(extent)) pixels (width × height); at most \(limit) in all are decoded. "
        + "Make it smaller first"
    case .pixelCount(let extent, let channels, let found):
      "\(found) bytes are no picture of \(size(extent)) pixels (width × height) with \(channels) for each pixel; "
        + "give width × height × \(channels) bytes, and sides above 0"
    case .rowStride(let format, let width, let found):
      "rows that begin \(found) bytes apart have no room for \(width) pixels of \(format.rawValue); "
        + "give at least width × \(format.byteCount) bytes"
    case .byteCount(let format, let extent, let rowStride, let expected, let found):
      "\(found) bytes are no picture of \(size(extent)) pixels (width × height) of \(format.rawValue) with "
        + "\(rowStride) bytes from row to row; expected \(expected.lowerBound)"
        + (expected.count == 1 ? "" : ", or up to \(expected.upperBound) with what follows the last row")
    case .undrawable(let extent):
      "the system cannot draw a picture of \(size(extent)) pixels (width × height)"
    case .tooManyScans(let limit):
      "the JPEG file is built of more than \(limit) scans, as only files made to waste time are. "
        + "Try to open it in an image editor and save it again"
    case .resizeTooLarge(let from, let to, let limit):
      "resizing from \(size(from)) to \(size(to)) pixels (width × height) would need more than \(limit) pixels; "
        + "crop the picture, it is far from square"
    case .meanImageSize(let mean, let resized, let part) where mean == resized:
      "the crop has \(size(part)) pixels (width × height), more than the mean image and the resized picture, "
        + "\(size(mean)); make the crop smaller"
    case .meanImageSize(let mean, let resized, let part):
      "the mean image has \(size(mean)) pixels (width × height), but the resized picture has \(size(resized))"
        + (part == resized ? "" : " and the crop \(size(part))")
        + "; resize pictures to the size of the mean image, or subtract a mean per channel"
    case .uncreatable(let code):
      "the file cannot be created: \(words(of: code))"
    case .unwritable(let code):
      "the file cannot be written: \(words(of: code))"
    case .unencodable(let format, let reason):
      "the picture cannot be written as \(format.rawValue): \(reason)"
    }
  }
}

extension ForeignFormat {
  fileprivate var message: String {
    switch self {
    case .gif, .webP, .bmp, .tiff, .jpeg2000, .photoshop, .netpbm:
      "this is a \(rawValue) picture; zoo reads JPEG and PNG. Convert it first, for example with ImageMagick: "
        + "magick \(example) picture.png"
    case .heif, .avif:
      "this is \(article) \(rawValue) picture; zoo reads JPEG and PNG. Convert it first, for example with libheif: "
        + "heif-convert \(example) picture.png"
    case .jpegXL:
      "this is a JPEG XL picture; zoo reads JPEG and PNG. Convert it first, for example with libjxl: "
        + "djxl \(example) picture.png"
    case .pdf, .svg:
      "this is \(article) \(rawValue) document; zoo reads JPEG and PNG. Export it as PNG first"
    case .html:
      "this is a web page, not a picture; the download may have answered with an error page"
    case .gitLFSPointer:
      "this is a Git LFS pointer, not the picture itself; fetch it with: git lfs pull"
    case .numPy:
      "this is a NumPy array, not a picture; give it a name that ends in .npy to feed it as it is"
    case .gzip, .zip:
      "this is a \(rawValue) archive, not a picture; unpack it first"
    case .text:
      "this is a text file, not a picture; zoo reads JPEG and PNG"
    }
  }

  private var article: String {
    self == .avif || self == .svg ? "an" : "a"
  }

  private var example: String {
    switch self {
    case .gif: "'picture.gif[0]'"
    case .heif: "picture.heic"
    case .jpeg2000: "picture.jp2"
    case .jpegXL: "picture.jxl"
    case .photoshop: "'picture.psd[0]'"
    case .netpbm: "picture.ppm"
    default: "picture.\(rawValue.lowercased())"
    }
  }
}

extension PreprocessingError: CustomStringConvertible {
  /// What is wrong, for a person, with the sizes that were expected and found.
  public var description: String {
    switch self {
    case .sideOutOfRange(let size, let found, let allowed):
      "\(size.name) to a \(size.side) of \(found) pixels; expected \(allowed.lowerBound) to \(allowed.upperBound)"
    case .tooManyPixels(let size, let extent, let limit):
      "\(size.name) to \(extent.width)×\(extent.height) pixels; expected at most \(limit) in all"
    case .wrongCount(let statistic, let found, let channels):
      "\(statistic.name) has \(found) \(found == 1 ? "number" : "numbers"); expected \(channels.count), "
        + "one per channel of \(channels.name)"
    case .meanNotFinite(let channel, let value):
      "the mean of channel \(channel) is \(value); expected a finite number"
    case .standardDeviationNotPositive(let channel, let value):
      "the standard deviation of channel \(channel) is \(value); expected a number above 0, as pixels are divided by it"
    case .meanImageChannels(let found, let channels):
      "the mean image has \(found) \(found == 1 ? "channel" : "channels"); expected \(channels.count), "
        + "those of \(channels.name), before height and width"
    case .meanImageSize(let mean, let resized, let part):
      "\(ImageFact.meanImageSize(mean: mean, resized: resized, part: part))"
    case .meanImageUnread:
      "the mean image is named and has not been read"
    case .scaleNotPositive(let value):
      "the scale is \(value); expected a finite number above 0"
    }
  }
}

extension PreprocessingError.Size {
  fileprivate var name: String {
    switch self {
    case .shorterSide, .resize: "resize"
    case .crop: "crop"
    }
  }

  fileprivate var side: String {
    switch self {
    case .shorterSide: "shorter side"
    case .resize, .crop: "side"
    }
  }
}

extension PreprocessingError.Statistic {
  fileprivate var name: String {
    switch self {
    case .mean: "the mean"
    case .standardDeviation: "the standard deviation"
    }
  }
}

private func size(_ extent: Extent) -> String {
  "\(extent.width)×\(extent.height)"
}

private func hexadecimal(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 16, uppercase: true)
  return digits.count == 1 ? "0" + digits : digits
}

private func words(of code: Int32) -> String {
  strerror(code).map { String(cString: $0) } ?? "error \(code)"
}
