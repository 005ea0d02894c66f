import ZooKernels

extension Matrix {
  /// The products of vectors with each other, `[count, count]`: the sum over their numbers, always in the same order.
  /// `count`: of the vectors. `length`: the numbers of each. `fill`: writes, of each vector of `vectors`, the numbers
  /// `numbers`: for the first at `target`, for the next `stride` numbers further. `progress`: told how many of the
  /// numbers are done.
  static func gram(
    count: Int, length: Int, pool: ThreadPool,
    fill: @Sendable (_ vectors: Range<Int>, _ numbers: Range<Int>, _ target: Vector.Numbers, _ stride: Int) -> Void,
    progress: (_ done: Int) throws -> Void
  ) rethrows -> Matrix {
    let result = Matrix(rows: count, columns: count)
    let panel = Matrix(rows: count, columns: min(length, panelWidth))
    let tiles = (count + tileSide - 1) / tileSide
    for start in stride(from: 0, to: length, by: panelWidth) {
      try progress(start)
      let numbers = start..<min(length, start + panelWidth)
      pool.parallel(tiles) { tile in
        let vectors = range(tile, count)
        fill(vectors, numbers, panel.row(vectors.lowerBound), panel.columns)
      }
      pool.parallel(tiles * (tiles + 1) / 2) { index in
        let (row, column) = pair(index)
        result.addProducts(of: panel, numbers.count, rows: range(row, count), columns: range(column, count))
      }
    }
    for row in 0..<count {
      for column in 0..<row { result[column, row] = result[row, column] }
    }
    return result
  }

  private static let panelWidth = 512
  private static let tileSide = 32

  private static func range(_ tile: Int, _ count: Int) -> Range<Int> {
    tile * tileSide..<min(count, (tile + 1) * tileSide)
  }

  /// The place of a tile on or below the diagonal.
  private static func pair(_ index: Int) -> (row: Int, column: Int) {
    var row = Int(((8 * Double(index) + 1).squareRoot() - 1) / 2)
    while row * (row + 1) / 2 > index { row -= 1 }
    while (row + 1) * (row + 2) / 2 <= index { row += 1 }
    return (row, index - row * (row + 1) / 2)
  }

  private func addProducts(of panel: Matrix, _ length: Int, rows: Range<Int>, columns: Range<Int>) {
    for row in stride(from: rows.lowerBound, to: rows.upperBound, by: 2) {
      for column in stride(from: columns.lowerBound, to: columns.upperBound, by: 2) {
        // The last vector takes its own place where there is no other.
        let (nextRow, nextColumn) = (min(row + 1, rows.upperBound - 1), min(column + 1, columns.upperBound - 1))
        let products = Self.products(
          panel.row(row), panel.row(nextRow), panel.row(column), panel.row(nextColumn), length)
        self[row, column] += products[0]
        if nextColumn != column { self[row, nextColumn] += products[1] }
        if nextRow != row { self[nextRow, column] += products[2] }
        if nextRow != row, nextColumn != column { self[nextRow, nextColumn] += products[3] }
      }
    }
  }

  /// a·c, a·d, b·c, b·d
  private static func products(
    _ a: Vector.Numbers, _ b: Vector.Numbers, _ c: Vector.Numbers, _ d: Vector.Numbers, _ count: Int
  ) -> SIMD4<Double> {
    var (ac, ad, bc, bd) = (SIMD4<Double>.zero, SIMD4<Double>.zero, SIMD4<Double>.zero, SIMD4<Double>.zero)
    var index = 0
    while index + 4 <= count {
      let (a, b) = (Vector.four(a, index), Vector.four(b, index))
      let (c, d) = (Vector.four(c, index), Vector.four(d, index))
      ac += a * c
      ad += a * d
      bc += b * c
      bd += b * d
      index += 4
    }
    var products = SIMD4(Vector.sum(ac), Vector.sum(ad), Vector.sum(bc), Vector.sum(bd))
    while index < count {
      products += SIMD4(a[index], a[index], b[index], b[index]) * SIMD4(c[index], d[index], c[index], d[index])
      index += 1
    }
    return products
  }
}
