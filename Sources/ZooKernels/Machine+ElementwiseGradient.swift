internal import CZooKernels
import ZooTensor

extension Machine {
  /// `inputGradient = outputGradient · f′`. Unused lanes become zeros. The result may overwrite either input. `value`:
  /// the argument of the function if `Activation.gradientReadsInput`, else its result.
  public func activationGradient(
    _ activation: Activation?, value: BlockedView, _ outputGradient: BlockedView, into inputGradient: BlockedView
  ) {
    precondition(
      value.hasShape(of: inputGradient) && outputGradient.hasShape(of: inputGradient), "gradients of other shapes")
    let width = inputGradient.layout.extent.width
    forEachRow(clearing: inputGradient) { image, block, row in
      kernels.pointee.activation_gradient(
        activation.kernel, value.row(row, image: image, block: block),
        outputGradient.row(row, image: image, block: block), inputGradient.row(row, image: image, block: block), width)
    }
  }

  /// The gradient with respect to what `prelu` reads: `outputGradient` where the input is positive, else times the slope.
  /// Unused lanes become zeros. The result may overwrite either.
  public func preluGradient(
    _ slopes: ChannelSlopes, _ input: BlockedView, _ outputGradient: BlockedView, into inputGradient: BlockedView
  ) {
    precondition(
      input.hasShape(of: inputGradient) && outputGradient.hasShape(of: inputGradient), "gradients of other shapes")
    precondition(slopes.channels == inputGradient.layout.channels, "\(slopes.channels) slopes for another map")
    let width = inputGradient.layout.extent.width
    forEachRow(clearing: inputGradient) { image, block, row in
      kernels.pointee.prelu_gradient(
        slopes.slopes(block: block), input.row(row, image: image, block: block),
        outputGradient.row(row, image: image, block: block), inputGradient.row(row, image: image, block: block), width)
    }
  }

  /// The gradient with respect to one factor of a product of maps. If the factor is one pixel and the product is not,
  /// that is the sum over the pixels, row by row. Unused lanes become zeros. `others`: the other factors, each of the
  /// product's shape or one pixel; at least one.
  public func multiplyGradient(
    others: [BlockedView], _ outputGradient: BlockedView, into inputGradient: BlockedView
  ) {
    let extent = outputGradient.layout.extent
    if inputGradient.layout.extent == extent { return multiply([outputGradient] + others, into: inputGradient) }
    precondition(
      inputGradient.layout.extent.area == 1 && inputGradient.layout.channels == outputGradient.layout.channels
        && inputGradient.images == outputGradient.images,
      "the gradient of a factor \(inputGradient.layout.extent) of \(extent)")
    for other in others {
      precondition(
        other.layout.channels == outputGradient.layout.channels && other.images == outputGradient.images
          && (other.layout.extent == extent || other.layout.extent.area == 1),
        "a factor \(other.layout.extent) of \(extent)")
    }
    let lanes = BlockedLayout.lanes
    forEachRow(
      images: outputGradient.images, blocks: outputGradient.layout.blocks, rows: 1, rowFloats: extent.area * lanes
    ) { image, block, _ in
      let sum = inputGradient.interior(image: image, block: block)
      sum.update(repeating: 0, count: lanes)
      var products = InlineArray<1024, Float>(repeating: 0)
      var span = products.mutableSpan
      span.withUnsafeMutableBufferPointer { products in
        guard let products = products.baseAddress else { return }
        for row in 0..<extent.height {
          let gradient = outputGradient.row(row, image: image, block: block)
          for column in stride(from: 0, to: extent.width, by: 64) {
            let count = min(64, extent.width - column)
            var partial = UnsafePointer(gradient + column * lanes)
            for other in others {
              let isPixel = other.layout.extent.area == 1
              let factor =
                other.row(isPixel ? 0 : row, image: image, block: block) + (isPixel ? 0 : column * lanes)
              multiplyPixels((partial, lanes), (UnsafePointer(factor), isPixel ? 0 : lanes), into: products, count)
              partial = UnsafePointer(products)
            }
            kernels.pointee.sum(partial, sum, count)
          }
        }
      }
      if block == outputGradient.layout.blocks - 1 { clearLastLanes(of: inputGradient, image: image, row: 0) }
    }
  }
}
