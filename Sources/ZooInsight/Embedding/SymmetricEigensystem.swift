import ZooKernels
import ZooTensor

/// The largest eigenvalues of a symmetric matrix and their eigenvectors.
///
/// Householder's reduction to a tridiagonal matrix, whose eigenvalues are found by bisection with Sturm sequences and whose
/// eigenvectors by inverse iteration, each made orthogonal to those before it (Wilkinson, 1965; Golub & Van Loan, §8.3–8.4).
/// Nothing in it can fail to converge, and repeated eigenvalues get orthogonal vectors.
package struct SymmetricEigensystem: Sendable {
  /// Descending.
  package let values: [Double]
  /// A vector of length 1 in each row, in the order of the values. Their signs are arbitrary.
  package let vectors: Matrix

  /// `matrix`: symmetric and finite; what is in it is lost. `isWanted`: whether an eigenvalue, given the largest one,
  /// is worth its vector; asked for in descending order until it is not.
  package init(
    _ matrix: Matrix, largest count: Int, pool: ThreadPool,
    where isWanted: (_ value: Double, _ largest: Double) -> Bool = { _, _ in true },
    progress: (_ done: Int) throws -> Void = { _ in }
  ) rethrows {
    let size = matrix.rows
    precondition(size == matrix.columns, "\(size)×\(matrix.columns) is not square")
    let tridiagonal = try Tridiagonal(reducing: matrix, pool: pool, progress: progress)
    var values: [Double] = []
    for place in 0..<min(count, size) {
      let value = tridiagonal.eigenvalue(place)
      guard isWanted(value, values.first ?? value) else { break }
      values.append(value)
    }
    let vectors = tridiagonal.eigenvectors(of: values)
    pool.parallel(values.count) { place in
      // The reflections undone, the last one first.
      let vector = vectors.row(place)
      for step in stride(from: size - 3, through: 0, by: -1) {
        let (axis, part, length) = (matrix.row(step) + step + 1, vector + step + 1, size - step - 1)
        Vector.add(-2 * Vector.dot(axis, part, length), axis, to: part, length)
      }
    }
    self.values = values
    self.vectors = vectors
  }
}

/// A symmetric matrix with numbers on its diagonal and beside it alone.
private struct Tridiagonal {
  var diagonal: [Double]
  /// Beside the diagonal: one fewer.
  var side: [Double]
  /// A bound of the magnitudes of its eigenvalues.
  var norm = 0.0

  /// Reflects rows and columns, H = I − 2uuᵀ, until the matrix is tridiagonal; each u stays in the row that it clears.
  ///
  /// A reflection changes the rest of the matrix by −u·wᵀ − w·uᵀ. That is done when the next one reads it anyway, because
  /// it is memory that takes time.
  init(reducing matrix: Matrix, pool: ThreadPool, progress: (_ done: Int) throws -> Void) rethrows {
    let size = matrix.rows
    diagonal = [Double](repeating: 0, count: size)
    side = [Double](repeating: 0, count: max(0, size - 1))
    let (axis, change, product) = (
      Matrix(rows: 1, columns: size), Matrix(rows: 1, columns: size), Matrix(rows: 1, columns: size)
    )
    let previous = Matrix(rows: 1, columns: size)
    for step in 0..<size {
      if step % 64 == 0 { try progress(step) }
      let (u, w, p, next) = (previous.base, change.base, product.base, axis.base)
      Self.apply(u, w, to: matrix.row(step), step, from: step, size)
      diagonal[step] = matrix[step, step]
      let (start, length) = (step + 1, size - step - 1)
      guard length > 1 else {
        if length == 1 { side[step] = matrix[step, start] }
        continue
      }
      side[step] = Self.reflection(matrix.row(step) + start, next + start, length)
      let blocks = (length + rowBlock - 1) / rowBlock
      nonisolated(unsafe) let (oldU, oldW, newP, newU) = (u, w, p, next)
      pool.parallel(blocks) { block in
        for row in start + block * rowBlock..<min(size, start + (block + 1) * rowBlock) {
          Self.apply(oldU, oldW, to: matrix.row(row), row, from: start, size)
          newP[row] = Vector.dot(matrix.row(row) + start, newU + start, length)
        }
      }
      let overlap = Vector.dot(p + start, next + start, length)
      for index in start..<size {
        w[index] = 2 * (p[index] - overlap * next[index])
        u[index] = next[index]
        matrix[step, index] = next[index]
      }
    }
    for index in 0..<size {
      let beside = (index > 0 ? side[index - 1].magnitude : 0) + (index < size - 1 ? side[index].magnitude : 0)
      norm = max(norm, diagonal[index].magnitude + beside)
    }
  }

  /// Row ← row − u[row] · w − w[row] · u, from a column on.
  private static func apply(
    _ u: Vector.Numbers, _ w: Vector.Numbers, to numbers: Vector.Numbers, _ row: Int, from start: Int, _ size: Int
  ) {
    let (first, second) = (u[row], w[row])
    if first == 0, second == 0 { return }
    var index = start
    while index + 4 <= size {
      let change = first * Vector.four(w, index) + second * Vector.four(u, index)
      Vector.store(Vector.four(numbers, index) - change, numbers, index)
      index += 4
    }
    while index < size {
      numbers[index] -= first * w[index] + second * u[index]
      index += 1
    }
  }

