internal import CZooKernels
import ZooTensor

extension Machine {
  /// The gradient with respect to a convolution's weights and biases by Winograd's algorithm: `Gᵀ [Σ (Bᵀ d B) ⊙ (A g
  /// Aᵀ)] G` for the tiles d of the input and g of the output's gradient. As many multiplications as a forward pass
  /// takes. The sums over tiles are cut as those of the direct computation are over pixels; the biases' are the same.
  /// Precondition: `form.isApplicable(to: layer.geometry)`, and the layer is packed for blocked input. `input`: what
  /// the layer read, with any halo. `outputGradient`: with respect to the output before the function, with any halo.
  /// `weights`: `layer.weightFloats` floats. `bias`: `layer.biasFloats` floats, or `nil` where there is nothing to
  /// learn. `accumulates`: whether to add to what is there, where it is zeros in what is no weight. `scratch`:
  /// `geometry.filterGradientScratchFloats(form, images:threads:)` floats, aligned to 64 bytes.
  public func filterGradient(
    of layer: PackedConvolution, _ form: WinogradForm, input: BlockedView, outputGradient: BlockedView,
    weights: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>?, accumulates: Bool = false,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let geometry = layer.geometry
    precondition(layer.inputForm == .blocked, "the convolution was packed for planar input")
    precondition(form.isApplicable(to: geometry), "\(form) cannot compute \(geometry)")
    precondition(
      input.layout.channels == geometry.inputChannels && input.layout.extent == geometry.input,
      "the input is \(input.layout.channels)×\(input.layout.extent), the convolution \(geometry)")
    precondition(
      outputGradient.layout.channels == geometry.outputChannels && outputGradient.layout.extent == geometry.output,
      "the gradient is \(outputGradient.layout.channels)×\(outputGradient.layout.extent), the convolution \(geometry)")
    precondition(
      outputGradient.images == input.images, "gradients of \(outputGradient.images) images for \(input.images)")
    let schedule = WinogradGradientSchedule(geometry, form)
    let images = input.images
    let memory = schedule.memory(images: images, threads: pool.threadCount)
    let products = schedule.products
    let slices = products.sliceCount(images: images)
    let work = WinogradGradientWork(
      kernels: kernels, schedule: schedule, input: input, outputGradient: outputGradient,
      transformedImages: schedule.transformedImages(of: images), frequencies: scratch + memory.input,
      gradientFrequencies: scratch + memory.gradient)
    nonisolated(unsafe) let (sums, walks) = (scratch + memory.sums, scratch + memory.walks)
    if products.walksSlices {
      transform(work, 0..<images)
      parallel(rows: form.frequencies, columns: products.tileCount) { frequency, tile, thread in
        let target = FilterGradientTarget(
          kernels: kernels, panels: products.panels, weights: sums + frequency * products.sliceFloats, bias: nil,
          accumulates: false)
        walkSlices(
          of: products.tile(tile), images: images, work.sums(frequency, images: images),
          scratch: walks + thread * products.walkFloats(images: images), into: target)
      }
    } else {
      for slice in 0..<slices {
        let range = products.slice(slice, of: slices, images: images)
        transform(work, range)
        parallel(rows: form.frequencies, columns: products.tileCount) { frequency, tile, _ in
          let memory = sums + slice * schedule.sliceFloats + frequency * products.sliceFloats
          work.sums(frequency, images: range.count).compute(
            products.tile(tile), of: 0..<range.count, into: FilterGradientMemory(ofSlice: memory, products))
        }
      }
      if slices > 1 { addSlices(slices, floats: schedule.sliceFloats, sums) }
    }
    let target = FilterGradientTarget(
      kernels: kernels, panels: layer.panels, weights: weights, bias: bias, accumulates: accumulates)
    parallel(rows: layer.panels.blocksPerGroup, columns: layer.panels.planesPerGroup) { block, plane, _ in
      work.transformBack(sums, block: block, plane: plane, into: target)
    }
    if bias == nil { return }
    let direct = FilterGradientSchedule(layer.panels)
    parallel(columns: layer.panels.blocksPerGroup) { _, block, _ in
      sumBias(block: block, outputGradient, direct, into: target)
    }
  }

  private func transform(_ work: WinogradGradientWork, _ images: Range<Int>) {
    let inputBlocks = work.input.layout.blocks
    parallel(rows: inputBlocks + work.outputGradient.layout.blocks, columns: images.count) { block, index, _ in
      if block < inputBlocks {
        work.transformInput(block: block, image: images.lowerBound + index, index: index)
      } else {
        work.transformGradient(block: block - inputBlocks, image: images.lowerBound + index, index: index)
      }
    }
  }

  /// The sums of a block's biases, in the order of the direct computation.
  private func sumBias(
    block: Int, _ outputGradient: BlockedView, _ schedule: FilterGradientSchedule, into target: FilterGradientTarget
  ) {
    let lanes = BlockedLayout.lanes
    let images = outputGradient.images
    let slices = schedule.sliceCount(images: images)
    var shape = zoo_filter_gradient()
    shape.image_gradient = outputGradient.imageStride
    shape.row_gradient = outputGradient.layout.rowStride
    shape.columns = outputGradient.layout.extent.width
    shape.column_gradient = lanes
    // A line for each of 8 slices.
    var memory = InlineArray<128, Float>(repeating: 0)
    var span = memory.mutableSpan
    span.withUnsafeMutableBufferPointer { lines in
      guard let lines = lines.baseAddress else { return }
      for slice in 0..<slices {
        schedule.forEachChunk(of: schedule.slice(slice, of: slices, images: images)) { chunk in
          shape.images = chunk.images.count
          shape.rows = chunk.rows.count
          shape.adds = true
          kernels.pointee.bias_gradient(
            &shape, outputGradient.row(chunk.rows.lowerBound, image: chunk.images.lowerBound, block: block),
            lines + slice * lanes)
        }
      }
      var step = 1
      while step < slices {
        for slice in stride(from: 0, to: slices, by: 2 * step) {
          let left = lines + slice * lanes
          kernels.pointee.add(Activation?.none.kernel, left, left + step * lanes, left, 1)
        }
        step *= 2
      }
      target.writeBias(lines, group: 0, block: block)
    }
  }
}
