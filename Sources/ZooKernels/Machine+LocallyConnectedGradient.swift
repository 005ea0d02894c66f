internal import CZooKernels
import ZooTensor

extension Machine {
  /// The gradient with respect to a locally connected layer's weights and biases, as that of a convolution's, in the
  /// order in which the layer has them. `input`: what the layer read, with at least `geometry.requiredHalo` of zeros
  /// around it. `outputGradient`: with respect to the output before the function, with any halo. `weights`:
  /// `layer.weightFloats` floats. `bias`: `layer.biasFloats` floats, or `nil` where there is nothing to learn.
  /// `accumulates`: whether to add to what is there, where it is zeros in what is no weight. `scratch`:
  /// `geometry.locallyConnectedGradientScratchFloats(images:threads:)` floats, aligned to 64 bytes.
  public func filterGradient(
    of layer: PackedLocallyConnected, input: BlockedView, outputGradient: BlockedView,
    weights: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>?, accumulates: Bool = false,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let geometry = layer.geometry
    let panels = layer.panels
    let lanes = BlockedLayout.lanes
    expect(outputGradient, of: layer, images: input.images)
    let schedule = FilterGradientSchedule(ofPixel: panels)
    let images = input.images
    let input = ConvolutionInput(input, for: geometry)
    nonisolated(unsafe) let (scratch, weights, bias) = (scratch, weights, bias)
    parallel(rows: geometry.output.area, columns: schedule.tileCount) { position, tile, thread in
      let (row, column) = position.quotientAndRemainder(dividingBy: geometry.output.width)
      let sums = FilterGradientSums(
        kernels: kernels, schedule: schedule, input: input, outputGradient: outputGradient, hasBias: bias != nil,
        inputOffset: row * geometry.stride.height * input.rowStride
          + column * geometry.stride.width * input.pixelStride,
        gradientOffset: row * outputGradient.layout.rowStride + column * lanes)
      let target = FilterGradientTarget(
        kernels: kernels, panels: panels, weights: weights + position * panels.floatCount,
        bias: bias.map { $0 + position * panels.blockCount * lanes }, accumulates: accumulates, endsWithZeros: false)
      walkSlices(
        of: schedule.tile(tile), images: images, sums,
        scratch: scratch + thread * schedule.walkFloats(images: images), into: target)
    }
  }

  /// The gradient with respect to a locally connected layer's input, plus an addend. An element is one chain of fused
  /// multiply-adds that starts from the addend or zero, over the positions that read it in the order of rows and
  /// columns, and their outputs. `outputGradient`: with respect to the output before the function, with any halo.
  /// `inputGradient`: a map of the input's channels and extent with any halo. `addend`: a map of the same channels and
  /// extent with any halo; may be the gradient itself.
  public func dataGradient(
    of layer: PackedLocallyConnected, outputGradient: BlockedView, adding addend: BlockedView? = nil,
    into inputGradient: BlockedView
  ) {
    let geometry = layer.geometry
    let panels = layer.panels
    let lanes = BlockedLayout.lanes
    expect(outputGradient, of: layer, images: inputGradient.images)
    precondition(
      inputGradient.layout.channels == geometry.inputChannels && inputGradient.layout.extent == geometry.input,
      "the gradient is to be \(inputGradient.layout.channels)×\(inputGradient.layout.extent), the input is \(geometry)")
    if let addend { precondition(addend.hasShape(of: inputGradient), "the addend is not of the gradient's shape") }
    let rowReaders = (0..<geometry.input.height).map { geometry.vertical.readers(input: $0) }
    let columnReaders = (0..<geometry.input.width).map { geometry.horizontal.readers(input: $0) }
    var shape = zoo_convolution()
    shape.planes = 1
    shape.rows = 1
    shape.columns = 1
    shape.continues = true
    shape.activation = Activation?.none.kernel
    let tiles = ConvolutionTiles(
      kernels, isPlanar: false,
      grid: PixelGrid(
        columns: inputGradient.images, input: .init(column: outputGradient.imageStride),
        output: inputGradient.strides(isBatch: true)),
      shape: shape)
    parallel(rows: panels.planesPerGroup, columns: geometry.input.area) { plane, pixel, _ in
      let (row, column) = pixel.quotientAndRemainder(dividingBy: geometry.input.width)
      let target = inputGradient.row(row, image: 0, block: plane) + column * lanes
      for image in 0..<inputGradient.images {
        let line = target + image * inputGradient.imageStride
        guard let addend else {
          line.update(repeating: 0, count: lanes)
          continue
        }
        if addend.base == inputGradient.base { break }
        line.update(from: addend.row(row, image: image, block: plane) + column * lanes, count: lanes)
      }
      var tiles = tiles
      withUnsafeTemporaryAllocation(of: Float.self, capacity: lanes * lanes) { transposed in
        guard let transposed = transposed.baseAddress else { return }
        for (outputRow, tapRow) in rowReaders[row] {
          for (outputColumn, tapColumn) in columnReaders[column] {
            let position = outputRow * geometry.output.width + outputColumn
            let tap = tapRow * geometry.kernel.width + tapColumn
            for block in 0..<panels.blocksPerGroup {
              let weights =
                layer.weights.floats + position * panels.floatCount
                + panels.offset(group: 0, block: block, plane: plane) + tap * lanes * lanes
              zoo_interleave(weights, lanes, lanes, transposed, lanes)
              tiles.shape.last_lanes = panels.outputs(ofBlock: block)
              tiles.run(
                rows: 0..<1, rowsPerTile: 1, blocks: 1,
                input: outputGradient.row(outputRow, image: 0, block: block) + outputColumn * lanes,
                weights: transposed, next: transposed, bias: transposed, addend: nil, output: target)
            }
          }
        }
      }
    }
  }

  private func expect(_ outputGradient: BlockedView, of layer: PackedLocallyConnected, images: Int) {
    let layout = outputGradient.layout
    precondition(
      layout.channels == layer.geometry.outputChannels && layout.extent == layer.geometry.output
        && outputGradient.images == images,
      "the gradient is \(layout.channels)×\(layout.extent), the layer \(layer.geometry)")
  }
}

extension ConvolutionGeometry {
  /// The memory that `Machine.filterGradient` needs for a locally connected layer for the time that it runs, in floats; for
  /// fewer images it is no more.
  public func locallyConnectedGradientScratchFloats(images: Int, threads: Int) -> Int {
    FilterGradientSchedule(ofPixel: WeightPanels(self, isPlanar: false))
      .scratchFloats(images: images, threads: threads)
  }
}
