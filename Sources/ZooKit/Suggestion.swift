import ZooSpec

/// Names that a person may have meant.
package enum Suggestion {
  /// Up to three candidates, nearest first: misspellings, then names that contain the word or are contained in it.
  package static func near(_ name: String, among candidates: [String]) -> [String] {
    let word = name.lowercased()
    // One letter in place of another is another word.
    let limit = word.count < 2 ? 0 : max(1, min(3, word.count / 3))
    let misspelt = candidates.map { ($0, word.editDistance(to: $0.lowercased())) }
      .filter { $0.1 <= limit }
      .sorted { ($0.1, $0.0) < ($1.1, $1.0) }
      .map(\.0)
    let related = candidates.filter { candidate in
      let name = candidate.lowercased()
      return !word.isEmpty && (contains(name, word) || contains(word, name)) && !misspelt.contains(candidate)
    }
    return Array((misspelt + related).prefix(3))
  }

  private static func contains(_ text: String, _ part: String) -> Bool {
    var rest = Substring(text)
    while rest.count >= part.count {
      if rest.hasPrefix(part) { return true }
      rest.removeFirst()
    }
    return false
  }
}
