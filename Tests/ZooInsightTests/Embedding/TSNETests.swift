import Testing
import ZooInsight
import ZooKernels
import ZooTensor

@Suite("t-SNE") struct TSNETests {
  private static let pool = ThreadPool(exactly: 2)

  private func tsne(_ method: TSNE.Method, perplexity: Double? = nil, iterations: Int = 1000) -> TSNE {
    var tsne = TSNE(perplexity: perplexity, iterations: iterations)
    tsne.method = method
    return tsne
  }

  @Test("the same bits on any number of threads", arguments: [TSNE.Method.exact, .barnesHut])
  func threads(_ method: TSNE.Method) throws {
    let codes = EmbeddingFixtures.clusters(333, of: 4, width: 30)
    let layouts = try [1, 2, 3].map {
      try tsne(method, iterations: 300).embed(codes, pool: ThreadPool(exactly: $0))
    }
    for layout in layouts.dropFirst() {
      #expect(layout.x.map(\.bitPattern) == layouts[0].x.map(\.bitPattern), "\(method)")
      #expect(layout.y.map(\.bitPattern) == layouts[0].y.map(\.bitPattern), "\(method)")
      #expect(layout.divergence == layouts[0].divergence && layout.trustworthiness == layouts[0].trustworthiness)
    }
  }

  @Test("clusters of codes are clusters in the plane", arguments: [TSNE.Method.exact, .barnesHut])
  func clusters(_ method: TSNE.Method) throws {
    let layout = try tsne(method, iterations: 500).embed(
      EmbeddingFixtures.clusters(120, of: 3, width: 20), pool: Self.pool)
    let near = NearestNeighbours(10, of: plane(layout), pool: Self.pool, progress: { _ in })
    for point in 0..<layout.count {
      #expect(near.indices(of: point).allSatisfy { Int($0) % 3 == point % 3 }, "\(method), point \(point)")
    }
    let (mean, side) = (layout.x.reduce(0, +) / 120, layout.x.map(\.magnitude).max() ?? 0)
    #expect(mean.magnitude < 1e-12 * side)
  }

  private func plane(_ layout: Embedding) -> Distances {
    Distances(Matrix(zip(layout.x, layout.y).map { [$0, $1] }))
  }

  @Test("the exact gradient is the slope of the divergence")
  func gradient() throws {
    let components = try PrincipalComponents(
      EmbeddingFixtures.clusters(25, of: 2, width: 8), keeping: 8, pool: Self.pool)
    let distances = Distances(components.projections)
    let exact = ExactGradient(distances, perplexity: 5, pool: Self.pool, progress: { _ in })
    let near = NearestNeighbours(24, of: distances, pool: Self.pool, progress: { _ in })
    let sparse = BarnesHutGradient(near, perplexity: 5, pool: Self.pool)
    let random = CounterRandom(seed: 3, purpose: .sampling)
    let (layout, slope, tree) = (
      Matrix(rows: 2, columns: 25), Matrix(rows: 2, columns: 25), Matrix(rows: 2, columns: 25)
    )
    for index in 0..<50 { layout.base[index] = random.normal(index) }
    exact.evaluate(layout, exaggeration: 1, into: slope)
    sparse.evaluate(layout, exaggeration: 1, into: tree)
    #expect((exact.divergence(layout) - sparse.divergence(layout)).magnitude < 0.01)
    for index in 0..<50 {
      let (place, step) = (layout.base[index], 1e-4)
      layout.base[index] = place + step
      let after = exact.divergence(layout)
      layout.base[index] = place - step
      let before = exact.divergence(layout)
      layout.base[index] = place
      let expected = (after - before) / (2 * step)
      #expect((slope.base[index] - expected).magnitude < 1e-6, "coordinate \(index): \(slope.base[index]), \(expected)")
      // Squares are taken for points.
      #expect((tree.base[index] - expected).magnitude < 0.02, "Barnes–Hut, coordinate \(index)")
    }
  }

