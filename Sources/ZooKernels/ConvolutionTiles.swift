internal import CZooKernels
import ZooTensor

/// A grid of outputs that share their weights, and the strides between neighbours, in floats: the pixels of a map, or
/// the images of a batch where each map is a pixel.
struct PixelGrid: Sendable {
  struct Strides: Sendable {
    var row = 0
    var column = 0
    /// From a channel block to the next.
    var block = 0
  }

  var columns: Int
  var input: Strides
  var output: Strides

  /// How many pixels joined rows have at most.
  static let joinedPixels = 64

  /// How many rows of a map to make one of: as few as need the fewest tiles.
  static func joinedRows(of extent: Extent, _ kernels: UnsafePointer<zoo_kernels>) -> Int {
    func tiles(_ rows: Int) -> Int {
      extent.height / rows * Parts(rows * extent.width, atMost: Int(kernels.pointee.tile_pixels)).count
    }
    return (1...max(1, joinedPixels / extent.width)).filter { extent.height % $0 == 0 }.min { tiles($0) < tiles($1) }
      ?? 1
  }
}

/// Covers output rows with convolution tiles.
struct ConvolutionTiles: @unchecked Sendable {
  let kernels: UnsafePointer<zoo_kernels>
  let isPlanar: Bool
  let grid: PixelGrid
  var shape: zoo_convolution
  /// What is left to fetch of `UpcomingWeights`.
  var upcoming = zoo_upcoming()

  /// How many rows a tile covers: two where the map is so narrow that they fill the registers better.
  static func rowsPerTile(_ kernels: UnsafePointer<zoo_kernels>, rows: Int, columns: Int) -> Int {
    let tilePixels = Int(kernels.pointee.tile_pixels)
    // A step of the reduction takes as long as for 4 pixels at least: so long an addition waits for the one before.
    func cost(_ parts: Parts, rows: Int) -> Int {
      (0..<parts.count).reduce(0) { $0 + max(4, rows * parts[$1].count) }
    }
    guard rows > 1, tilePixels > 1 else { return 1 }
    let pairs = cost(Parts(columns, atMost: tilePixels / 2), rows: 2)
    return pairs < 2 * cost(Parts(columns, atMost: tilePixels), rows: 1) ? 2 : 1
  }

  init(_ kernels: UnsafePointer<zoo_kernels>, isPlanar: Bool, grid: PixelGrid, shape: zoo_convolution) {
    self.kernels = kernels
    self.isPlanar = isPlanar
    self.grid = grid
    self.shape = shape
    self.shape.input_pixel = grid.input.column
    self.shape.output_pixel = grid.output.column
    self.shape.output_block = grid.output.block
  }

  /// Computes one or two blocks of output channels for some rows, and fetches weights for the next call. `rows`: of the
  /// output; the pointers are those of row 0. `rowsPerTile`: as `rowsPerTile(_:rows:columns:)` says for the whole grid.
  /// `next`: the next call's weights. `addend`: may be the output.
  mutating func run(
    rows: Range<Int>, rowsPerTile: Int, blocks: Int, input: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    next: UnsafePointer<Float>, bias: UnsafePointer<Float>,
    addend: (floats: UnsafePointer<Float>, strides: PixelGrid.Strides)?,
    output: UnsafeMutablePointer<Float>
  ) {
    let lanes = BlockedLayout.lanes
    let weightFloats = shape.planes * shape.rows * shape.columns * (isPlanar ? 1 : lanes) * lanes
    let addendStrides = addend?.strides ?? PixelGrid.Strides()
    shape.addend_pixel = addendStrides.column
    shape.addend_block = addendStrides.block
    var tiling = zoo_tiling(
      rows: rows.count, columns: grid.columns, input_row: grid.input.row, output_row: grid.output.row,
      addend_row: addendStrides.row, pairs: rowsPerTile == 2)
    zoo_convolution_rows(
      kernels, isPlanar, Int32(blocks * lanes), &tiling, &shape, weightFloats,
      input + rows.lowerBound * grid.input.row, weights, next, bias,
      addend.map { $0.floats + rows.lowerBound * addendStrides.row }, output + rows.lowerBound * grid.output.row,
      &upcoming)
  }
}
