import ZooTensor

/// How the image fed to a first convolution lies in memory: `[channels][top + height + bottom][left + width + right]`
/// floats, zeros in the padding. With three channels, blocks of 16 would be mostly empty.
public struct PlanarLayout: Hashable, Sendable {
  /// The number of planes.
  public let channels: Int
  /// Rows and columns, without the padding.
  public let extent: Extent
  /// Rows and columns of zeros around each plane.
  public let padding: Padding

  /// Planes of so many rows and columns, with zeros around them.
  public init(channels: Int, extent: Extent, padding: Padding) {
    self.channels = channels
    self.extent = extent
    self.padding = padding
  }

  /// Floats from a pixel to the one below.
  public var rowStride: Int { extent.width + padding.horizontal }

  /// Floats from a channel to the next.
  public var planeStride: Int { (extent.height + padding.vertical) * rowStride }

  /// With the padding.
  public var floatsPerImage: Int { channels * planeStride }
}

/// A batch of planar images in memory that someone else owns.
public struct PlanarView: @unchecked Sendable {
  /// The first float of the first image, in its padding.
  public let base: UnsafeMutablePointer<Float>
  /// Of each image.
  public let layout: PlanarLayout
  /// How many lie one behind the other.
  public let images: Int

  /// `base`: `images · layout.floatsPerImage` floats.
  public init(_ base: UnsafeMutablePointer<Float>, layout: PlanarLayout, images: Int = 1) {
    self.base = base
    self.layout = layout
    self.images = images
  }
}
