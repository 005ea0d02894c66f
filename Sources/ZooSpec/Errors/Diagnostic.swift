/// A complaint about a definition: where, what, and which other places have to do with it.
public struct Diagnostic: Hashable, Sendable {
  public var range: SourceRange
  public var fault: DefinitionFault
  public var notes: [Note]

  /// Another place that a complaint speaks of.
  public struct Note: Hashable, Sendable {
    public var range: SourceRange
    public var fact: Fact

    public init(range: SourceRange, fact: Fact) {
      self.range = range
      self.fact = fact
    }
  }

  /// What the other place has to do with the complaint.
  public enum Fact: Hashable, Sendable {
    /// libyaml's words for what it was reading.
    case syntaxContext(String)
    case firstWritten(key: String)
    /// The text stands under an anchor, and this is where an alias repeats it.
    case repeatedHere
    case pathTaken(String)
    case blockUsed(block: String, path: String)
    /// The attribute comes from `defaults`.
    case defaultGiven(attribute: String)
    case variant(of: String)
    case laterLayer(String)
    case parameterDeclared(String)
  }

  public init(range: SourceRange, fault: DefinitionFault, notes: [Note] = []) {
    self.range = range
    self.fault = fault
    self.notes = notes
  }

  /// A complaint about a node, with the place of the alias that repeats it.
  init(node: YAMLNode, fault: DefinitionFault) {
    self.init(range: node.range, fault: fault)
    if let alias = node.alias { notes.append(Note(range: alias, fact: .repeatedHere)) }
  }
}

/// All that is wrong with a definition, in the order of the text.
public struct DefinitionErrors: Error, Hashable, Sendable {
  /// Complaints beyond this number are counted, not kept.
  public static let maximumDiagnostics = 50

  public let diagnostics: [Diagnostic]
  /// How many more there were.
  public let omitted: Int
  /// The files that the diagnostics speak of.
  public let sources: [SourceFile]

  /// Sorts the diagnostics by file and position, the first source first, and drops repetitions.
  public init(_ diagnostics: [Diagnostic], sources: [SourceFile]) {
    var order: [String: Int] = [:]
    for (index, source) in sources.enumerated() where order[source.path] == nil { order[source.path] = index }
    func rank(_ diagnostic: Diagnostic) -> Int { order[diagnostic.range.file] ?? sources.count }
    var seen: Set<Place> = []
    let sorted = diagnostics.enumerated()
      .sorted {
        (rank($0.element), $0.element.range.start, $0.offset) < (rank($1.element), $1.element.range.start, $1.offset)
      }
      .map(\.element)
      .filter { seen.insert(Place(range: $0.range, fault: $0.fault)).inserted }
    self.diagnostics = Array(sorted.prefix(Self.maximumDiagnostics))
    omitted = sorted.count - self.diagnostics.count
    self.sources = sources
  }

  private struct Place: Hashable {
    var range: SourceRange
    var fault: DefinitionFault
  }
}
