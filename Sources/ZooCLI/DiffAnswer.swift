import ZooKit

/// The differences of two checkpoints in JSON: `zoo.diff/1`.
struct DiffAnswer: Encodable {
  var schema = "zoo.diff/1"
  var first: String
  var second: String
  var same: Bool
  var tolerance: Double?
  /// The content identifier, when both archives have the same one and nothing was read.
  var content: String?
  /// How many tensors both have.
  var compared: Int
  /// Those that are not the same bit for bit, largest difference first.
  var changed: [Changed]
  var removed: [Entry]
  var added: [Entry]
  var metadata: [Metadata]

  struct Entry: Encodable {
    var name: String
    var shape: [Int]
    var dtype: String
  }

  struct Changed: Encodable {
    var name: String
    /// Of the first and of the second.
    var shape: [[Int]]
    var dtype: [String]
    /// Whether it counts as the same within the tolerance.
    var same: Bool
    var values: Values?
  }

  struct Values: Encodable {
    var elements: Int
    var differing: Int
    var sameNumberOtherBits: Int
    var incomparable: Int
    var maximum: Double
    var mean: Double
    /// Left out where the first tensor is zero everywhere.
    var relative: Double?
    var at: [Int]?
    var largestMagnitude: Double
    var nan: [Int]
  }

  struct Metadata: Encodable {
    var key: String
    var first: String?
    var second: String?
  }

  init(_ difference: CheckpointDifference, _ first: String, _ second: String, tolerance: Double?) {
    self.first = first
    self.second = second
    same = difference.isSame(within: tolerance)
    self.tolerance = tolerance
    content = difference.sharedContent?.description
    compared = difference.common.count
    changed = DiffReport.sorted(difference.changed).map { tensor in
      Changed(
        name: tensor.name, shape: [tensor.first.shape.dimensions, tensor.second.shape.dimensions],
        dtype: [tensor.first.elementType.rawValue, tensor.second.elementType.rawValue],
        same: tensor.isSame(within: tolerance), values: tensor.values.map(Values.init))
    }
    removed = difference.removed.map(Entry.init)
    added = difference.added.map(Entry.init)
    metadata = difference.metadata.map {
      Metadata(key: $0.key, first: $0.first.map(MetadataText.short), second: $0.second.map(MetadataText.short))
    }
  }
}

extension DiffAnswer.Entry {
  init(_ entry: Checkpoint.Entry) {
    self.init(name: entry.name, shape: entry.shape.dimensions, dtype: entry.elementType.rawValue)
  }
}

extension DiffAnswer.Values {
  init(_ values: ValueDifference) {
    self.init(
      elements: values.elements, differing: values.differing, sameNumberOtherBits: values.sameNumberOtherBits,
      incomparable: values.incomparable, maximum: values.maximum, mean: values.mean,
      relative: values.relative.isFinite ? values.relative : nil, at: values.maximumPlace?.indices,
      largestMagnitude: values.largestMagnitude, nan: [values.firstNaNs, values.secondNaNs])
  }
}
