internal import CZooKernels
import ZooTensor

/// Normalisation over the channels of each pixel, or over the pixels of groups of channels.
extension Machine {
  /// The memory that `normalize` and its gradient with respect to the input need: this for each image, or none. `groups`:
  /// how many groups the channels are in; `nil`: each pixel by itself.
  public static func normalizationScratch(_ layout: BlockedLayout, groups: Int?) -> BlockedLayout? {
    groups.map { _ in groupNormScratch(layout) }
  }

  /// The memory that `normalizationWeightGradient` needs: this for each image.
  public static func normalizationWeightScratch(_ layout: BlockedLayout, groups: Int?) -> BlockedLayout {
    groups == nil ? layerNormScratch(layout) : groupNormScratch(layout)
  }

  /// `weight · (x − mean) / √(variance + epsilon) + bias`, mean and variance being over the channels of each pixel, or over
  /// the pixels of each group's channels. The output may be the input. `groups`: a divisor of the number of channels;
  /// `nil`: each pixel by itself. `scratch`: as many floats as `normalizationScratch` has for the images.
  public func normalize(
    _ layer: ChannelAffine, groups: Int?, epsilon: Float, _ input: BlockedView, into output: BlockedView,
    scratch: UnsafeMutablePointer<Float>?
  ) {
    guard let groups else { return layerNorm(layer, epsilon: epsilon, input, into: output) }
    groupNorm(layer, groups: groups, epsilon: epsilon, input, into: output, scratch: Self.required(scratch))
  }

  /// The gradient with respect to the input of `normalize`, `(dy · weight − mean(dy · weight) − x̂ · mean(dy · weight · x̂)) /
  /// √(variance + epsilon)`. Unused lanes become zeros. `scratch`: as of `normalize`.
  public func normalizationGradient(
    _ layer: ChannelAffine, groups: Int?, epsilon: Float, _ input: BlockedView, _ outputGradient: BlockedView,
    into inputGradient: BlockedView, scratch: UnsafeMutablePointer<Float>?
  ) {
    guard let groups else {
      return layerNormGradient(layer, epsilon: epsilon, input, outputGradient, into: inputGradient)
    }
    groupNormGradient(
      layer, groups: groups, epsilon: epsilon, input, outputGradient, into: inputGradient,
      scratch: Self.required(scratch))
  }

  /// The gradient with respect to the weights of `normalize`, `Σ dy · x̂` over the pixels and the images, padded to
  /// whole blocks with zeros. `accumulates`: whether it is added to what the buffer holds. `scratch`: as many floats as
  /// `normalizationWeightScratch` has for the images.
  public func normalizationWeightGradient(
    groups: Int?, epsilon: Float, _ input: BlockedView, _ outputGradient: BlockedView, accumulates: Bool = false,
    into weightGradient: FloatBuffer, scratch: UnsafeMutablePointer<Float>
  ) {
    guard let groups else {
      return layerNormWeightGradient(
        epsilon: epsilon, input, outputGradient, accumulates: accumulates, into: weightGradient, scratch: scratch)
    }
    groupNormWeightGradient(
      groups: groups, epsilon: epsilon, input, outputGradient, accumulates: accumulates, into: weightGradient,
      scratch: scratch)
  }

  private static func required(_ scratch: UnsafeMutablePointer<Float>?) -> UnsafeMutablePointer<Float> {
    guard let scratch else { preconditionFailure("a normalization over groups without its scratch memory") }
    return scratch
  }
}

/// Normalisation over the channels of each pixel. Means are taken first, then the squares of the distances from them; all sums
/// of a pixel are in float32, in an order that depends on the number of channels alone.
extension Machine {
  /// `weight · (x − mean) / √(variance + epsilon) + bias`, mean and variance being over the channels of each pixel. The
  /// output may be the input.
  private func layerNorm(_ layer: ChannelAffine, epsilon: Float, _ input: BlockedView, into output: BlockedView) {
    precondition(input.hasShape(of: output), "the input is not of the output's shape")
    precondition(layer.channels == output.layout.channels, "\(layer.channels) weights for another map")
    let blocks = (input.layout.blockStride, output.layout.blockStride)
    forEachStretch(of: output, and: [input]) { image, row, column, pixels in
      var norm = zoo_layer_norm(
        channels: layer.channels, input_block: blocks.0, gradient_block: 0, output_block: blocks.1, epsilon: epsilon,
        weight: layer.weight.floats, bias: layer.bias.floats)
      kernels.pointee.layer_norm(
        &norm, input.pixel(row, column, image: image), output.pixel(row, column, image: image), pixels)
    }
  }

