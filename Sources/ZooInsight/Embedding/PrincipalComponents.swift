import ZooKernels
import ZooTensor

/// The directions in which codes differ most (Pearson, 1901), by an exact decomposition in double precision.
///
/// The eigenvectors of the covariances of the numbers, or of the products of the rows with each other where there are fewer
/// rows than numbers. The sign of a component, which is arbitrary, is that with which its largest loading in magnitude, the
/// first of those, is positive; scikit-learn has had the same rule since 1.5. The bits do not depend on the number of threads.
public struct PrincipalComponents: Sendable {
  /// The mean of each number of a code.
  public let means: [Double]
  /// Along each component, descending: the sum of squares divided by the number of codes less one.
  public let variances: [Double]
  /// Of all numbers together.
  public let totalVariance: Double
  /// A component of length 1 in each row, `[components, numbers of a code]`.
  package let loadings: Matrix
  /// The codes in terms of the components, `[codes, components]`.
  package let projections: Matrix

  /// Of rows and numbers in a row the smaller must not be larger.
  public static let maximumSize = 8192

  /// The part of the variance that the components have.
  public var share: Double { variances.reduce(0, +) / totalVariance }

  /// `codes`: `[codes, numbers]`, or more dimensions, of which all but the first are flattened; float32. `count`: how
  /// many components to keep at most. There are no more than rows less one, than numbers in a row, and than directions
  /// in which the codes differ by more than rounding. `progress`: told which part of the work is done, 0…1. Throws
  /// `EmbeddingError`; what `progress` throws.
  package init(
    _ codes: Tensor, keeping count: Int, pool: ThreadPool, progress: (_ share: Double) throws -> Void = { _ in }
  ) throws {
    guard codes.elementType == .float32 else { throw EmbeddingError.elementType(found: codes.elementType) }
    guard codes.shape.rank >= 2, codes.shape.elementCount > 0 else { throw EmbeddingError.shape(found: codes.shape) }
    guard count >= 1 else { throw EmbeddingError.components(found: count) }
    let rows = codes.shape[0]
    let columns = codes.shape.elementCount / rows
    guard min(rows, columns) <= Self.maximumSize else {
      throw EmbeddingError.tooWide(rows: rows, columns: columns, limit: Self.maximumSize)
    }
    let centred = try CentredCodes(codes, rows: rows, columns: columns, pool: pool)
    guard centred.squares > 0 else { throw EmbeddingError.allEqual(rows: rows) }
    let system = try pool.run {
      let products = try centred.products(pool: pool) { try progress(0.5 * $0) }
      // Below this, rounding has made the value. The parts that a component of the smaller matrix has are rounded too.
      let rounding = Double(max(rows, columns)) * 0x1p-52
      return try SymmetricEigensystem(
        products, largest: count, pool: pool, where: { $0 > rounding * $1 },
        progress: { try progress(0.5 + 0.5 * Double($0) / Double(min(rows, columns))) })
    }
    let vectors = rows < columns ? centred.directions(system.vectors, pool: pool) : system.vectors
    for component in 0..<vectors.rows { Self.fixSign(vectors.row(component), columns) }
    means = centred.means
    variances = system.values.map { $0 / Double(max(1, rows - 1)) }
    totalVariance = centred.squares / Double(max(1, rows - 1))
    loadings = vectors
    projections = centred.projections(on: vectors, pool: pool)
  }

  private static func fixSign(_ numbers: Vector.Numbers, _ count: Int) {
    var largest = 0
    for index in 1..<max(1, count) where numbers[index].magnitude > numbers[largest].magnitude { largest = index }
    guard numbers[largest] < 0 else { return }
    for index in 0..<count { numbers[index] = -numbers[index] }
  }
}

/// Codes without the mean of each number.
private struct CentredCodes: Sendable {
  let codes: Tensor
  let rows: Int
  let columns: Int
  let means: [Double]
  /// The sum of the squares of all numbers.
  let squares: Double

  private static let rowBlock = 256
  private static let columnBlock = 64

