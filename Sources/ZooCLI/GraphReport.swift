import ZooKit

/// The boxes of a drawing as a table.
struct GraphReport {
  private let drawing: GraphDrawing

  init(_ drawing: GraphDrawing) {
    self.drawing = drawing
  }

  /// `withUnits`: whether numbers have their units beside them, or titles have.
  func table(withUnits: Bool = false) -> TextTable {
    var columns: [(title: String, alignment: TextTable.Alignment)] = [
      ("BOX", .left), ("LAYERS", .right), ("OUTPUT", .left), ("PARAMETERS", .right), ("MACS", .right),
    ]
    if let quantity = drawing.quantity {
      // MACs have their column.
      if quantity.unit != .multiplyAccumulates {
        columns.append((quantity.title.uppercased() + (withUnits ? "" : " \(quantity.unit.rawValue)"), .right))
      }
      columns.append((withUnits ? "SHARE" : "SHARE %", .right))
      if !quantity.covers.isEmpty { columns.append(("WITH", .left)) }
    }
    var table = TextTable(columns)
    for box in drawing.boxes where !box.isOutside {
      var row: [TextTable.Cell] = [
        .text(box.name), .text("\(box.nodes.count)"), .text(box.shapes.map(\.description).joined(separator: ", ")),
        .count(box.parameters), .count(box.multiplyAccumulates),
      ]
      if let quantity = drawing.quantity {
        let share = box.value.map { drawing.total > 0 ? $0 / drawing.total : 0 }
        if quantity.unit != .multiplyAccumulates {
          row.append(.init(box.value.map(quantity.unit.text) ?? "", plain: box.value.map { "\($0)" } ?? ""))
        }
        let percent = share.map { NumberFormat.fixed(100 * $0, 1) }
        row.append(.init(percent.map { "\($0) %" } ?? "", plain: percent ?? ""))
        if !quantity.covers.isEmpty {
          row.append(.text(box.isCoveredBy.map { "counted in \($0)" } ?? box.covers.joined(separator: ", ")))
        }
      }
      table.append(row)
    }
    return table
  }

  /// The table, what it is of, and what its numbers are.
  var lines: [String] {
    let boxes = drawing.boxes.filter { !$0.isOutside }
    let layers = boxes.reduce(0) { $0 + $1.nodes.count }
    var lines = ["\(drawing.title): \(layers) layers in \(boxes.count) boxes", ""] + table(withUnits: true).lines
    if let quantity = drawing.quantity {
      lines += ["", "\(quantity.title) \(quantity.caption); \(quantity.unit.text(drawing.total)) in all"]
    }
    return lines
  }
}
