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
/// of threads and on any processor.
public struct TSNE: Hashable, Sendable {
  /// How many codes each one has as neighbours, about; `nil` for 30, or as many as there can be: a third of the others.
  public var perplexity: Double?
  /// Of the descent.
  public var iterations: Int
  /// How many principal components of the codes are kept at most.
  public var components: Int
  /// How the gradient is computed; `nil` for exactly up to 5,000 codes.
  package var method: Method?

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

  public static let maximumExactCount = 5000
  public static let iterationRange = Descent.exaggeratedIterations...100_000

  public init(perplexity: Double? = nil, iterations: Int = 1000, components: Int = 50) {
    (self.perplexity, self.iterations, self.components) = (perplexity, iterations, components)
  }

  /// - Parameters:
  ///   - codes: `[pictures, numbers]`, or more dimensions, of which all but the first are flattened; float32.
  ///   - threads: `nil` for one per processor. The answer does not depend on it.
  ///   - progress: told what is being computed and how far it is; returns whether to go on.
  /// - Throws: `EmbeddingError`, `.stopped` when `progress` says so; `RuntimeError.threads`.
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
    let layout = Self.start(components)
    let method = method ?? (count <= Self.maximumExactCount ? .exact : .barnesHut)
    let (iterations, divergence, unreached): (Int, Double, Int)
    func descend(_ gradient: some EmbeddingGradient) throws -> (Int, Double) {
      let done = try Descent(points: count, iterations: self.iterations).run(layout, gradient) {
        try proceed(.descent, $0, self.iterations)
      }
      return (done, gradient.divergence(layout))
    }
    switch method {
    case .exact:
      let gradient = try ExactGradient(distances, perplexity: perplexity, pool: pool) {
        try proceed(.neighbours, $0, count)
      }
      (iterations, divergence) = try descend(gradient)
      unreached = gradient.unreached
    case .barnesHut:
      let near = try NearestNeighbours(Self.neighbours(perplexity, count), of: distances, pool: pool) {
        try proceed(.neighbours, $0, count)
      }
      let gradient = BarnesHutGradient(near, perplexity: perplexity, pool: pool)
      (iterations, divergence) = try descend(gradient)
      unreached = gradient.unreached
    }
    Self.centre(layout)
    let neighbours = Trustworthiness.neighbours(of: count)
    let trustworthiness = try Trustworthiness.measure(layout, neighbours: neighbours, codes: distances, pool: pool) {
      try proceed(.trustworthiness, $0, count)
    }
    return Embedding(
      x: layout.numbers(ofRow: 0), y: layout.numbers(ofRow: 1), components: components, method: method,
      perplexity: perplexity, unreachedPerplexities: unreached, iterations: iterations, divergence: divergence,
      trustworthiness: trustworthiness, neighbours: neighbours, distances: distances, pool: pool)
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
  private static func start(_ components: PrincipalComponents) -> Matrix {
    let (projections, count) = (components.projections, components.projections.rows)
    let layout = Matrix(rows: 2, columns: count)
    let scale = 1e-4 / (components.variances[0] * Double(count - 1) / Double(count)).squareRoot()
    let random = CounterRandom(seed: 0, purpose: .initialization)
    for point in 0..<count {
      layout[0, point] = projections[point, 0] * scale
      layout[1, point] =
        projections.columns > 1 ? projections[point, 1] * scale : random.uniform(point, in: -1e-6..<1e-6)
    }
    return layout
  }

  private static func centre(_ layout: Matrix) {
    for axis in 0..<2 {
      let mean = layout.numbers(ofRow: axis).reduce(0, +) / Double(layout.columns)
      for point in 0..<layout.columns { layout[axis, point] -= mean }
    }
  }
}
