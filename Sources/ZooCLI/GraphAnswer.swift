import ZooGraph

/// A graph in JSON.
struct GraphAnswer: Encodable {
  var schema = "zoo.graph/1"
  var graph: GraphDescription

  init(_ graph: Graph) {
    self.graph = GraphDescription(graph)
  }
}
