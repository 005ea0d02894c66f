import ZooKit

/// The boxes of a drawing as a table.
struct GraphReport {
  let lines: [String]

  init(_ drawing: GraphDrawing) {
    var columns: [(title: String, alignment: TextTable.Alignment)] = [
      ("BOX", .left), ("LAYERS", .right), ("OUTPUT", .left), ("PARAMETERS", .right), ("MACS", .right),
    ]
    if let quantity = drawing.quantity {
      // MACs have their column.
      if quantity.unit != .multiplyAccumulates { columns.append((quantity.title.uppercased(), .right)) }
      columns.append(("SHARE", .right))
      if !quantity.covers.isEmpty { columns.append(("WITH", .left)) }
    }
    var table = TextTable(columns)
    for box in drawing.boxes where !box.isOutside {
      var row = [
        box.name, "\(box.nodes.count)", box.shapes.map(\.description).joined(separator: ", "),
        NumberFormat.grouped(box.parameters), NumberFormat.grouped(box.multiplyAccumulates),
      ]
      if let quantity = drawing.quantity {
        let share = box.value.map { drawing.total > 0 ? $0 / drawing.total : 0 }
        if quantity.unit != .multiplyAccumulates { row.append(box.value.map(quantity.unit.text) ?? "") }
        row.append(share.map { "\(NumberFormat.fixed(100 * $0, 1)) %" } ?? "")
        if !quantity.covers.isEmpty {
          row.append(box.isCoveredBy.map { "counted in \($0)" } ?? box.covers.joined(separator: ", "))
        }
      }
      table.append(row)
    }
    let boxes = drawing.boxes.filter { !$0.isOutside }
    let layers = boxes.reduce(0) { $0 + $1.nodes.count }
    var lines = ["\(drawing.title): \(layers) layers in \(boxes.count) boxes", ""] + table.lines
    if let quantity = drawing.quantity {
      lines += ["", "\(quantity.title) \(quantity.caption); \(quantity.unit.text(drawing.total)) in all"]
    }
    self.lines = lines
  }
}
