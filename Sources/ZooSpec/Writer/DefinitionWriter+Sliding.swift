import ZooGraph
import ZooTensor

extension DefinitionWriter {
  /// What the network was, one layer per line as under `layers`. `input`: the name of the graph's input, which is
  /// called `input` in a definition.
  func slidingLines(_ sliding: Card.Sliding, input: String) throws(Failure) -> [String] {
    let record = sliding.record
    let field = record.receptiveField
    func reference(_ name: String) -> String { name == input ? "input" : name }
    var lines = ["of: \(scalar(record.name))"]
    if let title = sliding.title { lines.append("title: \(quoted(title))") }
    lines += [
      "native_input: \(record.nativeInput.dimensions)",
      "stride: [\(field.stride.height), \(field.stride.width)]",
      "receptive_field: {size: [\(field.size.height), \(field.size.width)], start: [\(field.start.row), \(field.start.column)]}",
    ]
    lines += try totalsLines(sliding.expected, sliding.weights)
    lines.append("after: \(scalar(reference(record.lastShared)))")
    if !record.layers.isEmpty { lines.append("layers:") }
    var before = reference(record.lastShared)
    for var layer in record.layers {
      layer.inputs = layer.inputs.map(reference)
      lines.append("  - " + (try line(for: layer, before: before)))
      if !layer.isTrainingOnly { before = layer.name }
    }
    if !record.outputs.isEmpty { lines.append("outputs:") }
    for output in record.outputs {
      let shown = Output(name: output.name, role: output.role, value: NodeID(index: 0), lossWeight: output.lossWeight)
      lines.append("  " + line(for: shown, from: reference(output.value)))
    }
    return ["sliding:"] + lines.map { "  " + $0 }
  }
}
