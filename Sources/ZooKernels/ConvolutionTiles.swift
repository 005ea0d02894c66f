internal import CZooKernels

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
}

/// Covers output rows with convolution tiles.
struct ConvolutionTiles: @unchecked Sendable {
  let kernels: UnsafePointer<zoo_kernels>
  let isPlanar: Bool
  let grid: PixelGrid
  var shape: zoo_convolution

  /// How many rows a tile covers: two if both fit, so that narrow maps fill the registers.
  static func rowsPerTile(_ kernels: UnsafePointer<zoo_kernels>, rows: Int, columns: Int) -> Int {
    rows > 1 && 2 * columns <= Int(kernels.pointee.tile_pixels) ? 2 : 1
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

  /// Computes one or two blocks of output channels for some rows.
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
    let addendStrides = addend?.strides ?? PixelGrid.Strides()
    shape.addend_pixel = addendStrides.column
    shape.addend_block = addendStrides.block
    var row = rows.lowerBound
    while row < rows.upperBound {
      let input = input + row * grid.input.row
      let output = output + row * grid.output.row
      let addend = addend.map { $0.floats + row * addendStrides.row }
      if rowsPerTile == 2 && row + 1 < rows.upperBound {
        shape.input_second = grid.input.row
        shape.output_second = grid.output.row
        shape.addend_second = addendStrides.row
        tile(2 * grid.columns, channels, input, weights, bias, addend, output)
        row += 2
        continue
      }
      let tilePixels = Int(kernels.pointee.tile_pixels)
      let tiles = (grid.columns + tilePixels - 1) / tilePixels
      let (pixels, wider) = (grid.columns / tiles, grid.columns % tiles)
      var column = 0
      for index in 0..<tiles {
        let pixels = index < wider ? pixels + 1 : pixels
        let firstRun = (pixels + 1) / 2
        shape.input_second = firstRun * grid.input.column
        shape.output_second = firstRun * grid.output.column
        shape.addend_second = firstRun * addendStrides.column
        tile(
          pixels, channels, input + column * grid.input.column, weights, bias,
          addend.map { $0 + column * addendStrides.column }, output + column * grid.output.column)
        column += pixels
      }
      row += 1
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