  /// Sums are made over blocks of rows, then over the blocks in their order; numbers are taken relative to those of the first
  /// row, so that one that never changes has exactly its value as its mean.
  ///
  /// - Throws: `EmbeddingError.notFinite`.
  init(_ codes: Tensor, rows: Int, columns: Int, pool: ThreadPool) throws(EmbeddingError) {
    (self.codes, self.rows, self.columns) = (codes, rows, columns)
    let blocks = (rows + Self.rowBlock - 1) / Self.rowBlock
    let sums = Matrix(rows: blocks, columns: columns)
    pool.parallel(blocks) { block in
      codes.withFloats { numbers in
        let sum = sums.row(block)
        for row in block * Self.rowBlock..<min(rows, (block + 1) * Self.rowBlock) {
          for column in 0..<columns {
            sum[column] += Double(numbers[row * columns + column]) - Double(numbers[column])
          }
        }
      }
    }
    var means = [Double](repeating: 0, count: columns)
    for block in 0..<blocks {
      for column in 0..<columns { means[column] += sums[block, column] }
    }
    if !means.allSatisfy(\.isFinite) {
      let place = codes.withFloats { $0.firstIndex { !$0.isFinite } } ?? 0
      throw .notFinite(row: place / columns, column: place % columns, value: codes.withFloats { $0[place] })
    }
    codes.withFloats { first in
      for column in 0..<columns { means[column] = Double(first[column]) + means[column] / Double(rows) }
    }
    self.means = means
    let squares = Matrix(rows: 1, columns: blocks)
    pool.parallel(blocks) { [means] block in
      codes.withFloats { numbers in
        var sum = 0.0
        for row in block * Self.rowBlock..<min(rows, (block + 1) * Self.rowBlock) {
          for column in 0..<columns {
            let difference = Double(numbers[row * columns + column]) - means[column]
            sum += difference * difference
          }
        }
        squares[0, block] = sum
      }
    }
    self.squares = squares.numbers(ofRow: 0).reduce(0, +)
  }

  /// Of the columns with each other, or of the rows where there are fewer.
  func products(pool: ThreadPool, progress: (_ share: Double) throws -> Void) rethrows -> Matrix {
    let (rows, columns, means) = (rows, columns, means)
    let codes = codes
    if rows < columns {
      return try Matrix.gram(
        count: rows, length: columns, pool: pool,
        fill: { vectors, numbers, target, stride in
          codes.withFloats { values in
            for row in vectors {
              let place = target + (row - vectors.lowerBound) * stride
              for column in numbers {
                place[column - numbers.lowerBound] = Double(values[row * columns + column]) - means[column]
              }
            }
          }
        }, progress: { try progress(Double($0) / Double(columns)) })
    }
    return try Matrix.gram(
      count: columns, length: rows, pool: pool,
      fill: { vectors, numbers, target, stride in
        codes.withFloats { values in
          for row in numbers {
            for column in vectors {
              target[(column - vectors.lowerBound) * stride + row - numbers.lowerBound] =
                Double(values[row * columns + column]) - means[column]
            }
          }
        }
      }, progress: { try progress(Double($0) / Double(rows)) })
  }

  /// The components that belong to eigenvectors over the rows: Xᵀu, of length 1.
  func directions(_ vectors: Matrix, pool: ThreadPool) -> Matrix {
    let directions = Matrix(rows: vectors.rows, columns: columns)
    let (rows, columns, means) = (rows, columns, means)
    let codes = codes
    let blocks = (columns + Self.columnBlock - 1) / Self.columnBlock
    pool.parallel(blocks) { block in
      codes.withFloats { values in
        for row in 0..<rows {
          for column in block * Self.columnBlock..<min(columns, (block + 1) * Self.columnBlock) {
            let value = Double(values[row * columns + column]) - means[column]
            for component in 0..<vectors.rows { directions[component, column] += vectors[component, row] * value }
          }
        }
      }
    }
    for component in 0..<vectors.rows {
      let direction = directions.row(component)
      let length = Vector.dot(direction, direction, columns).squareRoot()
      for column in 0..<columns { direction[column] /= length }
    }
    return directions
  }

  func projections(on components: Matrix, pool: ThreadPool) -> Matrix {
    let projections = Matrix(rows: rows, columns: components.rows)
    let (rows, columns, means) = (rows, columns, means)
    let codes = codes
    pool.parallel((rows + 15) / 16) { block in
      let row = Matrix(rows: 1, columns: columns)
      codes.withFloats { values in
        for index in block * 16..<min(rows, (block + 1) * 16) {
          for column in 0..<columns { row[0, column] = Double(values[index * columns + column]) - means[column] }
          for component in 0..<components.rows {
            projections[index, component] = Vector.dot(row.base, components.row(component), columns)
          }
        }
      }
    }
    return projections
  }
}
