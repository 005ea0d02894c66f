import ZooGraph
import ZooTensor

/// The layers of a network with what each costs, as the cs231n notes tabulate VGG: one row per layer that has weights
/// or changes the shape, with the element-wise layers that follow it.
public struct LayerTable: Sendable {
  /// A layer, or layers that became one row.
  public struct Row: Sendable, Hashable {
    /// The path of the row's first node.
    public var path: String
    /// The paths of all its nodes, that one included.
    public var layers: [String]
    /// What the row computes: `convolution 3×3, padding 1 + batch norm + relu`.
    public var operation: String
    /// The shape of the value for one image.
    public var output: Shape
    /// Trainable numbers: weights and biases.
    public var parameters: Int
    /// Trainable numbers without biases.
    public var weights: Int
    /// Of the row, for one image.
    public var multiplyAccumulates: Int
    /// `nil` for the whole image.
    public var receptiveField: ReceptiveField?
    /// Whether inference does without it.
    public var isTrainingOnly: Bool
  }

  /// In the order of the graph.
  public let rows: [Row]

  /// The graph as it was defined, and its cost as `Graph.cost()` has it.
  public init(graph: Graph, cost: GraphCost) {
    var rows: [Row] = []
    var last: NodeID?
    for id in graph.ids {
      let node = graph[id]
      let cost = cost.nodes[id.index]
      let details = node.operation.attributesText(input: node.inputs.first.map { graph[$0].shape })
      if node.operation.isElementwise, node.inputs == [last].compactMap({ $0 }), !rows.isEmpty {
        rows[rows.count - 1].operation += " + \(node.operation.kind)"
        rows[rows.count - 1].layers.append(node.name)
        rows[rows.count - 1].output = node.shape
        rows[rows.count - 1].parameters += cost.parameters
        rows[rows.count - 1].weights += cost.weights
      } else {
        rows.append(
          Row(
            path: node.name, layers: [node.name],
            operation: node.operation.kind.name + (details.isEmpty ? "" : " \(details)"),
            output: node.shape,
            parameters: cost.parameters, weights: cost.weights, multiplyAccumulates: cost.multiplyAccumulates,
            receptiveField: cost.receptiveField, isTrainingOnly: node.isTrainingOnly))
      }
      last = id
    }
    self.rows = rows
  }

  /// The elements of all rows' values for one image, training-only rows left out: what a forward pass that keeps
  /// everything has to store.
  public var elements: Int {
    rows.reduce(0) { $1.isTrainingOnly ? $0 : $0 + $1.output.elementCount }
  }
}

extension Operation {
  /// Whether the layer only changes the numbers of the one before it.
  fileprivate var isElementwise: Bool {
    if case .selectChannels = self { return false }
    return traits.inputs == 1...1 && traits.isElementwise || kind.family == .other
  }
}
