/// The elements of a repeated field of integers, where they lie in the file. Each takes one to ten bytes.
struct ProtobufVarints: Hashable, Sendable {
  private struct Run: Hashable, Sendable {
    var range: Range<Int>
    /// Whether a tag comes before each, so that the run is a message of this field alone.
    let isTagged: Bool
  }

  private(set) var count = 0
  private var runs: [Run] = []

  /// `reader`: the message that the field is in.
  mutating func append(_ field: ProtobufField, of reader: ProtobufReader) throws(WeightsProblem) {
    if field.type == .varint {
      count += 1
      if let last = runs.last, last.isTagged, last.range.upperBound == field.start {
        runs[runs.count - 1].range = last.range.lowerBound..<field.payload.upperBound
        return
      }
      try append(Run(range: field.start..<field.payload.upperBound, isTagged: true), field)
    } else {
      var numbers = reader.varints(in: try field.bytes())
      while numbers.position < numbers.end {
        _ = try numbers.varint()
        count += 1
      }
      if !field.payload.isEmpty { try append(Run(range: field.payload, isTagged: false), field) }
    }
  }

  private mutating func append(_ run: Run, _ field: ProtobufField) throws(WeightsProblem) {
    guard runs.count < ProtobufNumbers.maximumRuns else {
      throw .protobuf(.scattered(limit: ProtobufNumbers.maximumRuns, offset: field.start))
    }
    runs.append(run)
  }

  /// Calls `body` with the integers in their order.
  func forEach(in file: InputFile, _ body: (Int) throws(WeightsProblem) -> Void) throws(WeightsProblem) {
    let reader = ProtobufReader(file)
    for run in runs {
      var part = reader.varints(in: run.range)
      while part.position < part.end {
        if run.isTagged { _ = try part.varint() }
        try body(Int(truncatingIfNeeded: try part.varint()))
      }
    }
  }
}
