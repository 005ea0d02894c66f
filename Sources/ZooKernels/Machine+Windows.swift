internal import CZooKernels
import ZooTensor

/// A part of a map in memory of its own, for one image.
public struct MapWindow: Sendable {
  /// Where in the map it lies; what an operation reads may reach into the padding.
  public let region: MapRegion
  /// As large as the region.
  public let view: BlockedView

  /// - Precondition: one image, of the region's extent.
  public init(_ region: MapRegion, _ view: BlockedView) {
    precondition(view.images == 1 && view.layout.extent == region.extent, "\(view.layout.extent) for \(region)")
    self.region = region
    self.view = view
  }
}

/// A part of a map that is to be put together: of the map, of what replaces a part of it, and of zeros outside.
public struct WindowAssembly: Sendable {
  let map: BlockedView
  let change: MapWindow?
  let target: MapWindow

  /// `map`: the whole map of one image. `change`: what takes the map's place where it lies.
  public init(of map: BlockedView, replacing change: MapWindow?, into target: MapWindow) {
    precondition(map.images == 1 && map.layout.channels == target.view.layout.channels, "another map's window")
    self.map = map
    self.change = change
    self.target = target
  }
}

/// As `WindowAssembly`, of planes without padding between them.
public struct PlanesAssembly: @unchecked Sendable {
  let channels: Int
  let extent: Extent
  let map: UnsafePointer<Float>
  let change: UnsafePointer<Float>?
  let changed: MapRegion
  let target: UnsafeMutablePointer<Float>
  let region: MapRegion

  /// `map`: `[channels, height, width]`. `change`: `[channels, rows, columns]` of `changed`. `target`: `[channels,
  /// rows, columns]` of `region`.
  public init(
    channels: Int, of extent: Extent, _ map: UnsafePointer<Float>, replacing changed: MapRegion,
    with change: UnsafePointer<Float>?, into target: UnsafeMutablePointer<Float>, _ region: MapRegion
  ) {
    self.channels = channels
    self.extent = extent
    self.map = map
    self.change = change
    self.changed = changed
    self.target = target
    self.region = region
  }
}

extension Machine {
  /// Puts windows of one map of several images together.
  public func assemble(_ windows: [WindowAssembly]) {
    guard let first = windows.first else { return }
    let blocks = first.target.view.layout.blocks
    let floats = windows.reduce(0) { $0 + $1.target.region.extent.area } * BlockedLayout.lanes / windows.count
    let blocksPerChunk = max(1, 16384 / max(1, floats))
    parallel(rows: (blocks + blocksPerChunk - 1) / blocksPerChunk, columns: windows.count) { chunk, window, _ in
      let (source, lanes) = (windows[window], BlockedLayout.lanes)
      for block in chunk * blocksPerChunk..<min(blocks, (chunk + 1) * blocksPerChunk) {
        for row in source.target.region.rows {
          let target = source.target.view.row(row - source.target.region.rows.lowerBound, image: 0, block: block)
          let extent = source.map.layout.extent
          let isInside = row >= 0 && row < extent.height
          let change = source.change.flatMap { change in
            change.region.rows.contains(row)
              ? UnsafePointer(change.view.row(row - change.region.rows.lowerBound, image: 0, block: block)) : nil
          }
          assembleRow(
            source.target.region.columns, of: extent.width,
            isInside ? UnsafePointer(source.map.row(row, image: 0, block: block)) : nil,
            source.change?.region.columns ?? 0..<0, change, pixel: lanes, into: target)
        }
      }
    }
  }

  /// Puts planes of several images together.
  public func assemble(_ planes: [PlanesAssembly]) {
    guard let channels = planes.first?.channels else { return }
    parallel(rows: channels, columns: planes.count) { channel, index, _ in
      let source = planes[index]
      for row in source.region.rows {
        let isInside = row >= 0 && row < source.extent.height
        let change = source.change.flatMap { change in
          source.changed.rows.contains(row)
            ? change + (channel * source.changed.rows.count + row - source.changed.rows.lowerBound)
              * source.changed.columns.count : nil
        }
        assembleRow(
          source.region.columns, of: source.extent.width,
          isInside ? source.map + (channel * source.extent.height + row) * source.extent.width : nil,
          source.changed.columns, change, pixel: 1,
          into: source.target
            + (channel * source.region.rows.count + row - source.region.rows.lowerBound) * source.region.columns.count)
      }
    }
  }

