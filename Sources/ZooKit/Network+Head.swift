import ZooGraph

extension Network {
  /// The last layer with weights before the class scores.
  ///
  /// - Throws: `ZooError.noLogits`; `.noHead` when no convolution or fully connected layer alone makes the scores.
  func head() throws -> Node {
    var node = graph[try answer().value]
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
