import ZooTensor

/// Removes nodes that change nothing at inference: dropout, pooling that is the identity, concatenations of one input,
/// slices with stride 1 and no channels added, and flattening that only fully connected layers read.
///
/// Requires: nothing.
/// Guarantees: outputs keep their values and shapes. A fully connected layer may read a feature map afterwards; it
/// takes the elements in C, H, W order, as flattening does.
public struct DropInferenceNoOps: Pass {
  /// The name in `build --explain` and in errors.
  public let name = "drop-inference-no-ops"

  /// It has no settings.
  public init() {}

  /// The graph without them; `graph` stays as it is. Throws where a node does not fit into a graph, which is an error
  /// of the pass.
  public func apply(to graph: Graph) throws -> Graph {
    let readers = graph.readers()
    let outputValues = Set(graph.outputs.map(\.value))
    // Whether everything that uses the value takes it in any shape; readers first.
    var isShapeless = [Bool](repeating: false, count: graph.nodes.count)
    for id in graph.ids.reversed() where !outputValues.contains(id) {
      isShapeless[id.index] = readers[id.index].allSatisfy { reader in
        if case .fullyConnected = graph[reader].operation { return true }
        return graph.keepsValue(reader) && isShapeless[reader.index]
      }
    }
    var drafts: [NodeDraft?] = []
    var substitutes: [NodeID: NodeID] = [:]
    for id in graph.ids {
      if graph.keepsValue(id), graph.keepsShape(id) || isShapeless[id.index] {
        drafts.append(nil)
        substitutes[id] = graph[id].inputs[0]
      } else {
        drafts.append(NodeDraft(graph[id]))
      }
    }
    return try graph.rebuilt(drafts, substitutes: substitutes)
  }
}

extension Graph {
  fileprivate func keepsShape(_ id: NodeID) -> Bool {
    self[id].shape == self[self[id].inputs[0]].shape
  }
}
