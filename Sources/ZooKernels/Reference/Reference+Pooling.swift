import ZooTensor

extension Reference {
  /// The maximum of each window; padding never wins.
  package static func maxPool(_ geometry: PoolingGeometry, _ input: Input, into output: Output) {
    forEachWindow(geometry, input) { pixels, row, column, position in
      let (rows, columns, _) = geometry.window(row: row, column: column)
      var maximum = -Double.infinity
      for row in rows {
        for column in columns { maximum = max(maximum, input[pixels + row * geometry.input.width + column]) }
      }
      output[position] = maximum
    }
  }

  /// The mean of each window; its divisor counts the padding or not.
  package static func averagePool(
    _ geometry: PoolingGeometry, countsPadding: Bool, _ input: Input, into output: Output
  ) {
    forEachWindow(geometry, input) { pixels, row, column, position in
      let (rows, columns, paddedArea) = geometry.window(row: row, column: column)
      let sum = sum(input, pixels, rows, columns, width: geometry.input.width)
      output[position] = sum / Double(countsPadding ? paddedArea : rows.count * columns.count)
    }
  }

  /// Means of windows `⌊i · H / h⌋ ..< ⌈(i + 1) · H / h⌉` (PyTorch's `AdaptiveAvgPool2d`).
  package static func adaptiveAveragePool(from source: Extent, to target: Extent, _ input: Input, into output: Output) {
    forEachShare(from: source, to: target, input) { pixels, rows, columns, position in
      let sum = sum(input, pixels, rows, columns, width: source.width)
      output[position] = sum / Double(rows.count * columns.count)
    }
  }

  /// Maxima of the windows that `adaptiveAveragePool` has (PyTorch's `AdaptiveMaxPool2d`).
  package static func adaptiveMaxPool(from source: Extent, to target: Extent, _ input: Input, into output: Output) {
    forEachShare(from: source, to: target, input) { pixels, rows, columns, position in
      var maximum = -Double.infinity
      for row in rows {
        for column in columns { maximum = max(maximum, input[pixels + row * source.width + column]) }
      }
      output[position] = maximum
    }
  }

  /// Calls `body` with the position of a channel's first pixel, the window and the output's position.
  static func forEachShare(
    from source: Extent, to target: Extent, _ input: Input,
    _ body: (_ pixels: Int, _ rows: Range<Int>, _ columns: Range<Int>, _ position: Int) -> Void
  ) {
    func window(_ index: Int, of count: Int, over length: Int) -> Range<Int> {
      index * length / count..<((index + 1) * length + count - 1) / count
    }
    var position = 0
    for channel in 0..<input.count / source.area {
      for row in 0..<target.height {
        for column in 0..<target.width {
          let rows = window(row, of: target.height, over: source.height)
          let columns = window(column, of: target.width, over: source.width)
          body(channel * source.area, rows, columns, position)
          position += 1
        }
      }
    }
  }

  /// Calls `body` with the position of a channel's first pixel, the window's row and column, and the output's position.
  private static func forEachWindow(
    _ geometry: PoolingGeometry, _ input: Input,
    _ body: (_ pixels: Int, _ row: Int, _ column: Int, _ position: Int) -> Void
  ) {
    var position = 0
    for channel in 0..<input.count / geometry.input.area {
      for row in 0..<geometry.output.height {
        for column in 0..<geometry.output.width {
          body(channel * geometry.input.area, row, column, position)
          position += 1
        }
      }
    }
  }

  private static func sum(
    _ input: Input, _ pixels: Int, _ rows: Range<Int>, _ columns: Range<Int>, width: Int
  ) -> Double {
    var sum = 0.0
    for row in rows {
      for column in columns { sum += input[pixels + row * width + column] }
    }
    return sum
  }
}
