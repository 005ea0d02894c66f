internal import CZooKernels
import ZooTensor

/// Batch normalisation with the statistics of a batch, and sums over a batch.
///
/// Sums over the pixels of one image are in float32, row by row, and do not depend on the others; they are then added up in
/// double precision, image by image.
extension Machine {
  /// The floats of the memory that the operations need which sum over a batch.
  public static func batchScratchFloats(_ layout: BlockedLayout, images: Int) -> Int {
    images * layout.blocks * scratchLines * BlockedLayout.lanes
  }

  /// Lines for each block of each image.
  private static let scratchLines = 3

  /// The mean of each channel over the pixels and the images, and the variance: the mean square of the distances from
  /// the mean. Channels that do not exist have mean 0 and variance 1. `scratch`: `batchScratchFloats` floats.
  public func batchStatistics(
    _ input: BlockedView, into statistics: ChannelPairs, scratch: UnsafeMutablePointer<Float>
  ) {
    let layout = input.layout
    precondition(statistics.channels == layout.channels, "statistics of another map")
    let images = input.images
    forEachPlane(of: input, scratch: scratch) { image, block, moments in
      kernels.pointee.moments(
        input.interior(image: image, block: block), layout.rowStride, layout.extent.height, layout.extent.width,
        moments)
    } combining: { block, moments, stride in
      kernels.pointee.combine_moments(
        moments, stride, images, layout.extent.area, layout.channels - block * BlockedLayout.lanes,
        statistics.first(block: block), statistics.second(block: block))
    }
  }

  /// `output = f(weight · (x − mean) / √(variance + epsilon) + bias + addend)`, per channel. The output may be the
  /// input or the addend. `statistics`: means and variances. `parameters`: weights and biases.
  public func batchNormalize(
    _ input: BlockedView, statistics: ChannelPairs, parameters: ChannelPairs, epsilon: Float,
    _ activation: Activation? = nil, adding addend: BlockedView? = nil, into output: BlockedView
  ) {
    precondition(input.hasShape(of: output), "the input is not of the output's shape")
    precondition(addend?.hasShape(of: output) ?? true, "the addend is not of the output's shape")
    precondition(
      statistics.channels == input.layout.channels && parameters.channels == input.layout.channels,
      "statistics of another map")
    forEachStrip(over: output) { image, block, rows in
      var norm = zoo_batch_norm(
        mean: statistics.first(block: block), variance: statistics.second(block: block),
        weight: parameters.first(block: block), bias: parameters.second(block: block), weight_gradient: nil,
        bias_gradient: nil, epsilon: epsilon, count: 0)
      var plane = zoo_plane(
        rows: rows.count, columns: output.layout.extent.width, first_row: input.layout.rowStride,
        second_row: addend?.layout.rowStride ?? 0, mask_row: 0, output_row: output.layout.rowStride)
      kernels.pointee.batch_normalize(
        activation.kernel, &norm, &plane, input.row(rows.lowerBound, image: image, block: block),
        addend?.row(rows.lowerBound, image: image, block: block),
        output.row(rows.lowerBound, image: image, block: block))
    }
  }

  /// Moves the statistics that inference uses towards those of a batch: `(1 − momentum) · running + momentum · new`,
  /// the new variance being that of the population, `count / (count − 1)` times the batch's (PyTorch). `count`: the
  /// pixels of a channel in all images; the variance of a single one is taken as it is.
  public func updateRunningStatistics(
    _ running: ChannelPairs, with statistics: ChannelPairs, momentum: Double, count: Int
  ) {
    precondition(running.channels == statistics.channels, "statistics of another map")
    let unbiased = Double(count) / Double(max(1, count - 1))
    parallel(columns: 1) { _, _, _ in
      for block in 0..<(running.channels + BlockedLayout.lanes - 1) / BlockedLayout.lanes {
        let (mean, variance) = (running.first(block: block), running.second(block: block))
        let (newMean, newVariance) = (statistics.first(block: block), statistics.second(block: block))
        for lane in 0..<min(BlockedLayout.lanes, running.channels - block * BlockedLayout.lanes) {
          mean[lane] = Float((1 - momentum) * Double(mean[lane]) + momentum * Double(newMean[lane]))
          variance[lane] = Float(
            (1 - momentum) * Double(variance[lane]) + momentum * unbiased * Double(newVariance[lane]))
        }
      }
    }
  }

