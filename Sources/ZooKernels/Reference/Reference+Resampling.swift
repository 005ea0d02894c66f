import ZooTensor

extension Reference {
  /// A map with rows and columns around it.
  package static func pad(
    _ padding: Padding, _ mode: PaddingMode, from source: Extent, to target: Extent, _ input: Input, into output: Output
  ) {
    forEachPixel(of: target, count: output.count) { position, channel, row, column in
      let row = place(row - padding.top, source.height, mode)
      let column = place(column - padding.left, source.width, mode)
      guard let row, let column else { return output[position] = 0 }
      output[position] = input[(channel * source.height + row) * source.width + column]
    }
  }

  /// Each pixel's gradient is that of all places where it stands.
  package static func padGradient(
    _ padding: Padding, _ mode: PaddingMode, from source: Extent, to target: Extent, _ outputGradient: Input,
    into inputGradient: Output
  ) {
    for index in inputGradient.indices { inputGradient[index] = 0 }
    forEachPixel(of: target, count: outputGradient.count) { position, channel, row, column in
      let row = place(row - padding.top, source.height, mode)
      let column = place(column - padding.left, source.width, mode)
      guard let row, let column else { return }
      inputGradient[(channel * source.height + row) * source.width + column] += outputGradient[position]
    }
  }

  /// The row or column of the map that stands at a place in or around it; `nil` for zeros.
  private static func place(_ index: Int, _ count: Int, _ mode: PaddingMode) -> Int? {
    if index >= 0 && index < count { return index }
    switch mode {
    case .zero: return nil
    case .reflect: return index < 0 ? -index : count - 1 - (index - (count - 1))
    case .replicate: return index < 0 ? 0 : count - 1
    }
  }

  /// A map enlarged to an extent, by PyTorch's formulas for `nn.Upsample`.
  package static func upsample(
    isBilinear: Bool, alignsCorners: Bool, from source: Extent, to target: Extent, _ input: Input, into output: Output
  ) {
    forEachPixel(of: target, count: output.count) { position, channel, row, column in
      output[position] = 0
      forEachNeighbour(isBilinear, alignsCorners, source, target, channel, row, column) { pixel, weight in
        output[position] += weight * input[pixel]
      }
    }
  }

  /// Each pixel's gradient goes to those that it is a mean of.
  package static func upsampleGradient(
    isBilinear: Bool, alignsCorners: Bool, from source: Extent, to target: Extent, _ outputGradient: Input,
    into inputGradient: Output
  ) {
    for index in inputGradient.indices { inputGradient[index] = 0 }
    forEachPixel(of: target, count: outputGradient.count) { position, channel, row, column in
      forEachNeighbour(isBilinear, alignsCorners, source, target, channel, row, column) { pixel, weight in
        inputGradient[pixel] += weight * outputGradient[position]
      }
    }
  }

  private static func forEachNeighbour(
    _ isBilinear: Bool, _ alignsCorners: Bool, _ source: Extent, _ target: Extent, _ channel: Int, _ row: Int,
    _ column: Int, _ body: (_ pixel: Int, _ weight: Double) -> Void
  ) {
    func neighbours(_ index: Int, _ source: Int, _ target: Int) -> [(index: Int, weight: Double)] {
      guard isBilinear else { return [(index * source / target, 1)] }
      let place =
        alignsCorners
        ? target > 1 ? Double(index) * Double(source - 1) / Double(target - 1) : 0
        : max(0, (Double(index) + 0.5) * Double(source) / Double(target) - 0.5)
      let first = min(Int(place), source - 1)
      return [(first, 1 - (place - Double(first))), (min(first + 1, source - 1), place - Double(first))]
    }
    for (row, rowWeight) in neighbours(row, source.height, target.height) {
      for (column, columnWeight) in neighbours(column, source.width, target.width) {
        body((channel * source.height + row) * source.width + column, rowWeight * columnWeight)
      }
    }
  }

  private static func forEachPixel(
    of extent: Extent, count: Int, _ body: (_ position: Int, _ channel: Int, _ row: Int, _ column: Int) -> Void
  ) {
    for position in 0..<count {
      let (channel, pixel) = position.quotientAndRemainder(dividingBy: extent.area)
      body(position, channel, pixel / extent.width, pixel % extent.width)
    }
  }
}
