import ZooKernels

/// The gradient from all pairs of points.
package final class ExactGradient: EmbeddingGradient, @unchecked Sendable {
  private let count: Int
  private let pool: ThreadPool
  /// Symmetric, of sum 1; float32, because they are more than all else.
  private let affinities: UnsafeMutablePointer<Float>
  /// Points whose perplexity is not the one that was asked for.
  package let unreached: Int

  private static let rowBlock = 32

  /// `progress`: told how many points are done.
  package init(
    _ distances: Distances, perplexity: Double, pool: ThreadPool, progress: (_ done: Int) throws -> Void
  ) rethrows {
    let count = distances.count
    (self.count, self.pool) = (count, pool)
    affinities = .allocate(capacity: count * count)
    affinities.initialize(repeating: 0, count: count * count)
    nonisolated(unsafe) let affinities = affinities
    let isUnreached = Matrix(rows: 1, columns: count)
    let scratch = Matrix(rows: pool.threadCount, columns: count)
    // In pieces, so that something can be said in between.
    for start in stride(from: 0, to: count, by: 256) {
      do { try progress(start) } catch {
        affinities.deallocate()
        throw error
      }
      distances.forEachRow(start..<min(count, start + 256), pool: pool) { row, numbers, thread in
        let result = scratch.row(thread)
        if !Affinity.distribute(over: numbers, excluding: row, perplexity: perplexity, into: result) {
          isUnreached[0, row] = 1
        }
        for other in 0..<count { affinities[row * count + other] = Float(result[other]) }
      }
    }
    unreached = Int(isUnreached.numbers(ofRow: 0).reduce(0, +))
    let share = 1 / (2 * Double(count))
    pool.parallel(count) { row in
      for other in 0..<row {
        let sum = Double(affinities[row * count + other]) + Double(affinities[other * count + row])
        affinities[row * count + other] = Float(sum * share)
        affinities[other * count + row] = Float(sum * share)
      }
    }
  }

  deinit { affinities.deallocate() }

  package func evaluate(_ layout: Matrix, exaggeration: Double, into gradient: Matrix) {
    // Of each point: attraction, repulsion, and the sum of its nearness to the others.
    let forces = Matrix(rows: count, columns: 5)
    let (count, affinities) = (count, Affinities(affinities))
    pool.parallel((count + Self.rowBlock - 1) / Self.rowBlock) { block in
      for row in block * Self.rowBlock..<min(count, (block + 1) * Self.rowBlock) {
        Self.addForces(on: row, layout, affinities.base + row * count, into: forces.row(row))
      }
    }
    var nearness = 0.0
    for row in 0..<count { nearness += forces[row, 4] }
    for row in 0..<count {
      gradient[0, row] = 4 * (exaggeration * forces[row, 0] - forces[row, 2] / nearness)
      gradient[1, row] = 4 * (exaggeration * forces[row, 1] - forces[row, 3] / nearness)
    }
  }

  private struct Affinities: @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>
    init(_ base: UnsafeMutablePointer<Float>) { self.base = base }
  }

  private static func addForces(
    on row: Int, _ layout: Matrix, _ affinities: UnsafeMutablePointer<Float>, into forces: Vector.Numbers
  ) {
    let (xs, ys, count) = (layout.row(0), layout.row(1), layout.columns)
    let (x, y) = (xs[row], ys[row])
    var (pullX, pullY) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
    var (pushX, pushY, near) = (SIMD4<Double>.zero, SIMD4<Double>.zero, SIMD4<Double>.zero)
    var index = 0
    while index + 4 <= count {
      let (dx, dy) = (SIMD4(repeating: x) - Vector.four(xs, index), SIMD4(repeating: y) - Vector.four(ys, index))
      let q = 1 / (1 + dx * dx + dy * dy)
      let p = SIMD4<Double>(UnsafeRawPointer(affinities + index).loadUnaligned(as: SIMD4<Float>.self)) * q
      pullX += p * dx
      pullY += p * dy
      let square = q * q
      pushX += square * dx
      pushY += square * dy
      near += q
      index += 4
    }
    var rest = (pullX: 0.0, pullY: 0.0, pushX: 0.0, pushY: 0.0, near: 0.0)
    while index < count {
      let (dx, dy) = (x - xs[index], y - ys[index])
      let q = 1 / (1 + dx * dx + dy * dy)
      let p = Double(affinities[index]) * q
      rest.pullX += p * dx
      rest.pullY += p * dy
      rest.pushX += q * q * dx
      rest.pushY += q * q * dy
      rest.near += q
      index += 1
    }
    forces[0] = Vector.sum(pullX) + rest.pullX
    forces[1] = Vector.sum(pullY) + rest.pullY
    forces[2] = Vector.sum(pushX) + rest.pushX
    forces[3] = Vector.sum(pushY) + rest.pushY
    // Without the point's nearness to itself.
    forces[4] = Vector.sum(near) + rest.near - 1
  }

  package func divergence(_ layout: Matrix) -> Double {
    // Of each point: Σ p ln p, Σ p ln q and Σ q.
    let sums = Matrix(rows: count, columns: 4)
    let (count, affinities) = (count, Affinities(affinities))
    pool.parallel(count) { row in
      let (xs, ys, sum) = (layout.row(0), layout.row(1), sums.row(row))
      for other in 0..<count where other != row {
        let (dx, dy) = (xs[row] - xs[other], ys[row] - ys[other])
        let nearness = 1 + dx * dx + dy * dy
        sum[2] += 1 / nearness
        let p = Double(affinities.base[row * count + other])
        guard p > 0 else { continue }
        sum[0] += p * (Double.naturalLogarithm(p) + Double.naturalLogarithm(nearness))
        sum[1] += p
      }
    }
    var (result, total, nearness) = (0.0, 0.0, 0.0)
    for row in 0..<count {
      result += sums[row, 0]
      total += sums[row, 1]
      nearness += sums[row, 2]
    }
    return result + total * Double.naturalLogarithm(nearness)
  }
}
