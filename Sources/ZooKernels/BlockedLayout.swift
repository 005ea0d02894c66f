import ZooTensor

/// How a feature map lies in memory: `[channels / 16][top + height + bottom][left + width + right][16]` floats.
///
/// 16 floats, a *line*, are a cache line and a vector of the widest instruction set; the layout is the same for all of
/// them. The channels are rounded up to whole blocks; the lanes beyond the last channel hold finite numbers that mean
/// nothing. The halo holds zeros: it is the padding of the convolutions that read the map, sized for the greediest of
/// them.
///
/// A vector of `n` features is a map of `n` channels and one pixel without a halo.
public struct BlockedLayout: Hashable, Sendable {
  /// The channels of a block.
  public static let lanes = 16

  /// Without those that fill the last block.
  public let channels: Int
  /// Rows and columns, without the halo.
  public let extent: Extent
  /// Rows and columns of zeros around the map, for a convolution that reads it.
  public let halo: Padding

  /// A map of so many channels, rows and columns, with a halo around it.
  public init(channels: Int, extent: Extent, halo: Padding = .none) {
    self.channels = channels
    self.extent = extent
    self.halo = halo
  }

  /// A feature map `[C, H, W]` or a vector `[n]`.
  public init(_ shape: Shape, halo: Padding = .none) {
    self.init(channels: shape.channels, extent: shape.extent, halo: halo)
  }

  /// The number of channel blocks.
  public var blocks: Int { (channels + Self.lanes - 1) / Self.lanes }

  /// Floats from a pixel to the one below.
  public var rowStride: Int { (extent.width + halo.horizontal) * Self.lanes }

  /// Floats from a pixel to the same pixel in the next 16 channels.
  public var blockStride: Int { (extent.height + halo.vertical) * rowStride }

  /// Floats from an image to the next: an odd number of lines, so that one pixel of many images does not fall into one
  /// set of the cache.
  public var floatsPerImage: Int { (blocks * blockStride / Self.lanes | 1) * Self.lanes }

  /// Floats from the start of a block to its first pixel inside the halo.
  public var interiorOffset: Int { halo.top * rowStride + halo.left * Self.lanes }
}