  /// `columns`: what is written. `row`: of the map, from its first column; `nil` outside. `changed`: the columns of
  /// `change`, which begins with the first. `pixel`: the floats of a pixel.
  private func assembleRow(
    _ columns: Range<Int>, of width: Int, _ row: UnsafePointer<Float>?, _ changed: Range<Int>,
    _ change: UnsafePointer<Float>?, pixel: Int, into target: UnsafeMutablePointer<Float>
  ) {
    func place(_ column: Int) -> UnsafeMutablePointer<Float> { target + (column - columns.lowerBound) * pixel }
    guard let row else { return target.update(repeating: 0, count: columns.count * pixel) }
    let inside = columns.clamped(to: 0..<width)
    guard !inside.isEmpty else { return target.update(repeating: 0, count: columns.count * pixel) }
    target.update(repeating: 0, count: (inside.lowerBound - columns.lowerBound) * pixel)
    place(inside.upperBound).update(repeating: 0, count: (columns.upperBound - inside.upperBound) * pixel)
    func copy(_ part: Range<Int>) {
      if !part.isEmpty { place(part.lowerBound).update(from: row + part.lowerBound * pixel, count: part.count * pixel) }
    }
    let replaced = change == nil ? inside.lowerBound..<inside.lowerBound : inside.clamped(to: changed)
    guard let change, !replaced.isEmpty else { return copy(inside) }
    copy(inside.lowerBound..<replaced.lowerBound)
    place(replaced.lowerBound).update(
      from: change + (replaced.lowerBound - changed.lowerBound) * pixel, count: replaced.count * pixel)
    copy(replaced.upperBound..<inside.upperBound)
  }

  /// Parts of what `maxPool` gives for whole maps, with the same bits. `windows`: those of the input hold all that is
  /// read within the map.
  public func maxPool(_ geometry: PoolingGeometry, windows: [(input: MapWindow, output: MapWindow)]) {
    pool(geometry, countsPadding: false, windows, kernels.pointee.max_pool)
  }

  /// Parts of what `averagePool` gives for whole maps, with the same bits.
  public func averagePool(
    _ geometry: PoolingGeometry, countsPadding: Bool, windows: [(input: MapWindow, output: MapWindow)]
  ) {
    pool(geometry, countsPadding: countsPadding, windows, kernels.pointee.average_pool)
  }

  private func pool(
    _ geometry: PoolingGeometry, countsPadding: Bool, _ windows: [(input: MapWindow, output: MapWindow)],
    _ kernel:
      @escaping @convention(c) (UnsafePointer<zoo_pool>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int)
      -> Void
  ) {
    guard let blocks = windows.first?.output.view.layout.blocks else { return }
    parallel(rows: blocks, columns: windows.count) { block, window, _ in
      let (input, output) = windows[window]
      let first = output.region.columns.lowerBound
      for row in output.region.rows {
        let rows = geometry.window(row: row, column: 0).rows
        let top = row * geometry.stride.height - geometry.padding.top
        let bottom = min(top + geometry.kernel.height, geometry.input.height + geometry.padding.bottom)
        // Columns are counted from the map's first one, those of the output from the window's.
        var shape = zoo_pool(
          rows: rows.count, row_stride: input.view.layout.rowStride, kernel: geometry.kernel.width,
          stride: geometry.stride.width, padding: geometry.padding.left - first * geometry.stride.width,
          width: geometry.input.width, counted_rows: countsPadding ? bottom - top : rows.count,
          counted_width: geometry.input.width + geometry.padding.right, counts_padding: countsPadding)
        kernel(
          &shape,
          input.view.row(rows.lowerBound - input.region.rows.lowerBound, image: 0, block: block)
            - input.region.columns.lowerBound * BlockedLayout.lanes,
          output.view.row(row - output.region.rows.lowerBound, image: 0, block: block), output.region.columns.count)
      }
    }
  }
}
