import ZooGraph

extension Network {
  /// The names of the tensors of the head.
  ///
  /// - Throws: as `head`.
  func headTensors() throws -> [String] {
    try head().parameters.flatMap { $0.value.tensors.map(\.name) }
  }

  /// Whether tensors of the head are among those named; no when there is no head.
  func hasHead(among names: some Collection<String>) -> Bool {
    (try? headTensors())?.contains(where: names.contains) ?? false
  }

  /// The last layer with weights before the class scores.
  ///
  /// - Throws: `ZooError.noLogits`; `.noHead` when no convolution or fully connected layer alone makes the scores.
  func head() throws -> Node { try head(of: try answer().value) }

  /// The last layer with weights before a value.
  ///
  /// - Throws: `ZooError.noHead`.
  func head(of value: NodeID) throws(ZooError) -> Node {
    var node = graph[value]
    while true {
      switch node.operation {
      case .convolution, .fullyConnected: return node
      default:
        guard node.parameters.isEmpty, node.inputs.count == 1 else {
          throw ZooError.noHead(model: name, node: node.name)
        }
        node = graph[node.inputs[0]]
      }
    }
  }
}
