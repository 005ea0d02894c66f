/// Names that a person may have meant. Letters are compared by their bytes.
extension String {
  /// Longer names are compared by their beginnings.
  private static let comparedBytes = 256

  /// The candidate that the string is a likely misspelling of: the least edits, at most a third of its length and three.
  package func nearest(among candidates: some Sequence<String>) -> String? {
    utf8.count <= 64 ? nearest(among: candidates, within: Swift.min(Swift.max(utf8.count / 3, 1), 3)) : nil
  }

  /// The candidate that the fewest edits make of the string, the first of several. `limit`: the most edits that count.
  package func nearest(among candidates: some Sequence<String>, within limit: Int) -> String? {
    let target = utf8.prefix(Self.comparedBytes)
    var best: (candidate: String, distance: Int)?
    for candidate in candidates {
      let limit = best.map { $0.distance - 1 } ?? limit
      let other = candidate.utf8.prefix(Self.comparedBytes)
      guard abs(other.count - target.count) <= limit else { continue }
      let distance = edits(Array(target), Array(other))
      if distance <= limit { best = (candidate, distance) }
    }
    return best?.candidate
  }

  /// Up to three candidates, nearest first: misspellings, then names that contain the string or are contained in it, all
  /// regardless of case.
  package func near(among candidates: [String]) -> [String] {
    let word = lowercased()
    // One letter in place of another is another word.
    let limit = word.count < 2 ? 0 : Swift.max(1, Swift.min(3, word.count / 3))
    let misspelt = candidates.map { ($0, word.editDistance(to: $0.lowercased())) }
      .filter { $0.1 <= limit }
      .sorted { ($0.1, $0.0) < ($1.1, $1.0) }
      .map(\.0)
    let related = candidates.filter { candidate in
      let name = candidate.lowercased()
      return !word.isEmpty && (name.holds(word) || word.holds(name)) && !misspelt.contains(candidate)
    }
    return Array((misspelt + related).prefix(3))
  }

  /// The number of bytes to insert, delete, replace or swap with their neighbour (optimal string alignment).
  package func editDistance(to other: String) -> Int { edits(Array(utf8), Array(other.utf8)) }

  /// Whether the bytes of a part are among those of the string, one after the other: what `contains` says, many times
  /// faster.
  package func holds(_ part: String) -> Bool {
    var (text, part) = (self, part)
    return text.withUTF8 { text in
      part.withUTF8 { part in
        guard let first = part.first else { return true }
        guard text.count >= part.count else { return false }
        return (0...text.count - part.count).contains { start in
          text[start] == first && text[start..<start + part.count].elementsEqual(part)
        }
      }
    }
  }
}

/// What `editDistance` says.
private func edits(_ left: [UInt8], _ right: [UInt8]) -> Int {
  var before: [Int] = []
  var previous = Array(0...right.count)
  for row in 0..<left.count {
    var current = [row + 1]
    for column in 0..<right.count {
      var least = min(
        previous[column] + (left[row] == right[column] ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
      if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
        least = min(least, before[column - 1] + 1)
      }
      current.append(least)
    }
    before = previous
    previous = current
  }
  return previous[right.count]
}
