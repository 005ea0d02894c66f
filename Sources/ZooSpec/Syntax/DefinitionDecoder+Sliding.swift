import ZooGraph
import ZooTensor

extension DefinitionDecoder {
  /// What a rewritten network was. The layers are worked out here, as they know no parameters and no blocks; whether they
  /// fit the network is for `Definition.graph()` to see.
  mutating func sliding(_ node: YAMLNode, marks: inout [String: SourceRange]) -> Card.Sliding? {
    let keys = [
      "of", "title", "native_input", "stride", "receptive_field", "expected", "weights", "after", "layers", "outputs",
    ]
    guard let fields = fields(of: node, subject: .key("sliding"), place: .key("sliding"), keys: keys) else {
      return nil
    }
    for key in keys {
      if let node = fields[key] { marks["sliding.\(key)"] = node.site }
    }
    let name = require("of", of: fields).flatMap { text($0, .key("of"), .modelName, where: \.isModelName) }
    let input = require("native_input", of: fields).flatMap { inputShape($0, key: "native_input") }
    let stride = require("stride", of: fields).flatMap { pixels($0, key: "stride") }
    let field = require("receptive_field", of: fields).flatMap { receptiveField($0) }
    let last = require("after", of: fields).flatMap { reference($0, .reference, key: "after") }
    let title = fields["title"].flatMap { text($0, .key("title")) }
    let expected = fields["expected"].map { self.expected($0, path: "sliding.expected", marks: &marks) }
    let weights = fields["weights"].map { self.weights($0, path: "sliding.weights", marks: &marks) }
    let layers = fields["layers"].map { recordedLayers($0, after: last?.value ?? "input", marks: &marks) } ?? []
    let outputs = fields["outputs"].map { self.outputs($0).map(SlidingRecord.Output.init) }
    guard let name, let input, let stride, let field, let last else { return nil }
    let record = SlidingRecord(
      name: name, nativeInput: input,
      receptiveField: ReceptiveField(size: field.size, stride: stride, start: field.start), lastShared: last.value,
      layers: layers, outputs: outputs ?? [])
    return Card.Sliding(record: record, title: title, expected: expected ?? Card.Expected(), weights: weights ?? [])
  }

  private mutating func pixels(_ node: YAMLNode, key: String) -> Extent? {
    guard let (height, width) = pair(node, key: key, .size, 1...maximumInteger) else { return nil }
    return Extent(height: height, width: width)
  }

  private mutating func receptiveField(_ node: YAMLNode) -> (size: Extent, start: ReceptiveField.Position)? {
    let key = "receptive_field"
    guard let fields = fields(of: node, subject: .key(key), place: .key(key), keys: ["size", "start"]) else {
      return nil
    }
    let size = require("size", of: fields).flatMap { pixels($0, key: "size") }
    let start = require("start", of: fields).flatMap {
      pair($0, key: "start", .position, -maximumInteger...maximumInteger)
    }
    guard let size, let start else { return nil }
    return (size, ReceptiveField.Position(row: start.0, column: start.1))
  }

  private mutating func pair(
    _ node: YAMLNode, key: String, _ expected: Expectation, _ range: ClosedRange<Int>
  ) -> (Int, Int)? {
    guard case .sequence(let items) = node.content, items.count == 2 else {
      report(node, .key(key), expected)
      return nil
    }
    guard let first = integer(items[0], .item(of: key), range), let second = integer(items[1], .item(of: key), range)
    else { return nil }
    return (first, second)
  }

  // MARK: Layers

  private mutating func recordedLayers(
    _ node: YAMLNode, after last: String, marks: inout [String: SourceRange]
  ) -> [SlidingRecord.Layer] {
    let syntax = layers(node)
    var network = NetworkSyntax()
    network.layers = syntax.filter { layer in
      if case .operation = layer.body { return true }
      diagnostics.append(layer.word.diagnostic(.recordedGroup(layer.word.value)))
      return false
    }
    var expander = Expander(network: network, environment: Environment(file: [:]))
    let items = expander.expandFlat()
    diagnostics += expander.diagnostics + expander.namer.diagnostics
    var result: [SlidingRecord.Layer] = []
    var before = last
    for item in items {
      guard case .operation(let operation) = item.body, let path = item.path else { continue }
      marks["sliding.layers.\(result.count)"] = item.syntax.word.site
      let isSide = item.syntax.isTrainingOnly
      result.append(
        SlidingRecord.Layer(
          name: path, operation: operation, inputs: item.from?.map(\.value) ?? [before], isTrainingOnly: isSide))
      if !isSide { before = path }
    }
    return result
  }
}

extension SlidingRecord.Output {
  fileprivate init(_ output: OutputSyntax) {
    self.init(
      name: output.name.value, role: output.knownRole, value: output.from.value, lossWeight: output.lossWeight)
  }
}
