import ZooKernels

/// Whether neighbours in the plane are neighbours of each other's codes (Venna & Kaski, 2001).
package enum Trustworthiness {
  /// As many neighbours as are looked at by default, or fewer where there are few points.
  package static func neighbours(of points: Int) -> Int { min(12, (points - 1) / 2) }

  /// 1 − 2 / (n k (2n − 3k − 1)) · Σ (rank − k) over the neighbours in the plane that are none of the code, where the
  /// rank is that of the neighbour by the distance of the codes: from 0 to 1, and 1 when there are none. `layout`:
  /// coordinates, `[2, points]`. `count`: of neighbours; less than half the points. `progress`: told how many points
  /// are done.
  package static func measure(
    _ layout: Matrix, neighbours count: Int, codes: Distances, pool: ThreadPool,
    progress: (_ done: Int) throws -> Void = { _ in }
  ) rethrows -> Double {
    let points = codes.count
    let plane = Matrix(rows: points, columns: 2)
    for point in 0..<points { (plane[point, 0], plane[point, 1]) = (layout[0, point], layout[1, point]) }
    let near = NearestNeighbours(count, of: Distances(plane), pool: pool, progress: { _ in })
    let excess = Matrix(rows: 1, columns: points)
    for start in stride(from: 0, to: points, by: 1024) {
      try progress(start)
      codes.forEachRow(start..<min(points, start + 1024), pool: pool) { point, distances, _ in
        for neighbour in near.indices(of: point) {
          let (other, distance) = (Int(neighbour), distances[Int(neighbour)])
          var rank = 1
          for index in 0..<points where index != point {
            if distances[index] < distance || (distances[index] == distance && index < other) { rank += 1 }
          }
          excess[0, point] += Double(max(0, rank - count))
        }
      }
    }
    let (n, k) = (Double(points), Double(count))
    return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * excess.numbers(ofRow: 0).reduce(0, +)
  }
}
