extension Machine {
  /// `output = f(inputs[0] + inputs[1] + …)`, added from left to right. The output may be the first input.
  ///
  /// - Precondition: at least one input.
  public func add(_ inputs: [BlockedView], _ nonlinearity: Nonlinearity = .identity, into output: BlockedView) {
    precondition(!inputs.isEmpty, "nothing to add")
    for input in inputs { precondition(input.hasShape(of: output), "an input is not of the output's shape") }
    guard inputs.count > 1 else { return activate(nonlinearity, inputs[0], into: output) }
    let width = output.layout.extent.width
    forEachRow(over: output) { image, block, row in
      let sum = output.row(row, image: image, block: block)
      var partial = inputs[0].row(row, image: image, block: block)
      for index in 1..<inputs.count {
        let f = index == inputs.count - 1 ? nonlinearity : .identity
        kernels.pointee.add(
          f.activation, f.slope, partial, inputs[index].row(row, image: image, block: block), sum, width)
        partial = sum
      }
    }
  }

  /// `output = f(input)`. The output may be the input. With `.identity` this copies between layouts of one shape.
  public func activate(_ nonlinearity: Nonlinearity, _ input: BlockedView, into output: BlockedView) {
    precondition(input.hasShape(of: output), "the input is not of the output's shape")
    let width = output.layout.extent.width
    forEachRow(over: output) { image, block, row in
      kernels.pointee.activate(
        nonlinearity.activation, nonlinearity.slope, input.row(row, image: image, block: block),
        output.row(row, image: image, block: block), width)
    }
  }

  /// `output = f(input · scale + shift)` per channel: a batch normalisation that could not be folded. The output may be
  /// the input.
  public func scale(
    _ channels: ChannelScale, _ nonlinearity: Nonlinearity = .identity, _ input: BlockedView, into output: BlockedView
  ) {
    precondition(input.hasShape(of: output), "the input is not of the output's shape")
    precondition(channels.channels == output.layout.channels, "\(channels.channels) scales for another map")
    let width = output.layout.extent.width
    forEachRow(over: output) { image, block, row in
      kernels.pointee.scale(
        nonlinearity.activation, nonlinearity.slope, channels.scale(block: block), channels.shift(block: block),
        input.row(row, image: image, block: block), output.row(row, image: image, block: block), width)
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
