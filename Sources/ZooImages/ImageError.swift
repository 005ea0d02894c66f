import ZooTensor

/// Why a picture cannot be read, resized or written.
public struct ImageError: Error, Hashable, Sendable {
  /// The file, or what the caller named the bytes; `nil` when there is no name.
  public let name: String?
  /// What is wrong, as data.
  public let fact: ImageFact

  /// What is wrong with the picture called `name`; `nil` where it has no name, as bytes in memory.
  public init(name: String?, fact: ImageFact) {
    self.name = name
    self.fact = fact
  }
}

/// What is wrong with a picture, without its name.
public enum ImageFact: Error, Hashable, Sendable {
  case notFound
  case directory
  /// A device or a socket.
  case notAFile
  case unreadable(code: Int32)
  case empty
  /// `size` is `nil` when the bytes came through a pipe.
  case fileTooLarge(size: Int?, limit: Int)
  /// A picture in a format that is not decoded, or something else that is commonly taken for a picture.
  case foreign(ForeignFormat)
  /// `firstBytes` holds at most eight.
  case unrecognised(firstBytes: [UInt8])
  /// The bytes end before the picture does.
  case truncated(ImageFormat)
  /// `reason` is the decoder's, or names the broken part.
  case undecodable(ImageFormat, reason: String)
  case tooManyPixels(Extent, limit: Int)
  /// Bytes of a caller's that are not those of a picture of this size, `channels` for each pixel.
  case pixelCount(Extent, channels: Int, found: Int)
  /// Rows of a caller's that begin nearer to each other than they are long, in bytes.
  case rowStride(PixelFormat, width: Int, found: Int)
  /// Bytes of a caller's that are not those of a picture whose rows are so many bytes apart.
  case byteCount(PixelFormat, Extent, rowStride: Int, expected: ClosedRange<Int>, found: Int)
  /// The system would not draw a picture of its own.
  case undrawable(Extent)
  case tooManyScans(limit: Int)
  /// A resize whose result has more than `limit` pixels.
  case resizeTooLarge(from: Extent, to: Extent, limit: Int)
  /// A mean image that has neither the size of the resized picture nor that of the part of it that is used, or a part
  /// that reaches beyond the picture.
  case meanImageSize(mean: Extent, resized: Extent, part: Extent)
  case uncreatable(code: Int32)
  case unwritable(code: Int32)
  case unencodable(ImageFormat = .png, reason: String)
}
