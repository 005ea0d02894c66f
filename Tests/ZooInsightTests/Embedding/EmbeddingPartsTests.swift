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

@Suite("The parts of a layout") struct EmbeddingPartsTests {
  private static let pool = ThreadPool(exactly: 2)

  @Test("the exponential and the logarithm are those of the C library, but for the last bits")
  func elementary() {
    #expect(Double.power(ofNonpositive: 0) == 1 && Double.power(ofNonpositive: -1000) == 0)
    for step in 0..<20_000 {
      let x = -707.9 * Double(step) / 20_000
      #expect((Double.power(ofNonpositive: x) / exp(x) - 1).magnitude < 1e-15, "e^\(x)")
      let y = exp(x + 300)
      let expected = log(y)
      #expect((Double.naturalLogarithm(y) - expected).magnitude <= 4e-16 * max(1, expected.magnitude), "ln \(y)")
    }
  }

  @Test("the perplexity is the one that was asked for", arguments: [1.5, 5, 30, 99], [1e-60, 1, 1e60])
  func perplexity(_ perplexity: Double, _ scale: Double) {
    let random = CounterRandom(seed: 5, purpose: .sampling)
    let distances = (0..<300).map { random.uniform($0) * scale }
    let result = Matrix(rows: 1, columns: 300)
    let isReached = distances.withUnsafeBufferPointer {
      Affinity.distribute(over: $0, excluding: 7, perplexity: perplexity, into: result.base)
    }
    let numbers = result.numbers(ofRow: 0)
    let entropy = numbers.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
    #expect(isReached && numbers[7] == 0)
    #expect((numbers.reduce(0, +) - 1).magnitude < 1e-12)
    #expect((entropy - log(perplexity)).magnitude < Affinity.tolerance, "\(exp(entropy))")
  }

  @Test("more equally near points than the perplexity share the attention")
  func ties() {
    let result = Matrix(rows: 1, columns: 6)
    for distances in [[0, 0, 0, 0, 3, 9], [2, 2, 2, 2, 3, 9.0]] {
      let isReached = distances.withUnsafeBufferPointer {
        Affinity.distribute(over: $0, excluding: nil, perplexity: 2, into: result.base)
      }
      #expect(!isReached)
      #expect(result.numbers(ofRow: 0) == [0.25, 0.25, 0.25, 0.25, 0, 0], "\(distances)")
    }
  }

  @Test("the nearest neighbours are those of a sort, ties by number", arguments: [(5, 1), (37, 3), (130, 10)])
  func neighbours(_ count: Int, _ wanted: Int) {
    let random = CounterRandom(seed: UInt64(count), purpose: .sampling)
    // On a grid, so that many are equally near.
    let points = (0..<count).map { row in (0..<3).map { Double(random.integer(row * 3 + $0, below: 4)) } }
    let near = NearestNeighbours(wanted, of: Distances(Matrix(points)), pool: Self.pool, progress: { _ in })
    for point in 0..<count {
      func distance(_ other: Int) -> Double {
        zip(points[point], points[other]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      }
      let sorted = (0..<count).filter { $0 != point }.sorted { (distance($0), $0) < (distance($1), $1) }
      #expect(near.indices(of: point).map { Int($0) } == Array(sorted.prefix(wanted)), "point \(point) of \(count)")
    }
  }

  @Test("the tree adds up all points", arguments: [1, 2, 9, 200, 1000])
  func tree(_ count: Int) {
    let random = CounterRandom(seed: 9, purpose: .sampling)
    let layout = Matrix(rows: 2, columns: count)
    for index in 0..<2 * count { layout.base[index] = random.normal(index) * (index % 3 == 0 ? 30 : 1) }
    // A heap of points in one place, more than a leaf has.
    for point in 0..<count where point % 5 == 0 { (layout[0, point], layout[1, point]) = (1, -2) }
    let tree = QuadTree(layout)
    #expect(tree.order.sorted() == (0..<Int32(count)).map { $0 })
    for (place, point) in tree.order.enumerated() {
      var expected = (x: 0.0, y: 0.0, nearness: 0.0)
      for other in 0..<count where other != Int(point) {
        let (dx, dy) = (layout[0, Int(point)] - layout[0, other], layout[1, Int(point)] - layout[1, other])
        let q = 1 / (1 + dx * dx + dy * dy)
        expected = (expected.x + q * q * dx, expected.y + q * q * dy, expected.nearness + q)
      }
      let exact = tree.repulsion(on: place, angle: 0)
      #expect(
        (exact.nearness - expected.nearness).magnitude < 1e-10 * (1 + expected.nearness), "point \(point) of \(count)")
      #expect((exact.x - expected.x).magnitude + (exact.y - expected.y).magnitude < 1e-9, "point \(point) of \(count)")
      let approximate = tree.repulsion(on: place, angle: 0.5)
      #expect(
        (approximate.nearness - expected.nearness).magnitude < 0.03 * (1 + expected.nearness),
        "point \(point) of \(count)")
    }
  }
}