  /// The gradient with respect to the input of `layerNorm`, `(dy · weight − mean(dy · weight) − x̂ · mean(dy · weight · x̂)) /
  /// √(variance + epsilon)`. Unused lanes become zeros.
  private func layerNormGradient(
    _ layer: ChannelAffine, epsilon: Float, _ input: BlockedView, _ outputGradient: BlockedView,
    into inputGradient: BlockedView
  ) {
    precondition(
      input.hasShape(of: inputGradient) && outputGradient.hasShape(of: inputGradient), "gradients of other shapes")
    precondition(layer.channels == input.layout.channels, "\(layer.channels) weights for another map")
    let blocks = (input.layout.blockStride, outputGradient.layout.blockStride, inputGradient.layout.blockStride)
    forEachStretch(of: inputGradient, and: [input, outputGradient]) { image, row, column, pixels in
      var norm = zoo_layer_norm(
        channels: layer.channels, input_block: blocks.0, gradient_block: blocks.1, output_block: blocks.2,
        epsilon: epsilon, weight: layer.weight.floats, bias: nil)
      kernels.pointee.layer_norm_gradient(
        &norm, input.pixel(row, column, image: image), outputGradient.pixel(row, column, image: image),
        inputGradient.pixel(row, column, image: image), pixels)
    }
  }

  /// The memory that `layerNormWeightGradient` needs: this for each image.
  private static func layerNormScratch(_ layout: BlockedLayout) -> BlockedLayout {
    BlockedLayout(channels: layout.channels, extent: Extent(height: 1, width: strips(of: layout).count))
  }

  /// Rows whose share of a sum is added up by itself.
  private static func strips(of layout: BlockedLayout) -> Parts {
    Parts(layout.extent.height, atMost: max(1, 256 / layout.extent.width))
  }

  /// The gradient with respect to the weights of `layerNorm`, `Σ dy · x̂` over the pixels and the images, padded to
  /// whole blocks with zeros. The strips of rows are added up in double precision. `accumulates`: whether it is added
  /// to what the buffer holds. `scratch`: as many floats as `layerNormScratch` has for the images.
  private func layerNormWeightGradient(
    epsilon: Float, _ input: BlockedView, _ outputGradient: BlockedView, accumulates: Bool,
    into weightGradient: FloatBuffer, scratch: UnsafeMutablePointer<Float>
  ) {
    precondition(outputGradient.hasShape(of: input), "the gradient is not of the input's shape")
    let (layout, lanes) = (input.layout, BlockedLayout.lanes)
    precondition(weightGradient.count == layout.blocks * lanes, "\(weightGradient.count) sums of other channels")
    nonisolated(unsafe) let scratch = scratch
    let strips = Self.strips(of: layout)
    let parts = input.images * strips.count
    let line = layout.blocks * lanes
    forEachRow(
      images: 1, blocks: 1, rows: parts, rowFloats: strips.longest * layout.extent.width * line * 4
    ) { _, _, part in
      let (image, strip) = part.quotientAndRemainder(dividingBy: strips.count)
      let sums = scratch + part * line
      sums.update(repeating: 0, count: line)
      var norm = zoo_layer_norm(
        channels: layout.channels, input_block: layout.blockStride,
        gradient_block: outputGradient.layout.blockStride, output_block: 0, epsilon: epsilon, weight: nil, bias: nil)
      for row in strips[strip] {
        kernels.pointee.layer_norm_weight_gradient(
          &norm, input.row(row, image: image, block: 0), outputGradient.row(row, image: image, block: 0), sums,
          layout.extent.width)
      }
    }
    forEachRow(images: 1, blocks: layout.blocks, rows: 1, rowFloats: parts * lanes) { _, block, _ in
      for lane in 0..<lanes {
        let channel = block * lanes + lane
        var sum = 0.0
        if channel < layout.channels {
          for part in 0..<parts { sum += Double(scratch[part * line + channel]) }
        }
        weightGradient.floats[channel] = Float(sum) + (accumulates ? weightGradient.floats[channel] : 0)
      }
    }
  }

  /// Calls `body` for stretches of pixels that follow each other in all of the maps: parts of rows, or of the whole map where
  /// none has a halo.
  private func forEachStretch(
    of view: BlockedView, and others: [BlockedView],
    _ body: @escaping @Sendable (_ image: Int, _ row: Int, _ column: Int, _ pixels: Int) -> Void
  ) {
    let extent = view.layout.extent
    let isJoined = ([view] + others).allSatisfy { $0.layout.halo.isNone }
    let (rows, length) = isJoined ? (1, extent.area) : (extent.height, extent.width)
    // A multiple of the 16 that go together.
    let stretch = max(16, 8192 / (view.layout.blocks * BlockedLayout.lanes) / 16 * 16)
    let count = (length + stretch - 1) / stretch
    forEachRow(
      images: view.images, blocks: 1, rows: rows * count,
      rowFloats: min(stretch, length) * view.layout.blocks * BlockedLayout.lanes * 4
    ) { image, _, index in
      let (row, part) = index.quotientAndRemainder(dividingBy: count)
      body(image, row, part * stretch, min(stretch, length - part * stretch))
    }
  }
}

extension BlockedView {
  /// A pixel of the first block.
  fileprivate func pixel(_ row: Int, _ column: Int, image: Int) -> UnsafeMutablePointer<Float> {
    self.row(row, image: image, block: 0) + column * BlockedLayout.lanes
  }
}
