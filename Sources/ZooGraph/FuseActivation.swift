import ZooTensor

/// Applies an activation where the value is computed.
///
/// Requires: nothing; to be useful, batch norm and sums fused before.
/// Guarantees: no activation is left whose input is a convolution, a fully connected layer, a batch norm or a sum that has
/// none yet and that nobody else reads. The layer keeps its name and takes the activation's place.
public struct FuseActivation: Pass {
  /// The name in `build --explain` and in errors.
  public let name = "fuse-activation"
  private let isFused: @Sendable (Activation) -> Bool

  /// - Parameter isFused: which functions are fused.
  public init(where isFused: @escaping @Sendable (Activation) -> Bool = { _ in true }) {
    self.isFused = isFused
  }

  /// The graph with activations as attributes of the nodes before them; `graph` stays as it is. Throws where a node
  /// does not fit into a graph, which is an error of the pass.
  public func apply(to graph: Graph) throws -> Graph {
    try graph.fusing { layer, _, reader in
      guard case .activation(let activation) = reader.operation, isFused(activation),
        let operation = layer.operation.fusing(activation)
      else { return nil }
      var fused = layer
      fused.operation = operation
      return fused
    }
  }
}
