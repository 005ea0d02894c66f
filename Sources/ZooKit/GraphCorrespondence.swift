import ZooGraph
import ZooTensor

/// Which nodes of two graphs are the same layer.
///
/// Nodes correspond when what they read corresponds, from the input on, and they are of the same family: an activation may have
/// become another, a convolution another window. Which of several that read the same is which is told by their operations,
/// their weights, what follows them, and their names last. Names alone decide nothing. What keeps all elements (dropout,
/// flattening) is looked through, and a batch norm that is folded into its layer in one of the graphs is one with it.
struct GraphCorrespondence {
  struct Pair: Hashable {
    let first: NodeID
    let second: NodeID
    /// Whether one of them is a batch norm that the other has in its numbers.
    var isFolded = false
  }

  /// Where the graphs are no longer the same: the first node of each that reads only what corresponds, and has no
  /// counterpart; `nil` where a graph has none.
  struct Parting: Hashable {
    let first: NodeID?
    let second: NodeID?
  }

  /// In the order of the first graph.
  private(set) var pairs: [Pair] = []
  /// `nil` when all nodes have a counterpart.
  private(set) var parting: Parting?

  private let first: Side
  private let second: Side
  /// For a node of the second graph whose value is that of one of the first graph's, which.
  private var partners: [NodeID: NodeID] = [:]
  private var used: Set<NodeID> = []
  /// Nodes of both graphs whose values the other has not, as a norm is folded there.
  private var folded: (first: Set<NodeID>, second: Set<NodeID>) = ([], [])
  private let tensors: (first: (String) -> Tensor?, second: (String) -> Tensor?)

  private struct Key: Hashable {
    let family: String
    let inputs: [NodeID]
  }

  /// `tensors`: the numbers of each graph's parameters, by name.
  init(
    _ first: Graph, _ second: Graph,
    tensors: (first: (String) -> Tensor?, second: (String) -> Tensor?) = ({ _ in nil }, { _ in nil })
  ) {
    self.first = Side(first)
    self.second = Side(second)
    self.tensors = tensors
    match()
  }

  private mutating func match() {
    for (input, other) in zip(first.graph.inputs, second.graph.inputs) { append(input, other) }
    var candidates: [Key: [NodeID]] = [:]
    for id in first.nodes {
      candidates[Key(family: first.family(id), inputs: first.inputs(id)), default: []].append(id)
    }
    var siblings: [Key: [NodeID]] = [:]
    for id in second.nodes {
      siblings[Key(family: second.family(id), inputs: second.inputs(id)), default: []].append(id)
    }
    var unmatched: [NodeID] = []
    for id in second.nodes where partners[id] == nil && !folded.second.contains(id) {
      let inputs = second.inputs(id)
      let mapped = inputs.compactMap { partners[$0] }
      guard mapped.count == inputs.count else { continue }
      let key = Key(family: second.family(id), inputs: second.isCommutative(id) ? mapped.sorted() : mapped)
      let free = candidates[key, default: []].filter { !used.contains($0) && !folded.first.contains($0) }
      let alike = siblings[Key(family: key.family, inputs: inputs), default: []].filter { partners[$0] == nil }
      for (node, other) in assigned(free, alike) { join(node, other) }
      if partners[id] == nil, !folded.second.contains(id) { unmatched.append(id) }
    }
    pairs.sort { $0.first < $1.first }
    let missing = first.nodes.filter { id in
      !used.contains(id) && !folded.first.contains(id) && first.inputs(id).allSatisfy(used.contains)
    }
    guard !missing.isEmpty || !unmatched.isEmpty else { return }
    let inputs = unmatched.first.map { second.inputs($0).compactMap { partners[$0] } } ?? []
    let counterpart = missing.first { id in first.inputs(id).contains(where: inputs.contains) } ?? missing.first
    parting = Parting(first: counterpart, second: unmatched.first)
  }

  private mutating func append(_ node: NodeID, _ other: NodeID, isFolded: Bool = false) {
    partners[other] = node
    used.insert(node)
    pairs.append(Pair(first: node, second: other, isFolded: isFolded))
  }

  /// Makes two nodes a pair, or the norm of one of them in place of it.
  private mutating func join(_ node: NodeID, _ other: NodeID) {
    switch (first.ownNorm(node), second.ownNorm(other)) {
    case (nil, let norm?) where first.hasBias(node):
      folded.second.insert(other)
      append(node, norm, isFolded: true)
    case (let norm?, nil) where second.hasBias(other):
      folded.first.insert(node)
      append(norm, other, isFolded: true)
    default:
      append(node, other)
    }
  }

