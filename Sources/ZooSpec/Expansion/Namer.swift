/// Gives every layer and group its path.
///
/// A group's name prefixes its layers'. In a `sequential`, layers without a name are numbered as PyTorch's
/// `nn.Sequential` numbers them, named ones counting too; elsewhere a layer without weights is named after its
/// operation.
struct Namer {
  static let maximumPathLength = 512

  var diagnostics: [Diagnostic] = []
  private var places: [String: SourceRange] = [:]

  /// Sets the item's path. A complaint about it breaks the item.
  mutating func name(_ item: inout ExpandedItem, in group: Group, _ trace: UseTrace) {
    if item.isSkipped {
      item.localName = item.name?.value
      item.path = item.name.map { group.prefix + $0.value }
      return
    }
    if item.isSpliced { return }
    guard let local = localName(item, group.numbering, trace) else {
      item.body = .broken
      return
    }
    let path = group.prefix + local
    item.localName = local
    item.path = path
    if !isFree(path, for: item, trace) { item.body = .broken }
  }

  private mutating func localName(_ item: ExpandedItem, _ numbering: Numbering, _ trace: UseTrace) -> String? {
    let number = numbering.nextNumber()
    if let name = item.name {
      guard name.value != "input" else {
        report(name.diagnostic(.nameReserved(name.value)), trace)
        return nil
      }
      return name.value
    }
    if numbering.isSequential { return "\(number)" }
    let word = item.syntax.word
    switch item.syntax.body {
    case .operation(let kind, _) where !kind.hasWeights: return numbering.automaticName(word.value)
    case .operation, .sequential, .use:
      report(word.diagnostic(.nameNeeded(operation: word.value)), trace)
      return nil
    }
  }

  private mutating func isFree(_ path: String, for item: ExpandedItem, _ trace: UseTrace) -> Bool {
    let site = item.name ?? item.syntax.word
    guard path.utf8.count <= Self.maximumPathLength else {
      report(site.diagnostic(.pathTooLong(limit: Self.maximumPathLength)), trace)
      return false
    }
    guard let first = places.updateValue(site.site, forKey: path) else { return true }
    places[path] = first
    var diagnostic = site.diagnostic(.pathTaken(path))
    if first != site.site { diagnostic.notes.append(Diagnostic.Note(range: first, fact: .pathTaken(path))) }
    report(diagnostic, trace)
    return false
  }

  private mutating func report(_ diagnostic: Diagnostic, _ trace: UseTrace) {
    var diagnostic = diagnostic
    diagnostic.notes += trace.notes
    diagnostics.append(diagnostic)
  }
}
