import ZooGraph

/// A layer or a group after parameters, conditions and repetitions have been worked out.
struct ExpandedItem: Sendable {
  enum Body: Sendable {
    case operation(Operation)
    /// A `sequential`, or the use of a block.
    case group
    /// Left out by `when`.
    case skipped
    /// Complained about: its value is unknown, and so is whatever reads it.
    case broken
  }

  var syntax: LayerSyntax
  var body: Body
  /// The name with its expressions worked out.
  var name: Located<String>?
  var from: [Located<String>]?
  /// Whether it is a later repetition and so reads the one before.
  var continuesRepetition = false
  /// The name in its scope, given by `Namer`.
  var localName: String?
  /// The full path, given by `Namer`.
  var path: String?

  var isSkipped: Bool { if case .skipped = body { true } else { false } }

  var isBroken: Bool { if case .broken = body { true } else { false } }

  /// Whether its name, if it is given one, could be worked out.
  var isNameKnown: Bool { syntax.name == nil || name != nil }

  /// Whether names that others read are unknown when it is broken: its own, those of a block's layers, or of repetitions.
  var leavesNamesUnknown: Bool {
    if case .use = syntax.body { return true }
    return !isNameKnown || syntax.repetition != nil
  }

  /// Whether the children belong to the group around: an unnamed use of a block.
  var isSpliced: Bool {
    if case .use = syntax.body { syntax.name == nil } else { false }
  }
}

/// The uses of blocks around a layer, outermost first.
struct UseTrace: Sendable {
  private var uses: [Diagnostic.Note] = []

  mutating func enter(block: String, path: String, at range: SourceRange) {
    uses.append(Diagnostic.Note(range: range, fact: .blockUsed(block: block, path: path)))
  }

  mutating func leave() {
    uses.removeLast()
  }

  /// The innermost use first, as a reader climbs up.
  var notes: [Diagnostic.Note] { uses.reversed() }
}
