/// Applies an activation where the value is computed.
///
/// Requires: nothing; to be useful, batch norm and sums fused before.
/// Guarantees: no activation is left whose input is a convolution, a fully connected layer or a sum that has none yet
/// and that nobody else reads. The layer keeps its name and takes the activation's place.
public struct FuseActivation: Pass {
  public let name = "fuse-activation"

  public init() {}

  public func apply(to graph: Graph) throws -> Graph {
    try graph.fusing { layer, _, reader in
      guard case .activation(let activation) = reader.operation else { return nil }
      var fused = layer
      switch layer.operation {
      case .convolution(var convolution) where convolution.activation == nil:
        convolution.activation = activation
        fused.operation = .convolution(convolution)
      case .fullyConnected(var fullyConnected) where fullyConnected.activation == nil:
        fullyConnected.activation = activation
        fused.operation = .fullyConnected(fullyConnected)
      case .add(nil):
        fused.operation = .add(activation)
      default:
        return nil
      }
      return fused
    }
  }
}
