/// A batch norm of a network that reads a convolution or a fully connected layer which nothing else reads, so that a file may
/// have both as one layer.
public struct FoldableNorm: Hashable, Sendable {
  /// The batch norm's path.
  public let name: String
  /// The path of the layer before it.
  public let layer: String
  /// Whether that layer has a bias of its own.
  public let layerHasBias: Bool
  /// What is added to the variance, of the network's batch norm.
  public let epsilon: Double

  /// - Parameters:
  ///   - name: the batch norm's path.
  ///   - layer: the path of the layer that it reads.
  ///   - layerHasBias: whether that layer has a bias of its own.
  ///   - epsilon: what is added to the variance.
  public init(name: String, layer: String, layerHasBias: Bool, epsilon: Double) {
    self.name = name
    self.layer = layer
    self.layerHasBias = layerHasBias
    self.epsilon = epsilon
  }

  /// The variance with which a batch norm of scale 1 and mean 0 is the identity; `nil` when there is none.
  ///
  /// `Float(1 − ε)` is in [½, 1) or exact, so it is off by at most 2⁻²⁵, and `1 / √(variance + ε)` is within 2⁻²⁶ of 1. In
  /// double precision, and rounded to float32 once, a weight times that is the weight: it moves by less than the half unit
  /// in the last place, at least 2⁻²⁵ of it, that would round it elsewhere.
  var identityVariance: Float? {
    epsilon >= 0 && epsilon < 1 ? Float(1 - epsilon) : nil
  }
}
