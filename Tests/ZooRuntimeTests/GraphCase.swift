import Testing
import ZooGraph
import ZooTensor

/// A small network to run, with a name that says what is awkward about it.
struct GraphCase: Sendable, CustomTestStringConvertible {
  let name: String
  let graph: Graph

  var testDescription: String { name }

  init(_ name: String, _ build: (inout Graph) throws -> [NodeID]) {
    self.name = name
    var graph = Graph(name: name)
    do {
      let outputs = try build(&graph)
      for (index, value) in outputs.enumerated() {
        graph.outputs.append(Output(name: "output\(index)", role: .features, value: value))
      }
    } catch {
      Issue.record("case '\(name)' is not a network: \(error)")
    }
    self.graph = graph
  }

  /// What a failing test prints: every node with its geometry.
  var listing: String {
    let nodes = graph.nodes.enumerated().map { index, node in
      "\(index) \(node.operation) of \(node.inputs.map(\.index)) → \(node.shape)"
    }
    return ([name] + nodes + ["outputs \(graph.outputs.map(\.value.index))"]).joined(separator: "\n")
  }
}

extension Graph {
  /// Appends a node named after its position.
  mutating func add(_ operation: ZooGraph.Operation, _ inputs: NodeID...) throws -> NodeID {
    try append(operation, name: "node\(nodes.count)", inputs: inputs)
  }

  mutating func image(_ channels: Int, _ height: Int, _ width: Int) throws -> NodeID {
    try add(.input([channels, height, width]))
  }

  mutating func convolution(
    _ input: NodeID, _ channels: Int, _ kernel: Int, stride: Int = 1, padding: Int = 0
  ) throws -> NodeID {
    try add(
      .convolution(
        Convolution(
          outputChannels: channels, kernel: Extent(kernel), stride: Extent(stride), padding: Padding(padding))),
      input)
  }
}
