internal import CZooKernels
import ZooTensor

/// The gradient of the input of a convolution in narrow groups: as `DataGradientSchedule` says, of convolutions in groups
/// whose inputs and outputs are exchanged.
struct NarrowDataGradient: Sendable {
  let order: NarrowGroups
  let phases: [Phase]

  struct Phase: Sendable {
    let rows: DataGradientSchedule.Phase
    let columns: DataGradientSchedule.Phase
    let order: NarrowGroups
    /// Where its weights start.
    let offset: Int
  }

  /// The transposed weights.
  let scratchFloats: Int

  init(_ order: NarrowGroups, _ schedule: DataGradientSchedule) {
    self.order = order
    var (phases, offset) = ([Phase](), 0)
    for rows in schedule.rows {
      for columns in schedule.columns {
        let transposed = order.transposed(kernel: Extent(height: rows.taps, width: columns.taps))
        phases.append(Phase(rows: rows, columns: columns, order: transposed, offset: offset))
        offset += transposed.floatCount
      }
    }
    self.phases = phases
    scratchFloats = offset
  }

  /// Writes the weights that the inputs of a block are multiplied with in a phase.
  func transposeWeights(
    _ phase: Phase, block: Int, from weights: UnsafePointer<Float>, into scratch: UnsafeMutablePointer<Float>
  ) {
    let lanes = BlockedLayout.lanes
    let target = scratch + phase.offset + block * phase.order.blockFloats
    let used = phase.order.outputs(ofBlock: block)
    if used.count < lanes { target.update(repeating: 0, count: phase.order.blockFloats) }
    for (lane, channel) in used.enumerated() {
      let (group, input) = channel.quotientAndRemainder(dividingBy: order.inputs)
      for output in 0..<order.outputs {
        let (outputBlock, outputLane) = (group * order.outputs + output).quotientAndRemainder(dividingBy: lanes)
        for row in 0..<phase.rows.taps {
          let tap = phase.rows.lastTap - row * phase.rows.tapStep
          let from = weights + outputBlock * order.blockFloats + order.line(input: input, row: tap) + outputLane
          let to = target + phase.order.line(input: output, row: row) + lane
          for column in 0..<phase.columns.taps {
            to[column * lanes] = from[(phase.columns.lastTap - column * phase.columns.tapStep) * lanes]
          }
        }
      }
    }
  }
}

extension Machine {
  /// - Precondition: what `dataGradient` demands.
  func dataGradient(
    of layer: PackedConvolution, _ work: NarrowDataGradient, outputGradient: BlockedView, adding addend: BlockedView?,
    into inputGradient: BlockedView, scratch: UnsafeMutablePointer<Float>
  ) {
    nonisolated(unsafe) let scratch = scratch
    parallel(rows: work.phases.count, columns: work.phases.first?.order.blockCount ?? 0) { phase, block, _ in
      work.transposeWeights(work.phases[phase], block: block, from: layer.weights.floats, into: scratch)
    }
    let convolutions = work.phases.map {
      convolution($0, of: layer, outputGradient, adding: addend, into: inputGradient, weights: scratch + $0.offset)
    }
    var ends: [Int] = []
    for convolution in convolutions { ends.append((ends.last ?? 0) + convolution.chunkCount) }
    let chunkEnds = ends
    parallel(columns: ends.last ?? 0) { _, index, _ in
      let phase = chunkEnds.firstIndex { $0 > index } ?? 0
      convolutions[phase].compute(chunk: index - (phase == 0 ? 0 : chunkEnds[phase - 1]))
    }
  }

  private func convolution(
    _ phase: NarrowDataGradient.Phase, of layer: PackedConvolution, _ outputGradient: BlockedView,
    adding addend: BlockedView?, into inputGradient: BlockedView, weights: UnsafePointer<Float>
  ) -> NarrowConvolution {
    let (rows, columns, lanes) = (phase.rows, phase.columns, BlockedLayout.lanes)
    // Where a phase is a single pixel, a row is made of several images.
    let isBatch = rows.count * columns.count == 1
    let gradient = outputGradient.layout
    func strides(_ view: BlockedView) -> (row: Int, pixel: Int) {
      isBatch ? (0, view.imageStride) : (rows.step * view.layout.rowStride, columns.step * lanes)
    }
    var shape = zoo_grouped()
    shape.plane_stride = gradient.blockStride
    shape.kernel_rows = rows.taps
    shape.kernel_row = rows.outputStep * gradient.rowStride
    shape.kernel_columns = columns.taps
    shape.kernel_column = columns.outputStep * lanes
    shape.rows = rows.count
    shape.columns = isBatch ? outputGradient.images : columns.count
    shape.input_row = gradient.rowStride
    shape.input_pixel = isBatch ? outputGradient.imageStride : lanes
    (shape.output_row, shape.output_pixel) = strides(inputGradient)
    (shape.addend_row, shape.addend_pixel) = addend.map(strides) ?? (0, 0)
    let corner = rows.firstOutput * gradient.rowStride + columns.firstOutput * lanes
    func first(of view: BlockedView) -> NarrowConvolution.Place {
      { view.row(rows.first, image: $0, block: $1) + columns.first * lanes }
    }
    return NarrowConvolution(
      kernels: kernels, order: phase.order, weights: weights, bias: nil,
      zeros: UnsafePointer(layer.bias.floats + layer.bias.count - 2 * lanes), activation: nil, shape: shape,
      images: isBatch ? 1 : outputGradient.images, threads: pool.threadCount, partsPerChain: 1,
      isInPlace: addend?.base == inputGradient.base,
      input: { UnsafePointer(outputGradient.interior(image: $0, block: 0) + corner) },
      addend: addend.map(first), output: first(of: inputGradient))
  }
}
