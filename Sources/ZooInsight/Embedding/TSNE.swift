import ZooKernels
import ZooRuntime
import ZooTensor

/// Codes in the plane, near to each other where the codes are: t-distributed stochastic neighbour embedding (van der Maaten &
/// Hinton, 2008), on principal components.
///
///     let layout = try TSNE().embed(codes)
///     print(layout.divergence, layout.trustworthiness)
///
/// It begins with the first two components, so that nothing in it is random: the same codes give the same bits, on any number
/// of threads. Where a descent ends is chance all the same: a hair's breadth at the start decides what gets stuck behind what.
/// So the authors advise to take the best of several, which are here begun with the components turned by different angles.
public struct TSNE: Hashable, Sendable {
  /// How many codes each one has as neighbours, about; `nil` for 30, or as many as there can be: a third of the others.
  public var perplexity: Double?
  /// Of the descent.
  public var iterations: Int
  /// How many principal components of the codes are kept at most.
  public var components: Int
  /// Descents, of which the one with the least divergence is taken; `nil` for 4 up to 1,000 codes, else 1.
  public var starts: Int?
  /// How the gradient is computed; `nil` for exactly up to 5,000 codes.
  package var method: Method?

  /// How forces are summed.
  public enum Method: String, Hashable, Sendable {
    /// From all pairs of points.
    case exact
    /// From the nearest neighbours and from squares of points (van der Maaten, 2014).
    case barnesHut = "Barnes–Hut"
  }

  /// What is being computed.
  public enum Stage: String, Hashable, Sendable {
    case components = "Principal components"
    case neighbours = "Neighbours"
    case descent = "Descent"
    case trustworthiness = "Trustworthiness"
  }

  /// The largest number of codes for which all pairs are summed.
  public static let maximumExactCount = 5000
  /// The largest number of codes that is laid out from several starts where nothing else is said.
  public static let maximumManyStartsCount = 1000
  /// How many iterations may be asked for.
  public static let iterationRange = Descent.exaggeratedIterations...100_000
  /// How many starts may be asked for.
  public static let startRange = 1...turns.count

  /// Cosine and sine of about 0, 45, 23 and 67 degrees, from triples of Pythagoras: exact on every processor.
  private static let turns = [(1.0, 0.0), (20.0 / 29, 21.0 / 29), (12.0 / 13, 5.0 / 13), (5.0 / 13, 12.0 / 13)]

  /// - Parameters:
  ///   - perplexity: about how many neighbours each code has; `nil` for one that fits the number of codes.
  ///   - iterations: of the descent.
  ///   - components: to how many principal components codes are reduced first.
  ///   - starts: from how many layouts the descent begins, of which the best is kept; `nil`: by the number of codes.
  public init(perplexity: Double? = nil, iterations: Int = 1000, components: Int = 50, starts: Int? = nil) {
    (self.perplexity, self.iterations, self.components, self.starts) = (perplexity, iterations, components, starts)
  }

  /// - Parameters:
  ///   - codes: `[pictures, numbers]`, or more dimensions, of which all but the first are flattened; float32.
  ///   - threads: `nil` for one per processor. The answer does not depend on it.
  ///   - progress: told what is being computed and how far it is; returns whether to go on.
  /// - Throws: `EmbeddingError`, `.stopped` when `progress` says so; `RuntimeError.threads`.
  /// - Returns: The layout that came out best.
  public func embed(
    _ codes: Tensor, threads: Int? = nil,
    progress: (_ stage: Stage, _ done: Int, _ total: Int) -> Bool = { _, _, _ in true }
  ) throws -> Embedding {
    try embed(codes, pool: ExecutionOptions(threads: threads).machine().pool, progress: progress)
  }

