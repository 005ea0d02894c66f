internal import CZooKernels
import ZooTensor

/// Normalisation over the pixels of groups of channels, image by image.
///
/// Sums over the pixels of a channel are in float32, row by row, about its own mean; those of a group's channels are added up in
/// double precision, in order.
extension Machine {
  /// The memory that the operations on groups need: this for each image.
  static func groupNormScratch(_ layout: BlockedLayout) -> BlockedLayout {
    BlockedLayout(channels: layout.channels, extent: Extent(height: 1, width: GroupLines.count))
  }

  /// `weight · (x − mean) / √(variance + epsilon) + bias`, mean and variance being over the pixels of each group's
  /// channels. The output may be the input. `groups`: a divisor of the number of channels. `scratch`: as many floats as
  /// `groupNormScratch` has for the images.
  func groupNorm(
    _ layer: ChannelAffine, groups: Int, epsilon: Float, _ input: BlockedView, into output: BlockedView,
    scratch: UnsafeMutablePointer<Float>
  ) {
    precondition(input.hasShape(of: output), "the input is not of the output's shape")
    precondition(layer.channels == input.layout.channels, "\(layer.channels) weights for another map")
    let lines = GroupLines(scratch, input, groups: groups)
    takeStatistics(of: input, lines)
    forEachStrip(over: output) { image, block, rows in
      var norm = zoo_batch_norm(
        mean: lines[.mean, image, block], variance: lines[.variance, image, block],
        weight: layer.weight.floats + block * BlockedLayout.lanes,
        bias: layer.bias.floats + block * BlockedLayout.lanes, weight_gradient: nil, bias_gradient: nil,
        epsilon: epsilon, count: 0)
      var plane = zoo_plane(
        rows: rows.count, columns: output.layout.extent.width, first_row: input.layout.rowStride, second_row: 0,
        mask_row: 0, output_row: output.layout.rowStride)
      kernels.pointee.batch_normalize(
        Activation?.none.kernel, &norm, &plane, input.row(rows.lowerBound, image: image, block: block), nil,
        output.row(rows.lowerBound, image: image, block: block))
    }
  }

  /// The gradient with respect to the input of `groupNorm`, `(dy · weight − mean(dy · weight) − x̂ · mean(dy · weight ·
  /// x̂)) / √(variance + epsilon)`, the means being over the pixels of a group's channels. Unused lanes become zeros.
  /// `scratch`: as of `groupNorm`.
  func groupNormGradient(
    _ layer: ChannelAffine, groups: Int, epsilon: Float, _ input: BlockedView, _ outputGradient: BlockedView,
    into inputGradient: BlockedView, scratch: UnsafeMutablePointer<Float>
  ) {
    precondition(
      input.hasShape(of: inputGradient) && outputGradient.hasShape(of: inputGradient), "gradients of other shapes")
    precondition(layer.channels == input.layout.channels, "\(layer.channels) weights for another map")
    let lines = GroupLines(scratch, input, groups: groups)
    takeStatistics(of: input, lines)
    takeSums(of: input, outputGradient, lines)
    let weight = layer.weight.floats
    nonisolated(unsafe) let weights = weight
    lines.forEachGroup(on: self) { image, channels in
      var (products, sum) = (0.0, 0.0)
      for channel in channels {
        let factor = Double(weights[channel])
        products += factor * Double(lines[.products, image, channel: channel])
        sum += factor * Double(lines[.sums, image, channel: channel])
      }
      let count = Double(channels.count * lines.area)
      let variance = Double(lines[.variance, image, channel: channels.lowerBound]) + Double(epsilon)
      let scale = 1 / variance.squareRoot()
      for channel in channels {
        lines[.factor, image, channel: channel] = Float(scale * Double(weights[channel]))
        lines[.slope, image, channel: channel] = Float(-scale / variance * products / count)
        lines[.shift, image, channel: channel] = Float(-scale * sum / count)
      }
    }
    forEachStrip(over: inputGradient) { image, block, rows in
      var plane = zoo_plane(
        rows: rows.count, columns: inputGradient.layout.extent.width, first_row: input.layout.rowStride,
        second_row: outputGradient.layout.rowStride, mask_row: 0, output_row: inputGradient.layout.rowStride)
      kernels.pointee.centered_gradient(
        lines[.mean, image, block], &plane, input.row(rows.lowerBound, image: image, block: block),
        outputGradient.row(rows.lowerBound, image: image, block: block),
        inputGradient.row(rows.lowerBound, image: image, block: block))
      if block < inputGradient.layout.blocks - 1 { return }
      for row in rows { clearLastLanes(of: inputGradient, image: image, row: row) }
    }
  }

