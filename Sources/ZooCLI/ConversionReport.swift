import ZooKit

/// What `convert-fc` did, for people and for programs.
struct ConversionReport {
  /// The files that were written, and what the check found.
  struct Written {
    var definition: String
    var weights: String?
    var difference: Double?
  }

  let model: String
  let changes: [FullyConnectedToConvolution.Change]
  /// Whether convolutions became fully connected layers again.
  let isRestored: Bool
  let nativeInput: Shape
  let receptiveField: ReceptiveField?
  let written: Written

  init(
    model: String, changes: [FullyConnectedToConvolution.Change], isRestored: Bool, nativeInput: Shape,
    receptiveField: ReceptiveField?, _ written: Written
  ) {
    self.model = model
    self.changes = changes
    self.isRestored = isRestored
    self.nativeInput = nativeInput
    self.receptiveField = receptiveField
    self.written = written
  }

  var lines: [String] {
    var table = TextTable([("LAYER", .left), ("WAS", .left), ("IS", .left), ("READS", .left), ("WEIGHT", .left)])
    for change in changes {
      let slides = change.to.map { "\($0.kind) \($0.attributesText)" }
      let weight = change.weight
      table.append([
        change.node.name,
        isRestored ? slides ?? "left out" : change.from.kind.name,
        isRestored ? change.from.kind.name : slides ?? "nothing: it changes no number", "\(change.map)",
        weight.map { isRestored ? "\($0.to) seen as \($0.from)" : "\($0.from) seen as \($0.to)" } ?? "",
      ])
    }
    var lines = table.lines + ["", "native input     \(nativeInput)"]
    if let field = receptiveField, !isRestored {
      lines.append("one score per    \(field.stride) pixels")
      lines.append("each looks at    \(field.size) pixels, padding included")
    }
    if let difference = written.difference {
      let text = NumberFormat.scientific(difference)
      lines.append("check            at the native size the logits differ by at most \(text) of the largest")
    }
    return lines
  }

  var answer: Answer { Answer(self) }

  struct Answer: Encodable {
    var schema = "zoo.convert-fc/1"
    var model: String
    var restored: Bool
    var definition: String
    var weights: String?
    var nativeInput: [Int]
    var outputStride: [Int]?
    var receptiveField: [Int]?
    var changed: [String]
    var difference: Double?

    init(_ report: ConversionReport) {
      model = report.model
      restored = report.isRestored
      definition = report.written.definition
      weights = report.written.weights
      nativeInput = report.nativeInput.dimensions
      let field = report.receptiveField
      outputStride = field.map { [$0.stride.height, $0.stride.width] }
      receptiveField = field.map { [$0.size.height, $0.size.width] }
      changed = report.changes.map(\.node.name)
      difference = report.written.difference
    }
  }
}