  /// The gradients with respect to weight and bias of a batch normalisation, summed over the batch: `Σ dy · (x − mean)
  /// / √(variance + epsilon)` and `Σ dy`; zeros beyond the last channel. `masking`: what a ReLU behind the
  /// normalisation gave: where it is not positive, the gradient is not taken. `statistics`: means and variances, of the
  /// batch or fixed. `scratch`: `batchScratchFloats` floats.
  public func batchNormParameterGradient(
    _ input: BlockedView, _ outputGradient: BlockedView, masking mask: BlockedView? = nil, statistics: ChannelPairs,
    epsilon: Float, into gradients: ChannelPairs, scratch: UnsafeMutablePointer<Float>
  ) {
    let layout = input.layout
    precondition(
      outputGradient.hasShape(of: input) && mask?.hasShape(of: input) ?? true, "gradients of other shapes")
    precondition(
      statistics.channels == layout.channels && gradients.channels == layout.channels, "statistics of another map")
    let images = input.images
    forEachPlane(of: input, scratch: scratch) { image, block, sums in
      var plane = zoo_plane(
        rows: layout.extent.height, columns: layout.extent.width, first_row: layout.rowStride,
        second_row: outputGradient.layout.rowStride, mask_row: mask?.layout.rowStride ?? 0, output_row: 0)
      kernels.pointee.batch_norm_sums(
        statistics.first(block: block), &plane, input.interior(image: image, block: block),
        outputGradient.interior(image: image, block: block), mask?.interior(image: image, block: block), sums)
    } combining: { block, sums, stride in
      let channels = layout.channels - block * BlockedLayout.lanes
      kernels.pointee.combine_sums(
        sums, stride, images, channels, statistics.second(block: block), epsilon, gradients.first(block: block))
      kernels.pointee.combine_sums(
        sums + BlockedLayout.lanes, stride, images, channels, nil, 0, gradients.second(block: block))
    }
  }

  /// The gradient with respect to the input of a batch normalisation. Through the statistics it is `weight / √(variance
  /// + epsilon) · (dy − mean(dy) − x̂ · mean(dy · x̂))`, with fixed ones the first of the three terms. Unused lanes
  /// become zeros. The result may overwrite any of the maps. `masking`: as of `batchNormParameterGradient`.
  /// `gradients`: what `batchNormParameterGradient` gave for the same maps; `nil` for fixed statistics.
  public func batchNormDataGradient(
    _ input: BlockedView, _ outputGradient: BlockedView, masking mask: BlockedView? = nil, statistics: ChannelPairs,
    parameters: ChannelPairs, epsilon: Float, gradients: ChannelPairs?, into inputGradient: BlockedView
  ) {
    precondition(
      input.hasShape(of: inputGradient) && outputGradient.hasShape(of: inputGradient)
        && mask?.hasShape(of: inputGradient) ?? true, "gradients of other shapes")
    let layout = inputGradient.layout
    precondition(
      statistics.channels == layout.channels && parameters.channels == layout.channels
        && gradients?.channels ?? layout.channels == layout.channels, "statistics of another map")
    let count = gradients == nil ? 0 : inputGradient.images * layout.extent.area
    forEachStrip(over: inputGradient) { image, block, rows in
      var norm = zoo_batch_norm(
        mean: statistics.first(block: block), variance: statistics.second(block: block),
        weight: parameters.first(block: block), bias: nil, weight_gradient: gradients?.first(block: block),
        bias_gradient: gradients?.second(block: block), epsilon: epsilon, count: count)
      var plane = zoo_plane(
        rows: rows.count, columns: layout.extent.width, first_row: input.layout.rowStride,
        second_row: outputGradient.layout.rowStride, mask_row: mask?.layout.rowStride ?? 0,
        output_row: layout.rowStride)
      kernels.pointee.batch_norm_gradient(
        &norm, &plane, input.row(rows.lowerBound, image: image, block: block),
        outputGradient.row(rows.lowerBound, image: image, block: block),
        mask?.row(rows.lowerBound, image: image, block: block),
        inputGradient.row(rows.lowerBound, image: image, block: block))
      if block < layout.blocks - 1 { return }
      for row in rows { clearLastLanes(of: inputGradient, image: image, row: row) }
    }
  }

