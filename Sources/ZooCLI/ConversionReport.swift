import ZooKit

/// What `convert-fc` did, for people and for programs.
struct ConversionReport {
  private let model: String
  private let files: ConversionFiles
  private let difference: Double?

  /// `difference`: what the check found.
  init(_ model: String, _ files: ConversionFiles, difference: Double?) {
    self.model = model
    self.files = files
    self.difference = difference
  }

  /// A row for each layer that changed.
  var table: TextTable {
    var table = TextTable([("LAYER", .left), ("WAS", .left), ("IS", .left), ("READS", .left), ("WEIGHT", .left)])
    for change in files.changes {
      let slides = change.to.map { "\($0.kind) \($0.attributesText)" }
      let weight = change.weight
      table.append([
        change.node.name,
        files.isRestored ? slides ?? "left out" : change.from.kind.name,
        files.isRestored ? change.from.kind.name : slides ?? "nothing: it changes no number", "\(change.map)",
        weight.map { files.isRestored ? "\($0.to) seen as \($0.from)" : "\($0.from) seen as \($0.to)" } ?? "",
      ])
    }
    return table
  }

  var lines: [String] {
    var lines = table.lines + ["", "native input     \(files.nativeInput)"]
    if let field = files.receptiveField, !files.isRestored {
      lines.append("one score per    \(field.stride) pixels")
      lines.append("each looks at    \(field.size) pixels, padding included")
    }
    if let difference {
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
      restored = report.files.isRestored
      definition = report.files.definitionPath
      weights = report.files.archivePath
      nativeInput = report.files.nativeInput.dimensions
      let field = report.files.receptiveField
      outputStride = field.map { [$0.stride.height, $0.stride.width] }
      receptiveField = field.map { [$0.size.height, $0.size.width] }
      changed = report.files.changes.map(\.node.name)
      difference = report.difference
    }
  }
}
