/// Removes what no output depends on.
///
/// Requires: nothing. A graph without outputs is returned as it is.
/// Guarantees: every node except the inputs, which stay, leads to an output.
public struct RemoveDeadNodes: Pass {
  /// The name in `build --explain` and in errors.
  public let name = "remove-dead-nodes"

  /// It has no settings.
  public init() {}

  /// The graph without what no output depends on; `graph` stays as it is. Throws where a node does not fit into a
  /// graph, which is an error of the pass.
  public func apply(to graph: Graph) throws -> Graph {
    guard !graph.outputs.isEmpty else { return graph }
    var isNeeded = [Bool](repeating: false, count: graph.nodes.count)
    for id in graph.inputs + graph.outputs.map(\.value) { isNeeded[id.index] = true }
    for id in graph.ids.reversed() where isNeeded[id.index] {
      for input in graph[id].inputs { isNeeded[input.index] = true }
    }
    return try graph.rebuilt(zip(graph.nodes, isNeeded).map { $1 ? NodeDraft($0) : nil })
  }
}
