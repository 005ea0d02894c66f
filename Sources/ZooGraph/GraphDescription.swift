import ZooTensor

/// A graph as plain values, for JSON and for other programs.
public struct GraphDescription: Hashable, Sendable, Codable {
  /// A node as plain values.
  public struct Node: Hashable, Sendable, Codable {
    /// Its path: the key of its tensors in a checkpoint.
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
    /// In the order of the operation's roles.
    public let parameters: [Parameter]
    /// Whether inference does without it.
    public let isTrainingOnly: Bool
    /// `NodeCost.multiplyAccumulates`, for one image; `nil` in files that do not say.
    public let macs: Int?
    /// Where it was written; `nil` for a node that a pass made.
    public let origin: Origin?
  }

  /// A parameter as plain values.
  public struct Parameter: Hashable, Sendable, Codable {
    /// `weight`, `bias`, `running_mean` or `running_var`.
    public let role: String
    /// The extents, outermost first.
    public let shape: [Int]
    /// The checkpoint's tensors that it is made of; more than one after batch norm was folded.
    public let tensors: [String]
  }

  /// Where a node was written; line and column count from 1.
  public struct Origin: Hashable, Sendable, Codable {
    /// The path as it was given.
    public let file: String
    /// From 1.
    public let line: Int
    /// From 1.
    public let column: Int
  }

  /// An output as plain values.
  public struct Output: Hashable, Sendable, Codable {
    /// How programs call it.
    public let name: String
    /// `logits`, `probabilities`, `auxiliary` or `features`.
    public let role: String
    /// The name of the node whose value it is.
    public let node: String
    /// What its loss counts when the network is trained.
    public let lossWeight: Double
  }

  /// The network's name.
  public let name: String
  /// In the order of computation.
  public let nodes: [Node]
  /// In the graph's order.
  public let outputs: [Output]

  /// All of the graph, with the attributes that its definition would have.
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
        isTrainingOnly: node.isTrainingOnly, macs: graph.multiplyAccumulates(of: node),
        origin: node.origin.map { Origin(file: $0.file, line: $0.line, column: $0.column) })
    }
    outputs = graph.outputs.map { output in
      Output(
        name: output.name, role: output.role.rawValue, node: graph[output.value].name, lossWeight: output.lossWeight)
    }
  }
}
