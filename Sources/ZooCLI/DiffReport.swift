import ZooKit

/// The differences of two checkpoints as text, the largest first.
struct DiffReport {
  private(set) var lines: [String] = []
  private static let maximumRows = 20

  init(
    _ difference: CheckpointDifference, _ first: Checkpoint, _ second: Checkpoint, tolerance: Double?, isComplete: Bool
  ) {
    lines.append("A  \(Self.summary(first))")
    lines.append("B  \(Self.summary(second))")
    lines.append("")
    let same = difference.common.filter { $0.isSame(within: tolerance) }.count
    let differing = difference.common.count - same
    lines.append(Self.verdict(difference, same: same, differing: differing, tolerance: tolerance))
    if let content = difference.sharedContent {
      lines.append("Both are archives of the content \(content), so no tensor was read; zoo verify rechecks the bytes")
    }
    appendTable(Self.sorted(difference.changed), isComplete: isComplete)
    appendEntries("only in A", difference.removed, isComplete: isComplete)
    appendEntries("only in B", difference.added, isComplete: isComplete)
    appendMetadata(difference.metadata)
  }

  private static func summary(_ checkpoint: Checkpoint) -> String {
    let count = checkpoint.entries.count
    return
      "\(checkpoint.reference) (\(checkpoint.format)), \(count) \(count == 1 ? "tensor" : "tensors"), \(NumberFormat.bytes(checkpoint.byteCount))"
  }

  private static func verdict(
    _ difference: CheckpointDifference, same: Int, differing: Int, tolerance: Double?
  ) -> String {
    let within = tolerance.map { " within \($0) of the largest magnitude" } ?? ""
    if difference.isSame(within: tolerance) {
      return "the same: \(same) \(same == 1 ? "tensor" : "tensors")\(within.isEmpty ? ", bit for bit" : within)"
    }
    var parts: [String] = []
    if differing > 0 {
      parts.append(
        "\(differing) of \(same + differing) tensors differ\(within.isEmpty ? "" : " by more than" + within.dropFirst(" within".count))"
      )
    }
    if !difference.removed.isEmpty { parts.append("\(difference.removed.count) only in A") }
    if !difference.added.isEmpty { parts.append("\(difference.added.count) only in B") }
    return parts.joined(separator: ", ")
  }

  /// Other shapes first, then numbers that cannot be compared, then by the relative difference.
  static func sorted(_ changed: [TensorDifference]) -> [TensorDifference] {
    func key(_ tensor: TensorDifference) -> (Int, Double) {
      guard let values = tensor.values else { return (tensor.first.shape == tensor.second.shape ? 3 : 0, 0) }
      return values.incomparable > 0 ? (1, -Double(values.incomparable)) : (2, -values.relative)
    }
    // Sorting keeps the order of equals.
    return changed.enumerated().sorted { left, right in
      let (first, second) = (key(left.element), key(right.element))
      return (first.0, first.1, left.offset) < (second.0, second.1, right.offset)
    }.map(\.element)
  }

  private mutating func appendTable(_ changed: [TensorDifference], isComplete: Bool) {
    guard !changed.isEmpty else { return }
    let rows = isComplete ? changed[...] : changed.prefix(Self.maximumRows)
    let table = Self.table(Array(rows))
    lines.append("")
    lines += table.lines
    if rows.count < changed.count { lines.append("and \(changed.count - rows.count) more; --all prints them") }
    lines.append("")
    lines.append("RELATIVE is the MAXIMUM difference over the largest magnitude in A's tensor; AT is where it is")
  }

  /// Every tensor that is not the same in both, those that only one has last: what `--plain` prints.
  static func table(of difference: CheckpointDifference) -> TextTable {
    var table = Self.table(sorted(difference.changed))
    for (entries, note) in [(difference.removed, "only in A"), (difference.added, "only in B")] {
      for entry in entries {
        table.append([entry.name, "\(entry.shape)", entry.elementType.rawValue, "", "", "", "", "", note])
      }
    }
    return table
  }

  private static func table(_ rows: [TensorDifference]) -> TextTable {
    var table = TextTable([
      .init("TENSOR", .left), .init("SHAPE", .left, droppedAs: 3), .init("TYPE", .left, droppedAs: 4),
      .init("DIFFERING", .right), .init("RELATIVE", .right), .init("MAXIMUM", .right, droppedAs: 1),
      .init("MEAN", .right, droppedAs: 5), .init("AT", .left, droppedAs: 6), .init("NOTE", .left, droppedAs: 2),
    ])
    for tensor in rows {
      let shape = change("\(tensor.first.shape)", "\(tensor.second.shape)")
      let type = change(tensor.first.elementType.rawValue, tensor.second.elementType.rawValue)
      guard let values = tensor.values else {
        table.append([tensor.name, shape, type, "", "", "", "", "", ""])
        continue
      }
      func difference(_ value: Double) -> TextTable.Cell {
        values.maximum > 0 ? .init(NumberFormat.scientific(value), plain: "\(value)") : ""
      }
      table.append([
        .text(tensor.name), .text(shape), .text(type), .count(values.differing), difference(values.relative),
        difference(values.maximum), difference(values.mean), .text(values.maximumPlace.map(\.description) ?? ""),
        .text(note(values)),
      ])
    }
    return table
  }

  private static func note(_ values: ValueDifference) -> String {
    var notes: [String] = []
    if values.incomparable > 0 { notes.append("\(NumberFormat.grouped(values.incomparable)) not finite on one side") }
    if values.firstNaNs > 0 || values.secondNaNs > 0 {
      notes.append("NaN: \(change("\(values.firstNaNs)", "\(values.secondNaNs)"))")
    }
    if values.sameNumberOtherBits > 0 {
      notes.append("\(NumberFormat.grouped(values.sameNumberOtherBits)) the same number in other bits")
    }
    return notes.joined(separator: ", ")
  }

  private static func change(_ first: String, _ second: String) -> String {
    first == second ? first : "\(first) → \(second)"
  }

  private mutating func appendEntries(_ title: String, _ entries: [Checkpoint.Entry], isComplete: Bool) {
    guard !entries.isEmpty else { return }
    lines += ["", "\(title):"]
    let rows = isComplete ? entries[...] : entries.prefix(Self.maximumRows)
    lines += rows.map { "  \($0.name)  \($0.elementType.rawValue) \($0.shape)" }
    if rows.count < entries.count { lines.append("  and \(entries.count - rows.count) more; --all prints them") }
  }

  private mutating func appendMetadata(_ metadata: [MetadataDifference]) {
    guard !metadata.isEmpty else { return }
    lines += ["", "metadata, which do not count:"]
    let width = metadata.map(\.key.count).max() ?? 0
    for pair in metadata {
      let (first, second) = (pair.first.map(MetadataText.short), pair.second.map(MetadataText.short))
      let text =
        switch (first, second) {
        case (let first?, nil): "only in A: \(first)"
        case (nil, let second?): "only in B: \(second)"
        case (let first?, let second?): first == second ? "other text of \(first)" : "\(first) → \(second)"
        case (nil, nil): ""
        }
      lines.append("  \(pair.key.padded(to: width))  \(text)")
    }
  }
}

/// Metadata for one line.
enum MetadataText {
  private static let maximumLength = 72

  /// The text itself when it is short, else how long it is.
  static func short(_ text: String) -> String {
    let isLine = !text.contains(where: \.isNewline) && text.count <= maximumLength
    return isLine ? text : "\(NumberFormat.grouped(text.utf8.count)) bytes of text"
  }
}
