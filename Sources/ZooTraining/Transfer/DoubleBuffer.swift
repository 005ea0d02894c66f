/// Zeroed memory for numbers, aligned to cache lines. Who writes which part of it at the same time is up to its users.
package final class DoubleBuffer: @unchecked Sendable {
  package let base: UnsafeMutablePointer<Double>
  package let count: Int
  private let memory: UnsafeMutableRawPointer

  package init(count: Int) {
    memory = .allocate(byteCount: max(count, 1) * MemoryLayout<Double>.stride, alignment: 64)
    base = memory.bindMemory(to: Double.self, capacity: count)
    base.initialize(repeating: 0, count: count)
    self.count = count
  }

  deinit { memory.deallocate() }

  package subscript(index: Int) -> Double {
    get { base[index] }
    set { base[index] = newValue }
  }

  func copy(from other: DoubleBuffer) { base.update(from: other.base, count: count) }
}

/// The loops of a minimisation over vectors. Sums are cut by length alone, so that they are the same on any number of threads.
struct VectorLoops: Sendable {
  let count: Int
  let parallel: LinearClassifier.Parallel

  private static let piece = 1 << 14

  private func each(_ body: @Sendable (_ piece: Int, _ range: Range<Int>) -> Void) {
    let count = count
    parallel((count + Self.piece - 1) / Self.piece) { piece in
      body(piece, piece * Self.piece..<min(count, (piece + 1) * Self.piece))
    }
  }

  func dot(_ a: DoubleBuffer, _ b: DoubleBuffer) -> Double {
    let partial = DoubleBuffer(count: (count + Self.piece - 1) / Self.piece)
    each { piece, range in
      // Four sums, because one would wait for each addition.
      var sums = SIMD4<Double>.zero
      var index = range.lowerBound
      while index + 4 <= range.upperBound {
        sums +=
          SIMD4(a.base[index], a.base[index + 1], a.base[index + 2], a.base[index + 3])
          * SIMD4(b.base[index], b.base[index + 1], b.base[index + 2], b.base[index + 3])
        index += 4
      }
      while index < range.upperBound {
        sums[0] += a.base[index] * b.base[index]
        index += 1
      }
      partial[piece] = (sums[0] + sums[1]) + (sums[2] + sums[3])
    }
    return (0..<partial.count).reduce(0) { $0 + partial[$1] }
  }

  /// target ← scale · target + factor · source
  func combine(_ target: DoubleBuffer, scale: Double = 1, plus factor: Double, times source: DoubleBuffer) {
    each { _, range in
      for index in range { target.base[index] = scale * target.base[index] + factor * source.base[index] }
    }
  }

  /// target ← a + factor · b
  func set(_ target: DoubleBuffer, to a: DoubleBuffer, plus factor: Double, times b: DoubleBuffer) {
    each { _, range in
      for index in range { target.base[index] = a.base[index] + factor * b.base[index] }
    }
  }
}
