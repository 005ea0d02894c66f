import Testing
import ZooInsight
import ZooKernels
import ZooTensor

@Suite("Principal components") struct PrincipalComponentsTests {
  private static let pool = ThreadPool(exactly: 2)

  @Test(
    "fewer rows than numbers, or more: the components reproduce the codes", arguments: [(12, 40), (40, 12), (20, 20)])
  func complete(_ rows: Int, _ columns: Int) throws {
    let codes = EmbeddingFixtures.clusters(rows, of: 3, width: columns)
    let components = try PrincipalComponents(codes, keeping: 100, pool: Self.pool)
    #expect(components.variances.count == min(rows - 1, columns), "\(rows)×\(columns)")
    #expect((components.share - 1).magnitude < 1e-12)
    let floats = codes.floats
    for row in 0..<rows {
      for column in 0..<columns {
        let rebuilt = (0..<components.variances.count).reduce(components.means[column]) {
          $0 + components.projections[row, $1] * components.loadings[$1, column]
        }
        #expect((rebuilt - Double(floats[row * columns + column])).magnitude < 1e-10, "\(rows)×\(columns), row \(row)")
      }
    }
    for (component, variance) in components.variances.enumerated() {
      let square = (0..<rows).reduce(0) {
        $0 + components.projections[$1, component] * components.projections[$1, component]
      }
      #expect((square / Double(rows - 1) - variance).magnitude < 1e-10 * components.variances[0])
      let loadings = components.loadings.numbers(ofRow: component)
      let largest = try #require(loadings.max { $0.magnitude < $1.magnitude })
      #expect(largest > 0, "component \(component)")
    }
  }

  @Test("a number that never changes has no loading, and codes on a line have one component")
  func degenerate() throws {
    let constant = Tensor(shape: [5, 3], floats: (0..<15).map { $0 % 3 == 1 ? 0.1 : Float($0 * $0 % 7) })
    let components = try PrincipalComponents(constant, keeping: 3, pool: Self.pool)
    #expect(components.variances.count == 2)
    #expect((0..<2).allSatisfy { components.loadings[$0, 1].magnitude < 1e-15 })
    #expect(components.means[1] == Double(Float(0.1)))
    let line = Tensor(shape: [6, 4], floats: (0..<24).map { Float($0 / 4) * Float($0 % 4 + 1) })
    #expect(try PrincipalComponents(line, keeping: 4, pool: Self.pool).variances.count == 1)
  }

  @Test(
    "the largest and the smallest numbers of float32",
    arguments: [3e38, 1e-38, Float.leastNonzeroMagnitude * 8] as [Float])
  func extreme(_ scale: Float) throws {
    let codes = Tensor(shape: [4, 3], floats: [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0].map { $0 * scale })
    let components = try PrincipalComponents(codes, keeping: 3, pool: Self.pool)
    #expect(components.variances.count == 3 && components.variances.allSatisfy { $0.isFinite && $0 > 0 }, "\(scale)")
    #expect((components.share - 1).magnitude < 1e-12)
  }

  @Test("the same bits on any number of threads", arguments: [(300, 70), (70, 300)])
  func threads(_ rows: Int, _ columns: Int) throws {
    let codes = EmbeddingFixtures.clusters(rows, of: 5, width: columns)
    let numbers = try [1, 2, 3].map { threads in
      let components = try PrincipalComponents(codes, keeping: 20, pool: ThreadPool(exactly: threads))
      return (0..<rows).flatMap { components.projections.numbers(ofRow: $0).map(\.bitPattern) }
    }
    #expect(numbers[0] == numbers[1] && numbers[0] == numbers[2])
  }

  @Test("codes of which nothing can be said are refused")
  func refused() {
    func error(_ codes: Tensor, keeping count: Int = 2) -> String {
      do {
        _ = try PrincipalComponents(codes, keeping: count, pool: Self.pool)
        return "accepted"
      } catch {
        return "\(error)"
      }
    }
    #expect(error(Tensor(shape: [3], floats: [1, 2, 3])).hasPrefix("codes have a row of at least one number"))
    #expect(
      error(Tensor(shape: [2, 2], floats: [1, 2, .nan, 4]))
        == "row 1: number 0 of the code is nan; look at the network or the picture that made it")
    #expect(
      error(Tensor(shape: [2, 2], floats: [1, 2, 3, -.infinity])).hasPrefix("row 1: number 1 of the code is -inf"))
    #expect(error(Tensor(shape: [3, 2], floats: [1, 2, 1, 2, 1, 2])).hasPrefix("all 3 codes are the same"))
    #expect(
      error(Tensor(shape: [2, 2], floats: [1, 2, 3, 4]), keeping: 0).hasPrefix("cannot keep 0 principal components"))
    let wide = Tensor(shape: [8193, 8193], elementType: .float32) { _ in }
    #expect(
      error(wide) == """
        8193 codes of 8193 numbers: principal components are computed where either is at most 8192; take a layer with fewer \
        numbers, the means of its maps, or fewer pictures
        """)
  }
}
