/// Keeps what inference needs.
///
/// Requires: no inference node reads a training-only one.
/// Guarantees: no training-only nodes, no auxiliary outputs; the other outputs compute what they did.
public struct SelectInference: Pass {
  /// The name in `build --explain` and in errors.
  public let name = "select-inference"

  /// It has no settings.
  public init() {}

  /// The graph without what only training needs; `graph` stays as it is. Throws where a node does not fit into a
  /// graph, which is an error of the pass.
  public func apply(to graph: Graph) throws -> Graph {
    for node in graph.nodes where !node.isTrainingOnly {
      if let input = node.inputs.first(where: { graph[$0].isTrainingOnly }) {
        throw GraphInvariantError.readsTrainingOnly(node: node.name, input: graph[input].name)
      }
    }
    var result = try graph.rebuilt(graph.nodes.map { $0.isTrainingOnly ? nil : NodeDraft($0) })
    result.outputs.removeAll { $0.role == .auxiliary }
    return result
  }
}
