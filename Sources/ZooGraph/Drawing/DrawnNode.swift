import ZooTensor

/// A box or an output as pictures show it.
struct DrawnNode {
  /// What decides about the colour: a family of operations, `block` or `output`.
  var style: String
  /// On the scale of the quantity; `nil` where there is none, or it has no number for the box.
  var level: Int?
  /// The name, emphasised.
  var name: String
  /// What stands next to the name, and the lines below.
  var remark: String
  var lines: [String]
  /// All there is to say, for the tooltip.
  var tooltip: String
  var isTrainingOnly: Bool
  /// The shape of the value, written on the edges that leave the box.
  var edgeLabel: String
}

extension GraphDrawing {
  /// The boxes, then one for each output of the graph.
  var drawnNodes: [DrawnNode] {
    boxes.map { $0.isBlock ? drawnBlock($0) : drawnLayer($0) }
      + ends.map { end in
        DrawnNode(
          style: "output", level: nil, name: end.name, remark: "", lines: [], tooltip: end.tooltip,
          isTrainingOnly: end.isTrainingOnly, edgeLabel: "")
      }
  }

  /// Pairs of indices into `drawnNodes`.
  var drawnEdges: [(from: Int, to: Int)] {
    links + ends.enumerated().map { (from: $1.box, to: boxes.count + $0) }
  }

  private func drawnLayer(_ box: Box) -> DrawnNode {
    let id = box.nodes[0]
    let node = graph[id]
    if box.isOutside {
      return DrawnNode(
        style: OperationKind.Family.input.rawValue, level: nil, name: node.name, remark: "outside", lines: [],
        tooltip: "\(node.name)\n\(node.shape)\noutside of \(block ?? graph.name)", isTrainingOnly: node.isTrainingOnly,
        edgeLabel: node.shape.description)
    }
    let details = graph.details(of: id)
    let family = node.operation.kind.family
    let kind = node.operation.kind.name
    let tooltip = [
      node.name, details.isEmpty ? kind : "\(kind) \(details)", "\(node.shape)",
      box.parameters == 0 ? nil : "\(grouped(box.parameters)) parameters",
      box.multiplyAccumulates == 0 ? nil : "\(grouped(box.multiplyAccumulates)) multiply-accumulates",
      node.isTrainingOnly ? "for training only" : nil,
    ].compactMap { $0 }
    // Layers with geometry get a line for it; the small ones say everything in one.
    let isSmall =
      switch family {
      case .activation, .normalization, .join, .other: true
      case .input, .convolution, .dense, .pooling, .output: false
      }
    // `layer1.0.relu` says what it is.
    let label = node.name.split(whereSeparator: { $0 == "." || $0 == "/" }).last.map(String.init) == kind ? "" : kind
    return DrawnNode(
      style: family.rawValue, level: level(of: box), name: node.name,
      remark: isSmall ? [label, node.operation.fusedText].filter { !$0.isEmpty }.joined(separator: " ") : "",
      lines: (isSmall ? [] : [label, details].filter { !$0.isEmpty }) + costLine(of: box) + valueLines(of: box),
      tooltip: (tooltip + valueLines(of: box, isShort: false)).joined(separator: "\n"),
      isTrainingOnly: box.isTrainingOnly, edgeLabel: node.shape.description)
  }

  private func drawnBlock(_ box: Box) -> DrawnNode {
    let shapes = box.shapes.map(\.description).joined(separator: ", ")
    let layers = "\(box.nodes.count) layers"
    let parameters = box.parameters == 0 ? "no parameters" : "\(grouped(box.parameters)) parameters"
    let operations = NodeQuantity.Unit.multiplyAccumulates.text(Double(box.multiplyAccumulates))
    let names = box.nodes.map { graph[$0].name }
    let tooltip =
      [
        box.name, "\(layers): \(names[0]) to \(names[names.count - 1])", shapes, parameters,
        "\(grouped(box.multiplyAccumulates)) multiply-accumulates",
        box.isTrainingOnly ? "for training only" : nil,
      ].compactMap { $0 } + valueLines(of: box, isShort: false)
    return DrawnNode(
      style: "block", level: level(of: box), name: box.name, remark: layers,
      lines: ["→ \(shapes)", "\(parameters) · \(operations)"]
        + (quantity?.unit == .multiplyAccumulates && box.value != nil
          ? ["\(percentage(box.value ?? 0, of: total)) of all"] : valueLines(of: box)),
      tooltip: tooltip.joined(separator: "\n"), isTrainingOnly: box.isTrainingOnly, edgeLabel: shapes)
  }

  /// What a layer has to learn and to compute, where it has anything; MACs that are the quantity are said with their share.
  private func costLine(of box: Box) -> [String] {
    let isSaid = quantity?.unit == .multiplyAccumulates && box.value != nil
    let parts = [
      box.parameters == 0 ? nil : "\(grouped(box.parameters)) parameters",
      box.multiplyAccumulates == 0 || isSaid
        ? nil : NodeQuantity.Unit.multiplyAccumulates.text(Double(box.multiplyAccumulates)),
    ].compactMap { $0 }
    return parts.isEmpty ? [] : [parts.joined(separator: " · ")]
  }

  private func level(of box: Box) -> Int? {
    box.value.map { CostColour.level($0, maximum: maximum) }
  }

  /// The number of a box with its share of all, and the layers outside whose work it has; or where its work is counted.
  private func valueLines(of box: Box, isShort: Bool = true) -> [String] {
    guard let quantity else { return [] }
    guard let value = box.value else { return box.isCoveredBy.map { ["counted in \($0)"] } ?? [] }
    var lines = ["\(quantity.unit.text(value)) · \(percentage(value, of: total))"]
    guard !box.covers.isEmpty else { return lines }
    // Names that begin like the box's need not be said again.
    let prefix = box.name.lastIndex { $0 == "." || $0 == "/" }.map { String(box.name[...$0]) } ?? ""
    let names = box.covers.map {
      isShort && !prefix.isEmpty && $0.hasPrefix(prefix) ? "…\($0.dropFirst(prefix.count))" : $0
    }
    lines.append("with \(names.joined(separator: ", "))")
    return lines
  }
}

/// `138,357,544`
func grouped(_ number: Int) -> String {
  var text = ""
  let digits = String(number)
  for (offset, digit) in digits.enumerated() {
    if offset > 0, (digits.count - offset) % 3 == 0 { text += "," }
    text.append(digit)
  }
  return text
}
