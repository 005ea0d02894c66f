import ZooKernels

/// The gradient from the nearest neighbours of the codes, which attract each other, and from squares of points far away, which
/// repel as one (van der Maaten, 2014).
package struct BarnesHutGradient: EmbeddingGradient {
  private let pool: ThreadPool
  private let affinities: SparseAffinities
  /// Points whose perplexity is not the one that was asked for.
  package let unreached: Int

  /// Below it a square is one place: scikit-learn's default.
  static let angle = 0.5
  private static let block = 64

  package init(_ neighbours: NearestNeighbours, perplexity: Double, pool: ThreadPool) {
    self.pool = pool
    (affinities, unreached) = SparseAffinities.symmetric(neighbours, perplexity: perplexity, pool: pool)
  }

  package func evaluate(_ layout: Matrix, exaggeration: Double, into gradient: Matrix) {
    let (count, affinities) = (layout.columns, affinities)
    let tree = QuadTree(layout)
    let forces = Matrix(rows: count, columns: 3)
    let blocks = (count + Self.block - 1) / Self.block
    pool.parallel(blocks) { block in
      for place in block * Self.block..<min(count, (block + 1) * Self.block) {
        let force = tree.repulsion(on: place, angle: Self.angle)
        let target = forces.row(Int(tree.order[place]))
        (target[0], target[1], target[2]) = (force.x, force.y, force.nearness)
      }
    }
    var nearness = 0.0
    for point in 0..<count { nearness += forces[point, 2] }
    pool.parallel(blocks) { [nearness] block in
      let (xs, ys) = (layout.row(0), layout.row(1))
      for point in block * Self.block..<min(count, (block + 1) * Self.block) {
        var (pullX, pullY) = (0.0, 0.0)
        affinities.forEach(of: point) { other, p in
          let (dx, dy) = (xs[point] - xs[other], ys[point] - ys[other])
          let weight = p / (1 + dx * dx + dy * dy)
          pullX += weight * dx
          pullY += weight * dy
        }
        gradient[0, point] = 4 * (exaggeration * pullX - forces[point, 0] / nearness)
        gradient[1, point] = 4 * (exaggeration * pullY - forces[point, 1] / nearness)
      }
    }
  }

  package func divergence(_ layout: Matrix) -> Double {
    let (count, affinities) = (layout.columns, affinities)
    let tree = QuadTree(layout)
    // Of each point: Σ q, Σ p ln(p / q) and Σ p.
    let sums = Matrix(rows: count, columns: 3)
    pool.parallel((count + Self.block - 1) / Self.block) { block in
      let (xs, ys) = (layout.row(0), layout.row(1))
      for place in block * Self.block..<min(count, (block + 1) * Self.block) {
        let point = Int(tree.order[place])
        let sum = sums.row(point)
        sum[0] = tree.repulsion(on: place, angle: Self.angle).nearness
        affinities.forEach(of: point) { other, p in
          guard p > 0 else { return }
          let (dx, dy) = (xs[point] - xs[other], ys[point] - ys[other])
          sum[1] += p * (Double.naturalLogarithm(p) + Double.naturalLogarithm(1 + dx * dx + dy * dy))
          sum[2] += p
        }
      }
    }
    var (nearness, result, total) = (0.0, 0.0, 0.0)
    for point in 0..<count {
      nearness += sums[point, 0]
      result += sums[point, 1]
      total += sums[point, 2]
    }
    return result + total * Double.naturalLogarithm(nearness)
  }
}

/// Affinities between neighbours, row by row; symmetric, of sum 1.
struct SparseAffinities: Sendable {
  private var starts: [Int]
  private var columns: [Int32]
  private var values: [Double]

  /// The most neighbours of all points together for which there is memory.
  static let maximumCount = 1 << 26

  /// Half of what each point gives its neighbours and they give it, over the number of points.
  static func symmetric(
    _ neighbours: NearestNeighbours, perplexity: Double, pool: ThreadPool
  ) -> (SparseAffinities, unreached: Int) {
    let (points, width) = (neighbours.points, neighbours.count)
    let given = Matrix(rows: points, columns: width)
    let isUnreached = Matrix(rows: 1, columns: points)
    pool.parallel((points + 31) / 32) { block in
      neighbours.distances.withUnsafeBufferPointer { distances in
        for point in block * 32..<min(points, (block + 1) * 32) {
          let own = UnsafeBufferPointer(rebasing: distances[point * width..<(point + 1) * width])
          if !Affinity.distribute(over: own, excluding: nil, perplexity: perplexity, into: given.row(point)) {
            isUnreached[0, point] = 1
          }
        }
      }
    }
    // Who has a point among its neighbours, in ascending order.
    var ends = [Int](repeating: 0, count: points + 1)
    for other in neighbours.indices { ends[Int(other) + 1] += 1 }
    for point in 0..<points { ends[point + 1] += ends[point] }
    var (sources, places) = ([Int32](repeating: 0, count: points * width), ends)
    for point in 0..<points {
      for slot in 0..<width {
        let other = Int(neighbours.indices[point * width + slot])
        sources[places[other]] = Int32(point)
        places[other] += 1
      }
    }
    var result = SparseAffinities(starts: [0], columns: [], values: [])
    result.starts.reserveCapacity(points + 1)
    result.columns.reserveCapacity(points * width)
    result.values.reserveCapacity(points * width)
    // Where in the list of a giver the point is: lists are gone through point by point.
    var slots = [Double](repeating: 0, count: points)
    var transposed = [Double](repeating: 0, count: points * width)
    var cursors = ends
    for point in 0..<points {
      for slot in 0..<width {
        let other = Int(neighbours.indices[point * width + slot])
        transposed[cursors[other]] = given[point, slot]
        cursors[other] += 1
      }
    }
    let share = 1 / (2 * Double(points))
    for point in 0..<points {
      var row = neighbours.indices(of: point).map { $0 }
      for (slot, other) in row.enumerated() { slots[Int(other)] = given[point, slot] }
      let givers = ends[point]..<ends[point + 1]
      for place in givers {
        let giver = sources[place]
        if slots[Int(giver)] == 0 { row.append(giver) }
        slots[Int(giver)] += transposed[place]
      }
      row.sort()
      var previous: Int32 = -1
      for other in row where other != previous {
        result.columns.append(other)
        result.values.append(slots[Int(other)] * share)
        previous = other
      }
      for other in row { slots[Int(other)] = 0 }
      result.starts.append(result.columns.count)
    }
    return (result, Int(isUnreached.numbers(ofRow: 0).reduce(0, +)))
  }

  /// In ascending order of the other points.
  @inline(__always)
  func forEach(of point: Int, _ body: (_ other: Int, _ affinity: Double) -> Void) {
    for place in starts[point]..<starts[point + 1] { body(Int(columns[place]), values[place]) }
  }
}
