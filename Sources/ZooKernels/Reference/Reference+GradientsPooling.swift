import ZooTensor

extension Reference {
  /// Each window's gradient goes to its maximum, the first one in the order of rows and columns.
  package static func maxPoolGradient(
    _ geometry: PoolingGeometry, _ input: Input, _ outputGradient: Input, into inputGradient: Output
  ) {
    for index in inputGradient.indices { inputGradient[index] = 0 }
    let width = geometry.input.width
    forEachOutput(of: geometry.output, count: outputGradient.count) { position, channel, row, column in
      let pixels = channel * geometry.input.area
      let (rows, columns, _) = geometry.window(row: row, column: column)
      var first = pixels + rows.lowerBound * width + columns.lowerBound
      for row in rows {
        for column in columns where input[pixels + row * width + column] > input[first] {
          first = pixels + row * width + column
        }
      }
      inputGradient[first] += outputGradient[position]
    }
  }

  /// Each window's gradient, divided as its mean is, goes to all of its pixels.
  package static func averagePoolGradient(
    _ geometry: PoolingGeometry, countsPadding: Bool, _ outputGradient: Input, into inputGradient: Output
  ) {
    for index in inputGradient.indices { inputGradient[index] = 0 }
    forEachOutput(of: geometry.output, count: outputGradient.count) { position, channel, row, column in
      let (rows, columns, paddedArea) = geometry.window(row: row, column: column)
      add(
        outputGradient[position] / Double(countsPadding ? paddedArea : rows.count * columns.count),
        to: inputGradient, channel * geometry.input.area, rows, columns, width: geometry.input.width)
    }
  }

  /// The gradient of `adaptiveAveragePool`; of the global average with a target of one pixel.
  package static func adaptiveAveragePoolGradient(
    from source: Extent, to target: Extent, _ outputGradient: Input, into inputGradient: Output
  ) {
    for index in inputGradient.indices { inputGradient[index] = 0 }
    func window(_ index: Int, of count: Int, over length: Int) -> Range<Int> {
      index * length / count..<((index + 1) * length + count - 1) / count
    }
    forEachOutput(of: target, count: outputGradient.count) { position, channel, row, column in
      let rows = window(row, of: target.height, over: source.height)
      let columns = window(column, of: target.width, over: source.width)
      add(
        outputGradient[position] / Double(rows.count * columns.count), to: inputGradient, channel * source.area, rows,
        columns, width: source.width)
    }
  }

  /// The gradient of `adaptiveMaxPool`: each window's goes to its maximum, the first one in the order of rows and columns.
  package static func adaptiveMaxPoolGradient(
    from source: Extent, to target: Extent, _ input: Input, _ outputGradient: Input, into inputGradient: Output
  ) {
    for index in inputGradient.indices { inputGradient[index] = 0 }
    forEachShare(from: source, to: target, input) { pixels, rows, columns, position in
      var first = pixels + rows.lowerBound * source.width + columns.lowerBound
      for row in rows {
        for column in columns where input[pixels + row * source.width + column] > input[first] {
          first = pixels + row * source.width + column
        }
      }
      inputGradient[first] += outputGradient[position]
    }
  }

  private static func forEachOutput(
    of extent: Extent, count: Int, _ body: (_ position: Int, _ channel: Int, _ row: Int, _ column: Int) -> Void
  ) {
    for position in 0..<count {
      let (channel, pixel) = position.quotientAndRemainder(dividingBy: extent.area)
      body(position, channel, pixel / extent.width, pixel % extent.width)
    }
  }

  private static func add(
    _ share: Double, to gradient: Output, _ pixels: Int, _ rows: Range<Int>, _ columns: Range<Int>, width: Int
  ) {
    for row in rows {
      for column in columns { gradient[pixels + row * width + column] += share }
    }
  }
}
