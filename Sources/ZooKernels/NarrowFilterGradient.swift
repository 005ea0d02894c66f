internal import CZooKernels
import ZooTensor

/// How the gradient of the weights of narrow groups is cut: the batch into slices, and those into chunks, as
/// `FilterGradientSchedule` says; the weights into units, one part of the inputs of one block of outputs.
struct NarrowFilterGradient: Sendable {
  let order: NarrowGroups
  /// Says how the batch is cut.
  let batch: FilterGradientSchedule
  /// Whether a thread adds a unit up over all slices, rather than over one of them.
  let walksSlices: Bool

  /// What the gradients of all slices may take together, in floats.
  private static let mostSliceFloats = 2 << 20

  init(_ order: NarrowGroups, _ batch: FilterGradientSchedule) {
    self.order = order
    self.batch = batch
    walksSlices = order.floatCount * batch.sliceCount(images: .max) > Self.mostSliceFloats
  }

  struct Unit {
    let block: Int
    let part: Int
  }

  var unitCount: Int { order.blockCount * order.partCount }

  func unit(_ index: Int) -> Unit { Unit(block: index / order.partCount, part: index % order.partCount) }

  /// The floats of a unit's weights.
  func weightFloats(_ unit: Unit) -> Int {
    order.inputs(ofPart: unit.part).count * order.kernel.area * BlockedLayout.lanes
  }

  /// The sums of the longest unit, then those of its biases.
  var unitFloats: Int { (order.inputsPerPart * order.kernel.area + 1) * BlockedLayout.lanes }

  /// The sums of all units, then those of all biases.
  var sliceFloats: Int { order.floatCount + order.blockCount * BlockedLayout.lanes }

  /// What walking needs: sums for each level of the tree, and for one slice more.
  func walkFloats(images: Int) -> Int { (batch.sliceCount(images: images).trailingZeroBitCount + 1) * unitFloats }

  func scratchFloats(images: Int, threads: Int) -> Int {
    walksSlices ? threads * walkFloats(images: images) : batch.sliceCount(images: images) * sliceFloats
  }
}

/// Adds a unit up over a slice, and writes it.
struct NarrowFilterGradientSums: @unchecked Sendable {
  let kernels: UnsafePointer<zoo_kernels>
  let work: NarrowFilterGradient
  let geometry: ConvolutionGeometry
  let input: ConvolutionInput
  let outputGradient: BlockedView
  let weights: UnsafeMutablePointer<Float>
  let bias: UnsafeMutablePointer<Float>?
  let accumulates: Bool

  /// `weightSums`: of the unit. `biasSums`: of its block, which come with the first part.
  func compute(
    _ unit: NarrowFilterGradient.Unit, of slice: Range<Int>, into weightSums: UnsafeMutablePointer<Float>,
    _ biasSums: UnsafeMutablePointer<Float>
  ) {
    let inputs = work.order.inputs(ofPart: unit.part)
    let sources = (0..<BlockedLayout.lanes).map {
      Int32(work.order.firstInput(block: unit.block, lane: $0) + inputs.lowerBound)
    }
    var shape = shape
    work.batch.forEachChunk(of: slice) { chunk in
      if geometry.output.area == 1 {
        // Images are columns.
        (shape.images, shape.rows, shape.columns) = (1, 1, chunk.images.count)
        (shape.column_input, shape.column_gradient) = (input.imageStride, outputGradient.imageStride)
      } else {
        (shape.images, shape.rows, shape.columns) = (chunk.images.count, chunk.rows.count, geometry.output.width)
      }
      shape.adds = chunk.images.lowerBound > slice.lowerBound || chunk.rows.lowerBound > 0
      let source =
        input.corner + chunk.images.lowerBound * input.imageStride
        + chunk.rows.lowerBound * geometry.stride.height * input.rowStride
      let gradient = outputGradient.row(chunk.rows.lowerBound, image: chunk.images.lowerBound, block: unit.block)
      kernels.pointee.grouped_filter_gradient(&shape, sources, inputs.count, source, gradient, weightSums)
      if bias != nil && unit.part == 0 { kernels.pointee.bias_gradient(&shape, gradient, biasSums) }
    }
  }

