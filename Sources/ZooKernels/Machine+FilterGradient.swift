internal import CZooKernels
import ZooTensor

extension Machine {
  /// The gradient with respect to a convolution's weights and biases, summed over the batch, in the order in which the
  /// layer has them: `∂w[o][c][tap] = Σ ∂y[o] · x[c]` over the output pixels that read with the tap, `∂b[o] = Σ ∂y[o]`.
  /// What is no weight, beyond the last channels and between groups, gets zeros. The order of the sum is that of
  /// `FilterGradientSchedule`: a function of the shape and the number of images. `input`: what the layer read, with at
  /// least `geometry.requiredHalo` of zeros around it. `outputGradient`: with respect to the output before the
  /// function, with any halo. `weights`: `layer.weightFloats` floats. `bias`: `layer.biasFloats` floats, or `nil` where
  /// there is nothing to learn. `accumulates`: whether to add to what is there, where it is zeros in what is no weight.
  /// `scratch`: `geometry.filterGradientScratchFloats(inputForm:images:threads:)` floats, aligned to 64 bytes.
  public func filterGradient(
    of layer: PackedConvolution, input: BlockedView, outputGradient: BlockedView,
    weights: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>?, accumulates: Bool = false,
    scratch: UnsafeMutablePointer<Float>
  ) {
    precondition(layer.inputForm == .blocked, "the convolution was packed for planar input")
    filterGradient(
      of: layer, ConvolutionInput(input, for: layer.geometry), outputGradient, weights: weights, bias: bias,
      accumulates: accumulates, scratch: scratch)
  }

  /// As above, from planar images.
  public func filterGradient(
    of layer: PackedConvolution, planar input: PlanarView, outputGradient: BlockedView,
    weights: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>?, accumulates: Bool = false,
    scratch: UnsafeMutablePointer<Float>
  ) {
    precondition(layer.inputForm == .planar, "the convolution was packed for blocked input")
    filterGradient(
      of: layer, ConvolutionInput(input, for: layer.geometry), outputGradient, weights: weights, bias: bias,
      accumulates: accumulates, scratch: scratch)
  }

  private func filterGradient(
    of layer: PackedConvolution, _ input: ConvolutionInput, _ outputGradient: BlockedView,
    weights: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>?, accumulates: Bool,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let geometry = layer.geometry
    precondition(
      outputGradient.layout.channels == geometry.outputChannels && outputGradient.layout.extent == geometry.output,
      "the gradient is \(outputGradient.layout.channels)×\(outputGradient.layout.extent), the convolution \(geometry)")
    precondition(
      outputGradient.images == input.images, "gradients of \(outputGradient.images) images for \(input.images)")
    let schedule = FilterGradientSchedule(layer.panels)
    if let order = layer.narrowGroups {
      let sums = NarrowFilterGradientSums(
        kernels: kernels, work: NarrowFilterGradient(order, schedule), geometry: geometry, input: input,
        outputGradient: outputGradient, weights: weights, bias: bias, accumulates: accumulates)
      return filterGradient(sums, images: input.images, scratch: scratch)
    }
    let slices = schedule.sliceCount(images: input.images)
    let sums = FilterGradientSums(
      kernels: kernels, schedule: schedule, input: input, outputGradient: outputGradient, hasBias: bias != nil)
    let target = FilterGradientTarget(
      kernels: kernels, panels: layer.panels, weights: weights, bias: bias, accumulates: accumulates)
    let images = input.images
    nonisolated(unsafe) let scratch = scratch
    if schedule.walksSlices {
      parallel(columns: schedule.tileCount) { _, tile, thread in
        walkSlices(
          of: schedule.tile(tile), images: images, sums,
          scratch: scratch + thread * schedule.walkFloats(images: images), into: target)
      }
      return
    }
    parallel(rows: schedule.tileCount, columns: slices) { tile, slice, _ in
      sums.compute(
        schedule.tile(tile), of: schedule.slice(slice, of: slices, images: images),
        into: FilterGradientMemory(ofSlice: scratch + slice * schedule.sliceFloats, schedule))
    }
    if slices > 1 { addSlices(slices, floats: schedule.sliceFloats, scratch) }
    parallel(columns: schedule.tileCount) { _, tile, _ in
      target.write(schedule.tile(tile), from: FilterGradientMemory(ofSlice: scratch, schedule))
    }
  }

  /// Adds up a tile over all slices. `scratch`: `schedule.walkFloats(images:)` floats.
  func walkSlices(
    of tile: FilterGradientSchedule.Tile, images: Int, _ sums: FilterGradientSums, scratch: UnsafeMutablePointer<Float>,
    into target: FilterGradientTarget
  ) {
    let schedule = sums.schedule
    let slices = schedule.sliceCount(images: images)
    let floats = schedule.tileFloats
    var pending = 0
    for slice in 0..<slices {
      let memory = FilterGradientMemory(ofTile: scratch + pending * floats, schedule)
      sums.compute(tile, of: schedule.slice(slice, of: slices, images: images), into: memory)
      pending += 1
      // A slice completes as many nodes of the tree as its number ends with ones.
      for _ in 0..<(~slice).trailingZeroBitCount {
        pending -= 1
        let left = scratch + (pending - 1) * floats
        kernels.pointee.add(Activation?.none.kernel, left, left + floats, left, floats / BlockedLayout.lanes)
      }
    }
    target.write(tile, from: FilterGradientMemory(ofTile: scratch, schedule))
  }

  /// Adds slices of so many floats up, in the first one's memory.
  func addSlices(_ slices: Int, floats: Int, _ sums: UnsafeMutablePointer<Float>) {
    nonisolated(unsafe) let sums = sums
    let lines = Parts(floats / BlockedLayout.lanes, atMost: 256)
    parallel(columns: lines.count) { _, part, _ in
      let first = sums + lines[part].lowerBound * BlockedLayout.lanes
      var step = 1
      while step < slices {
        for slice in stride(from: 0, to: slices, by: 2 * step) {
          let left = first + slice * floats
          kernels.pointee.add(
            Activation?.none.kernel, left, left + step * floats, left, lines[part].count)
        }
        step *= 2
      }
    }
  }
}
