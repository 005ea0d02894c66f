internal import CZooKernels
import ZooTensor

/// Where the sums of a tile lie.
struct FilterGradientMemory: @unchecked Sendable {
  /// The sums of the tile's first plane and block.
  private let weights: UnsafeMutablePointer<Float>
  private let biases: UnsafeMutablePointer<Float>
  private let panels: WeightPanels
  /// Floats from a block of outputs to the next.
  let blockFloats: Int
  /// Whether the tile is on its own.
  private let isTile: Bool

  /// For one tile.
  init(ofTile floats: UnsafeMutablePointer<Float>, _ schedule: FilterGradientSchedule) {
    panels = schedule.panels
    blockFloats = schedule.tilePlanes * panels.stepsPerPlane * BlockedLayout.lanes
    weights = floats
    biases = floats + schedule.tileBlocks * blockFloats
    isTile = true
  }

  /// For all tiles of a slice.
  init(ofSlice floats: UnsafeMutablePointer<Float>, _ schedule: FilterGradientSchedule) {
    panels = schedule.panels
    blockFloats = panels.blockFloats
    weights = floats
    biases = floats + panels.floatCount
    isTile = false
  }

  func weights(_ tile: FilterGradientSchedule.Tile, block: Int, plane: Int) -> UnsafeMutablePointer<Float> {
    isTile
      ? weights + (block - tile.blocks.lowerBound) * blockFloats
        + (plane - tile.planes.lowerBound) * panels.stepsPerPlane * BlockedLayout.lanes
      : weights + panels.offset(group: tile.group, block: block, plane: plane)
  }

  func bias(_ tile: FilterGradientSchedule.Tile, block: Int) -> UnsafeMutablePointer<Float> {
    biases
      + (isTile ? block - tile.blocks.lowerBound : tile.group * panels.blocksPerGroup + block) * BlockedLayout.lanes
  }
}

/// Adds up a tile over a slice.
struct FilterGradientSums: @unchecked Sendable {
  let kernels: UnsafePointer<zoo_kernels>
  let schedule: FilterGradientSchedule
  let input: ConvolutionInput
  let outputGradient: BlockedView
  let hasBias: Bool
  /// Where the pixels begin, in floats from the first one of the input and of the gradient.
  var inputOffset = 0
  var gradientOffset = 0

  func compute(_ tile: FilterGradientSchedule.Tile, of slice: Range<Int>, into memory: FilterGradientMemory) {
    let panels = schedule.panels
    let lanes = BlockedLayout.lanes
    let computesBias = hasBias && tile.planes.lowerBound == 0
    for block in tile.blocks {
      for plane in tile.planes where !panels.isDense(block: block, plane: plane) {
        memory.weights(tile, block: block, plane: plane).update(repeating: 0, count: panels.stepsPerPlane * lanes)
      }
    }
    var shape = strides
    shape.sums_block = memory.blockFloats
    shape.sums_plane = panels.stepsPerPlane * lanes
    schedule.forEachChunk(of: slice) { chunk in
      set(&shape, chunk)
      shape.adds = chunk.images.lowerBound > slice.lowerBound || chunk.rows.lowerBound > 0
      let source =
        input.corner + inputOffset + chunk.images.lowerBound * input.imageStride
        + chunk.rows.lowerBound * panels.geometry.stride.height * input.rowStride
      func gradient(_ block: Int) -> UnsafeMutablePointer<Float> {
        outputGradient.row(
          chunk.rows.lowerBound, image: chunk.images.lowerBound, block: tile.group * panels.blocksPerGroup + block)
          + gradientOffset
      }
      let first = tile.blocks.lowerBound
      let planes = source + (tile.group * panels.planesPerGroup + tile.planes.lowerBound) * input.planeStride
      shape.planes = tile.planes.count
      shape.blocks = tile.blocks.count
      if panels.isDepthwise {
        for block in tile.blocks {
          kernels.pointee.filter_gradient_depthwise(
            &shape, source + block * input.planeStride, gradient(block), memory.weights(tile, block: block, plane: 0))
        }
      } else if panels.depth == 1 {
        kernels.pointee.filter_gradient_planar(
          &shape, planes, gradient(first), memory.weights(tile, block: first, plane: 0))
      } else {
        shape.last_lanes = tile.planes.upperBound == panels.planesPerGroup ? panels.lanesOfLastPlane : lanes
        kernels.pointee.filter_gradient(
          &shape, planes, gradient(first), memory.weights(tile, block: first, plane: tile.planes.lowerBound))
      }
      if !computesBias { return }
      for block in tile.blocks {
        kernels.pointee.bias_gradient(&shape, gradient(block), memory.bias(tile, block: block))
      }
    }
  }

  private var strides: zoo_filter_gradient {
    let geometry = schedule.panels.geometry
    let layout = outputGradient.layout
    var shape = zoo_filter_gradient()
    shape.image_input = input.imageStride
    shape.image_gradient = outputGradient.imageStride
    shape.row_input = geometry.stride.height * input.rowStride
    shape.row_gradient = layout.rowStride
    shape.column_input = geometry.stride.width * input.pixelStride
    shape.column_gradient = BlockedLayout.lanes
    shape.kernel_rows = geometry.kernel.height
    shape.kernel_row = geometry.dilation.height * input.rowStride
    shape.kernel_columns = geometry.kernel.width
    shape.kernel_column = geometry.dilation.width * input.pixelStride
    shape.plane = input.planeStride
    shape.gradient_block = layout.blockStride
    return shape
  }

  /// A chunk's pixels: where maps are single pixels, images are columns.
  private func set(_ shape: inout zoo_filter_gradient, _ chunk: FilterGradientSchedule.Chunk) {
    if schedule.output.area == 1 {
      (shape.images, shape.rows, shape.columns) = (1, 1, chunk.images.count)
      (shape.column_input, shape.column_gradient) = (input.imageStride, outputGradient.imageStride)
    } else {
      (shape.images, shape.rows, shape.columns) = (chunk.images.count, chunk.rows.count, schedule.output.width)
    }
  }
}
