import Testing
import ZooInsight
import ZooKernels
import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite("Eigenvalues and eigenvectors of symmetric matrices") struct SymmetricEigensystemTests {
  private static let pool = ThreadPool(exactly: 2)

  /// Random, and such with eigenvalues that repeat, vanish, or lie close together.
  private static let matrices: [(name: String, values: [[Double]])] = {
    func random(_ size: Int) -> [[Double]] {
      let random = CounterRandom(seed: UInt64(size), purpose: .sampling)
      return (0..<size).map { row in (0..<size).map { random.normal(min(row, $0) * size + max(row, $0)) } }
    }
    func diagonal(_ values: [Double]) -> [[Double]] {
      values.indices.map { row in values.indices.map { row == $0 ? values[row] : 0 } }
    }
    func outer(_ vectors: [[Double]]) -> [[Double]] {
      vectors[0].indices.map { row in
        vectors[0].indices.map { column in vectors.reduce(0) { $0 + $1[row] * $1[column] } }
      }
    }
    // Two copies of a matrix, each row and column of one beside that of the other.
    let once = random(7)
    var twice = [[Double]](repeating: [Double](repeating: 0, count: 14), count: 14)
    // Wilkinson's, whose largest eigenvalues agree to 14 digits.
    var wilkinson = diagonal((-10...10).map { abs(Double($0)) })
    for row in 0..<14 {
      for column in 0..<14 where row % 2 == column % 2 { twice[row][column] = once[row / 2][column / 2] }
    }
    for row in 0..<20 { (wilkinson[row][row + 1], wilkinson[row + 1][row]) = (1, 1) }
    return [
      ("1×1", [[-3]]), ("2×2", [[2, 1], [1, 2]]), ("3×3 of zeros", [[0, 0, 0], [0, 0, 0], [0, 0, 0]]),
      ("identity", diagonal([1, 1, 1, 1, 1, 1])), ("diagonal", diagonal([3, -7, 0, 3, 1e-12, 3, 5])),
      ("of rank 1", outer([[1, -2, 3, 0, 5]])), ("of rank 2", outer([[1, 2, 3, 4, 5, 6], [1, 0, -1, 0, 1, 0]])),
      ("each eigenvalue twice", twice), ("Wilkinson's", wilkinson), ("random 3×3", random(3)),
      ("random 40×40", random(40)),
      ("large", random(9).map { $0.map { $0 * 1e80 } }), ("small", random(9).map { $0.map { $0 * 1e-80 } }),
    ]
  }()

  @Test("vectors are orthogonal, of length 1, and what the matrix stretches", arguments: matrices.indices)
  func vectors(_ index: Int) {
    let (name, values) = Self.matrices[index]
    let size = values.count
    let norm = max(values.flatMap(\.self).map(\.magnitude).max() ?? 0, .leastNormalMagnitude) * Double(size)
    let system = SymmetricEigensystem(Matrix(values), largest: size, pool: Self.pool, progress: { _ in })
    #expect(system.values.count == size && system.values == system.values.sorted(by: >), "\(name): \(system.values)")
    let trace = values.indices.reduce(0) { $0 + values[$1][$1] }
    #expect((system.values.reduce(0, +) - trace).magnitude <= 1e-13 * norm * Double(size), "\(name): the trace")
    for (place, value) in system.values.enumerated() {
      let vector = system.vectors.numbers(ofRow: place)
      for row in values.indices {
        let product = zip(values[row], vector).reduce(0) { $0 + $1.0 * $1.1 }
        #expect((product - value * vector[row]).magnitude <= 1e-13 * norm, "\(name), eigenvalue \(place), row \(row)")
      }
      for other in 0...place {
        let product = zip(system.vectors.numbers(ofRow: other), vector).reduce(0) { $0 + $1.0 * $1.1 }
        #expect((product - (other == place ? 1 : 0)).magnitude < 1e-12, "\(name), vectors \(other) and \(place)")
      }
    }
  }

  @Test("the eigenvalues of a chain of springs are 2 − 2 cos(kπ / (n + 1))")
  func springs() {
    let size = 100
    let matrix = Matrix(rows: size, columns: size)
    for row in 0..<size {
      matrix[row, row] = 2
      if row > 0 { (matrix[row, row - 1], matrix[row - 1, row]) = (-1, -1) }
    }
    let system = SymmetricEigensystem(matrix, largest: 5, pool: Self.pool, progress: { _ in })
    for (place, value) in system.values.enumerated() {
      let expected = 2 - 2 * cos(Double(size - place) * .pi / Double(size + 1))
      #expect((value - expected).magnitude < 1e-14, "eigenvalue \(place)")
    }
  }
}
