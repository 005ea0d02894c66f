/// Lets a convolution add the other input of a sum while its result is still at hand.
///
/// Requires: nothing; to be useful, batch norm folded before and activations fused after.
/// Guarantees: no sum of two inputs is left of which one is a convolution, not yet activated, that nobody else reads.
/// Of two such convolutions the one computed later takes the other's value. It keeps its name and takes the sum's place.
public struct FuseAdd: Pass {
  /// The name in `build --explain` and in errors.
  public let name = "fuse-add"

  /// It has no settings.
  public init() {}

  /// The graph with convolutions of two inputs; `graph` stays as it is. Throws where a node does not fit into a
  /// graph, which is an error of the pass.
  public func apply(to graph: Graph) throws -> Graph {
    try graph.fusing { layer, id, reader in
      guard case .join(.add, let activation, _) = reader.operation, reader.inputs.count == 2,
        let other = reader.inputs.first(where: { $0 != id }),
        case .convolution(var convolution) = layer.operation,
        convolution.activation == nil, !convolution.addsInput
      else { return nil }
      convolution.addsInput = true
      convolution.activation = activation
      var fused = layer
      fused.operation = .convolution(convolution)
      fused.inputs.append(other)
      return fused
    }
  }
}