  /// The gradient with respect to the weights of `groupNorm`, `Σ dy · x̂` over the pixels and the images, padded to
  /// whole blocks with zeros. `accumulates`: whether it is added to what the buffer holds. `scratch`: as of
  /// `groupNorm`.
  func groupNormWeightGradient(
    groups: Int, epsilon: Float, _ input: BlockedView, _ outputGradient: BlockedView, accumulates: Bool,
    into weightGradient: FloatBuffer, scratch: UnsafeMutablePointer<Float>
  ) {
    precondition(outputGradient.hasShape(of: input), "the gradient is not of the input's shape")
    let (layout, lanes) = (input.layout, BlockedLayout.lanes)
    precondition(weightGradient.count == layout.blocks * lanes, "\(weightGradient.count) sums of other channels")
    let lines = GroupLines(scratch, input, groups: groups)
    takeStatistics(of: input, lines)
    takeSums(of: input, outputGradient, lines)
    let images = input.images
    forEachRow(images: 1, blocks: layout.blocks, rows: 1, rowFloats: images * lanes * 2) { _, block, _ in
      for channel in block * lanes..<(block + 1) * lanes {
        var sum = 0.0
        if channel < layout.channels {
          for image in 0..<images {
            let variance = Double(lines[.variance, image, channel: channel]) + Double(epsilon)
            sum += Double(lines[.products, image, channel: channel]) / variance.squareRoot()
          }
        }
        weightGradient.floats[channel] = Float(sum) + (accumulates ? weightGradient.floats[channel] : 0)
      }
    }
  }

  /// The mean and the variance of each group, for each of its channels; 0 and 1 in lanes that are no channels.
  private func takeStatistics(of input: BlockedView, _ lines: GroupLines) {
    let layout = input.layout
    forEachRow(
      images: input.images, blocks: layout.blocks, rows: 1, rowFloats: lines.area * BlockedLayout.lanes * 2
    ) { image, block, _ in
      kernels.pointee.moments(
        input.interior(image: image, block: block), layout.rowStride, layout.extent.height, layout.extent.width,
        lines[.moments, image, block])
      lines[.mean, image, block].update(repeating: 0, count: BlockedLayout.lanes)
      lines[.variance, image, block].update(repeating: 1, count: BlockedLayout.lanes)
    }
    lines.forEachGroup(on: self) { image, channels in
      let area = Double(lines.area)
      var sum = 0.0
      for channel in channels {
        sum += Double(lines[.moments, image, channel: channel]) * area
        sum += Double(lines[.distances, image, channel: channel])
      }
      let mean = sum / (area * Double(channels.count))
      var squares = 0.0
      for channel in channels {
        let distance = Double(lines[.moments, image, channel: channel]) - mean
        squares += Double(lines[.squares, image, channel: channel])
        squares += distance * (2 * Double(lines[.distances, image, channel: channel]) + distance * area)
      }
      // What rounding left below zero is none.
      let variance = max(0, squares / (area * Double(channels.count)))
      for channel in channels {
        lines[.mean, image, channel: channel] = Float(mean)
        lines[.variance, image, channel: channel] = Float(variance)
      }
    }
  }

  /// For each channel the sum of gradient · (x − mean) and of the gradient.
  private func takeSums(of input: BlockedView, _ outputGradient: BlockedView, _ lines: GroupLines) {
    let layout = input.layout
    forEachRow(
      images: input.images, blocks: layout.blocks, rows: 1, rowFloats: lines.area * BlockedLayout.lanes * 2
    ) { image, block, _ in
      var plane = zoo_plane(
        rows: layout.extent.height, columns: layout.extent.width, first_row: layout.rowStride,
        second_row: outputGradient.layout.rowStride, mask_row: 0, output_row: 0)
      kernels.pointee.batch_norm_sums(
        lines[.mean, image, block], &plane, input.interior(image: image, block: block),
        outputGradient.interior(image: image, block: block), nil, lines[.products, image, block])
    }
  }
}

/// What is known of the groups of a batch of maps: for each block of each image, lines of a number for each channel.
private struct GroupLines: @unchecked Sendable {
  enum Line: Int, CaseIterable {
    /// About the mean of each channel, the sum of the distances from it, and of their squares.
    case moments, distances, squares
    case variance
    /// What `centered_gradient` reads, in its order.
    case mean, factor, slope, shift

    /// Sums of gradients, where moments were.
    static let products = moments
    static let sums = distances
  }

  static let count = Line.allCases.count

  private let base: UnsafeMutablePointer<Float>
  private let images: Int
  private let blocks: Int
  private let channelsPerGroup: Int
  private let groups: Int
  /// The pixels of a channel.
  let area: Int

  init(_ base: UnsafeMutablePointer<Float>, _ view: BlockedView, groups: Int) {
    precondition(
      groups > 0 && view.layout.channels % groups == 0, "\(groups) groups of \(view.layout.channels) channels")
    self.base = base
    self.groups = groups
    images = view.images
    blocks = view.layout.blocks
    channelsPerGroup = view.layout.channels / groups
    area = view.layout.extent.area
  }

  subscript(line: Line, image: Int, block: Int) -> UnsafeMutablePointer<Float> {
    base + ((image * blocks + block) * Self.count + line.rawValue) * BlockedLayout.lanes
  }

  subscript(line: Line, image: Int, channel channel: Int) -> Float {
    get { self[line, image, channel / BlockedLayout.lanes][channel % BlockedLayout.lanes] }
    nonmutating set { self[line, image, channel / BlockedLayout.lanes][channel % BlockedLayout.lanes] = newValue }
  }

  func forEachGroup(
    on machine: Machine, _ body: @escaping @Sendable (_ image: Int, _ channels: Range<Int>) -> Void
  ) {
    let count = channelsPerGroup
    machine.forEachRow(images: images, blocks: 1, rows: groups, rowFloats: count * Self.count) { image, _, group in
      body(image, group * count..<(group + 1) * count)
    }
  }
}
