extension String {
  /// The candidate that the string is a likely misspelling of: the least edits, at most a third of its length.
  package func nearest(among candidates: some Sequence<String>) -> String? {
    let limit = Swift.min(Swift.max(utf8.count / 3, 1), 3)
    guard utf8.count <= 64 else { return nil }
    var best: (distance: Int, candidate: String)?
    for candidate in candidates where abs(candidate.utf8.count - utf8.count) <= limit {
      let distance = editDistance(to: candidate)
      if distance <= limit, distance < (best?.distance ?? .max) { best = (distance, candidate) }
    }
    return best?.candidate
  }

  /// The number of bytes to insert, delete, replace or swap with their neighbour (optimal string alignment).
  package func editDistance(to other: String) -> Int {
    let left = Array(utf8)
    let right = Array(other.utf8)
    var before: [Int] = []
    var previous = Array(0...right.count)
    for row in 0..<left.count {
      var current = [row + 1]
      for column in 0..<right.count {
        var least = Swift.min(
          previous[column] + (left[row] == right[column] ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          least = Swift.min(least, before[column - 1] + 1)
        }
        current.append(least)
      }
      before = previous
      previous = current
    }
    return previous[right.count]
  }
}
