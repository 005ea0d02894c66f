#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Numbers in rows, in double precision, zero to begin with. Who writes which part of it at the same time is up to its users.
package final class Matrix: @unchecked Sendable {
  package let rows: Int
  package let columns: Int
  package let base: UnsafeMutablePointer<Double>

  package init(rows: Int, columns: Int) {
    (self.rows, self.columns) = (rows, columns)
    guard let memory = calloc(max(rows * columns, 1), MemoryLayout<Double>.stride) else {
      preconditionFailure("no memory for \(rows)×\(columns) numbers")
    }
    base = memory.bindMemory(to: Double.self, capacity: rows * columns)
  }

  /// - Precondition: all rows are of the same length.
  package convenience init(_ values: [[Double]]) {
    self.init(rows: values.count, columns: values.first?.count ?? 0)
    for (row, numbers) in values.enumerated() {
      precondition(numbers.count == columns, "row \(row) has \(numbers.count) numbers, the first \(columns)")
      for (column, number) in numbers.enumerated() { self[row, column] = number }
    }
  }

  deinit { free(base) }

  package subscript(row: Int, column: Int) -> Double {
    get { base[row * columns + column] }
    set { base[row * columns + column] = newValue }
  }

  package func row(_ index: Int) -> UnsafeMutablePointer<Double> { base + index * columns }

  /// A copy of a row.
  package func numbers(ofRow index: Int) -> [Double] {
    Array(UnsafeBufferPointer(start: row(index), count: columns))
  }
}

/// Loops over numbers that lie one behind the other. Their sums have a fixed number of parts, and so always the same bits.
enum Vector {
  typealias Numbers = UnsafeMutablePointer<Double>

  @inline(__always)
  static func four(_ numbers: Numbers, _ index: Int) -> SIMD4<Double> {
    UnsafeRawPointer(numbers + index).loadUnaligned(as: SIMD4<Double>.self)
  }

  @inline(__always)
  static func store(_ four: SIMD4<Double>, _ numbers: Numbers, _ index: Int) {
    UnsafeMutableRawPointer(numbers + index).storeBytes(of: four, as: SIMD4<Double>.self)
  }

  static func dot(_ a: Numbers, _ b: Numbers, _ count: Int) -> Double {
    var (even, odd) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
    var index = 0
    while index + 8 <= count {
      even += four(a, index) * four(b, index)
      odd += four(a, index + 4) * four(b, index + 4)
      index += 8
    }
    var rest = 0.0
    while index < count {
      rest += a[index] * b[index]
      index += 1
    }
    return sum(even + odd) + rest
  }

  /// target ← target + factor · source
  static func add(_ factor: Double, _ source: Numbers, to target: Numbers, _ count: Int) {
    var index = 0
    while index + 4 <= count {
      store(four(target, index) + factor * four(source, index), target, index)
      index += 4
    }
    while index < count {
      target[index] += factor * source[index]
      index += 1
    }
  }

  @inline(__always)
  static func sum(_ four: SIMD4<Double>) -> Double { (four[0] + four[1]) + (four[2] + four[3]) }
}
