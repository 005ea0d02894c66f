import ZooGraph

extension Network {
  /// The layer whose value the last layer with weights reads, such as the global average pool of a ResNet or the last ReLU of
  /// AlexNet: its path.
  ///
  /// - Throws: `ZooError.noLogits`, or `.noHead` when several layers make the class scores together.
  public func codeLayer() throws(ZooError) -> String {
    guard let value = try answer().scores, let head = graph.lastWeighted(before: value) else {
      throw .noHead(model: name, node: graph[try answer().value].name)
    }
    return graph[graph.origin(of: graph[head].inputs[0])].name
  }
}

extension Graph {
  /// The last layer with weights before a value; `nil` where several values come together before there is one.
  fileprivate func lastWeighted(before value: NodeID) -> NodeID? {
    var id = value
    while true {
      switch self[id].operation {
      case .convolution, .fullyConnected: return id
      default:
        guard self[id].parameters.isEmpty, self[id].inputs.count == 1 else { return nil }
        id = self[id].inputs[0]
      }
    }
  }

  /// The values with the same numbers as this one, from itself on back to the layer that computes them.
  package func keeping(_ value: NodeID) -> [NodeID] {
    var chain = [value]
    while let last = chain.last, self[last].operation.traits.keepsElements, let input = self[last].inputs.first {
      chain.append(input)
    }
    return chain
  }

  /// The layer that computes what this value has.
  package func origin(of value: NodeID) -> NodeID { keeping(value).last ?? value }
}
