import ZooTensor

extension PixelImage {
  /// Reads a JPEG or PNG file (or pipe) and decodes it to RGB.
  ///
  /// The format is recognised by content. The orientation that EXIF or else XMP states is applied, transparency is
  /// composited on white, 16-bit samples keep their high byte, CMYK becomes RGB: the bytes are those of Pillow after
  /// `exif_transpose`.
  ///
  /// - Throws: `ImageError`, naming `path`.
  public init(path: String, limits: ImageLimits = .standard) throws(ImageError) {
    do throws(ImageFact) {
      try self.init(decoding: readImageFile(path, limit: limits.fileSize), limits: limits)
    } catch {
      throw ImageError(name: path, fact: error)
    }
  }

  /// Reads and decodes the rest of what an open descriptor has, such as that of standard input, as `init(path:limits:)`
  /// does.
  ///
  /// - Parameters:
  ///   - descriptor: open for reading; it stays open.
  ///   - name: what error messages call it.
  ///   - limits: what a file from a stranger may ask for.
  /// - Throws: `ImageError`.
  public init(
    descriptor: Int32, name: String? = nil, limits: ImageLimits = .standard
  ) throws(ImageError) {
    do throws(ImageFact) {
      try self.init(decoding: readImageFile(descriptor, limit: limits.fileSize), limits: limits)
    } catch {
      throw ImageError(name: name, fact: error)
    }
  }

  /// Decodes the bytes of a JPEG or PNG file to RGB, as `init(path:limits:)` does.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - name: what error messages call the bytes.
  ///   - limits: what a file from a stranger may ask for.
  /// - Throws: `ImageError`.
  public init(bytes: [UInt8], name: String? = nil, limits: ImageLimits = .standard) throws(ImageError) {
    do throws(ImageFact) {
      try self.init(decoding: bytes, limits: limits)
    } catch {
      throw ImageError(name: name, fact: error)
    }
  }

  private init(decoding bytes: [UInt8], limits: ImageLimits) throws(ImageFact) {
    guard !bytes.isEmpty else { throw .empty }
    guard bytes.count <= limits.fileSize else { throw .fileTooLarge(size: bytes.count, limit: limits.fileSize) }
    switch SniffedFormat(bytes) {
    case .image(.jpeg): self = try decodeJPEG(bytes, limits: limits)
    case .image(.png): self = try decodePNG(bytes, limits: limits)
    case .foreign(let format): throw .foreign(format)
    case .unknown: throw .unrecognised(firstBytes: Array(bytes.prefix(8)))
    }
  }
}

extension ImageLimits {
  /// Checks a size that a header claims.
  func check(_ extent: Extent) throws(ImageFact) {
    let (area, overflow) = extent.height.multipliedReportingOverflow(by: extent.width)
    guard !overflow, area <= pixelCount else { throw .tooManyPixels(extent, limit: pixelCount) }
  }
}
