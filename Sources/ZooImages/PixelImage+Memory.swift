import ZooTensor

/// What the bytes of a pixel mean in memory of a caller's, in their order.
public enum PixelFormat: String, Hashable, Sendable, CaseIterable {
  /// Red, green, blue.
  case rgb = "RGB"
  /// Blue, green, red.
  case bgr = "BGR"
  /// Red, green, blue, and how opaque the pixel is: straight alpha, with which the colours are not multiplied.
  case rgba = "RGBA"
  /// Blue, green, red, and straight alpha.
  case bgra = "BGRA"
  /// Luminance.
  case grey = "grey"

  /// The number of bytes per pixel: 1, 3 or 4.
  public var byteCount: Int {
    switch self {
    case .grey: 1
    case .rgb, .bgr: 3
    case .rgba, .bgra: 4
    }
  }
}

extension PixelImage {
  /// Copies a picture from memory: from a camera, a video frame or another library.
  ///
  /// Transparency is composited on white, as that of PNG files is. Grey stays grey; all else becomes RGB. What is between rows
  /// is not read.
  ///
  /// - Parameters:
  ///   - width: in pixels, at least 1
  ///   - height: in pixels, at least 1
  ///   - format: which samples a pixel has, in which order
  ///   - bytes: the rows from top to bottom, of 8-bit samples; what follows the last row's pixels may be missing
  ///   - rowStride: the bytes from the beginning of a row to that of the next; `nil` for `width * format.byteCount`
  /// - Throws: `ImageError` with `.pixelCount` when a side is not positive or the picture larger than any memory,
  ///   `.rowStride` or `.byteCount`.
  public init(
    width: Int, height: Int, format: PixelFormat, bytes: UnsafeRawBufferPointer, rowStride: Int? = nil
  ) throws(ImageError) {
    do throws(ImageFact) {
      let extent = Extent(height: height, width: width)
      let stride = try Self.rowStride(of: extent, format, given: rowStride, found: bytes.count)
      self = Self.copy(extent, format, bytes, stride)
    } catch {
      throw ImageError(name: nil, fact: error)
    }
  }

  /// As above, from an array.
  ///
  /// - Throws: as above.
  public init(
    width: Int, height: Int, format: PixelFormat, bytes: [UInt8], rowStride: Int? = nil
  ) throws(ImageError) {
    self = try bytes.withUnsafeBytes { bytes in
      Result { () throws(ImageError) in
        try PixelImage(width: width, height: height, format: format, bytes: bytes, rowStride: rowStride)
      }
    }.get()
  }

  /// The bytes from row to row, when there are as many bytes as that takes.
  private static func rowStride(
    of extent: Extent, _ format: PixelFormat, given: Int?, found: Int
  ) throws(ImageFact) -> Int {
    let (row, overflow) = extent.width.multipliedReportingOverflow(by: format.byteCount)
    let noPicture = ImageFact.pixelCount(extent, channels: format.byteCount, found: found)
    guard extent.width > 0, extent.height > 0, !overflow else { throw noPicture }
    let stride = given ?? row
    guard stride >= row else { throw .rowStride(format, width: extent.width, found: stride) }
    let (all, isTooMuch) = stride.multipliedReportingOverflow(by: extent.height)
    guard !isTooMuch else { throw noPicture }
    let expected = all - (stride - row)...all
    guard expected.contains(found) else {
      throw .byteCount(format, extent, rowStride: stride, expected: expected, found: found)
    }
    return stride
  }

  private static func copy(
    _ extent: Extent, _ format: PixelFormat, _ bytes: UnsafeRawBufferPointer, _ stride: Int
  ) -> PixelImage {
    let layout: PixelLayout = format == .grey ? .grey : .rgb
    let (width, channels) = (extent.width, layout.channelCount)
    let count = extent.height * width * channels
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { target, initializedCount in
      for row in 0..<extent.height {
        let source = UnsafeRawBufferPointer(rebasing: bytes[row * stride..<row * stride + width * format.byteCount])
        let line = UnsafeMutableBufferPointer(
          rebasing: target[row * width * channels..<(row + 1) * width * channels])
        switch format {
        case .grey, .rgb: UnsafeMutableRawBufferPointer(line).copyMemory(from: source)
        case .bgr: copy(source, to: line, order: (2, 1, 0))
        case .rgba: composite(source, to: line, order: (0, 1, 2))
        case .bgra: composite(source, to: line, order: (2, 1, 0))
        }
      }
      initializedCount = count
    }
    return PixelImage(width: width, height: extent.height, layout: layout, trusted: pixels)
  }

  /// `order`: where red, green and blue are in three bytes.
  private static func copy(
    _ source: UnsafeRawBufferPointer, to line: UnsafeMutableBufferPointer<UInt8>, order: (Int, Int, Int)
  ) {
    for pixel in 0..<line.count / 3 {
      line[3 * pixel] = source[3 * pixel + order.0]
      line[3 * pixel + 1] = source[3 * pixel + order.1]
      line[3 * pixel + 2] = source[3 * pixel + order.2]
    }
  }

  /// `order`: where red, green and blue are in four bytes, the last of which is alpha.
  private static func composite(
    _ source: UnsafeRawBufferPointer, to line: UnsafeMutableBufferPointer<UInt8>, order: (Int, Int, Int)
  ) {
    for pixel in 0..<line.count / 3 {
      let alpha = source[4 * pixel + 3]
      line[3 * pixel] = FourChannelPixels.onWhite(source[4 * pixel + order.0], alpha: alpha)
      line[3 * pixel + 1] = FourChannelPixels.onWhite(source[4 * pixel + order.1], alpha: alpha)
      line[3 * pixel + 2] = FourChannelPixels.onWhite(source[4 * pixel + order.2], alpha: alpha)
    }
  }
}
