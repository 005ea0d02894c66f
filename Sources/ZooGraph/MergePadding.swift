import ZooTensor

/// Lets convolutions and means pad by themselves where a layer before them adds zeros.
///
/// Requires: nothing; to be useful before functions are fused, though it does not matter.
/// Guarantees: no convolution, no locally connected layer, and no average pooling that counts padding and rounds down reads a
/// layer of zero padding, unless a pooling window would then see nothing but padding. Other pooling does not: zeros that are
/// made can win a maximum, padding cannot.
public struct MergePadding: Pass {
  /// The name in `build --explain` and in errors.
  public let name = "merge-padding"

  /// It has no settings.
  public init() {}

  /// The graph with wider padding in place of the layers; `graph` stays as it is. Throws where a node does not fit
  /// into a graph, which is an error of the pass.
  public func apply(to graph: Graph) throws -> Graph {
    guard graph.nodes.contains(where: { if case .pad = $0.operation { true } else { false } }) else { return graph }
    var result = Graph(name: graph.name)
    for node in graph.nodes {
      var draft = NodeDraft(node)
      while let input = draft.inputs.first, case .pad(let pad) = result[input].operation,
        let merged = draft.operation.padding(by: pad, map: result[input].shape),
        let source = result[input].inputs.first, !result[input].isTrainingOnly || draft.isTrainingOnly
      {
        let inputs = [result[source].shape] + draft.inputs.dropFirst().map { result[$0].shape }
        guard (try? merged.signature(inputs: inputs))?.shape == node.shape else { break }
        draft.operation = merged
        draft.inputs[0] = source
      }
      try result.append(draft)
    }
    result.outputs = graph.outputs
    return try RemoveDeadNodes().apply(to: result)
  }
}

extension Operation {
  /// The operation with what a layer before it adds among its own padding; `nil` where that would be another operation.
  /// `map`: the padded map's shape.
  fileprivate func padding(by pad: Pad, map: Shape) -> Operation? {
    guard pad.mode == .zero, case .fixed(let before) = pad.padding else { return nil }
    func sum(_ own: Padding) -> PaddingRule {
      .fixed(
        Padding(
          top: before.top + own.top, left: before.left + own.left, bottom: before.bottom + own.bottom,
          right: before.right + own.right))
    }
    if case .convolution(var layer) = self {
      layer.padding = sum(layer.padding(for: map.extent))
      return .convolution(layer)
    }
    if case .locallyConnected(var layer) = self {
      layer.padding = sum(layer.padding(for: map.extent))
      return .locallyConnected(layer)
    }
    if case .averagePool(var pooling, countsPadding: true) = self, pooling.rounding == .floor {
      pooling.padding = sum(pooling.padding(for: map.extent))
      return .averagePool(pooling, countsPadding: true)
    }
    return nil
  }
}
