/// Removes what no output depends on.
///
/// Requires: nothing. A graph without outputs is returned as it is.
/// Guarantees: every node except the inputs, which stay, leads to an output.
public struct RemoveDeadNodes: Pass {
  public let name = "remove-dead-nodes"

  public init() {}

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
