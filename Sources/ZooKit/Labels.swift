/// The names of the classes, in the order of the network's outputs.
public struct Labels: Sendable, Hashable {
  public struct Label: Sendable, Hashable {
    /// The class's name, such as `tabby`.
    public var name: String
    /// The WordNet identifier, such as `n02123045`, where the label set has them.
    public var wordNetID: String?
  }

  public let labels: [Label]

  public init(_ labels: [Label]) {
    self.labels = labels
  }

  /// Reads one label per line: `name`, or `wnid TAB name`.
  public init(text: String) {
    labels = text.split(whereSeparator: \.isNewline).map { line in
      let parts = line.split(separator: "\t", maxSplits: 1)
      return parts.count == 2
        ? Label(name: String(parts[1]), wordNetID: String(parts[0])) : Label(name: String(line), wordNetID: nil)
    }
  }

  public var count: Int { labels.count }

  public subscript(index: Int) -> Label? {
    labels.indices.contains(index) ? labels[index] : nil
  }

  /// One label per line, in the form that `init(text:)` reads.
  public var text: String {
    labels.map { label in label.wordNetID.map { "\($0)\t\(label.name)" } ?? label.name }.joined(separator: "\n")
  }
}
