import ZooKit

/// A graph in JSON, with the numbers of its picture where it has some.
struct GraphAnswer: Encodable {
  var schema = "zoo.graph/1"
  var graph: GraphDescription
  /// What `--block` draws alone.
  var block: String?
  /// What `--color` asked for.
  var quantity: Quantity?
  /// What `--collapse` made one box each.
  var blocks: [Block]?

  struct Quantity: Encodable {
    var name: String
    var unit: String
    var caption: String
    var total: Double
    /// The end of the scale: the largest number of a box.
    var maximum: Double
    var nodes: [Node]

    struct Node: Encodable {
      var name: String
      var value: Double
      var share: Double
      /// Other layers whose work is in the value.
      var covers: [String]
    }
  }

  struct Block: Encodable {
    var name: String
    var layers: [String]
    var parameters: Int
    var macs: Int
    /// The shapes of the values that leave it.
    var shapes: [[Int]]
    var value: Double?
    var share: Double?
    var covers: [String]?
  }

  init(_ drawing: GraphDrawing, hasBlocks: Bool) {
    let graph = drawing.graph
    self.graph = GraphDescription(graph)
    block = drawing.block
    let total = drawing.total
    func share(_ value: Double) -> Double { total > 0 ? value / total : 0 }
    quantity = drawing.quantity.map { quantity in
      Quantity(
        name: quantity.title, unit: quantity.unit.rawValue, caption: quantity.caption, total: total,
        maximum: drawing.maximum,
        nodes: graph.nodes.compactMap { node in
          quantity.values[node.name].map {
            Quantity.Node(name: node.name, value: $0, share: share($0), covers: quantity.covers[node.name] ?? [])
          }
        })
    }
    guard hasBlocks else { return }
    blocks = drawing.boxes.filter(\.isBlock).map { box in
      Block(
        name: box.name, layers: box.nodes.map { graph[$0].name }, parameters: box.parameters,
        macs: box.multiplyAccumulates, shapes: box.shapes.map(\.dimensions), value: box.value,
        share: box.value.map(share), covers: drawing.quantity == nil ? nil : box.covers)
    }
  }
}
