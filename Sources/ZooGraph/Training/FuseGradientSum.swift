/// Adds another share of a gradient where a convolution's is computed.
///
/// Requires: nothing.
/// Guarantees: no sum of two shares is left of which one is a convolution's gradient to its input that nobody else reads.
public struct FuseGradientSum: Pass {
  /// The name in `build --explain` and in errors.
  public let name = "fuse-gradient-sum"

  /// It has no settings.
  public init() {}

  /// The graph with sums as inputs of gradients; `graph` stays as it is. Throws where a node does not fit into a
  /// graph, which is an error of the pass.
  public func apply(to graph: Graph) throws -> Graph {
    try graph.fusing { share, id, reader in
      guard case .join(.add, nil, _) = reader.operation, reader.inputs.count == 2, reader.inputs[0] != reader.inputs[1],
        case .gradient(var gradient) = share.operation, case .convolution = gradient.operation,
        case .input = gradient.target, !gradient.addsShare
      else { return nil }
      gradient.addsShare = true
      var fused = share
      fused.name = reader.name
      fused.operation = .gradient(gradient)
      fused.inputs += reader.inputs.filter { $0 != id }
      return fused
    }
  }
}
