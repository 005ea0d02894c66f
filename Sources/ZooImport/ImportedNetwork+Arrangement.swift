import ZooGraph

extension ImportedNetwork {
  /// The network with its joins as definitions have them, so that blocks which mean the same are the same. Each number is
  /// computed as before.
  ///
  /// - A sum of a value and of what is made from it has the latter first, as a block has whose shortcut may be left out,
  ///   unless shortcuts with layers of their own stand first too.
  /// - A concatenation of what an earlier one joins and of one value more reads the earlier one: so a dense block's layers
  ///   (Huang et al., 2017), each of which reads all before it, are alike. Each concatenation is called after the layer
  ///   whose value it adds.
  package func arranged() throws(ShapeError) -> ImportedNetwork {
    var arrangement = Arrangement(graph)
    arrangement.orderSums()
    arrangement.chainConcatenations()
    guard arrangement.isChanged else { return self }
    var result = self
    result.graph = Graph(name: graph.name)
    for (index, node) in graph.nodes.enumerated() {
      try result.graph.append(
        node.operation, name: arrangement.names[index], inputs: arrangement.inputs[index],
        isTrainingOnly: node.isTrainingOnly, origin: node.origin)
    }
    result.graph.outputs = graph.outputs
    for (node, name) in zip(graph.nodes, arrangement.names) where node.name != name {
      for index in notes.indices where notes[index].node == node.name { result.notes[index].node = name }
    }
    return result
  }
}

/// What the nodes of a graph are to read and to be called.
private struct Arrangement {
  private let graph: Graph
  private(set) var inputs: [[NodeID]]
  private(set) var names: [String]
  private(set) var isChanged = false

  /// Ways from a sum back to what it adds are followed this far.
  private static let maximumReach = 1024

  init(_ graph: Graph) {
    self.graph = graph
    inputs = graph.nodes.map(\.inputs)
    names = graph.nodes.map(\.name)
  }

  mutating func orderSums() {
    var shortcutsFirst: [Int] = []
    for (index, node) in graph.nodes.enumerated() where node.operation == .add(nil) && node.inputs.count == 2 {
      let first = way(to: node.inputs[0], besides: node.inputs[1])
      guard first < way(to: node.inputs[1], besides: node.inputs[0]) else { continue }
      // A block whose shortcut has layers in some places and none in others has it first in all of them.
      if first > 0 { return }
      shortcutsFirst.append(index)
    }
    for index in shortcutsFirst { inputs[index].swapAt(0, 1) }
    isChanged = !shortcutsFirst.isEmpty
  }

  /// How many nodes make the one value and not the other.
  private func way(to value: NodeID, besides other: NodeID) -> Int {
    let last = max(value.index, other.index)
    let first = max(0, last - Self.maximumReach)
    var makes = [(value: Bool, other: Bool)](repeating: (false, false), count: last - first + 1)
    if value.index >= first { makes[value.index - first].value = true }
    if other.index >= first { makes[other.index - first].other = true }
    var count = 0
    for index in (first...last).reversed() {
      let found = makes[index - first]
      if found.value, !found.other { count += 1 }
      for input in graph.nodes[index].inputs where input.index >= first {
        if found.value { makes[input.index - first].value = true }
        if found.other { makes[input.index - first].other = true }
      }
    }
    return count
  }

  mutating func chainConcatenations() {
    var known: [[NodeID]: Int] = [:]
    var chained: Set<Int> = []
    for (index, node) in graph.nodes.enumerated() where node.operation == .concat && !node.isTrainingOnly {
      if node.inputs.count > 2, let last = node.inputs.last, let earlier = known[Array(node.inputs.dropLast())] {
        inputs[index] = [NodeID(index: earlier), last]
        chained.formUnion([earlier, index])
      }
      known[node.inputs] = known[node.inputs] ?? index
    }
    guard !chained.isEmpty else { return }
    isChanged = true
    // A name may be that of the next one in the file.
    var taken = Set(names.indices.filter { !chained.contains($0) }.map { names[$0] })
    var found: [Int: String] = [:]
    for index in chained.sorted() {
      let scope = inputs[index].count == 2 ? scope(from: inputs[index][0], to: inputs[index][1]) : nil
      let name = scope.map { "\($0).concat" }
      guard let name, taken.insert(name).inserted else { return }
      found[index] = name
    }
    for (index, name) in found { names[index] = name }
  }

  /// The group that all nodes after the one value up to the other are in.
  private func scope(from start: NodeID, to end: NodeID) -> String? {
    guard start < end, end.index - start.index <= Self.maximumReach else { return nil }
    var common: [Substring]?
    for name in names[start.index + 1...end.index] {
      let parts = name.split(separator: ".", omittingEmptySubsequences: false).dropLast()
      let shared = zip(common ?? Array(parts), parts).prefix { $0 == $1 }.map(\.0)
      if shared.isEmpty { return nil }
      common = shared
    }
    return common?.joined(separator: ".")
  }
}
