internal import CZooKernels
import ZooTensor

extension Machine {
  /// Transforms a layer's weights as they are at the time: the bits that packing them anew would give. `winograd`: made
  /// of this layer, or of one with weights of the same shape.
  public func transformFilters(of layer: PackedConvolution, into winograd: PackedWinograd) {
    precondition(
      winograd.geometry.hasWeights(of: layer.geometry), "filters of \(layer.geometry) for \(winograd.geometry)")
    let panels = layer.panels
    let taps = layer.geometry.kernel.area
    transform(into: winograd) { output, input, filters in
      let lanes = BlockedLayout.lanes
      // Of a planar layer, a plane is an input.
      var from = layer.weights.floats + panels.offset(group: 0, block: output, plane: input / panels.depth)
      from += input % panels.depth * lanes
      for tap in 0..<taps {
        (filters + tap * lanes).update(from: from + tap * panels.depth * lanes, count: lanes)
      }
    }
  }

  /// As above, with taps in reverse order and inputs and outputs exchanged. `winograd`: made for the data gradient of
  /// this layer, or of one with weights of the same shape.
  public func transformRotatedFilters(of layer: PackedConvolution, into winograd: PackedWinograd) {
    let (geometry, rotated) = (layer.geometry, winograd.geometry)
    precondition(
      rotated.inputChannels == geometry.outputChannels && rotated.outputChannels == geometry.inputChannels
        && rotated.kernel == geometry.kernel && geometry.groups == 1, "rotated filters of \(geometry) for \(rotated)")
    let panels = layer.panels
    let taps = geometry.kernel.area
    transform(into: winograd) { inputBlock, output, filters in
      let lanes = BlockedLayout.lanes
      let (block, outputLane) = output.quotientAndRemainder(dividingBy: lanes)
      for lane in 0..<lanes {
        let input = inputBlock * lanes + lane
        var to = filters + (taps - 1) * lanes + lane
        guard input < geometry.inputChannels else {
          for _ in 0..<taps {
            to.pointee = 0
            to -= lanes
          }
          continue
        }
        var from = layer.weights.floats + panels.offset(group: 0, block: block, plane: input / panels.depth)
        from += input % panels.depth * lanes + outputLane
        for _ in 0..<taps {
          to.pointee = from.pointee
          from += panels.depth * lanes
          to -= lanes
        }
      }
    }
  }

  /// `gather`: writes the filters `[tap][16]` of a block of outputs for one input.
  private func transform(
    into winograd: PackedWinograd,
    _ gather: @escaping @Sendable (_ block: Int, _ input: Int, _ filters: UnsafeMutablePointer<Float>) -> Void
  ) {
    let lanes = BlockedLayout.lanes
    let inputs = winograd.geometry.inputChannels
    parallel(rows: winograd.schedule.outputBlocks, columns: winograd.schedule.inputBlocks) { block, plane, _ in
      // The most taps of a form.
      var memory = InlineArray<400, Float>(repeating: 0)
      var span = memory.mutableSpan
      span.withUnsafeMutableBufferPointer { filters in
        guard let filters = filters.baseAddress else { return }
        for input in plane * lanes..<(plane + 1) * lanes {
          let target =
            winograd.weights.floats + block * winograd.form.frequencies * winograd.frequencyFloats + input * lanes
          if input < inputs {
            gather(block, input, filters)
          } else {
            filters.update(repeating: 0, count: winograd.geometry.kernel.area * lanes)
          }
          kernels.pointee.winograd_filter(winograd.form.kernel, filters, target, winograd.frequencyFloats)
        }
      }
    }
  }
}

extension ConvolutionGeometry {
  /// The convolution that leads from the gradient of the output to that of the input, with inputs and outputs exchanged
  /// and taps in reverse order; `nil` where there is none: with a stride, or padding beyond what the kernel spans.
  public var rotated: ConvolutionGeometry? {
    let span = Extent(height: dilation.height * (kernel.height - 1), width: dilation.width * (kernel.width - 1))
    guard stride == Extent(1) else { return nil }
    return try? ConvolutionGeometry(
      inputChannels: outputChannels, outputChannels: inputChannels, groups: groups, input: output, kernel: kernel,
      padding: Padding(
        top: span.height - padding.top, left: span.width - padding.left, bottom: span.height - padding.bottom,
        right: span.width - padding.right), dilation: dilation)
  }
}
