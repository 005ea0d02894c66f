internal import CZooKernels
import ZooTensor

/// What a convolution reads, in strides: whether it is blocked or planar makes no difference any more.
struct ConvolutionInput: @unchecked Sendable {
  /// The first pixel of the first window.
  let corner: UnsafePointer<Float>
  let images: Int
  let imageStride: Int
  let planeStride: Int
  let rowStride: Int
  let pixelStride: Int
  /// Whether there is no gap between rows.
  let isCompact: Bool

  init(_ view: BlockedView, for geometry: ConvolutionGeometry) {
    let layout = view.layout
    imageStride = view.imageStride
    planeStride = layout.blockStride
    rowStride = layout.rowStride
    pixelStride = BlockedLayout.lanes
    images = view.images
    isCompact = layout.halo.isNone
    corner = Self.corner(
      view.base, rowStride: rowStride, pixelStride: pixelStride, channels: layout.channels, extent: layout.extent,
      halo: layout.halo, geometry)
  }

  init(_ view: PlanarView, for geometry: ConvolutionGeometry) {
    let layout = view.layout
    imageStride = layout.floatsPerImage
    planeStride = layout.planeStride
    rowStride = layout.rowStride
    pixelStride = 1
    images = view.images
    isCompact = layout.padding.isNone
    corner = Self.corner(
      view.base, rowStride: rowStride, pixelStride: pixelStride, channels: layout.channels, extent: layout.extent,
      halo: layout.padding, geometry)
  }

  /// Some rows of an image without a halo, for whoever counts rows and images from the first of all.
  init(_ rows: BlockedView, rowsBefore: Int) {
    let layout = rows.layout
    corner = UnsafePointer(rows.base - rowsBefore * layout.rowStride)
    images = 1
    imageStride = 0
    planeStride = layout.blockStride
    rowStride = layout.rowStride
    pixelStride = BlockedLayout.lanes
    isCompact = true
  }

  private static func corner(
    _ base: UnsafeMutablePointer<Float>, rowStride: Int, pixelStride: Int, channels: Int, extent: Extent,
    halo: Padding, _ geometry: ConvolutionGeometry
  ) -> UnsafePointer<Float> {
    let required = geometry.requiredHalo
    precondition(
      channels == geometry.inputChannels && extent == geometry.input,
      "the input is \(channels)×\(extent), the convolution \(geometry)")
    precondition(
      halo.top >= required.top && halo.left >= required.left && halo.bottom >= required.bottom
        && halo.right >= required.right,
      "the input's halo is \(halo), the convolution needs \(required)")
    return UnsafePointer(base + (halo.top - required.top) * rowStride + (halo.left - required.left) * pixelStride)
  }

  /// The strides of a window; those of a tile are left at zero.
  func shape(_ geometry: ConvolutionGeometry) -> zoo_convolution {
    var shape = zoo_convolution()
    shape.plane_stride = planeStride
    shape.rows = geometry.kernel.height
    shape.row_stride = geometry.dilation.height * rowStride
    shape.columns = geometry.kernel.width
    shape.column_stride = geometry.dilation.width * pixelStride
    return shape
  }
}

extension ConvolutionGeometry {
  /// Whether the output has the pixels of the input, each computed from its own.
  var readsPixelByPixel: Bool { kernel.area == 1 && stride == Extent(1) && padding.isNone }
}
