import ZooTensor

/// Why a network of another framework's is not imported.
public enum ImportError: Error, Hashable, Sendable {
  /// What zoo's graph cannot say, all of it at once, in the order of the file.
  case unsupported(file: String, [UnsupportedPart])
  /// The file contradicts itself, or says what cannot be computed: the place in the file, and the sentence.
  case invalid(file: String, place: String, reason: String)

  /// A part of a file that has no counterpart.
  public struct UnsupportedPart: Hashable, Sendable {
    /// Where it is in the file: a node's name, a layer's, or `line 12`.
    public var place: String
    /// The operator and what about it, such as `Resize with mode cubic`.
    public var what: String

    /// Nothing is checked.
    public init(place: String, what: String) {
      self.place = place
      self.what = what
    }
  }
}

extension ImportError: ZooFailure {
  /// A file that is not what it should be.
  public var category: FailureCategory { .badData }

  /// The file, then a line for each part.
  public var description: String {
    switch self {
    case .unsupported(let file, let parts):
      let lines = parts.map { "\n  \($0.place): \($0.what)" }.joined()
      return "\(file): zoo has nothing that computes the following:\(lines)"
    case .invalid(let file, let place, let reason):
      return "\(file): \(place): \(reason)"
    }
  }
}
