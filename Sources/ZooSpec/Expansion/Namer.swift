/// Gives every layer and group its path.
///
/// A group's name prefixes its layers'. In a `sequential`, layers without a name are numbered as PyTorch's
/// `nn.Sequential` numbers them, named ones counting too; elsewhere a layer without weights is named after its
/// operation.
struct Namer {
  static let maximumPathLength = 512

  var diagnostics: [Diagnostic] = []
  private var places: [String: SourceRange] = [:]
  private var trace = UseTrace()

  /// The naming of one group, shared with the blocks spliced into it.
  private struct Numbering {
    var isSequential: Bool
    var next = 0
    var taken: Set<String>
    var counts: [String: Int] = [:]

    /// `relu`, `relu_2`, `relu_3`…, whichever is free.
    mutating func automaticName(_ word: String) -> String {
      while true {
        let count = counts[word, default: 0] + 1
        counts[word] = count
        let name = count == 1 ? word : "\(word)_\(count)"
        if taken.insert(name).inserted { return name }
      }
    }
  }

  mutating func name(_ items: inout [ExpandedItem]) {
    name(&items, prefix: "", isSequential: false)
  }

  private mutating func name(_ items: inout [ExpandedItem], prefix: String, isSequential: Bool) {
    var numbering = Numbering(isSequential: isSequential, taken: explicitNames(items))
    name(&items, prefix: prefix, &numbering)
  }

  private func explicitNames(_ items: [ExpandedItem]) -> Set<String> {
    var names: Set<String> = ["input"]
    for item in items {
      if let name = item.name {
        names.insert(name.value)
      } else if case .block(_, let children) = item.body {
        names.formUnion(explicitNames(children))
      }
    }
    return names
  }

  private mutating func name(_ items: inout [ExpandedItem], prefix: String, _ numbering: inout Numbering) {
    for index in items.indices {
      let item = items[index]
      if case .skipped = item.body {
        items[index].localName = item.name?.value
        items[index].path = item.name.map { prefix + $0.value }
        continue
      }
      if item.isSpliced {
        guard case .block(let block, var children) = item.body else { continue }
        trace.enter(block: block, path: String(prefix.dropLast()), at: item.syntax.word.site)
        items[index].body = .broken
        name(&children, prefix: prefix, &numbering)
        items[index].body = .block(block, children)
        trace.leave()
        continue
      }
      guard let local = localName(item, &numbering) else {
        items[index].body = .broken
        continue
      }
      let path = prefix + local
      items[index].localName = local
      items[index].path = path
      guard isFree(path, for: item) else {
        items[index].body = .broken
        continue
      }
      switch item.body {
      case .operation, .skipped, .broken: break
      case .sequential(var children):
        items[index].body = .broken
        name(&children, prefix: path + ".", isSequential: true)
        items[index].body = .sequential(children)
      case .block(let block, var children):
        items[index].body = .broken
        trace.enter(block: block, path: path, at: item.syntax.word.site)
        name(&children, prefix: path + ".", isSequential: false)
        trace.leave()
        items[index].body = .block(block, children)
      }
    }
  }

  private mutating func localName(_ item: ExpandedItem, _ numbering: inout Numbering) -> String? {
    let number = numbering.next
    numbering.next += 1
    if let name = item.name {
      guard name.value != "input" else {
        report(name.diagnostic(.nameReserved(name.value)))
        return nil
      }
      return name.value
    }
    if numbering.isSequential { return "\(number)" }
    let word = item.syntax.word
    switch item.syntax.body {
    case .operation(let kind, _) where !kind.hasWeights: return numbering.automaticName(word.value)
    case .operation, .sequential, .use:
      report(word.diagnostic(.nameNeeded(operation: word.value)))
      return nil
    }
  }

  private mutating func isFree(_ path: String, for item: ExpandedItem) -> Bool {
    let site = item.name ?? item.syntax.word
    guard path.utf8.count <= Self.maximumPathLength else {
      report(site.diagnostic(.pathTooLong(limit: Self.maximumPathLength)))
      return false
    }
    guard let first = places.updateValue(site.site, forKey: path) else { return true }
    places[path] = first
    var diagnostic = site.diagnostic(.pathTaken(path))
    if first != site.site { diagnostic.notes.append(Diagnostic.Note(range: first, fact: .pathTaken(path))) }
    report(diagnostic)
    return false
  }

  private mutating func report(_ diagnostic: Diagnostic) {
    var diagnostic = diagnostic
    diagnostic.notes += trace.notes
    diagnostics.append(diagnostic)
  }
}
