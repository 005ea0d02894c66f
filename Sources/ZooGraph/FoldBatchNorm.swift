import ZooTensor

/// Folds batch normalisation into the convolution or fully connected layer before it:
/// `scale · (W x + b − mean) / √(variance + ε) + shift` is again of the form `W' x + b'`.
///
/// Requires: nothing.
/// Guarantees: no batch norm is left whose input is a convolution or a fully connected layer that nobody else reads.
/// The layer keeps its name, has a bias, and its parameters are expressions over the checkpoint's tensors.
public struct FoldBatchNorm: Pass {
  /// The name in `build --explain` and in errors.
  public let name = "fold-batch-norm"

  /// It has no settings.
  public init() {}

  /// The graph with folded weights, as expressions over the checkpoint's tensors; `graph` stays as it is. Throws
  /// where a node does not fit into a graph, which is an error of the pass.
  public func apply(to graph: Graph) throws -> Graph {
    try graph.fusing { layer, _, reader in
      guard case .batchNorm(let batchNorm) = reader.operation,
        let norm = BatchNormParameters(reader.parameters, epsilon: batchNorm.epsilon),
        let weight = layer.parameters.first(where: { $0.role == .weight })
      else { return nil }
      var folded = layer
      if case .convolution(var convolution) = layer.operation, convolution.activation == nil, !convolution.addsInput {
        convolution.hasBias = true
        folded.operation = .convolution(convolution)
      } else if case .fullyConnected(var fullyConnected) = layer.operation, fullyConnected.activation == nil {
        fullyConnected.hasBias = true
        folded.operation = .fullyConnected(fullyConnected)
      } else {
        return nil
      }
      let bias = layer.parameters.first { $0.role == .bias }
      folded.parameters = [
        Parameter(role: .weight, value: .scaled(weight.value, by: norm)),
        Parameter(role: .bias, value: .shifted(bias?.value, by: norm)),
      ]
      return folded
    }
  }
}

extension BatchNormParameters {
  fileprivate init?(_ parameters: [Parameter], epsilon: Double) {
    func value(_ role: Parameter.Role) -> ParameterValue? { parameters.first { $0.role == role }?.value }
    guard let scale = value(.weight), let shift = value(.bias), let mean = value(.runningMean),
      let variance = value(.runningVariance)
    else { return nil }
    self.init(scale: scale, shift: shift, mean: mean, variance: variance, epsilon: epsilon)
  }
}
