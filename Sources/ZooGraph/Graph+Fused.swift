extension Graph {
  /// For each node of a graph that `inferencePasses` made of this one, by its name, the nodes of this graph whose work
  /// it does, in order: itself, and the batch norm, the sum and the activation that were fused into it.
  ///
  /// What changes nothing at inference, what only training uses and what no output depends on is in no list.
  ///
  /// - Parameter optimized: `self.optimized()`.
  /// - Returns: By the names of nodes of the graph that ran.
  public func fusedNodes(in optimized: Graph) -> [String: [NodeID]] {
    let kept = Dictionary(optimized.nodes.map { ($0.name, $0) }) { first, _ in first }
    let isNeeded = neededForInference()
    var result: [String: [NodeID]] = [:]
    // For each node, the one of the other graph that computes its value.
    var homes = [String?](repeating: nil, count: nodes.count)
    for id in ids where isNeeded[id.index] || kept[self[id].name] != nil {
      let node = self[id]
      let inputs = node.inputs.map { homes[$0.index] }
      if kept[node.name] != nil {
        homes[id.index] = node.name
      } else if keepsValue(id) {
        homes[id.index] = inputs.first ?? nil
        continue
      } else if inputs.count == 1 {
        homes[id.index] = inputs[0]
      } else {
        // Of two layers that a sum reads, the one that adds the other has become the sum.
        homes[id.index] =
          zip(inputs, inputs.reversed()).lazy.compactMap { home, other -> String? in
            guard let home, let other, let layer = kept[home], layer.operation.addsInput,
              layer.inputs.last.map({ optimized[$0].name }) == other
            else { return nil }
            return home
          }.first
      }
      if let home = homes[id.index] { result[home, default: []].append(id) }
    }
    return result
  }

  /// For each node, whether an output that is not for training depends on it.
  private func neededForInference() -> [Bool] {
    var isNeeded = [Bool](repeating: false, count: nodes.count)
    for output in outputs where output.role != .auxiliary { isNeeded[output.value.index] = true }
    for id in ids.reversed() where isNeeded[id.index] {
      for input in self[id].inputs { isNeeded[input.index] = true }
    }
    return isNeeded
  }
}
