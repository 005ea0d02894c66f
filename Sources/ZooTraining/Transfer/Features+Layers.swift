import ZooGraph
import ZooKit
import ZooTensor

extension Network {
  /// Why a linear classifier of a layer's codes cannot be the network's last layer; `nil` when it can. `layer`: its
  /// path. `isPooled`: whether the codes are means of maps. `width`: the numbers of a code.
  func obstacle(toClassifying layer: String?, isPooled: Bool, width: Int) -> HeadObstacle? {
    guard let answer = knownAnswerWithScores, let head = graph.linearHead(of: answer) else {
      return .notLinear(model: name)
    }
    let chain = graph.keeping(graph[head].inputs[0])
    let read = graph[chain[chain.count - 1]]
    if let layer, isPooled || !chain.contains(where: { graph[$0].name == layer }) {
      return .otherLayer(model: name, layer: layer, isPooled: isPooled, expected: read.name)
    }
    guard read.shape.elementCount == width else {
      return .width(model: name, layer: read.name, expected: read.shape.elementCount, found: width)
    }
    return graph[head].parameter(.bias) == nil ? .noBias(model: name, layer: graph[head].name) : nil
  }

  /// The last layer, if there is nothing but a linear function between its input and the class scores.
  var linearHead: Node? { knownAnswerWithScores.flatMap(graph.linearHead).map { graph[$0] } }

  private var knownAnswerWithScores: NodeID? { (try? answer())?.scores }
}

/// What keeps a linear classifier from being the last layer of the network that made the codes.
public enum HeadObstacle: Hashable, Sendable {
  /// Nothing says which network made the codes.
  case networkUnknown
  /// The scores are not a linear function of one value with a weight for each number of it.
  case notLinear(model: String)
  case otherLayer(model: String, layer: String, isPooled: Bool, expected: String)
  case width(model: String, layer: String, expected: Int, found: Int)
  case noBias(model: String, layer: String)
}

extension Graph {
  /// The layer that makes the scores, with a weight for each number that it reads and each class.
  fileprivate func linearHead(of scores: NodeID) -> NodeID? {
    let id = origin(of: scores)
    switch self[id].operation {
    case .fullyConnected: return id
    case .convolution(let layer):
      // It sees the whole map at once.
      let input = self[self[id].inputs[0]].shape
      let coversMap = input.rank == 3 && [layer.kernel.height, layer.kernel.width] == [input[1], input[2]]
      let isPlain = layer.groups == 1 && layer.dilation == Extent(1) && layer.padding.isNone && !layer.addsInput
      return coversMap && isPlain && self[id].shape.elementCount == self[id].shape[0] ? id : nil
    default: return nil
    }
  }
}

extension Network {
  /// Layers below the one whose codes are usual, at about half and three quarters of the depth: `Graph.blockEnd`.
  ///
  /// - Parameter top: the layer that they are to lie below.
  /// - Returns: their paths, from the input on; fewer where there are fewer.
  public func lowerLayers(below top: String) -> [String] {
    graph.blockEnds(below: top, at: [0.5, 0.75]).map { graph[$0].name }
  }
}

extension Graph {
  /// The ends of blocks whose depths are nearest to these parts of that of a layer, each once, from the input on.
  ///
  /// The depth of a value is the number of layers with weights that come before it in the graph. A block ends where one value
  /// is all that later layers read, and where one with weights, or several layers, read it: after the addition and the ReLU
  /// of a residual block, after the pool of LeNet. Of two ends that are as near, the lower one is taken.
  package func blockEnds(below top: String, at parts: [Double]) -> [NodeID] {
    guard let top = ids.first(where: { self[$0].name == top }) else { return [] }
    let used = ancestors(of: top)
    let depths = ids.reduce(into: [Int]()) { depths, id in
      let isWeighted = used.contains(id) && self[id].operation.isWeighted
      depths.append((depths.last ?? 0) + (isWeighted ? 1 : 0))
    }
    let readers = readers().map { $0.filter(used.contains) }
    var candidates: [NodeID] = []
    // The last of the layers that read something from before a place in the graph.
    var furthest = 0
    for id in ids where used.contains(id) && id < top {
      let isOnlyValue = furthest <= id.index
      furthest = max(furthest, readers[id.index].map(\.index).max() ?? 0)
      let isRead = readers[id.index].count > 1 || readers[id.index].contains { self[$0].operation.isWeighted }
      if isOnlyValue, isRead, depths[id.index] > 0, depths[id.index] < depths[top.index] { candidates.append(id) }
    }
    let total = Double(depths[top.index])
    let chosen = parts.compactMap { part in
      candidates.min { distance($0, part) < distance($1, part) }
    }
    func distance(_ id: NodeID, _ part: Double) -> Double { (Double(depths[id.index]) - part * total).magnitude }
    return Set(chosen.map(origin)).sorted()
  }

  private func ancestors(of node: NodeID) -> Set<NodeID> {
    var (found, pending) = (Set([node]), [node])
    while let next = pending.popLast() {
      for input in self[next].inputs where found.insert(input).inserted { pending.append(input) }
    }
    return found
  }
}

extension ZooGraph.Operation {
  /// Whether the layer mixes channels by weights that are learnt.
  fileprivate var isWeighted: Bool {
    switch self {
    case .convolution, .fullyConnected, .locallyConnected: true
    default: false
    }
  }
}
