import ZooKit

extension Network {
  /// What the network says about classes, in words.
  var answerText: String { (try? answer())?.description ?? "none about classes: no output is logits or probabilities" }
}

/// The table of layers as text, with its totals.
struct LayerReport {
  let lines: [String]

  init(_ network: Network) throws {
    let cost = try network.cost()
    let table = LayerTable(graph: network.graph, cost: cost)
    var text = TextTable([
      ("LAYER", .left), ("OPERATION", .left), ("OUTPUT", .left), ("MEMORY", .right), ("WEIGHTS", .right),
      ("PARAMETERS", .right), ("MACS", .right), ("FIELD", .right),
    ])
    for row in table.rows {
      text.append([
        row.path, row.operation + (row.isTrainingOnly ? " (training only)" : ""), "\(row.output)",
        NumberFormat.short(row.output.elementCount), NumberFormat.grouped(row.weights),
        NumberFormat.grouped(row.parameters), NumberFormat.grouped(row.multiplyAccumulates),
        row.receptiveField.map { field in
          field.size.height == field.size.width ? "\(field.size.height)" : "\(field.size)"
        } ?? "all",
      ])
    }
    var lines = text.lines
    let totals = cost.inference
    lines.append("")
    lines.append("answer       \(network.answerText)")
    lines.append(
      "parameters   \(NumberFormat.grouped(totals.parameters)) (\(NumberFormat.bytes(totals.parameters * 4)) in float32)"
    )
    if cost.training.parameters != totals.parameters {
      lines.append("             \(NumberFormat.grouped(cost.training.parameters)) with the layers for training only")
    }
    lines.append("MACs         \(NumberFormat.grouped(totals.multiplyAccumulates)) per image; one is two FLOPs")
    // All digits, so that the product is right.
    let elements = table.elements < 10_000 ? "\(table.elements)" : NumberFormat.grouped(table.elements)
    lines.append(
      "memory       \(elements) numbers × 4 bytes = \(NumberFormat.bytes(table.elements * 4)) when every row above is kept"
    )
    lines.append(
      "             \(NumberFormat.bytes(table.elements * 8)) with a gradient of each, as a backward pass needs it")
    lines.append(
      "             \(NumberFormat.bytes(cost.peakActivationBytes)) at once when zoo runs it, fused and reusing memory")
    self.lines = lines
  }
}
