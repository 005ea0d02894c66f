/// What is asked of every picture of a run that is done in parts.
public enum WorkTask: Hashable, Sendable {
  /// The likeliest classes, as many as `top`.
  case infer(top: Int)
  /// What a layer answers, by its path in the definition; `nil` for what the last layer reads.
  case features(layer: String?)
  /// Whether the class is right, of data whose classes are known.
  case eval

  /// The name by which a user asks for it.
  public enum Name: String, Codable, Hashable, Sendable, CaseIterable {
    case infer
    case features
    case eval

    /// The forms in which its rows can be written, the usual one first.
    public var formats: [WorkFormat] {
      switch self {
      case .infer, .eval: [.jsonl, .csv]
      case .features: [.npy]
      }
    }
  }

  /// The task without what is particular to this one.
  public var name: Name {
    switch self {
    case .infer: .infer
    case .features: .features
    case .eval: .eval
    }
  }
}

/// In which form the rows of a run are written.
public enum WorkFormat: String, Codable, Hashable, Sendable, CaseIterable {
  /// A JSON object in a line for each picture.
  case jsonl
  /// Values separated by commas as RFC 4180 says, with a line of titles.
  case csv
  /// A matrix of float32, with the names of the pictures beside it.
  case npy

  /// What is in a part, one behind the other, and the ending of the merged file of each.
  var streams: [(name: String, ending: String)] {
    switch self {
    case .jsonl: [("rows", ".jsonl")]
    case .csv: [("rows", ".csv")]
    case .npy: [("codes", ".npy"), ("keys", ".keys.txt"), ("errors", ".errors.jsonl")]
    }
  }
}