  /// Which of some nodes is which of some others that read the same.
  private func assigned(_ nodes: [NodeID], _ others: [NodeID]) -> [(NodeID, NodeID)] {
    guard nodes.count > 1 || others.count > 1 else {
      return nodes.first.flatMap { node in others.first.map { [(node, $0)] } } ?? []
    }
    // Hundreds of layers that read one value are no network; in order, then.
    guard nodes.count * others.count <= 1024 else { return Array(zip(nodes, others)) }
    var scored: [(score: Double, node: NodeID, other: NodeID)] = []
    for node in nodes { for other in others { scored.append((likeness(node, other), node, other)) } }
    scored.sort { ($0.score, $1.node, $1.other) > ($1.score, $0.node, $0.other) }
    var taken: (Set<NodeID>, Set<NodeID>) = ([], [])
    var found: [(NodeID, NodeID)] = []
    for (_, node, other) in scored where !taken.0.contains(node) && !taken.1.contains(other) {
      taken.0.insert(node)
      taken.1.insert(other)
      found.append((node, other))
    }
    return found
  }

  private func likeness(_ node: NodeID, _ other: NodeID) -> Double {
    let (a, b) = (first.graph[node], second.graph[other])
    var score = 0.0
    if a.operation.kind == b.operation.kind { score += 4 }
    if b.operation.differences(from: a.operation).isEmpty { score += 3 }
    if first.continuations[node.index] == second.continuations[other.index] { score += 2 }
    if let shape = a.parameter(.weight)?.shape {
      score += b.parameter(.weight)?.shape == shape ? 6 * share(a, b) : -2
    }
    if a.name == b.name { score += 1 } else if a.name.lastStep == b.name.lastStep { score += 0.5 }
    return score
  }

  /// How much of two layers' weights is the same.
  private func share(_ node: Node, _ other: Node) -> Double {
    guard let name = node.parameter(.weight)?.value.tensors.first?.name,
      let otherName = other.parameter(.weight)?.value.tensors.first?.name,
      let numbers = tensors.first(name)?.convertedToFloat32().floats,
      let others = tensors.second(otherName)?.convertedToFloat32().floats, numbers.count == others.count,
      !numbers.isEmpty
    else { return 0 }
    let count = min(numbers.count, 4096)
    return Double((0..<count).count { numbers[$0] == others[$0] }) / Double(count)
  }
}

extension GraphCorrespondence {
  /// A graph, with what keeps all elements looked through.
  private struct Side {
    let graph: Graph
    /// Those that inference needs, but for the inputs and what is looked through.
    let nodes: [NodeID]
    /// A number for each node that is the same where the same families follow.
    private(set) var continuations: [Int]
    private let readers: [[NodeID]]
    private let sources: [NodeID]

    init(_ graph: Graph) {
      self.graph = graph
      var sources: [NodeID] = []
      for id in graph.ids {
        let node = graph[id]
        let isSeenThrough = node.operation.traits.keepsElements && node.inputs.count == 1
        sources.append(isSeenThrough ? sources[node.inputs[0].index] : id)
      }
      self.sources = sources
      let inputs = Set(graph.inputs)
      nodes = graph.ids.filter { id in
        sources[id.index] == id && !graph[id].isTrainingOnly && !inputs.contains(id)
      }
      var readers = [[NodeID]](repeating: [], count: graph.nodes.count)
      for id in nodes { for input in graph[id].inputs { readers[sources[input.index].index].append(id) } }
      self.readers = readers
      continuations = [Int](repeating: 0, count: graph.nodes.count)
      for id in graph.ids.reversed() {
        var hasher = Hasher()
        hasher.combine(family(id))
        hasher.combine(readers[id.index].map { continuations[$0.index] }.sorted())
        continuations[id.index] = hasher.finalize()
      }
    }

    /// What it reads; in the order of the graph where the order does not matter.
    func inputs(_ id: NodeID) -> [NodeID] {
      let inputs = graph[id].inputs.map { sources[$0.index] }
      return isCommutative(id) ? inputs.sorted() : inputs
    }

    func isCommutative(_ id: NodeID) -> Bool {
      if case .join = graph[id].operation { true } else { false }
    }

    func family(_ id: NodeID) -> String {
      let kind = graph[id].operation.kind
      return [.activation, .pooling].contains(kind.family) ? kind.family.rawValue : kind.word
    }

    /// The batch norm that alone reads a convolution or a fully connected layer.
    func ownNorm(_ id: NodeID) -> NodeID? {
      guard [.convolution, .dense].contains(graph[id].operation.kind.family), readers[id.index].count == 1,
        case .batchNorm(let norm) = graph[readers[id.index][0]].operation, norm.hasStatistics
      else { return nil }
      return readers[id.index][0]
    }

    func hasBias(_ id: NodeID) -> Bool { graph[id].parameter(.bias) != nil }
  }
}

extension String {
  fileprivate var lastStep: Substring { split(separator: ".").last ?? "" }
}
