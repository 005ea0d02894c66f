/// A complaint about a definition: where, what, and which other places have to do with it.
public struct Diagnostic: Hashable, Sendable {
  /// Where it is.
  public var range: SourceRange
  /// What is wrong, as data.
  public var fault: DefinitionFault
  /// Other places that have to do with it.
  public var notes: [Note]

  /// Another place that a complaint speaks of.
  public struct Note: Hashable, Sendable {
    /// Where it is.
    public var range: SourceRange
    /// Why it is shown.
    public var fact: Fact

    /// A place, and why it is shown.
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
    /// The complaint is about an alias; this is the text under the anchor.
    case writtenHere
    case pathTaken(String)
    case blockUsed(block: String, path: String)
    /// The attribute comes from `defaults`.
    case defaultGiven(attribute: String)
    case variant(of: String)
    case laterLayer(String)
    case parameterDeclared(String)
    case meanGiven
    case divisorGiven
  }

  /// A complaint about a stretch of the text, with other places that have to do with it.
  public init(range: SourceRange, fault: DefinitionFault, notes: [Note] = []) {
    self.range = range
    self.fault = fault
    self.notes = notes
  }

  /// A complaint about a text, made where an alias repeats it if one does.
  init(text range: SourceRange, alias: SourceRange?, fault: DefinitionFault) {
    self.init(range: alias ?? range, fault: fault)
    if alias != nil { notes.append(Note(range: range, fact: .writtenHere)) }
  }

  init(node: YAMLNode, fault: DefinitionFault) {
    self.init(text: node.range, alias: node.alias, fault: fault)
  }

  /// The text that the complaint is about: another place than `range` when an alias repeats it.
  var text: SourceRange { notes.first { $0.fact == .writtenHere }?.range ?? range }
}

/// All that is wrong with a definition, in the order of the text.
public struct DefinitionErrors: Error, Hashable, Sendable {
  /// Complaints beyond this number are counted, not kept.
  public static let maximumDiagnostics = 50

  /// At least one; all that were found in one reading.
  public let diagnostics: [Diagnostic]
  /// How many more there were.
  public let omitted: Int
  /// The files that the diagnostics speak of.
  public let sources: [SourceFile]

  /// Sorts the diagnostics by file and position, the first source first, and drops repetitions: what is said of a text
  /// is not said again where an alias repeats it.
  public init(_ diagnostics: [Diagnostic], sources: [SourceFile]) {
    var order: [String: Int] = [:]
    for (index, source) in sources.enumerated() where order[source.path] == nil { order[source.path] = index }
    func rank(_ diagnostic: Diagnostic) -> Int { order[diagnostic.range.file] ?? sources.count }
    let places = Set(diagnostics.map { Place(range: $0.range, fault: $0.fault) })
    var seen: Set<Place> = []
    let sorted = diagnostics.enumerated()
      .sorted {
        (rank($0.element), $0.element.range.start, $0.offset) < (rank($1.element), $1.element.range.start, $1.offset)
      }
      .map(\.element)
      .filter { $0.text == $0.range || !places.contains(Place(range: $0.text, fault: $0.fault)) }
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
