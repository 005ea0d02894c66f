import ZooKernels
import ZooTensor

/// Codes laid out in the plane.
///
/// Distances between clusters and their sizes mean little: the method spreads what is dense and keeps neighbours, not
/// distances. The two figures say how well it did.
public struct Embedding: Sendable {
  /// The places of the codes, in their order, around the origin.
  public let x: [Double]
  /// Of each code, in the order of the codes; without a unit.
  public let y: [Double]
  /// What the layout was made of.
  public let components: PrincipalComponents
  /// Exact, or by the Barnes–Hut tree.
  public let method: TSNE.Method
  /// About how many neighbours each code has, as used.
  public let perplexity: Double
  /// Codes that have more equally near neighbours than the perplexity, copies of them above all, and so none of that value.
  public let unreachedPerplexities: Int
  /// The descents of which this is the best.
  public let starts: Int
  /// Of that descent.
  public let iterations: Int
  /// The Kullback–Leibler divergence that was minimised, in nats. It compares layouts of the same codes with the same perplexity.
  public let divergence: Double
  /// Whether neighbours in the plane are neighbours of each other's codes: 1 if they all are, about 0.5 for a random layout.
  public let trustworthiness: Double
  /// Of each point, so many neighbours were looked at for that.
  public let neighbours: Int
  let distances: Distances
  let pool: ThreadPool

  /// The number of codes.
  public var count: Int { x.count }

  /// The places, `[codes, 2]`, float32.
  public var tensor: Tensor {
    Tensor(shape: [count, 2], floats: (0..<count).flatMap { [Float(x[$0]), Float(y[$0])] })
  }
}