  /// The gradient with respect to one bias for each channel or feature: the sum over the pixels and the images, as many
  /// floats as the channels make whole blocks; zeros beyond the last channel. `accumulates`: whether it is added to
  /// what the buffer holds. `scratch`: `batchScratchFloats` floats.
  public func biasGradient(
    _ outputGradient: BlockedView, accumulates: Bool = false, into biasGradient: FloatBuffer,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let layout = outputGradient.layout
    sumChannels(of: outputGradient, scratch: scratch, accumulates: accumulates, into: biasGradient) {
      image, block, sums in
      for row in 0..<layout.extent.height {
        kernels.pointee.sum(outputGradient.row(row, image: image, block: block), sums, layout.extent.width)
      }
    }
  }

  /// The gradient with respect to the slopes of `prelu`, as `biasGradient`. `isShared`: whether all channels have one
  /// slope: then each gets the sum over all of them, added in order.
  public func preluSlopeGradient(
    _ input: BlockedView, _ outputGradient: BlockedView, isShared: Bool, accumulates: Bool = false,
    into slopeGradient: FloatBuffer, scratch: UnsafeMutablePointer<Float>
  ) {
    precondition(outputGradient.hasShape(of: input), "the gradient is not of the input's shape")
    let layout = input.layout
    // Sums of the channels are made before they are added to what was there.
    let sums = isShared && accumulates ? FloatBuffer(count: slopeGradient.count) : slopeGradient
    sumChannels(of: input, scratch: scratch, accumulates: accumulates && !isShared, into: sums) { image, block, sums in
      for row in 0..<layout.extent.height {
        kernels.pointee.slope_sum(
          input.row(row, image: image, block: block), outputGradient.row(row, image: image, block: block), sums,
          layout.extent.width)
      }
    }
    if !isShared { return }
    parallel(columns: 1) { _, _, _ in
      var sum = 0.0
      for channel in 0..<layout.channels { sum += Double(sums.floats[channel]) }
      for channel in 0..<layout.channels {
        slopeGradient.floats[channel] = Float(sum) + (accumulates ? slopeGradient.floats[channel] : 0)
      }
    }
  }

  /// `add`: adds what an image has to a line that is zero, or holds other rows' share.
  private func sumChannels(
    of view: BlockedView, scratch: UnsafeMutablePointer<Float>, accumulates: Bool, into output: FloatBuffer,
    _ add: @escaping @Sendable (_ image: Int, _ block: Int, _ sums: UnsafeMutablePointer<Float>) -> Void
  ) {
    let layout = view.layout
    let lanes = BlockedLayout.lanes
    precondition(output.count == layout.blocks * lanes, "\(output.count) sums of \(layout.channels) channels")
    let images = view.images
    forEachPlane(of: view, scratch: scratch) { image, block, sums in
      sums.update(repeating: 0, count: lanes)
      add(image, block, sums)
    } combining: { block, sums, stride in
      var line = InlineArray<16, Float>(repeating: 0)
      var span = line.mutableSpan
      span.withUnsafeMutableBufferPointer { line in
        guard let line = line.baseAddress else { return }
        kernels.pointee.combine_sums(sums, stride, images, layout.channels - block * lanes, nil, 0, line)
        let target = output.floats + block * lanes
        for lane in 0..<lanes { target[lane] = accumulates ? target[lane] + line[lane] : line[lane] }
      }
    }
  }

  /// Calls `body` for each block of each image with its part of the scratch memory, then `combine` for each block with the
  /// first image's part and the floats from there to the next image's.
  private func forEachPlane(
    of view: BlockedView, scratch: UnsafeMutablePointer<Float>,
    _ body: @escaping @Sendable (_ image: Int, _ block: Int, _ partial: UnsafeMutablePointer<Float>) -> Void,
    combining combine:
      @escaping @Sendable (_ block: Int, _ partials: UnsafeMutablePointer<Float>, _ stride: Int) -> Void
  ) {
    nonisolated(unsafe) let scratch = scratch
    let stride = Self.scratchLines * BlockedLayout.lanes
    let images = view.images
    forEachRow(
      images: images, blocks: view.layout.blocks, rows: 1, rowFloats: view.layout.extent.area * BlockedLayout.lanes
    ) { image, block, _ in
      body(image, block, scratch + (block * images + image) * stride)
    }
    forEachRow(images: 1, blocks: view.layout.blocks, rows: 1, rowFloats: images * stride) { _, block, _ in
      combine(block, scratch + block * images * stride, stride)
    }
  }
}
