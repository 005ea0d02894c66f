import ZooTensor

/// A node or an output as pictures show it.
struct DrawnNode {
  /// What decides about the colour.
  var family: OperationKind.Family
  /// The name, emphasised.
  var name: String
  /// What stands next to the name, and the lines below.
  var remark: String
  var lines: [String]
  /// All there is to say, for the tooltip.
  var tooltip: String
  var isTrainingOnly: Bool
  /// The shape of the value, written on the edges that leave the box.
  var edgeLabel: String
}

extension Graph {
  /// The graph's nodes, then one for each output.
  var drawnNodes: [DrawnNode] {
    ids.map { drawnNode($0) }
      + outputs.map { output in
        DrawnNode(
          family: .output, name: output.name, remark: "", lines: [],
          tooltip: output.name == output.role.rawValue ? output.name : "\(output.name): \(output.role.rawValue)",
          isTrainingOnly: output.role == .auxiliary, edgeLabel: "")
      }
  }

  /// Pairs of indices into `drawnNodes`.
  var drawnEdges: [(from: Int, to: Int)] {
    let edges = ids.flatMap { id in self[id].inputs.map { (from: $0.index, to: id.index) } }
    return edges + outputs.enumerated().map { (from: $1.value.index, to: nodes.count + $0) }
  }

  private func drawnNode(_ id: NodeID) -> DrawnNode {
    let node = self[id]
    let details = details(of: id)
    let family = node.operation.kind.family
    let kind = node.operation.kind.name
    let count = node.parameters.reduce(0) { $1.role.isTrainable ? $0.addingSaturated($1.shape.elementCount) : $0 }
    let tooltip = [
      node.name, details.isEmpty ? kind : "\(kind) \(details)", "\(node.shape)",
      count == 0 ? nil : "\(count) parameters",
      node.isTrainingOnly ? "for training only" : nil,
    ].compactMap { $0 }
    // Layers with geometry get a line for it; the small ones say everything in one.
    let isSmall =
      switch family {
      case .activation, .normalization, .join, .other: true
      case .input, .convolution, .dense, .pooling, .output: false
      }
    // `layer1.0.relu` says what it is.
    let label = node.name.split(whereSeparator: { $0 == "." || $0 == "/" }).last.map(String.init) == kind ? "" : kind
    return DrawnNode(
      family: family, name: node.name,
      remark: isSmall ? [label, node.operation.fusedText].filter { !$0.isEmpty }.joined(separator: " ") : "",
      lines: isSmall ? [] : [label, details].filter { !$0.isEmpty },
      tooltip: tooltip.joined(separator: "\n"), isTrainingOnly: node.isTrainingOnly, edgeLabel: node.shape.description)
  }
}