  private var shape: zoo_filter_gradient {
    let lanes = BlockedLayout.lanes
    var shape = zoo_filter_gradient()
    shape.image_input = input.imageStride
    shape.image_gradient = outputGradient.imageStride
    shape.row_input = geometry.stride.height * input.rowStride
    shape.row_gradient = outputGradient.layout.rowStride
    shape.column_input = geometry.stride.width * input.pixelStride
    shape.column_gradient = lanes
    shape.kernel_rows = geometry.kernel.height
    shape.kernel_row = geometry.dilation.height * input.rowStride
    shape.kernel_columns = geometry.kernel.width
    shape.kernel_column = geometry.dilation.width * input.pixelStride
    shape.plane = input.planeStride
    return shape
  }

  /// Writes a unit's weights and, with the first part, biases and what follows the last of them.
  func write(
    _ unit: NarrowFilterGradient.Unit, _ weightSums: UnsafePointer<Float>, _ biasSums: UnsafePointer<Float>
  ) {
    let lanes = BlockedLayout.lanes
    write(
      weightSums, lines: work.weightFloats(unit) / lanes, ofBlock: unit.block,
      into: weights + work.order.offset(block: unit.block, part: unit.part))
    guard let bias, unit.part == 0 else { return }
    write(biasSums, lines: 1, ofBlock: unit.block, into: bias + unit.block * lanes)
    if unit.block + 1 == work.order.blockCount {
      (bias + work.order.blockCount * lanes).update(repeating: 0, count: 2 * lanes)
    }
  }

  /// Writes lines, or adds them; in lanes that are no outputs, writes zeros.
  private func write(
    _ sums: UnsafePointer<Float>, lines: Int, ofBlock block: Int, into target: UnsafeMutablePointer<Float>
  ) {
    let lanes = BlockedLayout.lanes
    let used = work.order.outputs(ofBlock: block).count
    if accumulates {
      kernels.pointee.add(Activation?.none.kernel, target, sums, target, lines)
    } else {
      target.update(from: sums, count: lines * lanes)
    }
    if used == lanes { return }
    for line in 0..<lines { (target + line * lanes + used).update(repeating: 0, count: lanes - used) }
  }
}

extension Machine {
  /// - Precondition: what `filterGradient` demands.
  func filterGradient(_ sums: NarrowFilterGradientSums, images: Int, scratch: UnsafeMutablePointer<Float>) {
    let work = sums.work
    let slices = work.batch.sliceCount(images: images)
    nonisolated(unsafe) let scratch = scratch
    if work.walksSlices {
      parallel(columns: work.unitCount) { _, index, thread in
        walkSlices(
          of: work.unit(index), images: images, sums, scratch: scratch + thread * work.walkFloats(images: images))
      }
      return
    }
    @Sendable func memory(_ unit: NarrowFilterGradient.Unit, slice: Int) -> (
      weights: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>
    ) {
      let first = scratch + slice * work.sliceFloats
      return (
        first + work.order.offset(block: unit.block, part: unit.part),
        first + work.order.floatCount + unit.block * BlockedLayout.lanes
      )
    }
    parallel(rows: work.unitCount, columns: slices) { index, slice, _ in
      let unit = work.unit(index)
      let memory = memory(unit, slice: slice)
      sums.compute(
        unit, of: work.batch.slice(slice, of: slices, images: images), into: memory.weights, memory.bias)
    }
    if slices > 1 { addSlices(slices, floats: work.sliceFloats, scratch) }
    parallel(columns: work.unitCount) { _, index, _ in
      let memory = memory(work.unit(index), slice: 0)
      sums.write(work.unit(index), memory.weights, memory.bias)
    }
  }

  /// Adds up a unit over all slices, in a binary tree.
  private func walkSlices(
    of unit: NarrowFilterGradient.Unit, images: Int, _ sums: NarrowFilterGradientSums,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let work = sums.work
    let slices = work.batch.sliceCount(images: images)
    let (weightFloats, floats) = (work.weightFloats(unit), work.unitFloats)
    let biasOffset = floats - BlockedLayout.lanes
    var pending = 0
    for slice in 0..<slices {
      let memory = scratch + pending * floats
      sums.compute(
        unit, of: work.batch.slice(slice, of: slices, images: images), into: memory, memory + biasOffset)
      pending += 1
      // A slice completes as many nodes of the tree as its number ends with ones.
      for _ in 0..<(~slice).trailingZeroBitCount {
        pending -= 1
        let left = scratch + (pending - 1) * floats
        for (first, count) in [(0, weightFloats), (biasOffset, BlockedLayout.lanes)] {
          let to = left + first
          kernels.pointee.add(Activation?.none.kernel, to, to + floats, to, count / BlockedLayout.lanes)
        }
      }
    }
    sums.write(unit, scratch, scratch + biasOffset)
  }
}
