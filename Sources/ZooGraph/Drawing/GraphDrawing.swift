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
    /// Whether it is a layer outside of the block that is drawn, whose value the block reads; it costs nothing here.
    public let isOutside: Bool
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
    /// Whether only training needs what is in it: it is drawn fainter.
    public let isTrainingOnly: Bool
  }

  /// What is drawn.
  public let graph: Graph
  /// The block that is drawn; `nil` for the whole network.
  public let block: String?
  /// In an order in which each reads only from earlier ones.
  public let boxes: [Box]
  /// What the boxes are coloured by.
  public let quantity: NodeQuantity?
  /// Pairs of indices into `boxes`, each once.
  let links: [(from: Int, to: Int)]
  /// Where values leave the drawing, each with the box that computes it.
  let ends: [End]

  /// An output of the graph, or what outside of the block that is drawn reads of it.
  struct End {
    var name: String
    var tooltip: String
    var isTrainingOnly: Bool
    var box: Int
  }

  /// - Parameters:
  ///   - graph: what is drawn.
  ///   - block: the path of the only block that is drawn, with the layers that it reads from and the names of those that read
  ///     from it; `nil` for the whole network.
  ///   - blocks: what is shown as one box each; `nil` to show every node.
  ///   - quantity: what the boxes are coloured by, by the names of the graph's nodes; numbers of other names are not
  ///     shown.
  /// - Throws: `DrawingError` when the network has no such block.
  public init(
    _ graph: Graph, within block: String? = nil, collapsing blocks: BlockSelection? = nil,
    colouredBy quantity: NodeQuantity? = nil
  ) throws(DrawingError) {
    if let block { try graph.checkBlock(block) }
    var keys = [String?](repeating: nil, count: graph.nodes.count)
    if let blocks { keys = try graph.blocks(blocks, within: block) }
    if let block {
      // The block itself, and what is around it, is not one box.
      let around = Set(enclosingBlocks(of: block) + [block])
      keys = keys.map { $0.flatMap { around.contains($0) ? nil : $0 } }
    }
    self.init(graph, block: block, keys: keys, quantity: quantity)
  }

  /// Every node, without colours of a quantity.
  init(_ graph: Graph) {
    self.init(graph, block: nil, keys: [String?](repeating: nil, count: graph.nodes.count), quantity: nil)
  }

  private init(_ graph: Graph, block: String?, keys: [String?], quantity: NodeQuantity?) {
    self.graph = graph
    self.block = block
    self.quantity = quantity
    let isInside = graph.nodes.map { node in block.map { enclosingBlocks(of: node.name).contains($0) } ?? true }
    let readers = graph.readers()
    let isRead = zip(readers, isInside).map { readers, inside in !inside && readers.contains { isInside[$0.index] } }
    let parts = graph.parts(by: zip(keys, isInside).map { $1 ? $0 : nil }).filter {
      isInside[$0[0].index] || isRead[$0[0].index]
    }
    var boxOf = [Int](repeating: 0, count: graph.nodes.count)
    for (box, nodes) in parts.enumerated() {
      for id in nodes { boxOf[id.index] = box }
    }
    links = parts.enumerated().flatMap { box, nodes -> [(from: Int, to: Int)] in
      guard isInside[nodes[0].index] else { return [] }
      var seen: Set<Int> = []
      return nodes.flatMap { graph[$0].inputs.map { boxOf[$0.index] } }.filter { source in
        // A layer that reads another twice has two edges; between blocks there is one for all.
        source != box && (nodes.count == 1 && parts[source].count == 1 || seen.insert(source).inserted)
      }.map { (from: $0, to: box) }
    }
    ends = Self.ends(of: graph, readers: readers, isInside: isInside, boxOf: boxOf)
    let coverers = Self.coverers(quantity)
    let names = Self.names(parts, keys)
    let answers = Set(graph.outputs.map(\.value))
    boxes = zip(parts, names).map { nodes, name in
      let isOutside = !isInside[nodes[0].index]
      let members = Set(nodes.map { graph[$0].name })
      let values = isOutside ? [] : nodes.compactMap { quantity?.values[graph[$0].name] }
      let box = boxOf[nodes[0].index]
      var shapes: [Shape] = []
      for id in nodes where answers.contains(id) || readers[id.index].contains(where: { boxOf[$0.index] != box }) {
        if !shapes.contains(graph[id].shape) { shapes.append(graph[id].shape) }
      }
      let costs = isOutside ? [] : nodes.map { graph.cost(of: graph[$0], seeing: nil) }
      return Box(
        name: name ?? graph[nodes[0]].name, nodes: nodes, isBlock: name != nil, isOutside: isOutside,
        shapes: nodes.count == 1 ? [graph[nodes[0]].shape] : shapes,
        parameters: costs.reduce(0) { $0.addingSaturated($1.parameters) },
        multiplyAccumulates: costs.reduce(0) { $0.addingSaturated($1.multiplyAccumulates) },
        value: values.isEmpty ? nil : values.reduce(0, +),
        covers: nodes.flatMap { quantity?.covers[graph[$0].name] ?? [] }.filter { !members.contains($0) },
        isCoveredBy: values.isEmpty && !isOutside
          ? nodes.lazy.compactMap { coverers[graph[$0].name] }.first { !members.contains($0) } : nil,
        isTrainingOnly: nodes.allSatisfy { graph[$0].isTrainingOnly })
    }
  }

  /// The largest number of a box: the end of the scale.
  public var maximum: Double { boxes.reduce(0) { max($0, $1.value ?? 0) } }

  /// The sum over all boxes.
  public var total: Double { boxes.reduce(0) { $0 + ($1.value ?? 0) } }

  /// The outputs of the graph, or the values of a block that others read, with the names of those.
  private static func ends(of graph: Graph, readers: [[NodeID]], isInside: [Bool], boxOf: [Int]) -> [End] {
    var ends = graph.outputs.filter { isInside[$0.value.index] }.map { output in
      End(
        name: output.name,
        tooltip: output.name == output.role.rawValue ? output.name : "\(output.name): \(output.role.rawValue)",
        isTrainingOnly: output.role == .auxiliary, box: boxOf[output.value.index])
    }
    for id in graph.ids where isInside[id.index] {
      let outside = readers[id.index].filter { !isInside[$0.index] }
      guard let first = outside.first else { continue }
      ends.append(
        End(
          name: outside.count == 1 ? graph[first].name : "\(graph[first].name) and \(outside.count - 1) more",
          tooltip: "read by " + outside.map { graph[$0].name }.joined(separator: ", "),
          isTrainingOnly: outside.allSatisfy { graph[$0].isTrainingOnly }, box: boxOf[id.index]))
    }
    return ends
  }

  /// What the picture is of.
  public var title: String { block.map { "\(graph.name): \($0)" } ?? graph.name }

  /// What the network or the block costs without the parts that only training uses.
  var summary: String {
    let counted = boxes.filter { !$0.isTrainingOnly && !$0.isOutside }
    let parameters = counted.reduce(0) { $0.addingSaturated($1.parameters) }
    let operations = counted.reduce(0) { $0.addingSaturated($1.multiplyAccumulates) }
    return [
      "\(grouped(parameters)) parameters", NodeQuantity.Unit.multiplyAccumulates.text(Double(operations)),
      boxes.contains(where: \.isTrainingOnly) ? "dashed: only for training" : nil,
    ].compactMap { $0 }.joined(separator: " · ")
  }

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
