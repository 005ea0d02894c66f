/// The names of the classes, in the order of the network's outputs.
public struct Labels: Sendable, Hashable {
  /// The name of a class.
  public struct Label: Sendable, Hashable {
    /// The class's name, such as `tabby`.
    public var name: String
    /// The WordNet identifier, such as `n02123045`, where the label set has them.
    public var wordNetID: String?
  }

  /// In the order of the network's outputs.
  public let labels: [Label]

  /// Labels in the order of the network's outputs.
  public init(_ labels: [Label]) {
    self.labels = labels
  }

  /// Reads one label per line: `name`, or `wnid TAB name`; a byte order mark before the first is left out.
  public init(text: String) {
    let (tab, ends) = (UInt8(ascii: "\t"), [UInt8(ascii: "\n"), UInt8(ascii: "\r")])
    let text = text.unicodeScalars.first == "\u{FEFF}" ? text.unicodeScalars.dropFirst() : text.unicodeScalars[...]
    labels = Substring(text).utf8.split { ends.contains($0) }.map { line in
      let parts = line.split(separator: tab, maxSplits: 1).map { String(Substring($0)) }
      return parts.count == 2
        ? Label(name: parts[1], wordNetID: parts[0]) : Label(name: String(Substring(line)), wordNetID: nil)
    }
  }

  /// The number of classes that have a name.
  public var count: Int { labels.count }

  /// The label of a class; `nil` where there is none of that index.
  public subscript(index: Int) -> Label? {
    labels.indices.contains(index) ? labels[index] : nil
  }

  /// One label per line, in the form that `init(text:)` reads.
  public var text: String {
    labels.map { label in label.wordNetID.map { "\($0)\t\(label.name)" } ?? label.name }.joined(separator: "\n")
  }
}
