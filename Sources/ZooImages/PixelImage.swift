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
  public let width: Int
  public let height: Int
  public let layout: PixelLayout
  /// `height * width * layout.channelCount` bytes.
  public let pixels: [UInt8]

  /// - Precondition: both sides are positive and `pixels` has `height * width * layout.channelCount` bytes.
  public init(width: Int, height: Int, layout: PixelLayout = .rgb, pixels: [UInt8]) {
    precondition(width > 0 && height > 0, "a picture of \(width)×\(height) pixels")
    precondition(
      pixels.count == width * height * layout.channelCount,
      "\(pixels.count) bytes for \(width)×\(height) pixels of \(layout.channelCount) channels")
    self.width = width
    self.height = height
    self.layout = layout
    self.pixels = pixels
  }

  public var extent: Extent { Extent(height: height, width: width) }
}