  @Test("copies of a picture lie near each other", arguments: [TSNE.Method.exact, .barnesHut])
  func copies(_ method: TSNE.Method) throws {
    var floats = EmbeddingFixtures.clusters(60, of: 3, width: 6).floats
    // More copies than the perplexity, which they therefore cannot have.
    for row in 0..<20 { floats.replaceSubrange(row * 6..<row * 6 + 6, with: floats[0..<6]) }
    let layout = try tsne(method, perplexity: 10).embed(Tensor(shape: [60, 6], floats: floats), pool: Self.pool)
    #expect(layout.unreachedPerplexities == 20, "\(method)")
    #expect((layout.x + layout.y).allSatisfy { $0.isFinite })
    let side = layout.x.map(\.magnitude).max() ?? 0
    for row in 1..<20 {
      let distance = (layout.x[row] - layout.x[0]).magnitude + (layout.y[row] - layout.y[0]).magnitude
      #expect(distance < 0.1 * side, "\(method), copy \(row): \(distance) of \(side)")
    }
  }

  @Test("four codes, codes on a line, and a number without a change", arguments: [TSNE.Method.exact, .barnesHut])
  func small(_ method: TSNE.Method) throws {
    let four = try tsne(method).embed(Tensor(shape: [4, 1], floats: [0, 1, 5, 6]), pool: Self.pool)
    #expect(four.perplexity == 1 && four.neighbours == 1 && (four.x + four.y).allSatisfy { $0.isFinite }, "\(method)")
    let line = Tensor(shape: [30, 2], floats: (0..<60).map { $0 % 2 == 0 ? Float($0) : 7 })
    let layout = try tsne(method, perplexity: 5).embed(line, pool: Self.pool)
    #expect(layout.components.variances.count == 1)
    #expect(layout.trustworthiness > 0.9, "\(method): \(layout.trustworthiness)")
    #expect((layout.y.max() ?? 0) - (layout.y.min() ?? 0) > 1e-3, "\(method): all points stayed on the line")
  }

  @Test("what cannot be laid out is refused, with what can be done")
  func refused() {
    func error(_ tsne: TSNE, _ shape: Shape = [10, 2]) -> String {
      let floats = (0..<shape.elementCount).map { Float($0 * $0 % 11) }
      do {
        _ = try tsne.embed(Tensor(shape: shape, floats: floats), pool: Self.pool)
        return "accepted"
      } catch {
        return "\(error)"
      }
    }
    #expect(error(TSNE(), [3, 2]) == "a layout needs the codes of at least 4 pictures; found 3")
    #expect(
      error(TSNE(perplexity: 3.5)) == """
        a perplexity of 3.5 is out of range for 10 codes: from 1 to 3.0, a third of the others, because so many neighbours \
        must be nearer than the rest
        """)
    #expect(error(TSNE(perplexity: .nan)).hasPrefix("a perplexity of nan is out of range"))
    #expect(error(TSNE(perplexity: 0.5)).hasPrefix("a perplexity of 0.5 is out of range"))
    #expect(error(TSNE(iterations: 249)) == "cannot stop after 249 iterations; choose 250 to 100000")
    #expect(error(TSNE(components: 1)) == "cannot keep 1 principal components; choose at least 2")
    #expect(error(TSNE(starts: 5)) == "cannot take the best of 5 descents; choose 1 to 4")
    #expect(
      error(TSNE(perplexity: 10_000), [40_000, 1]).hasPrefix("a perplexity of 10000.0 asks for three times as many"))
    #expect(error(TSNE(perplexity: 3)) == "accepted")
  }

  @Test("of several descents the best is taken")
  func starts() throws {
    let codes = EmbeddingFixtures.clusters(90, of: 9, width: 12)
    let divergences = try (1...4).map { starts in
      let layout = try TSNE(perplexity: 8, iterations: 400, starts: starts).embed(codes, pool: Self.pool)
      #expect(layout.starts == starts)
      return layout.divergence
    }
    #expect(divergences == divergences.sorted(by: >) && divergences[3] < divergences[0], "\(divergences)")
  }

  @Test("it stops when it is asked to")
  func stops() {
    let codes = EmbeddingFixtures.clusters(20, of: 2, width: 3)
    for stage in [TSNE.Stage.components, .neighbours, .descent, .trustworthiness] {
      #expect(throws: EmbeddingError.stopped, "\(stage)") {
        try TSNE(iterations: 250).embed(codes, pool: Self.pool) { now, _, _ in now != stage }
      }
    }
  }
}
