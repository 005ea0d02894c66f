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

  /// How many rows of a map to make one of: as many as have 64 pixels, of which a tile takes an even share.
  static func joinedRows(of extent: Extent) -> Int {
    (1...extent.height).last { extent.height % $0 == 0 && $0 * extent.width <= 64 } ?? 1
  }
}

/// Covers output rows with convolution tiles.
struct ConvolutionTiles: @unchecked Sendable {
  let kernels: UnsafePointer<zoo_kernels>
  let isPlanar: Bool
  let grid: PixelGrid
  var shape: zoo_convolution

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

  /// Computes one or two blocks of output channels for some rows, and fetches weights for the next call: as many as it
  /// uses, from where its own end, an equal share with every tile. Memory is slower than the reduction where tiles are
  /// few, and would hold up the first one.
  ///
  /// - Parameters:
  ///   - rows: of the output; the pointers are those of row 0
  ///   - rowsPerTile: as `rowsPerTile(_:rows:columns:)` says for the whole grid
  ///   - addend: may be the output
  mutating func run(
    rows: Range<Int>, rowsPerTile: Int, blocks: Int, input: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    bias: UnsafePointer<Float>, addend: (floats: UnsafePointer<Float>, strides: PixelGrid.Strides)?,
    output: UnsafeMutablePointer<Float>
  ) {
    let channels = Int32(blocks * BlockedLayout.lanes)
    let weightFloats =
      shape.planes * shape.rows * shape.columns * (isPlanar ? 1 : BlockedLayout.lanes) * shape.weight_stride
    let addendStrides = addend?.strides ?? PixelGrid.Strides()
    shape.addend_pixel = addendStrides.column
    shape.addend_block = addendStrides.block
    let tilePixels = Int(kernels.pointee.tile_pixels)
    let pairCount = rowsPerTile == 2 ? rows.count / 2 : 0
    let tileCount =
      pairCount * Parts(grid.columns, atMost: max(1, tilePixels / 2)).count
      + (rows.count - 2 * pairCount) * Parts(grid.columns, atMost: tilePixels).count
    shape.fetch_stride = (BlockedLayout.lanes + tileCount - 1) / max(1, tileCount)
    var tilesDone = 0
    var row = rows.lowerBound
    while row < rows.upperBound {
      let input = input + row * grid.input.row
      let output = output + row * grid.output.row
      let addend = addend.map { $0.floats + row * addendStrides.row }
      let isPair = rowsPerTile == 2 && row + 1 < rows.upperBound
      let parts = Parts(grid.columns, atMost: isPair ? tilePixels / 2 : tilePixels)
      for index in 0..<parts.count {
        let part = parts[index]
        let firstRun = (part.count + 1) / 2
        shape.fetch_offset = weightFloats + weightFloats * tilesDone / tileCount
        tilesDone += 1
        shape.input_second = isPair ? grid.input.row : firstRun * grid.input.column
        shape.output_second = isPair ? grid.output.row : firstRun * grid.output.column
        shape.addend_second = isPair ? addendStrides.row : firstRun * addendStrides.column
        tile(
          isPair ? 2 * part.count : part.count, channels, input + part.lowerBound * grid.input.column, weights, bias,
          addend.map { $0 + part.lowerBound * addendStrides.column }, output + part.lowerBound * grid.output.column)
      }
      row += isPair ? 2 : 1
    }
  }

  private func tile(
    _ pixels: Int, _ channels: Int32, _ input: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
    _ bias: UnsafePointer<Float>, _ addend: UnsafePointer<Float>?, _ output: UnsafeMutablePointer<Float>
  ) {
    guard let kernel = zoo_tile(kernels, isPlanar, Int32(pixels), channels) else {
      preconditionFailure("no tile of \(pixels)×\(channels)")
    }
    withUnsafePointer(to: shape) { kernel($0, input, weights, bias, addend, output) }
  }
}
