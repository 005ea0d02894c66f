import ZooKit

/// Where two networks begin to differ, as text.
struct ActivationReport {
  private(set) var lines: [String] = []
  private static let maximumRows = 20

  init(_ comparison: ActivationComparison, _ first: String, _ second: String, isComplete: Bool) {
    let source =
      switch comparison.source {
      case .recorded(let path): "the values of its own framework, from \(path)"
      case .interpreter: "computed by zoo, in double precision"
      }
    lines.append("A  \(first): \(source)")
    lines.append("B  \(second): computed by zoo, in double precision, with \(comparison.weights)")
    lines.append("")
    let tolerance = NumberFormat.scientific(comparison.tolerance)
    let count = comparison.layers.count
    let different = comparison.layers.filter(\.differs).count
    if let layer = comparison.firstDifference {
      let place = comparison.layers.firstIndex { $0.differs } ?? 0
      lines.append(
        "the first of \(count) layers that differs, after \(place) that \(place == 1 ? "agrees" : "agree") within \(tolerance):"
      )
      append(layer, comparison)
      if count > place + 1 {
        lines.append("of the \(Self.layers(count - place - 1)) after it, \(different - 1) differ, too")
      }
    } else if count > 0 {
      let largest = comparison.layers.max { $0.relative < $1.relative }
      let most =
        largest.map { $0.relative > 0 ? "; most in \($0.second.name), by \(NumberFormat.scientific($0.relative))" : "" }
        ?? ""
      lines.append(
        "\(comparison.parting == nil ? "the same" : "so far the same"): \(Self.layers(count)) \(count == 1 ? "agrees" : "agree") within \(tolerance) of their largest number\(most)"
      )
    }
    if let parting = comparison.parting {
      lines.append("")
      lines.append("the networks are not the same; the layers after this have not been compared:")
      lines.append("  A  \(parting.first.map(Self.text) ?? "has no layer more")")
      lines.append("  B  \(parting.second.map(Self.text) ?? "has no layer more")")
    }
    if comparison.unrecorded > 0 {
      lines.append("not compared, as the file has no value of A's for them: \(Self.layers(comparison.unrecorded))")
    }
    let edited = comparison.layers.filter { !$0.attributes.isEmpty && !$0.differs }
    if !edited.isEmpty {
      lines += ["", "other attributes, though the values agree:"]
      lines += edited.prefix(isComplete ? edited.count : Self.maximumRows).map {
        "  \($0.second.description): \(Self.text($0.attributes))"
      }
    }
    if isComplete { lines += [""] + Self.table(of: comparison.layers).lines }
  }

  private mutating func append(_ layer: ActivationComparison.Layer, _ comparison: ActivationComparison) {
    lines.append("  A  \(Self.text(layer.first))")
    lines.append("  B  \(Self.text(layer.second))")
    if let numbers = layer.numbers, let indices = layer.indices {
      lines.append(
        "  they differ by at most \(NumberFormat.score(layer.difference)), \(NumberFormat.scientific(layer.relative)) of A's largest number, at \(indices): \(NumberFormat.score(numbers.first)) in A, \(NumberFormat.score(numbers.second)) in B"
      )
    } else {
      lines.append("  the shapes differ")
    }
    if !layer.attributes.isEmpty { lines.append("  attributes: \(Self.text(layer.attributes))") }
    for tensor in comparison.weightDifferences {
      let what =
        tensor.shapes[0] == tensor.shapes[1]
        ? "\(NumberFormat.grouped(tensor.count)) of \(NumberFormat.grouped(tensor.shapes[0].elementCount)) numbers differ, by at most \(NumberFormat.score(tensor.difference))\(tensor.indices.map { " at \($0)" } ?? "")"
        : "\(tensor.shapes[0]) in A, \(tensor.shapes[1]) in B"
      lines.append("  weights: \(tensor.name): \(what)")
    }
    if layer.isFolded {
      lines.append("  one of them has a batch norm here, which the other has in the numbers of the layer before it")
    } else if layer.attributes.isEmpty, comparison.weightDifferences.isEmpty, layer.first.shape == layer.second.shape {
      lines.append("  its attributes and weights are the same in A; what is compared before it agrees")
    }
  }

  private static func layers(_ count: Int) -> String { "\(count) \(count == 1 ? "layer" : "layers")" }

  private static func text(_ place: ActivationComparison.Place) -> String {
    let file = place.node.map { node in "node \(node)\(place.value.map { $0 == node ? "" : ", value \($0)" } ?? "")" }
    let layer = place.origin == nil && file != nil ? "" : place.description
    return [file ?? "", layer, "(\(place.operation), \(place.shape))"].filter { !$0.isEmpty }.joined(separator: " ")
  }

