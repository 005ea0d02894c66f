import ZooTensor

/// What a picture of a graph shows: a box for each layer or block, with what it costs, and the values that pass between them.
///
/// A pure function of the graph, the blocks that are one box each, and the numbers that the boxes are coloured by.
public struct GraphDrawing: Sendable {
  /// One or more nodes, drawn as one.
  public struct Box: Sendable {
    /// The layer's path or the block's; a block that what it computes leaves and enters again has several boxes, `layer1 (1 of 2)`.
    public let name: String
    /// In the graph's order.
    public let nodes: [NodeID]
    /// Whether it stands for the layers of a block.
    public let isBlock: Bool
    /// The shapes of the values that others read or the network answers with, each once.
    public let shapes: [Shape]
    /// Trainable numbers.
    public let parameters: Int
    /// For one image.
    public let multiplyAccumulates: Int
    /// The sum of the quantity over its nodes; `nil` when none of them has a number.
    public let value: Double?
    /// The nodes outside whose work is in the value.
    public let covers: [String]
    /// For a box without a value, the node whose number has its work in it.
    public let isCoveredBy: String?
    public let isTrainingOnly: Bool
  }

  public let graph: Graph
  /// In an order in which each reads only from earlier ones.
  public let boxes: [Box]
  /// What the boxes are coloured by.
  public let quantity: NodeQuantity?
  /// Pairs of indices into `boxes`, each once.
  let links: [(from: Int, to: Int)]
  /// For each output of the graph, the box that computes it.
  let outputBoxes: [Int]

  /// - Parameters:
  ///   - blocks: what is shown as one box each; `nil` to show every node.
  ///   - quantity: what the boxes are coloured by, by the names of the graph's nodes; numbers of other names are not shown.
  /// - Throws: `DrawingError` when the network has no such block.
  public init(
    _ graph: Graph, collapsing blocks: BlockSelection? = nil, colouredBy quantity: NodeQuantity? = nil
  ) throws(DrawingError) {
    var keys = [String?](repeating: nil, count: graph.nodes.count)
    if let blocks { keys = try graph.blocks(blocks) }
    self.init(graph, keys: keys, quantity: quantity)
  }

  /// Every node, without colours of a quantity.
  init(_ graph: Graph) {
    self.init(graph, keys: [String?](repeating: nil, count: graph.nodes.count), quantity: nil)
  }

  private init(_ graph: Graph, keys: [String?], quantity: NodeQuantity?) {
    self.graph = graph
    self.quantity = quantity
    let parts = graph.parts(by: keys)
    var boxOf = [Int](repeating: 0, count: graph.nodes.count)
    for (box, nodes) in parts.enumerated() {
      for id in nodes { boxOf[id.index] = box }
    }
    links = parts.enumerated().flatMap { box, nodes in
      var seen: Set<Int> = []
      return nodes.flatMap { graph[$0].inputs.map { boxOf[$0.index] } }.filter { source in
        // A layer that reads another twice has two edges; between blocks there is one for all.
        source != box && (nodes.count == 1 && parts[source].count == 1 || seen.insert(source).inserted)
      }.map { (from: $0, to: box) }
    }
    outputBoxes = graph.outputs.map { boxOf[$0.value.index] }
    let coverers = Self.coverers(quantity)
    let names = Self.names(parts, keys)
    let readers = graph.readers()
    let answers = Set(graph.outputs.map(\.value))
    boxes = zip(parts, names).map { nodes, name in
      let members = Set(nodes.map { graph[$0].name })
      let values = nodes.compactMap { quantity?.values[graph[$0].name] }
      let box = boxOf[nodes[0].index]
      var shapes: [Shape] = []
      for id in nodes where answers.contains(id) || readers[id.index].contains(where: { boxOf[$0.index] != box }) {
        if !shapes.contains(graph[id].shape) { shapes.append(graph[id].shape) }
      }
      let costs = nodes.map { graph.cost(of: graph[$0], seeing: nil) }
      return Box(
        name: name ?? graph[nodes[0]].name, nodes: nodes, isBlock: name != nil,
        shapes: nodes.count == 1 ? [graph[nodes[0]].shape] : shapes,
        parameters: costs.reduce(0) { $0.addingSaturated($1.parameters) },
        multiplyAccumulates: costs.reduce(0) { $0.addingSaturated($1.multiplyAccumulates) },
        value: values.isEmpty ? nil : values.reduce(0, +),
        covers: nodes.flatMap { quantity?.covers[graph[$0].name] ?? [] }.filter { !members.contains($0) },
        isCoveredBy: values.isEmpty
          ? nodes.lazy.compactMap { coverers[graph[$0].name] }.first { !members.contains($0) } : nil,
        isTrainingOnly: nodes.allSatisfy { graph[$0].isTrainingOnly })
    }
  }

  /// The largest number of a box: the end of the scale.
  public var maximum: Double { boxes.reduce(0) { max($0, $1.value ?? 0) } }

  /// The sum over all boxes.
  public var total: Double { boxes.reduce(0) { $0 + ($1.value ?? 0) } }

  private static func coverers(_ quantity: NodeQuantity?) -> [String: String] {
    var coverers: [String: String] = [:]
    for (name, covered) in quantity?.covers ?? [:] {
      for other in covered { coverers[other] = name }
    }
    return coverers
  }

  /// The name of each part that stands for a block.
  private static func names(_ parts: [[NodeID]], _ keys: [String?]) -> [String?] {
    var counts: [String: Int] = [:]
    for nodes in parts where nodes.count > 1 { if let key = keys[nodes[0].index] { counts[key, default: 0] += 1 } }
    var seen: [String: Int] = [:]
    return parts.map { nodes in
      guard nodes.count > 1, let key = keys[nodes[0].index], let count = counts[key] else { return nil }
      seen[key, default: 0] += 1
      return count == 1 ? key : "\(key) (\(seen[key, default: 0]) of \(count))"
    }
  }
}
