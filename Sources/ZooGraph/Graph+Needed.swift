extension Graph {
  /// For each node, whether the values depend on it.
  package func isNeeded(for values: [NodeID]) -> [Bool] {
    var needed = [Bool](repeating: false, count: nodes.count)
    for value in values { needed[value.index] = true }
    for id in ids.reversed() where needed[id.index] {
      for input in self[id].inputs { needed[input.index] = true }
    }
    return needed
  }
}
