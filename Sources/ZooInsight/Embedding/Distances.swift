import ZooKernels

/// Squared Euclidean distances between points, a few rows of the table at a time.
///
/// They are sums of squared differences, so that equal points have exactly the distance 0; products of points would be
/// faster and cancel.
package struct Distances: Sendable {
  package let points: Matrix
  /// Eight points side by side, coordinate by coordinate; the last are filled up with infinity.
  private let packed: Matrix

  private static let lanes = 8
  private static let rowsAtOnce = 4

  package var count: Int { points.rows }

  package init(_ points: Matrix) {
    self.points = points
    let width = points.columns
    let blocks = (points.rows + Self.lanes - 1) / Self.lanes
    packed = Matrix(rows: blocks, columns: width * Self.lanes)
    for point in 0..<blocks * Self.lanes {
      let (block, lane) = (point / Self.lanes, point % Self.lanes)
      for axis in 0..<width {
        packed[block, axis * Self.lanes + lane] = point < points.rows ? points[point, axis] : .infinity
      }
    }
  }

  /// Calls `body` on all threads for every point with its distances to all points, itself among them. `range`: the
  /// points. `body`: also told which thread calls it.
  package func forEachRow(
    _ range: Range<Int>, pool: ThreadPool,
    _ body: @Sendable (_ row: Int, _ distances: UnsafeBufferPointer<Double>, _ thread: Int) -> Void
  ) {
    let scratch = Matrix(rows: pool.threadCount * Self.rowsAtOnce, columns: packed.rows * Self.lanes)
    pool.parallel((range.count + Self.rowsAtOnce - 1) / Self.rowsAtOnce) { group, thread in
      let first = range.lowerBound + group * Self.rowsAtOnce
      let target = scratch.row(thread * Self.rowsAtOnce)
      computeRows(first, last: range.upperBound - 1, into: target, stride: scratch.columns)
      for row in first..<min(first + Self.rowsAtOnce, range.upperBound) {
        body(row, UnsafeBufferPointer(start: target + (row - first) * scratch.columns, count: count), thread)
      }
    }
  }

  /// The distances of four points from `first` on; the last one again where there are no more.
  private func computeRows(_ first: Int, last: Int, into target: Vector.Numbers, stride: Int) {
    let width = points.columns
    let (a, b) = (points.row(first), points.row(min(first + 1, last)))
    let (c, d) = (points.row(min(first + 2, last)), points.row(min(first + 3, last)))
    for block in 0..<packed.rows {
      let others = packed.row(block)
      for half in 0..<2 {
        var (sumA, sumB, sumC, sumD) = (SIMD4<Double>.zero, SIMD4<Double>.zero, SIMD4<Double>.zero, SIMD4<Double>.zero)
        for axis in 0..<width {
          let other = Vector.four(others, axis * Self.lanes + half * 4)
          let (fromA, fromB) = (SIMD4(repeating: a[axis]) - other, SIMD4(repeating: b[axis]) - other)
          let (fromC, fromD) = (SIMD4(repeating: c[axis]) - other, SIMD4(repeating: d[axis]) - other)
          sumA += fromA * fromA
          sumB += fromB * fromB
          sumC += fromC * fromC
          sumD += fromD * fromD
        }
        let place = target + block * Self.lanes + half * 4
        Vector.store(sumA, place, 0)
        Vector.store(sumB, place, stride)
        Vector.store(sumC, place, 2 * stride)
        Vector.store(sumD, place, 3 * stride)
      }
    }
  }
}
