import ZooKit

/// The card of a file of weights: what it holds and what it says about itself.
struct CheckpointReport {
  let checkpoint: Checkpoint

  /// Names and values, the most important first.
  var facts: [(String, String)] {
    var facts: [(String, String)] = []
    if let archive = checkpoint.archive { facts.append(("content", "\(archive.contentIdentifier)")) }
    facts.append(("tensors", "\(checkpoint.entries.count), \(NumberFormat.grouped(elements)) numbers"))
    let types = checkpoint.elementTypes.map(\.rawValue).joined(separator: ", ")
    var size = NumberFormat.bytes(checkpoint.byteCount) + (types.isEmpty ? "" : " in \(types)")
    if let archive = checkpoint.archive, checkpoint.byteCount > 0 {
      let ratio = Double(archive.fileSize) / Double(checkpoint.byteCount)
      size += ", \(NumberFormat.bytes(archive.fileSize)) in the file (\(NumberFormat.fixed(ratio, 3)))"
    }
    facts.append(("size", size))
    for (number, key) in checkpoint.metadata.keys.sorted().enumerated() {
      let text = "\(key) = \(MetadataText.short(checkpoint.metadata[key] ?? ""))"
      facts.append((number == 0 ? "metadata" : "", text))
    }
    if !checkpoint.skipped.isEmpty { facts.append(("left out", checkpoint.skipped.joined(separator: ", "))) }
    return facts
  }

  private var elements: Int { checkpoint.entries.reduce(0) { $0 + $1.shape.elementCount } }

  func print(withTensors: Bool) {
    let style = Style(1)
    Console.result("\(style.bold(checkpoint.reference)) - \(checkpoint.format)\n")
    let width = facts.map(\.0.count).max() ?? 0
    for (name, value) in facts { Console.result(style.dim(name.padded(to: width)) + "  " + value) }
    if withTensors {
      Console.result("")
      Self.table(of: checkpoint).print()
    }
    Console.result("")
    if checkpoint.metadata["zoo.definition"] != nil {
      Console.result("It carries its definition: zoo infer IMAGE -m \(checkpoint.reference)")
    }
    if !withTensors { Console.result("Next: zoo show \(checkpoint.reference) --tensors") }
  }

  /// One row per tensor, in the order of the file.
  static func table(of checkpoint: Checkpoint) -> TextTable {
    var columns: [TextTable.Column] = [
      .init("TENSOR", .left), .init("SHAPE", .left), .init("TYPE", .left, droppedAs: 2), .init("BYTES", .right),
    ]
    if checkpoint.archive != nil {
      columns += [.init("STORED BYTES", .right, droppedAs: 1), .init("RATIO", .right, droppedAs: 3)]
    }
    var table = TextTable(columns)
    for entry in checkpoint.entries {
      var cells: [TextTable.Cell] = [
        .text(entry.name), .text("\(entry.shape)"), .text(entry.elementType.rawValue), .count(entry.byteCount),
      ]
      if let archive = checkpoint.archive {
        let stored = archive.storedByteCount(of: entry.name) ?? 0
        let ratio = entry.byteCount > 0 ? NumberFormat.fixed(Double(stored) / Double(entry.byteCount), 3) : ""
        cells += [.count(stored), .text(ratio)]
      }
      table.append(cells)
    }
    return table
  }

  /// `zoo.checkpoint/1`
  struct Answer: Encodable {
    var schema = "zoo.checkpoint/1"
    var file: String
    var format: String
    var content: String?
    var fileBytes: Int?
    var bytes: Int
    var metadata: [String: String]
    var skipped: [String]
    var tensors: [Tensor]

    struct Tensor: Encodable {
      var name: String
      var shape: [Int]
      var dtype: String
      var bytes: Int
      var storedBytes: Int?
    }

    init(_ checkpoint: Checkpoint) {
      file = checkpoint.reference
      format = checkpoint.format.description
      content = checkpoint.archive?.contentIdentifier.description
      fileBytes = checkpoint.archive?.fileSize
      bytes = checkpoint.byteCount
      metadata = checkpoint.metadata
      skipped = checkpoint.skipped
      tensors = checkpoint.entries.map { entry in
        Tensor(
          name: entry.name, shape: entry.shape.dimensions, dtype: entry.elementType.rawValue, bytes: entry.byteCount,
          storedBytes: checkpoint.archive?.storedByteCount(of: entry.name))
      }
    }
  }
}

extension Checkpoint {
  /// The types of the tensors, each once.
  var elementTypes: [ElementType] {
    let types = Set(entries.map(\.elementType))
    return ElementType.allCases.filter(types.contains)
  }
}
