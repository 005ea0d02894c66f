import ZooTensor

/// Computes a function by itself that is applied where a value is computed, if its derivative needs what it is applied to.
///
/// Requires: nothing.
/// Guarantees: each function that is applied at once has a derivative that is one of the function's result. The function
/// keeps the layer's name; the layer is called after the function, as `conv1 before gelu`.
public struct SeparateActivation: Pass {
  /// The name in `build --explain` and in errors.
  public let name = "separate-activation"

  /// It has no settings.
  public init() {}

  /// The graph with those functions as nodes of their own; `graph` stays as it is. Throws where a node does not fit
  /// into a graph, which is an error of the pass.
  public func apply(to graph: Graph) throws -> Graph {
    var result = Graph(name: graph.name)
    var images: [NodeID] = []
    for node in graph.nodes {
      var draft = NodeDraft(node)
      draft.inputs = node.inputs.map { images[$0.index] }
      if let function = node.operation.fusedActivation, function.gradientReadsInput {
        draft.operation = node.operation.withoutActivation
        draft.name += " before \(function.name)"
        draft.inputs = [try result.append(draft)]
        (draft.name, draft.operation, draft.parameters) = (node.name, .activation(function), [])
      }
      images.append(try result.append(draft))
    }
    result.outputs = graph.outputs.map { output in
      Output(name: output.name, role: output.role, value: images[output.value.index], lossWeight: output.lossWeight)
    }
    return result
  }
}
