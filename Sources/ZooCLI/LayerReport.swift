import ZooKit

extension Network {
  /// What the network says about classes, in words.
  var answerText: String { (try? answer())?.description ?? "none about classes: no output is logits or probabilities" }
}

/// The table of layers as text, with its totals.
struct LayerReport {
  let table: TextTable
  private let totals: [String]

  var lines: [String] { table.lines + totals }

  /// - Parameters:
  ///   - network: the network whose layers are listed
  ///   - shares: whether there are columns for the parts of the totals that a layer has, in per cent; of all layers, those for
  ///     training only included
  /// - Throws: what passes throw.
  init(_ network: Network, shares: Bool = false) throws {
    let cost = try network.cost()
    let table = LayerTable(graph: network.graph, cost: cost)
    var text = TextTable(
      [
        .init("LAYER", .left), .init("OPERATION", .left), .init("OUTPUT", .left),
        .init("MEMORY", .right, droppedAs: 2), .init("WEIGHTS", .right, droppedAs: 4), .init("PARAMETERS", .right),
        .init("MACS", .right, droppedAs: 1), .init("FIELD", .right, droppedAs: 3),
      ]
        + (shares
          ? ["MEMORY %", "PARAMETERS %", "MACS %"].map { .init($0, .right) } : []))
    let whole = LayerShares.Whole(table)
    for row in table.rows {
      let field = row.receptiveField.map { field in
        field.size.height == field.size.width ? "\(field.size.height)" : "\(field.size)"
      }
      text.append(
        [
          .text(row.path), .text(row.operation + (row.isTrainingOnly ? " (training only)" : "")),
          .text("\(row.output)"),
          .init(NumberFormat.short(row.output.elementCount), plain: "\(row.output.elementCount)"),
          .count(row.weights), .count(row.parameters), .count(row.multiplyAccumulates), .text(field ?? "all"),
        ]
          + (shares
            ? [
              .share(row.output.elementCount, of: whole.elements), .share(row.parameters, of: whole.parameters),
              .share(row.multiplyAccumulates, of: whole.macs),
            ] : []))
    }
    self.table = text
    var lines: [String] = []
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
    self.totals = lines
  }
}

/// The parts of the totals that a layer has, in per cent.
struct LayerShares: Encodable {
  var memory: Double
  var parameters: Double
  var macs: Double

  /// The sums over all rows.
  struct Whole {
    var elements: Int
    var parameters: Int
    var macs: Int

    init(_ table: LayerTable) {
      elements = table.rows.reduce(0) { $0 + $1.output.elementCount }
      parameters = table.rows.reduce(0) { $0 + $1.parameters }
      macs = table.rows.reduce(0) { $0 + $1.multiplyAccumulates }
    }
  }

  init(_ row: LayerTable.Row, of whole: Whole) {
    func share(_ part: Int, _ whole: Int) -> Double { whole > 0 ? 100 * Double(part) / Double(whole) : 0 }
    memory = share(row.output.elementCount, whole.elements)
    parameters = share(row.parameters, whole.parameters)
    macs = share(row.multiplyAccumulates, whole.macs)
  }
}
