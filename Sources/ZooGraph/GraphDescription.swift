import ZooTensor

/// A graph as plain values, for JSON and for other programs.
public struct GraphDescription: Hashable, Sendable, Codable {
  public struct Node: Hashable, Sendable, Codable {
    public let name: String
    /// The name of the operation's kind, such as `convolution`.
    public let kind: String
    /// `Graph.details(of:)`, such as `64→64, 3×3, padding 1 + relu`.
    public let details: String
    /// The names of the nodes whose values it reads.
    public let inputs: [String]
    /// The shape of its value, without a batch dimension.
    public let shape: [Int]
    /// `batch` for a value that all images have in common; absent otherwise.
    public let scope: String?
    public let parameters: [Parameter]
    public let isTrainingOnly: Bool
    public let origin: Origin?
  }

  public struct Parameter: Hashable, Sendable, Codable {
    /// `weight`, `bias`, `running_mean` or `running_var`.
    public let role: String
    public let shape: [Int]
    /// The checkpoint's tensors that it is made of; more than one after batch norm was folded.
    public let tensors: [String]
  }

  /// Where a node was written; line and column count from 1.
  public struct Origin: Hashable, Sendable, Codable {
    public let file: String
    public let line: Int
    public let column: Int
  }

  public struct Output: Hashable, Sendable, Codable {
    public let name: String
    /// `logits`, `probabilities`, `auxiliary` or `features`.
    public let role: String
    public let node: String
    public let lossWeight: Double
  }

  public let name: String
  /// In the order of computation.
  public let nodes: [Node]
  public let outputs: [Output]

  public init(_ graph: Graph) {
    name = graph.name
    nodes = graph.ids.map { id in
      let node = graph[id]
      return Node(
        name: node.name, kind: node.operation.kind.name, details: graph.details(of: id),
        inputs: node.inputs.map { graph[$0].name }, shape: node.shape.dimensions,
        scope: node.scope == .batch ? "batch" : nil,
        parameters: node.parameters.map { parameter in
          Parameter(
            role: parameter.role.rawValue, shape: parameter.shape.dimensions,
            tensors: parameter.value.tensors.map(\.name))
        },
        isTrainingOnly: node.isTrainingOnly,
        origin: node.origin.map { Origin(file: $0.file, line: $0.line, column: $0.column) })
    }
    outputs = graph.outputs.map { output in
      Output(
        name: output.name, role: output.role.rawValue, node: graph[output.value].name, lossWeight: output.lossWeight)
    }
  }
}