  package func embed(
    _ codes: Tensor, pool: ThreadPool,
    progress: (_ stage: Stage, _ done: Int, _ total: Int) -> Bool = { _, _, _ in true }
  ) throws -> Embedding {
    func proceed(_ stage: Stage, _ done: Int, _ total: Int) throws(EmbeddingError) {
      if !progress(stage, done, total) { throw .stopped }
    }
    let perplexity = try check(codes)
    let count = codes.shape[0]
    let components = try PrincipalComponents(codes, keeping: self.components, pool: pool) {
      try proceed(.components, Int($0 * 1000), 1000)
    }
    let distances = Distances(components.projections)
    let starts = starts ?? (count <= Self.maximumManyStartsCount ? Self.startRange.upperBound : 1)
    var best: Descended?
    let method = method ?? (count <= Self.maximumExactCount ? .exact : .barnesHut)
    func descend(_ gradient: some EmbeddingGradient, _ unreached: Int) throws {
      for start in 0..<starts {
        let layout = Self.start(components, turnedBy: Self.turns[start])
        let iterations = try Descent(points: count, iterations: self.iterations).run(layout, gradient) {
          try proceed(.descent, start * self.iterations + $0, starts * self.iterations)
        }
        let divergence = gradient.divergence(layout)
        if let best, best.divergence <= divergence { continue }
        Self.finish(layout, turnedBy: Self.turns[start])
        best = Descended(layout: layout, iterations: iterations, divergence: divergence, unreached: unreached)
      }
    }
    switch method {
    case .exact:
      let gradient = try ExactGradient(distances, perplexity: perplexity, pool: pool) {
        try proceed(.neighbours, $0, count)
      }
      try descend(gradient, gradient.unreached)
    case .barnesHut:
      let near = try NearestNeighbours(Self.neighbours(perplexity, count), of: distances, pool: pool) {
        try proceed(.neighbours, $0, count)
      }
      let gradient = BarnesHutGradient(near, perplexity: perplexity, pool: pool)
      try descend(gradient, gradient.unreached)
    }
    guard let best else { preconditionFailure("no descent") }
    let neighbours = Trustworthiness.neighbours(of: count)
    let trustworthiness = try Trustworthiness.measure(
      best.layout, neighbours: neighbours, codes: distances, pool: pool
    ) {
      try proceed(.trustworthiness, $0, count)
    }
    return Embedding(
      x: best.layout.numbers(ofRow: 0), y: best.layout.numbers(ofRow: 1), components: components, method: method,
      perplexity: perplexity, unreachedPerplexities: best.unreached, starts: starts, iterations: best.iterations,
      divergence: best.divergence, trustworthiness: trustworthiness, neighbours: neighbours, distances: distances,
      pool: pool)
  }

  private struct Descended {
    var layout: Matrix
    var iterations: Int
    var divergence: Double
    var unreached: Int
  }

  /// Three times the perplexity, beyond which a normal distribution has next to nothing.
  private static func neighbours(_ perplexity: Double, _ count: Int) -> Int {
    min(count - 1, Int(3 * perplexity) + 1)
  }

  /// - Returns: the perplexity.
  private func check(_ codes: Tensor) throws(EmbeddingError) -> Double {
    guard codes.elementType == .float32 else { throw .elementType(found: codes.elementType) }
    guard codes.shape.rank >= 2, codes.shape.elementCount > 0 || codes.shape[0] == 0 else {
      throw .shape(found: codes.shape)
    }
    let count = codes.shape[0]
    guard count >= 4 else { throw .tooFew(rows: count) }
    guard components >= 2 else { throw .components(found: components) }
    guard Self.iterationRange.contains(iterations) else {
      throw .iterations(found: iterations, expected: Self.iterationRange)
    }
    if let starts, !Self.startRange.contains(starts) { throw .starts(found: starts, expected: Self.startRange) }
    let limit = Double(count - 1) / 3
    let perplexity = perplexity ?? min(30, limit)
    guard perplexity >= 1, perplexity <= limit else {
      throw .perplexity(found: perplexity, rows: count, limit: (limit * 100).rounded(.down) / 100)
    }
    if (method ?? (count <= Self.maximumExactCount ? .exact : .barnesHut)) == .barnesHut {
      let (width, most) = (Self.neighbours(perplexity, count), SparseAffinities.maximumCount / count)
      guard width <= most else { throw .neighbours(perplexity: perplexity, rows: count, limit: (most - 1) / 3) }
    }
    return perplexity
  }

  /// The first two components, so small that no point is in another's way: the first with the standard deviation 10⁻⁴.
  ///
  /// Where codes differ along one line only, the second is noise of a hundredth of that, without which all points would stay
  /// on the line for ever.
  private static func start(
    _ components: PrincipalComponents, turnedBy turn: (cosine: Double, sine: Double)
  ) -> Matrix {
    let (projections, count) = (components.projections, components.projections.rows)
    let layout = Matrix(rows: 2, columns: count)
    let scale = 1e-4 / (components.variances[0] * Double(count - 1) / Double(count)).squareRoot()
    let random = CounterRandom(seed: 0, purpose: .initialization)
    for point in 0..<count {
      let x = projections[point, 0] * scale
      let y = projections.columns > 1 ? projections[point, 1] * scale : random.uniform(point, in: -1e-6..<1e-6)
      layout[0, point] = turn.cosine * x - turn.sine * y
      layout[1, point] = turn.sine * x + turn.cosine * y
    }
    return layout
  }

  /// Turns a layout back and puts its mean at the origin.
  private static func finish(_ layout: Matrix, turnedBy turn: (cosine: Double, sine: Double)) {
    for point in 0..<layout.columns {
      let (x, y) = (layout[0, point], layout[1, point])
      layout[0, point] = turn.cosine * x + turn.sine * y
      layout[1, point] = turn.cosine * y - turn.sine * x
    }
    for axis in 0..<2 {
      let mean = layout.numbers(ofRow: axis).reduce(0, +) / Double(layout.columns)
      for point in 0..<layout.columns { layout[axis, point] -= mean }
    }
  }
}
