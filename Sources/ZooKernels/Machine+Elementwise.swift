import ZooTensor

extension Machine {
  /// `output = f(inputs, joined)`; see `add(_:_:into:)` and `multiply(_:_:into:)`.
  public func join(_ join: Join, _ inputs: [BlockedView], _ activation: Activation?, into output: BlockedView) {
    switch join {
    case .add: add(inputs, activation, into: output)
    case .multiply: multiply(inputs, activation, into: output)
    }
  }

  /// `output = f(inputs[0] + inputs[1] + …)`, added from left to right. The output may be the first input.
  ///
  /// - Precondition: at least one input.
  public func add(_ inputs: [BlockedView], _ activation: Activation? = nil, into output: BlockedView) {
    precondition(!inputs.isEmpty, "nothing to add")
    for input in inputs { precondition(input.hasShape(of: output), "an input is not of the output's shape") }
    guard inputs.count > 1 else { return activate(activation, inputs[0], into: output) }
    let width = output.layout.extent.width
    forEachRow(over: output) { image, block, row in
      let sum = output.row(row, image: image, block: block)
      var partial = inputs[0].row(row, image: image, block: block)
      for index in 1..<inputs.count {
        let f = index == inputs.count - 1 ? activation : nil
        kernels.pointee.add(f.kernel, partial, inputs[index].row(row, image: image, block: block), sum, width)
        partial = sum
      }
    }
  }

  /// `output = f(inputs[0] · inputs[1] · …)`, multiplied from left to right. An input of one pixel is a factor for each
  /// channel. The output may be the first input, if that is of its shape. The lanes beyond the last channel become zeros:
  /// products of what lies there need not be finite.
  ///
  /// - Precondition: at least two inputs.
  public func multiply(_ inputs: [BlockedView], _ activation: Activation? = nil, into output: BlockedView) {
    precondition(inputs.count > 1, "nothing to multiply")
    let factors = inputs.map { input in
      precondition(
        input.layout.channels == output.layout.channels && input.images == output.images
          && (input.layout.extent == output.layout.extent || input.layout.extent.area == 1),
        "multiplying \(input.layout.channels)×\(input.layout.extent) into "
          + "\(output.layout.channels)×\(output.layout.extent)")
      return (view: input, isPixel: input.layout.extent.area == 1)
    }
    let width = output.layout.extent.width
    forEachRow(over: output) { image, block, row in
      let product = output.row(row, image: image, block: block)
      func factor(_ index: Int) -> (floats: UnsafePointer<Float>, step: Int) {
        let (view, isPixel) = factors[index]
        return (
          UnsafePointer(view.row(isPixel ? 0 : row, image: image, block: block)), isPixel ? 0 : BlockedLayout.lanes
        )
      }
      var partial = factor(0)
      for index in 1..<factors.count {
        let (other, f) = (factor(index), index == factors.count - 1 ? activation : nil)
        multiplyPixels(partial, other, f, into: product, width)
        partial = (UnsafePointer(product), BlockedLayout.lanes)
      }
      if block == output.layout.blocks - 1 { clearLastLanes(of: output, image: image, row: row) }
    }
  }

  /// `products = f(left · right)` for `count` pixels of 16 channels that follow each other; a step of 0 stands for one pixel
  /// in place of all.
  func multiplyPixels(
    _ left: (floats: UnsafePointer<Float>, step: Int), _ right: (floats: UnsafePointer<Float>, step: Int),
    _ activation: Activation? = nil, into products: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    kernels.pointee.multiply(activation.kernel, left.floats, left.step, right.floats, right.step, products, count)
  }

  /// `output = f(input)`. The output may be the input. Without a function this copies between layouts of one shape.
  public func activate(_ activation: Activation?, _ input: BlockedView, into output: BlockedView) {
    precondition(input.hasShape(of: output), "the input is not of the output's shape")
    let width = output.layout.extent.width
    forEachRow(over: output) { image, block, row in
      kernels.pointee.activate(
        activation.kernel, input.row(row, image: image, block: block), output.row(row, image: image, block: block),
        width)
    }
  }

  /// `output = f(input · scale + shift)` per channel: a batch normalisation that could not be folded. The output may be
  /// the input.
  public func scale(
    _ channels: ChannelScale, _ activation: Activation? = nil, _ input: BlockedView, into output: BlockedView
  ) {
    precondition(input.hasShape(of: output), "the input is not of the output's shape")
    precondition(channels.channels == output.layout.channels, "\(channels.channels) scales for another map")
    let width = output.layout.extent.width
    forEachRow(over: output) { image, block, row in
      kernels.pointee.scale(
        activation.kernel, channels.scale(block: block), channels.shift(block: block),
        input.row(row, image: image, block: block), output.row(row, image: image, block: block), width)
    }
  }

  /// `output = input` where positive, else `slope · input`. The output may be the input.
  public func prelu(_ slopes: ChannelSlopes, _ input: BlockedView, into output: BlockedView) {
    precondition(input.hasShape(of: output), "the input is not of the output's shape")
    precondition(slopes.channels == output.layout.channels, "\(slopes.channels) slopes for another map")
    let width = output.layout.extent.width
    forEachRow(over: output) { image, block, row in
      kernels.pointee.prelu(
        slopes.slopes(block: block), input.row(row, image: image, block: block),
        output.row(row, image: image, block: block), width)
    }
  }

  private func forEachRow(
    over view: BlockedView, _ body: @escaping @Sendable (_ image: Int, _ block: Int, _ row: Int) -> Void
  ) {
    let extent = view.layout.extent
    forEachRow(
      images: view.images, blocks: view.layout.blocks, rows: extent.height,
      rowFloats: extent.width * BlockedLayout.lanes, body)
  }
}
