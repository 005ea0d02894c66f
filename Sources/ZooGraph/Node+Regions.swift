import ZooTensor

/// Which parts of maps depend on each other, for each operation: by its traits, and so for all of them.
extension Node {
  /// The part of the value that can change when a part of an input does: everything else keeps its bits.
  ///
  /// - Parameters:
  ///   - region: of the input; within it
  ///   - index: which of the inputs
  ///   - extent: the input's
  /// - Returns: Rows and columns of the node's value.
  public func influence(of region: MapRegion, ofInput index: Int, extent: Extent) -> MapRegion {
    let (own, whole) = (shape.extent, MapRegion(shape.extent))
    guard !region.isEmpty else { return .empty }
    switch operation.traits.reach {
    case .nothing: return .empty
    // What has one pixel is a factor for all of a map.
    case .position: return extent == own ? region : whole
    // What is added to a convolution.
    case .window where index > 0: return region
    case .window(let kernel, let stride, let padding, let dilation):
      let axes = axes(kernel, stride, padding, dilation, extent)
      let found = MapRegion(
        rows: axes.vertical.outputs(reading: region.rows), columns: axes.horizontal.outputs(reading: region.columns))
      return found.isEmpty ? .empty : found
    case .share:
      func shares(_ range: Range<Int>, from: Int, to: Int) -> Range<Int> {
        range.lowerBound * to / from..<(range.upperBound * to + from - 1) / from
      }
      return MapRegion(
        rows: shares(region.rows, from: extent.height, to: own.height),
        columns: shares(region.columns, from: extent.width, to: own.width))
    case .geometry:
      if case .transposedConvolution(let geometry)? = geometry {
        return MapRegion(
          rows: geometry.vertical.inputs(readBy: region.rows),
          columns: geometry.horizontal.inputs(readBy: region.columns)
        ).intersection(MapRegion(own))
      }
      let rows = rowsAndColumns
      let found = MapRegion(
        rows: rows.vertical.outputs(reading: region.rows), columns: rows.horizontal.outputs(reading: region.columns))
      return found.isEmpty ? .empty : found
    case .map, .elements, .everything: return whole
    }
  }

  /// The part of an input that a part of the value is computed from; of a window, with the padding that it reads.
  ///
  /// - Parameters:
  ///   - region: of the value; within it
  ///   - index: which of the inputs
  ///   - extent: the input's
  /// - Returns: Rows and columns of the node's input.
  public func footprint(of region: MapRegion, inInput index: Int, extent: Extent) -> MapRegion {
    let (own, whole) = (shape.extent, MapRegion(extent))
    guard !region.isEmpty else { return .empty }
    switch operation.traits.reach {
    case .nothing: return .empty
    case .position: return extent == own ? region : whole
    case .window where index > 0: return region
    case .window(let kernel, let stride, let padding, let dilation):
      let axes = axes(kernel, stride, padding, dilation, extent)
      return MapRegion(
        rows: axes.vertical.inputs(readBy: region.rows), columns: axes.horizontal.inputs(readBy: region.columns))
    case .share:
      func sources(_ range: Range<Int>, from: Int, to: Int) -> Range<Int> {
        range.lowerBound * from / to..<(range.upperBound * from + to - 1) / to
      }
      return MapRegion(
        rows: sources(region.rows, from: extent.height, to: own.height),
        columns: sources(region.columns, from: extent.width, to: own.width))
    case .geometry:
      if case .transposedConvolution(let geometry)? = geometry {
        return MapRegion(
          rows: geometry.vertical.outputs(reading: region.rows),
          columns: geometry.horizontal.outputs(reading: region.columns))
      }
      let rows = rowsAndColumns
      return MapRegion(
        rows: rows.vertical.inputs(readBy: region.rows), columns: rows.horizontal.inputs(readBy: region.columns))
    case .map, .elements, .everything: return whole
    }
  }

  /// How rows and columns are made where that is a matter of the geometry.
  private var rowsAndColumns: (vertical: AxisResampling, horizontal: AxisResampling) {
    (resampling.vertical, resampling.horizontal)
  }

  /// How the rows and columns of the value and of the first input meet.
  private func axes(
    _ kernel: Extent, _ stride: Extent, _ rule: PaddingRule, _ dilation: Extent, _ input: Extent
  ) -> (vertical: ConvolutionAxis, horizontal: ConvolutionAxis) {
    if case .convolution(let geometry)? = geometry { return (geometry.vertical, geometry.horizontal) }
    let padding =
      if case .pooling(let geometry)? = geometry { geometry.padding } else {
        rule.padding(input: input, kernel: kernel, stride: stride, dilation: dilation)
      }
    return (
      ConvolutionAxis(
        input: input.height, output: shape.extent.height, kernel: kernel.height, stride: stride.height,
        padding: padding.top, dilation: dilation.height),
      ConvolutionAxis(
        input: input.width, output: shape.extent.width, kernel: kernel.width, stride: stride.width,
        padding: padding.left, dilation: dilation.width)
    )
  }
}
