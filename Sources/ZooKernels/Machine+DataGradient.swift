import ZooTensor

extension Machine {
  /// The gradient with respect to a convolution's input, plus an addend: `∂x = Wᵀ ∗ ∂y + addend`. An element's sum is
  /// cut into chains of fused multiply-adds over blocks of outputs, as many as make 256 steps but at least one. Each
  /// starts from zero; the order is output block, row and column of the kernel from the last to the first, output
  /// within the block. They are added one after the other to the addend. (Where each channel has a filter of its own,
  /// one chain over the taps is all there is.) In groups whose channels are no multiples of 16, chains are made of
  /// parts of the group's outputs, as `NarrowGroups` has them, each in the order of row, output, column.
  /// `outputGradient`: with respect to the output before the function, with at least `geometry.dataGradientHalo` of
  /// zeros around it. `inputGradient`: a map of the input's channels and extent with any halo, for planar layers too.
  /// `addend`: a map of the same channels and extent with any halo; may be the gradient itself. `scratch`:
  /// `geometry.dataGradientScratchFloats(inputForm:)` floats, aligned to 64 bytes.
  public func dataGradient(
    of layer: PackedConvolution, outputGradient: BlockedView, adding addend: BlockedView? = nil,
    into inputGradient: BlockedView, scratch: UnsafeMutablePointer<Float>
  ) {
    let geometry = layer.geometry
    let schedule = DataGradientSchedule(layer.panels)
    let halo = outputGradient.layout.halo
    let required = schedule.halo
    precondition(
      outputGradient.layout.channels == geometry.outputChannels && outputGradient.layout.extent == geometry.output,
      "the gradient is \(outputGradient.layout.channels)×\(outputGradient.layout.extent), the convolution \(geometry)")
    precondition(
      halo.top >= required.top && halo.left >= required.left && halo.bottom >= required.bottom
        && halo.right >= required.right,
      "the gradient's halo is \(halo), the convolution's data gradient needs \(required)")
    precondition(
      inputGradient.layout.channels == geometry.inputChannels && inputGradient.layout.extent == geometry.input
        && inputGradient.images == outputGradient.images,
      "the gradient is to be \(inputGradient.layout.channels)×\(inputGradient.layout.extent), the input is \(geometry)")
    if let addend { precondition(addend.hasShape(of: inputGradient), "the addend is not of the gradient's shape") }

    if let order = layer.narrowGroups {
      return dataGradient(
        of: layer, NarrowDataGradient(order, schedule), outputGradient: outputGradient, adding: addend,
        into: inputGradient, scratch: scratch)
    }
    nonisolated(unsafe) let scratch = scratch
    let phases = schedule.rows.indices.flatMap { row in
      schedule.columns.indices.map { column in
        DataGradientPhase(
          kernels: kernels, layer: layer, schedule: schedule, row: row, column: column,
          weights: scratch + schedule.weightOffset(row: row, column: column), outputGradient: outputGradient,
          addend: addend, inputGradient: inputGradient)
      }
    }
    let inputBlocks = schedule.panels.transposed(taps: 1).blocksPerGroup
    let isDepthwise = schedule.panels.isDepthwise
    parallel(
      rows: schedule.panels.groups * inputBlocks, columns: isDepthwise ? 1 : schedule.panels.blocksPerGroup
    ) { index, column, _ in
      let (group, inputBlock) = index.quotientAndRemainder(dividingBy: inputBlocks)
      let outputBlock = isDepthwise ? inputBlock : column
      for phase in phases { phase.transposeWeights(group: group, inputBlock: inputBlock, outputBlock: outputBlock) }
    }
    var ends: [Int] = []
    for phase in phases { ends.append((ends.last ?? 0) + phase.chunkCount) }
    let chunkEnds = ends
    parallel(columns: ends.last ?? 0) { _, index, _ in
      let phase = chunkEnds.firstIndex { $0 > index } ?? 0
      phases[phase].compute(chunk: index - (phase == 0 ? 0 : chunkEnds[phase - 1]))
    }
  }
}
