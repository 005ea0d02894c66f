/// A batch of feature maps in memory that someone else owns, or some of their channels.
public struct BlockedView: @unchecked Sendable {
  /// The halo's first float of the first block of the first image.
  public let base: UnsafeMutablePointer<Float>
  /// Of each map.
  public let layout: BlockedLayout
  /// How many maps lie one behind the other.
  public let images: Int
  /// Floats from an image to the next.
  public let imageStride: Int

  /// `base`: `images · layout.floatsPerImage` floats, 64-byte aligned.
  public init(_ base: UnsafeMutablePointer<Float>, layout: BlockedLayout, images: Int = 1) {
    self.init(base, layout: layout, images: images, imageStride: layout.floatsPerImage)
  }

  init(_ base: UnsafeMutablePointer<Float>, layout: BlockedLayout, images: Int = 1, imageStride: Int) {
    self.base = base
    self.layout = layout
    self.images = images
    self.imageStride = imageStride
  }

  /// Some of the channels: where a branch of a concatenation writes its share of the whole.
  ///
  /// - Precondition: the range starts at a multiple of 16, and ends at one or with the last channel. (An operation
  ///   writes whole blocks, so that any other share would spill into its neighbour; see `Machine.concatenate`.)
  public func channels(_ range: Range<Int>) -> BlockedView {
    let lanes = BlockedLayout.lanes
    precondition(
      range.lowerBound % lanes == 0 && (range.upperBound % lanes == 0 || range.upperBound == layout.channels)
        && range.upperBound <= layout.channels,
      "channels \(range) of \(layout.channels) are not whole blocks")
    return reading(range)
  }

  /// Some of the channels, to be read only: what is written would spill over the last of them.
  ///
  /// - Precondition: the range starts at a multiple of 16.
  public func reading(_ range: Range<Int>) -> BlockedView {
    precondition(
      range.lowerBound % BlockedLayout.lanes == 0 && range.upperBound <= layout.channels,
      "channels \(range) of \(layout.channels) do not start with a block")
    return BlockedView(
      base + range.lowerBound / BlockedLayout.lanes * layout.blockStride,
      layout: BlockedLayout(channels: range.count, extent: layout.extent, halo: layout.halo),
      images: images, imageStride: imageStride)
  }

  /// Some of the images.
  public func images(_ range: Range<Int>) -> BlockedView {
    precondition(range.lowerBound >= 0 && range.upperBound <= images, "images \(range) of \(images)")
    return BlockedView(
      base + range.lowerBound * imageStride, layout: layout, images: range.count, imageStride: imageStride)
  }
}

extension BlockedView {
  /// The first pixel inside the halo.
  func interior(image: Int, block: Int) -> UnsafeMutablePointer<Float> {
    base + image * imageStride + block * layout.blockStride + layout.interiorOffset
  }

  /// The first pixel of a row inside the halo.
  func row(_ row: Int, image: Int, block: Int) -> UnsafeMutablePointer<Float> {
    interior(image: image, block: block) + row * layout.rowStride
  }

  /// The strides of a grid of pixels, or of images with one pixel each. `joinedRows`: how many rows of the map are one
  /// of the grid.
  func strides(isBatch: Bool, joinedRows: Int = 1) -> PixelGrid.Strides {
    isBatch
      ? PixelGrid.Strides(column: imageStride, block: layout.blockStride)
      : PixelGrid.Strides(
        row: joinedRows * layout.rowStride, column: BlockedLayout.lanes, block: layout.blockStride)
  }

  /// Whether both have the same channels, extent and images; halos may differ.
  func hasShape(of other: BlockedView) -> Bool {
    layout.channels == other.layout.channels && layout.extent == other.layout.extent && images == other.images
  }
}
