import ZooTensor

/// How the image fed to a first convolution lies in memory: `[channels][top + height + bottom][left + width + right]`
/// floats, zeros in the padding. With three channels, blocks of 16 would be mostly empty.
public struct PlanarLayout: Hashable, Sendable {
  public let channels: Int
  public let extent: Extent
  public let padding: Padding

  public init(channels: Int, extent: Extent, padding: Padding) {
    self.channels = channels
    self.extent = extent
    self.padding = padding
  }

  /// Floats from a pixel to the one below.
  public var rowStride: Int { extent.width + padding.horizontal }

  /// Floats from a channel to the next.
  public var planeStride: Int { (extent.height + padding.vertical) * rowStride }

  public var floatsPerImage: Int { channels * planeStride }
}

/// A batch of planar images in memory that someone else owns.
public struct PlanarView: @unchecked Sendable {
  public let base: UnsafeMutablePointer<Float>
  public let layout: PlanarLayout
  public let images: Int

  /// - Parameter base: `images · layout.floatsPerImage` floats.
  public init(_ base: UnsafeMutablePointer<Float>, layout: PlanarLayout, images: Int = 1) {
    self.base = base
    self.layout = layout
    self.images = images
  }
}
