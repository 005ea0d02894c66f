import ZooTensor

/// What the bytes of one pixel mean.
public enum PixelLayout: Hashable, Sendable, CaseIterable {
  /// Red, green, blue.
  case rgb
  /// Luminance.
  case grey

  /// The number of bytes per pixel: 3 or 1.
  public var channelCount: Int {
    switch self {
    case .rgb: 3
    case .grey: 1
    }
  }
}

/// A picture of 8-bit samples, row-major, the channels of a pixel side by side (HWC).
public struct PixelImage: Hashable, Sendable {
  /// In pixels, at least 1.
  public let width: Int
  /// In pixels, at least 1.
  public let height: Int
  /// The channels of a pixel, in order.
  public let layout: PixelLayout
  /// `height * width * layout.channelCount` bytes.
  public let pixels: [UInt8]

  /// - Parameters:
  ///   - width: in pixels.
  ///   - height: in pixels.
  ///   - layout: the channels of a pixel, in order.
  ///   - pixels: `height * width * layout.channelCount` bytes.
  /// - Throws: `ImageError` with `.pixelCount` when there are more or fewer bytes, or a side is not positive.
  public init(width: Int, height: Int, layout: PixelLayout = .rgb, pixels: [UInt8]) throws(ImageError) {
    guard Self.isPicture(width: width, height: height, layout, byteCount: pixels.count) else {
      let extent = Extent(height: height, width: width)
      throw ImageError(name: nil, fact: .pixelCount(extent, channels: layout.channelCount, found: pixels.count))
    }
    self.init(width: width, height: height, layout: layout, trusted: pixels)
  }

  /// - Precondition: both sides are positive and there are `height * width * layout.channelCount` bytes.
  package init(width: Int, height: Int, layout: PixelLayout = .rgb, trusted pixels: [UInt8]) {
    precondition(
      Self.isPicture(width: width, height: height, layout, byteCount: pixels.count),
      "\(pixels.count) bytes for \(width)×\(height) pixels of \(layout.channelCount) channels")
    self.width = width
    self.height = height
    self.layout = layout
    self.pixels = pixels
  }

  private static func isPicture(width: Int, height: Int, _ layout: PixelLayout, byteCount: Int) -> Bool {
    guard width > 0, height > 0 else { return false }
    let (area, overflow) = width.multipliedReportingOverflow(by: height)
    return !overflow && byteCount % layout.channelCount == 0 && byteCount / layout.channelCount == area
  }

  /// The height and the width in pixels.
  public var extent: Extent { Extent(height: height, width: width) }
}