  /// Sets `axis` to the unit vector whose reflection leaves nothing of some numbers but the first.
  ///
  /// - Returns: what the first becomes.
  private static func reflection(_ numbers: Vector.Numbers, _ axis: Vector.Numbers, _ count: Int) -> Double {
    let rest = Vector.dot(numbers + 1, numbers + 1, count - 1)
    guard rest > 0 else {
      for index in 0..<count { axis[index] = 0 }
      return numbers[0]
    }
    let length = (numbers[0] * numbers[0] + rest).squareRoot()
    let result = numbers[0] > 0 ? -length : length
    let first = numbers[0] - result
    let scale = 1 / (first * first + rest).squareRoot()
    axis[0] = first * scale
    for index in 1..<count { axis[index] = numbers[index] * scale }
    return result
  }

  /// How many eigenvalues are below a number: the negative pivots of Gaussian elimination.
  private func count(below value: Double) -> Int {
    let smallest = max(norm, .leastNormalMagnitude) * 0x1p-104
    var (count, pivot) = (0, 1.0)
    for index in diagonal.indices {
      let beside = index > 0 ? side[index - 1] : 0
      pivot = (diagonal[index] - value) - beside * (beside / pivot)
      if pivot.magnitude < smallest { pivot = -smallest }
      if pivot < 0 { count += 1 }
    }
    return count
  }

  /// The eigenvalue with so many larger ones.
  func eigenvalue(_ place: Int) -> Double {
    var (low, high) = (-norm, norm)
    while high - low > norm * 0x1p-53 {
      let middle = low + (high - low) / 2
      if middle <= low || middle >= high { break }
      if diagonal.count - count(below: middle) > place { low = middle } else { high = middle }
    }
    return low + (high - low) / 2
  }

  func eigenvectors(of values: [Double]) -> Matrix {
    let size = diagonal.count
    let vectors = Matrix(rows: values.count, columns: size)
    for (place, value) in values.enumerated() {
      let vector = vectors.row(place)
      let factors = Elimination(self, shift: value)
      // A start that is nearly in the span of the vectors before it is tried with other numbers.
      for attempt in 0..<8 {
        let random = CounterRandom(seed: UInt64(attempt), purpose: .initialization, UInt64(place))
        for index in 0..<size { vector[index] = random.uniform(index, in: -1..<1) }
        var remains = 1.0
        for _ in 0..<4 {
          factors.solve(vector)
          Self.normalise(vector, size)
          for _ in 0..<2 {
            for earlier in 0..<place {
              Vector.add(-Vector.dot(vector, vectors.row(earlier), size), vectors.row(earlier), to: vector, size)
            }
          }
          remains = Self.normalise(vector, size)
        }
        if remains > 1e-3 { break }
      }
    }
    return vectors
  }

  /// - Returns: the length that the vector had.
  @discardableResult
  private static func normalise(_ vector: Vector.Numbers, _ size: Int) -> Double {
    var largest = 0.0
    for index in 0..<size { largest = max(largest, vector[index].magnitude) }
    guard largest > 0 else { return 0 }
    for index in 0..<size { vector[index] /= largest }
    let length = Vector.dot(vector, vector, size).squareRoot()
    for index in 0..<size { vector[index] /= length }
    return length * largest
  }

  /// Gaussian elimination of the matrix minus a number on its diagonal, with rows exchanged where that is safer.
  private struct Elimination {
    private var pivots: [Double]
    private var first: [Double]
    private var second: [Double]
    private var factors: [Double]
    private var isExchanged: [Bool]

    init(_ matrix: Tridiagonal, shift: Double) {
      let size = matrix.diagonal.count
      pivots = matrix.diagonal.map { $0 - shift }
      first = matrix.side + [0]
      second = [Double](repeating: 0, count: size)
      factors = [Double](repeating: 0, count: size)
      isExchanged = [Bool](repeating: false, count: size)
      let smallest = matrix.norm > 0 ? max(matrix.norm * 0x1p-53, 0x1p-960) : 1
      for row in 0..<max(0, size - 1) {
        let below = matrix.side[row]
        if below.magnitude > pivots[row].magnitude {
          isExchanged[row] = true
          factors[row] = pivots[row] / below
          (pivots[row], pivots[row + 1], first[row]) = (
            below, first[row] - factors[row] * pivots[row + 1], pivots[row + 1]
          )
          second[row] = first[row + 1]
          first[row + 1] = -factors[row] * first[row + 1]
        } else {
          if pivots[row].magnitude < smallest { pivots[row] = smallest }
          factors[row] = below / pivots[row]
          pivots[row + 1] -= factors[row] * first[row]
        }
      }
      if let last = pivots.last, last.magnitude < smallest { pivots[size - 1] = smallest }
    }

    /// Replaces a vector by the solution for it.
    func solve(_ vector: Vector.Numbers) {
      let size = pivots.count
      for row in 0..<max(0, size - 1) {
        if isExchanged[row] { (vector[row], vector[row + 1]) = (vector[row + 1], vector[row]) }
        vector[row + 1] -= factors[row] * vector[row]
      }
      for row in stride(from: size - 1, through: 0, by: -1) {
        var value = vector[row]
        if row + 1 < size { value -= first[row] * vector[row + 1] }
        if row + 2 < size { value -= second[row] * vector[row + 2] }
        vector[row] = value / pivots[row]
      }
    }
  }
}

/// How many rows of the matrix a thread takes at a time.
private let rowBlock = 16