  private static func text(_ attributes: [ActivationComparison.Attribute]) -> String {
    attributes.map { "\($0.name) \($0.first) in A, \($0.second) in B" }.joined(separator: "; ")
  }

  static func table(of layers: [ActivationComparison.Layer]) -> TextTable {
    var table = TextTable([
      .init("NODE", .left), .init("LAYER", .left), .init("LINE", .right, droppedAs: 3),
      .init("SHAPE", .left, droppedAs: 2), .init("RELATIVE", .right), .init("MAXIMUM", .right, droppedAs: 1),
      .init("AT", .left, droppedAs: 4), .init("DIFFERS", .left),
    ])
    for layer in layers {
      func number(_ value: Double) -> TextTable.Cell {
        value > 0 ? .init(NumberFormat.scientific(value), plain: "\(value)") : "0"
      }
      table.append([
        .text(layer.first.node ?? layer.first.name), .text(layer.second.name),
        .text(layer.second.origin.map { "\($0.line)" } ?? ""), .text("\(layer.second.shape)"), number(layer.relative),
        number(layer.difference), .text(layer.indices.map { "\($0)" } ?? ""), layer.differs ? "yes" : "no",
      ])
    }
    return table
  }
}

/// The same in JSON: `zoo.activations/1`.
struct ActivationAnswer: Encodable {
  var schema = "zoo.activations/1"
  var first: String
  var second: String
  var same: Bool
  /// `recorded` by the first network's own framework, or computed by the `interpreter`.
  var source: String
  /// The file with the recorded values.
  var values: String?
  var weights: String
  var images: Int
  var tolerance: Double
  var firstDifference: Layer?
  /// The tensors of the first layer that differs, where they do.
  var weightDifferences: [Weights]
  var parting: Parting?
  var unrecorded: Int
  var layers: [Layer]

  struct Place: Encodable {
    var name: String
    var operation: String
    var shape: [Int]
    var node: String?
    var value: String?
    var file: String?
    var line: Int?
    var column: Int?

    init(_ place: ActivationComparison.Place) {
      name = place.name
      operation = place.operation
      shape = place.shape.dimensions
      node = place.node
      value = place.value
      file = place.origin?.file
      line = place.origin?.line
      column = place.origin?.column
    }
  }

  struct Layer: Encodable {
    var first: Place
    var second: Place
    var differs: Bool
    /// Left out where they are not finite, as with other shapes.
    var maximum: Double?
    var relative: Double?
    var at: [Int]?
    /// The numbers there, of each network.
    var numbers: [Float?]?
    var attributes: [Attribute]
    /// Whether one network has a batch norm here that the other has in the layer before it.
    var folded: Bool

    init(_ layer: ActivationComparison.Layer) {
      first = Place(layer.first)
      second = Place(layer.second)
      differs = layer.differs
      maximum = layer.difference.isFinite ? layer.difference : nil
      relative = layer.relative.isFinite ? layer.relative : nil
      at = layer.indices
      numbers = layer.numbers.map { [$0.first, $0.second].map { $0.isFinite ? $0 : nil } }
      folded = layer.isFolded
      attributes = layer.attributes.map { Attribute(name: $0.name, first: $0.first, second: $0.second) }
    }
  }

  struct Attribute: Encodable {
    var name: String
    var first: String
    var second: String
  }

  struct Weights: Encodable {
    var name: String
    var shape: [[Int]]
    var differing: Int
    var maximum: Double?
    var at: [Int]?
  }

  struct Parting: Encodable {
    var first: Place?
    var second: Place?
  }

  init(_ comparison: ActivationComparison, _ first: String, _ second: String) {
    self.first = first
    self.second = second
    same = comparison.isSame
    switch comparison.source {
    case .recorded(let path): (source, values) = ("recorded", path)
    case .interpreter: source = "interpreter"
    }
    weights = comparison.weights
    images = comparison.images
    tolerance = comparison.tolerance
    firstDifference = comparison.firstDifference.map(Layer.init)
    weightDifferences = comparison.weightDifferences.map {
      Weights(
        name: $0.name, shape: $0.shapes.map(\.dimensions), differing: $0.count,
        maximum: $0.difference.isFinite ? $0.difference : nil, at: $0.indices)
    }
    parting = comparison.parting.map { Parting(first: $0.first.map(Place.init), second: $0.second.map(Place.init)) }
    unrecorded = comparison.unrecorded
    layers = comparison.layers.map(Layer.init)
  }
}
